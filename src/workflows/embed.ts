/** Vectors of documents and of sequences of ids, as `biogpt embed` gives them. */
import { inGroups } from "../base/in-groups.ts";
import { type Document, joinedText } from "../corpora/document.ts";
import { type Embedder, openEmbedder, type Pooling } from "../pretrained/heads/embedder.ts";
import { DEFAULT_MODEL } from "../pretrained/load/load.ts";
import { openTokenizerOfKind } from "../pretrained/load/tokenizer-folder.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
  toldReading,
} from "./documents.ts";
import { type LoadSettings, openByName } from "./open-model.ts";
import { type NoteEvent, noteEvents, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface EmbedSettings {
  /** Name or folder of a model, with a head of classes or without. Default: the embedded model. */
  readonly model?: string | undefined;
  /** How it is opened. Default: weights in `fp32`. */
  readonly load?: LoadSettings | undefined;
  /** Mean over all ids, or what stands at the last. Default `mean`. */
  readonly pooling?: Pooling | undefined;
  /** 0 is the embedding, n what comes out of block n. Default: the last, after the final norm. */
  readonly layer?: number | undefined;
}

export interface EmbeddedDocument {
  readonly document: Document;
  /** (C), float32, not normalised. */
  readonly embedding: Float32Array;
  /** Ids that were read, the one before each window included. */
  readonly tokens: number;
  /** Parts that the text was read in; more than 1 for one that is longer than the model's positions. */
  readonly windows: number;
  readonly layer: number;
  readonly pooling: Pooling;
  readonly model: string;
}

export type EmbedEvent = NoteEvent | ProgressEvent | ProblemEvent;

/** Documents, or lists of ids, in work at once: enough for batches of like lengths. */
const GROUP = 32;

/**
 * A vector for each document, in their order: of title, abstract and further passages as one text, behind the token that begins every text. One
 * that is longer than the model's positions is read in parts of equal length; the mean is then over the ids of all, and the last is the last
 * part's.
 *
 * @param input paths, or documents
 * @throws BiogptError `pretrained/layer`, `pretrained/no-encoder`, those of `readDocuments` and of opening a model, `aborted`
 * @example
 *     for await (const { document, embedding } of embed("abstracts.xml.gz", { pooling: "mean" })) index.add(document.id, embedding);
 */
export async function* embed(
  input: DocumentInput,
  { limit, inputFormat, strict, standardInput, ...settings }: EmbedSettings & DocumentSettings = {},
  context: WorkflowContext<EmbedEvent> = {},
): AsyncGenerator<EmbeddedDocument, void, void> {
  const { signal, onEvent } = context;
  await expectReadable(input, inputFormat);
  using embedder = await open(settings, context);
  const tokenizer = await tokenizerOf(embedder, settings, signal);
  const { reading } = toldReading({ inputFormat, limit, standardInput, strict }, onEvent);
  const documents = documentsOf(input, reading, signal);
  const progress = progressEvents(onEvent);
  const { pooling, layer } = embedder;
  const said = { layer, pooling, model: settings.model ?? DEFAULT_MODEL };
  const total = limit === undefined ? {} : { total: limit };
  let done = 0;
  for await (const group of inGroups(documents, GROUP)) {
    const texts = group.map((document) => windowsOf(joinedText(document), embedder, tokenizer));
    const vectors = (await embedder.embed(texts.flat(), { signal })).values();
    for (const [at, document] of group.entries()) {
      const windows = texts[at]!;
      const parts = windows.map((ids) => ({ tokens: ids.length, vector: vectors.next().value! }));
      const tokens = windows.reduce((sum, ids) => sum + ids.length, 0);
      yield { document, embedding: pooled(parts, pooling), tokens, windows: windows.length, ...said };
      progress?.({ activity: "embedding", done: ++done, ...total, unit: "documents" });
    }
  }
}

/**
 * A vector for each list of ids, in their order, as they are: nothing is put before them.
 *
 * @throws BiogptError `pretrained/ids`, `pretrained/layer`, `pretrained/no-encoder`, those of opening a model, `aborted`
 */
export async function* embedIds(
  sequences: Iterable<readonly number[]> | AsyncIterable<readonly number[]>,
  settings: EmbedSettings = {},
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): AsyncGenerator<Float32Array, void, void> {
  const { signal } = context;
  using embedder = await open(settings, context);
  let before = 0;
  for await (const group of inGroups(sequences, GROUP)) {
    yield* await embedder.embed(group, { signal, where: (at) => `List ${before + at + 1}` });
    before += group.length;
  }
}

async function open(
  { model = DEFAULT_MODEL, load, pooling, layer }: EmbedSettings,
  context: WorkflowContext<NoteEvent | ProgressEvent>,
): Promise<Embedder> {
  const embedder = await openByName(model, load, context, (folder, options) =>
    openEmbedder(folder, { ...options, pooling, layer }),
  );
  const note = noteEvents(context.onEvent);
  for (const warning of embedder.checkpoint.warnings) note(`note: ${warning}`);
  return embedder;
}

function tokenizerOf(
  { checkpoint: { family, tokenizerFolder } }: Embedder,
  { load: { moses, normalizePunctuation = true } = {} }: EmbedSettings,
  signal: AbortSignal | undefined,
): Promise<Tokenizer> {
  return openTokenizerOfKind(family.tokenizer, tokenizerFolder, { moses, normalizePunctuation, signal });
}

/** The text as one sequence, or as several of equal length, each behind what begins a prompt. */
function windowsOf(
  text: string,
  { checkpoint: { family, config } }: Embedder,
  tokenizer: Tokenizer,
): readonly (readonly number[])[] {
  const begin = family.encodePrompt("", tokenizer, config);
  const ids = family.encodePrompt(text, tokenizer, config).slice(begin.length);
  const parts = Math.max(1, Math.ceil(ids.length / (config.maxPositions - begin.length)));
  const size = Math.ceil(ids.length / parts);
  return Array.from({ length: parts }, (_, part) => [...begin, ...ids.slice(part * size, (part + 1) * size)]);
}

function pooled(
  parts: readonly { readonly tokens: number; readonly vector: Float32Array }[],
  pooling: Pooling,
): Float32Array {
  const last = parts.at(-1)!.vector;
  if (pooling === "last" || parts.length === 1) return last;
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  return last.map((_, c) => parts.reduce((sum, part) => sum + part.vector[c]! * part.tokens, 0) / tokens);
}
