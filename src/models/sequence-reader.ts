/**
 * Runs a graph that reads whole sequences (`biogpt/reader.ts`): ids in, values of the rows that are wanted out.
 *
 * Sequences of a batch are padded at the right to the longest; what stands behind a sequence's end changes nothing before it.
 */
import type { Device, DeviceTensor, Program } from "../runtime/device.ts";

export interface SequenceReaderOptions {
  readonly device: Device;
  readonly program: Program;
  /** Row of the position table that the first position has. */
  readonly positionOffset: number;
  /** Stands behind a sequence's end. */
  readonly padId: number;
}

export interface SequenceToRead {
  readonly ids: ArrayLike<number>;
  /** Position of each, from 0; default its place. */
  readonly positions?: ArrayLike<number>;
  /** Indices of `ids` whose values are wanted. */
  readonly rows: ArrayLike<number>;
}

export class SequenceReader implements Disposable {
  readonly #options: SequenceReaderOptions;

  constructor(options: SequenceReaderOptions) {
    this.#options = options;
  }

  /**
   * One run over all sequences.
   *
   * @returns for each output of the graph the wanted rows, sequence by sequence, (rows, width) row-major
   */
  async run(sequences: readonly SequenceToRead[], signal?: AbortSignal): Promise<Map<string, Float32Array>> {
    const { device, program, positionOffset, padId } = this.#options;
    const time = Math.max(...sequences.map(({ ids }) => ids.length));
    const batch = sequences.length;
    const total = sequences.reduce((sum, { rows }) => sum + rows.length, 0);
    const inputs = {
      ids: device.allocate("int64", [batch, time]),
      positionRows: device.allocate("int64", [batch, time]),
      rows: device.allocate("int64", [total]),
    };
    const outputs: DeviceTensor[] = [];
    try {
      const ids = new BigInt64Array(batch * time).fill(BigInt(padId));
      const positions = new BigInt64Array(batch * time).fill(BigInt(positionOffset));
      const wanted = new BigInt64Array(total);
      let row = 0;
      for (const [b, sequence] of sequences.entries()) {
        for (let t = 0; t < sequence.ids.length; t++) {
          ids[b * time + t] = BigInt(sequence.ids[t]!);
          positions[b * time + t] = BigInt(positionOffset + (sequence.positions?.[t] ?? t));
        }
        for (let i = 0; i < sequence.rows.length; i++) wanted[row++] = BigInt(b * time + sequence.rows[i]!);
      }
      await inputs.ids.write(ids);
      await inputs.positionRows.write(positions);
      await inputs.rows.write(wanted);
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
