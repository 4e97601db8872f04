/**
 * Texts as vectors: the mean of the last layer's normalised hidden states over a text's tokens, scaled to length 1.
 *
 * A causal model's states are made to predict, not to compare; the mean over all tokens is the usual reading of them where nothing was trained
 * for it. `</s>` that begins a text counts as one of its tokens.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { SequenceEncoder } from "../models/sequence-encoder.ts";
import { openEncoder } from "../pretrained/heads/open-encoder.ts";
import { openModelFolder } from "../pretrained/load/open-model-folder.ts";
import { openTokenizerFolder } from "../pretrained/load/tokenizer-folder.ts";
import type { Prompt } from "../pretrained/model.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { folderOfModel, type LoadSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

/** Tokens of a batch, padding included. */
const TOKENS_AT_ONCE = 2048;

export interface TextEmbedding {
  /** (C), of length 1. */
  readonly vector: Float32Array;
  /** Tokens that were read. */
  readonly tokens: number;
}

/** Loads a model for embeddings; dispose it at its end. @throws BiogptError `pretrained/no-encoder`, those of `loadModel`, `aborted` */
export async function openEmbedder(
  name: string,
  { offline, device, threads, precision, cacheFolder }: LoadSettings = {},
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<Embedder> {
  const progress = progressEvents(onEvent);
  const folder = await folderOfModel(name, { offline, signal, progress });
  const checkpoint = await openModelFolder(folder, { signal });
  const { family, config } = checkpoint;
  const tokenizer = await openTokenizerFolder(checkpoint.tokenizerFolder, { normalizePunctuation: true, signal });
  const options = { device, threads, precision, cacheFolder, signal, progress };
  const opened = await openEncoder(checkpoint, { layers: [config.layers] }, options);
  return new Embedder({
    encoder: opened.encoder,
    output: `hidden.${config.layers}`,
    width: config.width,
    longest: config.maxPositions,
    tokenizer,
    idsOf: (text) => family.encodePrompt(text, tokenizer, config),
    dispose: () => opened[Symbol.dispose](),
  });
}

interface EmbedderParts {
  readonly encoder: Pick<SequenceEncoder, "run">;
  readonly output: string;
  readonly width: number;
  readonly longest: number;
  readonly tokenizer: Tokenizer;
  readonly idsOf: (text: string) => readonly number[];
  readonly dispose: () => void;
}

export class Embedder implements Disposable {
  readonly #parts: EmbedderParts;

  constructor(parts: EmbedderParts) {
    this.#parts = parts;
  }

  /**
   * One vector for each text, in their order.
   *
   * @param texts texts, or token ids that are used as they are
   * @throws BiogptError `generation/prompt-too-long`, `generation/prompt-token`, `models/empty-sequence`, `aborted`
   */
  async embed(texts: readonly Prompt[], signal?: AbortSignal): Promise<TextEmbedding[]> {
    const sequences = texts.map((text) => (typeof text === "string" ? this.#parts.idsOf(text) : text));
    for (const ids of sequences) this.#check(ids);
    const results = new Array<TextEmbedding>(texts.length);
    const longestFirst = sequences.map((ids, index) => ({ ids, index })).sort((a, b) => b.ids.length - a.ids.length);
    for (let from = 0; from < longestFirst.length; ) {
      throwIfAborted(signal);
      const size = Math.max(1, Math.floor(TOKENS_AT_ONCE / Math.max(1, longestFirst[from]!.ids.length)));
      const batch = longestFirst.slice(from, from + size);
      from += batch.length;
      const vectors = await this.#run(
        batch.map(({ ids }) => ids),
        signal,
      );
      for (const [i, { ids, index }] of batch.entries()) results[index] = { vector: vectors[i]!, tokens: ids.length };
    }
    return results;
  }

  #check(ids: readonly number[]): void {
    const { longest, tokenizer } = this.#parts;
    if (ids.length > longest) {
      throw new BiogptError("generation/prompt-too-long", {
        what: `A text has ${ids.length} tokens; the model's context holds ${longest}.`,
        fix: "Shorten it, or embed its parts.",
      });
    }
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= tokenizer.vocabularySize);
    if (wrong === undefined) return;
    throw new BiogptError("generation/prompt-token", {
      what: `A text holds ${wrong}, which is no token of the model.`,
      why: `Token ids are whole numbers from 0 to ${tokenizer.vocabularySize - 1}.`,
      fix: "Use the tokenizer that belongs to the model.",
    });
  }

  async #run(sequences: readonly (readonly number[])[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const { encoder, output, width } = this.#parts;
    const rows = sequences.map((ids) => ({ ids, rows: ids.map((_, t) => t) }));
    const states = (await encoder.run(rows, signal)).get(output)!; // (sum of T, C)
    let row = 0;
    return sequences.map(({ length }) => {
      const sum = new Float64Array(width);
      for (let t = 0; t < length; t++, row++) for (let c = 0; c < width; c++) sum[c]! += states[row * width + c]!;
      const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
      return Float32Array.from(sum, (value) => value / (norm || 1));
    });
  }

  [Symbol.dispose](): void {
    this.#parts.dispose();
  }
}
