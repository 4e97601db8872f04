/**
 * Runs a graph that reads whole sequences: ids in, values of the rows that are wanted out; once, and without a cache.
 *
 * Inputs    ids (B, T) int64 · positionRows (B, T) int64 · rows (R) int64, rows of B*T that are wanted
 *           keyBias (B, 1, 1, T) float32 where the graph declares it: 0 at tokens, PADDING_BIAS behind a sequence's end
 * Outputs   whatever the graph gives, (R, width) each
 *
 * Sequences of a batch are padded at the right to the longest. A causal graph needs no mask: what stands behind a sequence's end changes nothing
 * before it. One that reads both ways declares `keyBias`.
 */
import { BiogptError } from "../base/errors.ts";
import { PADDING_BIAS } from "../layers/bidirectional-attention.ts";
import type { Device, DeviceTensor, Program } from "../runtime/device.ts";

export interface SequenceEncoderOptions {
  readonly device: Device;
  readonly program: Program;
  /** Row of the position table that the first position has. */
  readonly positionOffset: number;
  /** Stands behind a sequence's end. */
  readonly padId: number;
}

export interface EncodedSequence {
  readonly ids: ArrayLike<number>;
  /** Position of each, from 0; default its place. */
  readonly positions?: ArrayLike<number>;
  /** Indices of `ids` whose values are wanted. */
  readonly rows: ArrayLike<number>;
}

export class SequenceEncoder implements Disposable {
  readonly #options: SequenceEncoderOptions;
  readonly #masksPadding: boolean;

  constructor(options: SequenceEncoderOptions) {
    this.#options = options;
    this.#masksPadding = options.program.inputs.some(({ name }) => name === "keyBias");
  }

  /**
   * One run over all sequences.
   *
   * @returns for each output of the graph the wanted rows, sequence by sequence, (rows, width) row-major
   * @throws BiogptError `models/empty-sequence`, `aborted`
   */
  async run(sequences: readonly EncodedSequence[], signal?: AbortSignal): Promise<Map<string, Float32Array>> {
    const { device, program, positionOffset, padId } = this.#options;
    if (sequences.length === 0 || sequences.some(({ ids }) => ids.length === 0)) {
      throw new BiogptError("models/empty-sequence", {
        what: "A sequence without tokens was to be read.",
        fix: "Leave empty texts out.",
      });
    }
    const time = Math.max(...sequences.map(({ ids }) => ids.length));
    const batch = sequences.length;
    const total = sequences.reduce((sum, { rows }) => sum + rows.length, 0);
    const inputs = {
      ids: device.allocate("int64", [batch, time]),
      positionRows: device.allocate("int64", [batch, time]),
      rows: device.allocate("int64", [total]),
      ...(this.#masksPadding ? { keyBias: device.allocate("float32", [batch, 1, 1, time]) } : {}),
    };
    const outputs: DeviceTensor[] = [];
    try {
      const ids = new BigInt64Array(batch * time).fill(BigInt(padId));
      const positions = new BigInt64Array(batch * time).fill(BigInt(positionOffset));
      const keyBias = new Float32Array(batch * time).fill(PADDING_BIAS);
      const wanted = new BigInt64Array(total);
      let row = 0;
      for (const [b, sequence] of sequences.entries()) {
        for (let t = 0; t < sequence.ids.length; t++) {
          ids[b * time + t] = BigInt(sequence.ids[t]!);
          positions[b * time + t] = BigInt(positionOffset + (sequence.positions?.[t] ?? t));
          keyBias[b * time + t] = 0;
        }
        for (let i = 0; i < sequence.rows.length; i++) wanted[row++] = BigInt(b * time + sequence.rows[i]!);
      }
      await inputs.ids.write(ids);
      await inputs.positionRows.write(positions);
      await inputs.rows.write(wanted);
      await inputs.keyBias?.write(keyBias);
      const values = new Map<string, Float32Array>();
      for (const [name, tensor] of Object.entries(await program.run(inputs, {}, signal))) {
        outputs.push(tensor);
        values.set(name, (await tensor.read()) as Float32Array);
      }
      return values;
    } finally {
      for (const tensor of [...Object.values(inputs), ...outputs]) tensor[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#options.program[Symbol.dispose]();
  }
}
