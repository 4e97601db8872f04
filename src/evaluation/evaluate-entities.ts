/** A tagger held against annotated documents: names exact, by type, with intervals over documents. */
import type { MentionDocument } from "../corpora/entities/mention-document.ts";
import type { Tagger } from "../tasks/entities/tagger.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./scorers/bootstrap.ts";
import { addCounts, scoresOf } from "./scorers/counts.ts";
import { type EntityGold, type EntityScores, scoreEntities } from "./scorers/entity-scorer.ts";

export interface EntityEvaluation extends Pick<EntityScores, "all" | "byType"> {
  readonly documents: number;
  /** Of F1 over all types, documents drawn; undefined without documents or draws. */
  readonly interval: ConfidenceInterval | undefined;
  readonly seconds: number;
}

/**
 * @param types  what is scored, of the tagger's types those that the corpus annotates
 * @throws BiogptError `aborted`
 */
export async function evaluateEntities(
  tagger: Pick<Tagger, "tag">,
  documents: readonly (MentionDocument & EntityGold)[],
  types: readonly string[],
  {
    signal,
    onDocument,
    ...draws
  }: BootstrapOptions & {
    readonly signal?: AbortSignal | undefined;
    readonly onDocument?: (done: number) => void;
  } = {},
): Promise<EntityEvaluation> {
  const start = performance.now();
  const found = [];
  for await (const { mentions } of tagger.tag(documents, signal)) {
    found.push(mentions);
    onDocument?.(found.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const scores = scoreEntities(documents, found, types);
  const interval = bootstrap(scores.documents, (sample) => scoresOf(addCounts(sample)).f1, draws);
  return { all: scores.all, byType: scores.byType, documents: documents.length, interval, seconds };
}
