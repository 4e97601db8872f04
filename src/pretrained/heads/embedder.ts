/**
 * One vector for each sequence of ids: what a model makes of it, before any head.
 *
 *     mean   the mean of the hidden states over all ids
 *     last   the hidden state of the last id, which of a causal model alone has seen the whole
 *
 * Equal to transformers' `hidden_states[layer]`, whose last ones are after the final norm; not normalised to length 1.
 */
import { BiogptError } from "../../base/errors.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import { isAdapter } from "../load/model-folder.ts";
import { type ModelFolder, openModelFolder } from "../load/open-model-folder.ts";
import { holdsClassHead, readClassifierFolder } from "./classifier-folder.ts";
import { type OpenEncoderOptions, openEncoder } from "./open-encoder.ts";
import { batchesByLength, expectReadable } from "./sequence-batches.ts";

export const POOLINGS = ["mean", "last"] as const;
export type Pooling = (typeof POOLINGS)[number];

export interface EmbedderOptions extends OpenEncoderOptions {
  /** Default `mean`. */
  readonly pooling?: Pooling | undefined;
  /** 0 is the sum of token and position embeddings, n what comes out of block n. Default: the last block's, after the final norm. */
  readonly layer?: number | undefined;
}

export class Embedder implements Disposable {
  readonly checkpoint: ModelFolder;
  readonly pooling: Pooling;
  readonly layer: number;
  readonly #encoder: SequenceEncoder;
  readonly #dispose: () => void;

  constructor(
    checkpoint: ModelFolder,
    {
      pooling,
      layer,
      encoder,
    }: { readonly pooling: Pooling; readonly layer: number; readonly encoder: SequenceEncoder },
    dispose: () => void,
  ) {
    this.checkpoint = checkpoint;
    this.pooling = pooling;
    this.layer = layer;
    this.#encoder = encoder;
    this.#dispose = dispose;
  }

  /** C, the length of a vector. */
  get width(): number {
    return this.checkpoint.config.width;
  }

  /**
   * A vector (C) for each sequence, in their order.
   *
   * @param where names the sequence of an index, for errors. Default: its number
   * @throws BiogptError `pretrained/ids`, `aborted`
   */
  async embed(
    sequences: readonly ArrayLike<number>[],
    { signal, where = (at) => `Sequence ${at + 1}` }: EmbedRun = {},
  ): Promise<Float32Array[]> {
    for (const [at, ids] of sequences.entries()) expectReadable(ids, this.checkpoint.config, where(at));
    const vectors = new Array<Float32Array>(sequences.length);
    for (const batch of batchesByLength(sequences.map(({ length }) => length))) {
      const read = batch.map((at) => {
        const ids = sequences[at]!;
        return {
          ids,
          rows: this.pooling === "last" ? [ids.length - 1] : Array.from({ length: ids.length }, (_, i) => i),
        };
      });
      const states = (await this.#encoder.run(read, signal)).get(`hidden.${this.layer}`)!;
      let row = 0;
      for (const [i, at] of batch.entries()) {
        const { length } = read[i]!.rows;
        vectors[at] = meanOfRows(states, row, length, this.width);
        row += length;
      }
    }
    return vectors;
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

export interface EmbedRun {
  readonly signal?: AbortSignal | undefined;
  readonly where?: ((at: number) => string) | undefined;
}

/** Summed in float64. */
function meanOfRows(states: Float32Array, first: number, rows: number, width: number): Float32Array {
  const mean = new Float64Array(width);
  for (let row = first; row < first + rows; row++) for (let c = 0; c < width; c++) mean[c]! += states[row * width + c]!;
  return Float32Array.from(mean, (sum) => sum / rows);
}

/**
 * The model of a folder, one with a head of classes too, which is left out; of an adapter with its base.
 *
 * @throws BiogptError `pretrained/layer`, `pretrained/no-encoder`, `checkpoints/…`, `models/…`, `runtime/…`
 */
export async function openEmbedder(path: string, options: EmbedderOptions = {}): Promise<Embedder> {
  const { pooling = "mean", layer: asked, ...opening } = options;
  const checkpoint = await openBackbone(path, options);
  const { layers } = checkpoint.config;
  const layer = asked ?? layers;
  if (!Number.isInteger(layer) || layer < 0 || layer > layers) {
    throw new BiogptError("pretrained/layer", {
      what: `Layer ${layer} was asked for; the model has ${layers}.`,
      fix: `Give 0, the embedding, to ${layers}, the last, which is taken where none is named.`,
    });
  }
  const opened = await openEncoder(checkpoint, { layers: [layer] }, opening);
  return new Embedder(checkpoint, { pooling, layer, encoder: opened.encoder }, () => opened[Symbol.dispose]());
}

/** A model folder without its head of classes, if it has one; of an adapter with its base. @throws BiogptError `checkpoints/…`, `models/…` */
export async function openBackbone(path: string, options: OpenEncoderOptions): Promise<ModelFolder> {
  if ((await isAdapter(path)) || !(await holdsClassHead(path, options))) return openModelFolder(path, options);
  const { entries, ...model } = await readClassifierFolder(path, options);
  const backbone = new Map(entries);
  for (const name of Object.values(CLASS_HEAD)) backbone.delete(name);
  return { ...model, entries: backbone, learnedTokens: 0, tokenizerFolder: model.folder };
}
