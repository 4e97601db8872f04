/**
 * Runs a compiled encoder graph: once over a batch of whole sequences, padded to the longest, with no cache.
 *
 * Inputs    ids (B, T) int64 · positionRows (B, T) int64 · keyBias (B, 1, 1, T) float32, 0 at tokens and PADDING_BIAS behind them
 * Outputs   rows (B * T, C) float32
 * Shapes    B sequences · T tokens of the longest · C width
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { Graph, Tensor } from "../graph/graph.ts";
import { PADDING_BIAS } from "../layers/bidirectional-attention.ts";
import type { Device, Program } from "../runtime/device.ts";

export interface EncoderInputs {
  readonly ids: Tensor;
  readonly positionRows: Tensor;
  readonly keyBias: Tensor;
}

/** What an encoder's graph reads; its `rows` are what `Encoder` gives. */
export function declareEncoderInputs(graph: Graph): EncoderInputs {
  return {
    ids: graph.input("ids", "int64", ["batch", "time"]),
    positionRows: graph.input("positionRows", "int64", ["batch", "time"]),
    keyBias: graph.input("keyBias", "float32", ["batch", 1, 1, "time"]),
  };
}

export interface EncoderOptions {
  readonly device: Device;
  readonly program: Program;
  readonly width: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** Row of the position table for the first token; 0 where positions are rotary. */
  readonly positionOffset: number;
  /** Fills what stands behind a sequence; any id of the vocabulary does. */
  readonly padId: number;
}

export class Encoder implements Disposable {
  readonly width: number;
  readonly maxLength: number;
  readonly #options: EncoderOptions;

  constructor(options: EncoderOptions) {
    this.width = options.width;
    this.maxLength = options.maxLength;
    this.#options = options;
  }

  /**
   * @param sequences token ids, each at least one; run as one batch, so the caller decides what is padded with what
   * @returns for each sequence its rows (tokens, C), row-major
   * @throws BiogptError `models/sequence-length`, `aborted`
   */
  async encode(sequences: readonly (readonly number[])[], signal?: AbortSignal): Promise<Float32Array[]> {
    throwIfAborted(signal);
    for (const { length } of sequences) this.#checkLength(length);
    if (sequences.length === 0) return [];
    const { device, program, positionOffset, padId } = this.#options;
    const [B, T] = [sequences.length, Math.max(...sequences.map(({ length }) => length))];
    const ids = device.allocate("int64", [B, T]);
    const positionRows = device.allocate("int64", [B, T]);
    const keyBias = device.allocate("float32", [B, 1, 1, T]);
    const rows = device.allocate("float32", [B * T, this.width]);
    try {
      const at = <Value>(value: (sequence: readonly number[], t: number) => Value): Value[] =>
        sequences.flatMap((sequence) => Array.from({ length: T }, (_, t) => value(sequence, t)));
      await ids.write(BigInt64Array.from(at((sequence, t) => BigInt(sequence[t] ?? padId))));
      await positionRows.write(BigInt64Array.from(at((_, t) => BigInt(t + positionOffset))));
      await keyBias.write(Float32Array.from(at((sequence, t) => (t < sequence.length ? 0 : PADDING_BIAS))));
      await program.run({ ids, positionRows, keyBias }, { rows }, signal);
      if (signal?.aborted) throw abortedError(signal);
      const all = await rows.read();
      const C = this.width;
      return sequences.map(({ length }, b) => all.slice(b * T * C, (b * T + length) * C));
    } finally {
      for (const tensor of [ids, positionRows, keyBias, rows]) tensor[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#options.program[Symbol.dispose]();
    this.#options.device[Symbol.dispose]();
  }

  #checkLength(length: number): void {
    if (length >= 1 && length <= this.maxLength) return;
    throw new BiogptError("models/sequence-length", {
      what: `A sequence of ${length} tokens was to be encoded; the model takes 1 to ${this.maxLength}.`,
      fix: "Cut it into pieces.",
    });
  }
}
