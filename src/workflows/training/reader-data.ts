/** The annotated documents that a reader learns from and is evaluated on, without those that stand in both. */
import { BiogptError } from "../../base/errors.ts";
import type { AnnotatedRelations } from "../../corpora/entities/corpora.ts";
import { withoutLeaks } from "../../corpora/entities/leaks.ts";
import { type NamedMentions, readNamedMentions } from "../../corpora/entities/named-data.ts";
import type { ReaderScheme } from "../../tasks/mention-relations/reader-scheme.ts";
import { UNKNOWN_RELATION } from "../../tasks/mention-relations/training-data.ts";

export interface ReaderDataOptions {
  readonly data: readonly string[];
  readonly silver?: readonly string[] | undefined;
  readonly valid?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly corpora?: string | undefined;
  readonly types?: readonly string[] | undefined;
}

export type ReaderCorpus = NamedMentions;

interface ReaderData {
  readonly train: readonly ReaderCorpus[];
  readonly valid: readonly ReaderCorpus[];
  readonly types: readonly string[];
}

/** Reads what is learnt and what is evaluated on, and leaves out of the first what stands in the second or will be scored. */
export function readReaderData(
  { data, silver = [], valid = [], without = [], corpora, types: wanted }: ReaderDataOptions,
  schemes: readonly ReaderScheme[],
  note: (text: string) => void,
): ReaderData {
  const [all, held, scored] = [data, valid, without].map((names) =>
    names.map((name) => withRelations(readNamedMentions(name, corpora), schemes)),
  );
  all!.push(...silver.map((name) => ({ ...withRelations(readNamedMentions(name, corpora), schemes), types: [] })));
  const evaluation = [...held!, ...scored!].flatMap(({ documents }) => documents);
  const train = all!.map((named) => ({ ...named, documents: withoutLeaks(named.documents, evaluation) }));
  for (const [i, corpus] of train.entries()) {
    const { name, documents, misplaced } = corpus;
    noteOtherLabels(corpus, schemes, note);
    const left = all![i]!.documents.length - documents.length;
    if (left > 0) note(`note: ${left} documents of ${name} are left out, as they are evaluated on`);
    if (misplaced.length > 0) note(`note: ${misplaced.length} mentions of ${name} are not where it says, and left out`);
  }
  const annotated = new Set(train.flatMap(({ types }) => types));
  const types = wanted ?? [...annotated].sort();
  const unknown = types.filter((type) => !annotated.has(type));
  if (unknown.length > 0 || types.length === 0) {
    throw new BiogptError("training/settings", {
      what: types.length === 0 ? "The data mark no names." : `The data mark no ${unknown.join(", ")}.`,
      fix: annotated.size === 0 ? "Give documents with mentions." : `They mark ${[...annotated].sort().join(", ")}.`,
      kind: "usage",
    });
  }
  return { train, valid: held!, types };
}

/**
 * A user's file marks the relations of those schemes of which it states one, wherever they hold, by the schemes' own labels; a file that states none
 * at all marks those of every scheme whose types it has: nothing of the kind is stated in it.
 */
function withRelations(named: NamedMentions, schemes: readonly ReaderScheme[]): ReaderCorpus {
  if (named.relations !== undefined || !named.documents.some(({ relations }) => relations !== undefined)) return named;
  const stated = statedTypes(named);
  const relations = schemes
    .filter(({ head, tail }) => named.types.includes(head) && named.types.includes(tail))
    .filter(({ relations: labels }) => stated.size === 0 || labels.some((label) => stated.has(label)))
    .map(
      ({ name: scheme, head, tail, scope, relations: labels }): AnnotatedRelations => ({
        ...{ scheme, head, tail, scope },
        labels: Object.fromEntries(labels.map((label) => [label, label])),
      }),
    );
  return { ...named, relations };
}

function statedTypes({ documents }: NamedMentions): Set<string> {
  const types = new Set(documents.flatMap(({ relations = [] }) => relations.map(({ type }) => type)));
  types.delete(UNKNOWN_RELATION);
  return types;
}

/** A file whose relations are called otherwise than the schemes call theirs would be learnt without any. */
function noteOtherLabels(corpus: ReaderCorpus, schemes: readonly ReaderScheme[], note: (text: string) => void): void {
  const stated = [...statedTypes(corpus)];
  if (schemes.length === 0 || stated.length === 0 || (corpus.relations ?? []).length > 0) return;
  const labels = schemes.flatMap(({ relations }) => relations).join(", ");
  note(`note: ${corpus.name} states ${stated.slice(0, 5).join(", ")}, none of ${labels}: its pairs teach nothing`);
}
