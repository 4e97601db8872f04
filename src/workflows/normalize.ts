/** Names, or the mentions of annotated documents, to identifiers, as `biogpt normalize` gives them. */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { codePointLength } from "../corpora/code-points.ts";
import type { Document, Mention } from "../corpora/document.ts";
import { packagedVocabularies } from "../knowledge-graph/vocabulary/packaged.ts";
import {
  type Candidate,
  type Normalization,
  openVocabularies,
  type Vocabularies,
} from "../knowledge-graph/vocabulary/vocabularies.ts";
import { normalizeMentions } from "../mining/normalize/document.ts";
import { documentsOf, expectReadable, type ProblemEvent, toldReading } from "./documents.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface NormalizeSettings {
  /** Indexes that `buildVocabulary` wrote; of equal candidates the first named wins. Default: the Disease Ontology that the package holds. */
  readonly vocabularies?: readonly string[] | undefined;
  /** Candidates of a name, 1 to 100. Default 5. */
  readonly candidates?: number | undefined;
}

export interface NormalizeNamesOptions extends NormalizeSettings {
  /** One name each; a blank one keeps its place. */
  readonly names: Iterable<string> | AsyncIterable<string>;
  /** What they name; concepts known to be of another type are left out. Default: anything. */
  readonly type?: string | undefined;
}

export interface NormalizeDocumentsOptions extends NormalizeSettings {
  /** Files with annotations: PubTator, BioC; plain or gzip. */
  readonly documents: readonly string[];
  /** Whether a bad record ends the work. Default: not where someone listens to events. */
  readonly strict?: boolean | undefined;
}

/** A name of the input and its candidates, best first. */
export interface NormalizedName {
  readonly name: string;
  readonly candidates: readonly Pick<Candidate, "id" | "name" | "score" | "alternatives">[];
  /** No candidate is good enough; the best of them are listed all the same. */
  readonly nil: boolean;
  /** Of a composite name its parts, each with its own candidates. */
  readonly parts?: readonly NormalizedName[];
}

export interface NormalizedMentionRow extends NormalizedName {
  readonly documentId: string;
  /** Code points from the document's beginning, as PubTator counts: passages stand one behind another with one character between. */
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

export type NormalizeEvent = NoteEvent | ProgressEvent | ProblemEvent;

/**
 * A row for each name, in order.
 *
 * @throws BiogptError `knowledge-graph/no-vocabulary`, `knowledge-graph/not-a-vocabulary`, `knowledge-graph/vocabulary-damaged`, `aborted`
 * @example
 *     for await (const { name, candidates, nil } of normalizeNames({ names: ["colon cancers"], type: "Disease" }))
 *       console.log(name, nil ? "-" : candidates[0]?.id);
 */
export async function* normalizeNames(
  { names, type, vocabularies, candidates: limit }: NormalizeNamesOptions,
  { signal, onEvent }: WorkflowContext<NormalizeEvent> = {},
): AsyncGenerator<NormalizedName, void, void> {
  using opened = await openNamed(vocabularies, signal);
  const progress = progressEvents(onEvent);
  let done = 0;
  for await (const name of names) {
    throwIfAborted(signal);
    yield rowOf(opened.normalize(name, { type, limit }));
    if (++done % 1000 === 0) progress?.({ activity: "normalizing names", done, unit: "names" });
  }
}

/**
 * A row for each mention of each document, in their order. What the documents themselves say of a mention's concept is not looked at.
 *
 * @throws BiogptError as `normalizeNames`, and what cannot be read
 */
export async function* normalizeDocuments(
  { documents: paths, strict, vocabularies, candidates: limit }: NormalizeDocumentsOptions,
  { signal, onEvent }: WorkflowContext<NormalizeEvent> = {},
): AsyncGenerator<NormalizedMentionRow, void, void> {
  using opened = await openNamed(vocabularies, signal);
  await expectReadable(paths);
  const progress = progressEvents(onEvent);
  const { reading } = toldReading({ strict }, onEvent);
  let done = 0;
  for await (const document of documentsOf(paths, reading, signal)) {
    const { mentions } = document;
    if (mentions === undefined) throw withoutMentions(document);
    const startOf = offsetsOf(document);
    const found = normalizeMentions(document, mentions, opened, { limit });
    for (const [i, mention] of mentions.entries()) {
      const { name, ...rest } = rowOf(found[i]!);
      const [start, end] = [startOf(mention, mention.start), startOf(mention, mention.end)];
      yield { documentId: document.id, start, end, type: mention.type, name, ...rest };
    }
    progress?.({ activity: "normalizing mentions", done: ++done, unit: "documents" });
  }
}

function openNamed(paths: readonly string[] | undefined, signal: AbortSignal | undefined): Promise<Vocabularies> {
  return openVocabularies(paths ?? packagedVocabularies(), { signal });
}

function rowOf({ name, candidates, nil, parts }: Normalization): NormalizedName {
  return {
    name,
    candidates: candidates.map(({ id, name: preferred, score, alternatives }) => ({
      ...{ id, name: preferred, score, alternatives },
    })),
    nil,
    ...(parts === undefined ? {} : { parts: parts.map(rowOf) }),
  };
}

/** From a place in a passage to the document's offset. */
function offsetsOf({ passages }: Document): (mention: Mention, at: number) => number {
  // A document without a title has an empty one in PubTator, and the character behind it.
  let start = passages[0]?.kind === "abstract" ? 1 : 0;
  const starts = passages.map(({ text }) => {
    const own = start;
    start += codePointLength(text) + 1;
    return own;
  });
  return ({ passage }, at) => starts[passage]! + codePointLength(passages[passage]!.text.slice(0, at));
}

function withoutMentions({ id, source }: Document): BiogptError {
  return new BiogptError("workflows/no-mentions", {
    what: `Document ${id} of ${source} has no annotated mentions: its format holds none.`,
    why: "Normalisation takes mentions that something else has found.",
    fix: "Give PubTator or BioC; `biogpt entities FILE --format pubtator` finds names and writes them so.",
  });
}
