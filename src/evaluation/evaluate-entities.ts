/** A tagger held against annotated documents: names exact, by type, with intervals over documents. */
import type { MentionDocument } from "../corpora/entities/mention-document.ts";
import type { FoundMention, Tagger } from "../tasks/entities/tagger.ts";
import { calibration } from "./calibration/calibration.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./scorers/bootstrap.ts";
import { addCounts, ratio, scoresOf } from "./scorers/counts.ts";
import { type EntityGold, type EntityScores, type JudgedName, scoreEntities } from "./scorers/entity-scorer.ts";

export interface EntityEvaluation extends Pick<EntityScores, "all" | "byType"> {
  readonly documents: number;
  /** Of F1 over all types, documents drawn; undefined without documents or draws. */
  readonly interval: ConfidenceInterval | undefined;
  /** By type, what counts: how many names, how likely they are on average, and which share of them is right. */
  readonly certainty: Readonly<Record<string, NameCertainty>>;
  /** Each name that was found, whatever its probability. */
  readonly names: readonly JudgedName<FoundMention>[];
  readonly seconds: number;
}

export interface NameCertainty {
  readonly names: number;
  readonly probability: number;
  readonly right: number;
  /** Expected calibration error: the mean distance of the two over ten bins of equal width. */
  readonly error: number;
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
    threshold = 0,
    ...draws
  }: BootstrapOptions & {
    readonly signal?: AbortSignal | undefined;
    readonly onDocument?: (done: number) => void;
    /** Least probability of a name that counts. Default 0. */
    readonly threshold?: number | undefined;
  } = {},
): Promise<EntityEvaluation> {
  const start = performance.now();
  const found: (readonly FoundMention[])[] = [];
  for await (const { mentions } of tagger.tag(documents, signal)) {
    found.push(mentions);
    onDocument?.(found.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const kept = found.map((mentions) => mentions.filter(({ probability }) => probability >= threshold));
  const scores = scoreEntities(documents, kept, types);
  const interval = bootstrap(scores.documents, (sample) => scoresOf(addCounts(sample)).f1, draws);
  const { all, byType } = scores;
  const certainty = Object.fromEntries(
    types.map((type) => [type, certaintyOf(scores.names.filter(({ name }) => name.type === type))]),
  );
  const { names } = threshold > 0 ? scoreEntities(documents, found, types) : scores;
  return { all, byType, documents: documents.length, interval, certainty, names, seconds };
}

function certaintyOf(names: readonly JudgedName<FoundMention>[]): NameCertainty {
  const judged = names.map(({ name, right }) => ({ probability: name.probability, correct: right }));
  const mean = (of: (name: (typeof judged)[number]) => number): number =>
    ratio(
      judged.reduce((sum, name) => sum + of(name), 0),
      judged.length,
    );
  return {
    names: judged.length,
    probability: mean(({ probability }) => probability),
    right: mean(({ correct }) => Number(correct)),
    error: calibration(judged).expectedError,
  };
}
