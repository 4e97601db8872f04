/** The scorer of pairs, compiled: hidden states and pairs in, log-odds of relations out. */
import type { TensorEntry } from "../../checkpoints/checkpoint.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { pairScores } from "../../layers/pair-scores.ts";
import type { Device, DeviceTensor, Program } from "../../runtime/device.ts";
import { type PairWindow, pairArrays } from "./pair-arrays.ts";

export interface PairTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The scorer's weights of a checkpoint's tensors. */
export async function pairTensors(tensors: ReadonlyMap<string, TensorEntry>): Promise<Map<string, PairTensor>> {
  const read = [...tensors].map(
    async ([name, entry]) => [name, { shape: entry.shape, values: await readFloat32(entry) }] as const,
  );
  return new Map(await Promise.all(read));
}

export class PairScorer implements Disposable {
  readonly #device: Device;
  readonly #program: Program;
  readonly #width: number;

  private constructor(device: Device, program: Program, width: number) {
    this.#device = device;
    this.#program = program;
    this.#width = width;
  }

  /** @param width of hidden states */
  static async open(device: Device, weights: ReadonlyMap<string, PairTensor>, width: number): Promise<PairScorer> {
    const graph = new Graph();
    const hidden = graph.input("hidden", "float32", ["rows", width]);
    const whole = (name: string, size: string) => graph.input(name, "int32", [size]);
    const inputs = {
      ...{ first: whole("first", "names"), last: whole("last", "names") },
      ...{ head: whole("head", "pairs"), tail: whole("tail", "pairs"), distance: whole("distance", "pairs") },
      reach: graph.input("reach", "float32", ["pairs", "rows"]),
    };
    const constants = new Map(
      [...weights].map(([name, { shape, values }]) => [name, graph.constant("float32", shape, values)]),
    );
    graph.output(
      "scores",
      pairScores(hidden, inputs, (name) => constants.get(name)!),
    );
    return new PairScorer(device, await device.compile(toOnnx(graph)), width);
  }

  /**
   * @param hidden  (rows, width)
   * @param windows whose `rowOf` are rows of it
   * @returns log-odds of each pair, window by window, (pairs, relations)
   */
  async run(hidden: Float32Array, windows: readonly PairWindow[], signal?: AbortSignal): Promise<Float32Array> {
    const rows = hidden.length / this.#width;
    const arrays = pairArrays(windows, rows);
    const [names, pairs] = [arrays.first.length, arrays.head.length];
    if (pairs === 0) return new Float32Array(0);
    const device = this.#device;
    const inputs = {
      hidden: device.allocate("float32", [rows, this.#width]),
      first: device.allocate("int32", [names]),
      last: device.allocate("int32", [names]),
      head: device.allocate("int32", [pairs]),
      tail: device.allocate("int32", [pairs]),
      distance: device.allocate("int32", [pairs]),
      reach: device.allocate("float32", [pairs, rows]),
    };
    const outputs: DeviceTensor[] = [];
    try {
      await inputs.hidden.write(hidden);
      await inputs.reach.write(arrays.reach);
      for (const name of ["first", "last", "head", "tail", "distance"] as const) await inputs[name].write(arrays[name]);
      outputs.push(...Object.values(await this.#program.run(inputs, {}, signal)));
      return (await outputs[0]!.read()) as Float32Array;
    } finally {
      for (const tensor of [...Object.values(inputs), ...outputs]) tensor[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#program[Symbol.dispose]();
  }
}
