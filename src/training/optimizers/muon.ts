/**
 * Muon: momentum whose matrix is made nearly orthogonal before it is applied, so that an update moves all its directions alike.
 *
 *     m = mu m + (1 - mu) g                    u = mu m + (1 - mu) g           Nesterov's look ahead
 *     X = u, nearly orthogonal                 by Newton and Schulz (newton-schulz.ts)
 *     p = p (1 - learningRate weightDecay) - learningRate 0.2 sqrt(max(R, C)) X
 *
 * The factor makes an update's mean square that of AdamW's, about 0.2, so that both take the same rates and decays.
 *
 * Shapes    p, g, m (R, C), a linear map's weight.
 * Source    K. Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural networks" (Nesterov); J. Liu et al., 2025,
 *           arXiv:2502.16982, section 2.2 (the factor, decay).
 * Left out  tables, biases and norms, which AdamW updates.
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { add, mul, scale, sub } from "../../graph/operators.ts";
import type { BoundRun, Device, DeviceTensor, Program } from "../../runtime/device.ts";
import type { FlatParameters } from "../step/flat-parameters.ts";
import { orthogonalized } from "./newton-schulz.ts";

const MOMENTUM = 0.95;
const UPDATE_SCALE = 0.2;

const SETTINGS = ["factor", "keep", "rate"] as const;

export interface MatrixUpdate {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Multiplies every gradient. */
  readonly factor: number;
}

/** Matrices of one shape that lie one behind another. */
interface Group {
  readonly names: readonly string[];
  readonly shape: readonly [rows: number, columns: number];
}

export class Muon implements Disposable {
  readonly #device: Device;
  readonly #parameters: FlatParameters;
  readonly #names: ReadonlySet<string>;
  readonly #programs = new Map<string, Program>();
  readonly #settings = new Map<string, DeviceTensor<"float32">>();
  #runs: { readonly run: BoundRun; readonly views: readonly DeviceTensor[] }[] | undefined;

  /** @param names  trained parameters that are matrices */
  constructor(device: Device, parameters: FlatParameters, names: ReadonlySet<string>) {
    this.#device = device;
    this.#parameters = parameters;
    this.#names = names;
    for (const name of SETTINGS) this.#settings.set(name, device.allocate("float32", []));
  }

  async update({ learningRate, weightDecay, factor }: MatrixUpdate): Promise<void> {
    this.#runs ??= await this.#bind();
    const values = { factor, keep: 1 - learningRate * weightDecay, rate: learningRate };
    for (const name of SETTINGS) await this.#settings.get(name)!.write([values[name]]);
    for (const { run } of this.#runs) await run.run();
  }

  async #bind(): Promise<{ run: BoundRun; views: DeviceTensor[] }[]> {
    const runs = [];
    for (const group of this.#groups()) {
      const sizes = [group.names.length, ...group.shape] as const;
      const program = await this.#program(sizes);
      const [p, g, m] = (["values", "gradients", "first"] as const).map((buffer) =>
        this.#parameters.viewMany(buffer, group.names[0]!, sizes),
      ) as [DeviceTensor<"float32">, DeviceTensor<"float32">, DeviceTensor<"float32">];
      const run = program.bind({ p, g, m, ...Object.fromEntries(this.#settings) }, { "p.new": p, "m.new": m });
      runs.push({ run, views: [p, g, m] });
    }
    return runs;
  }

  #groups(): Group[] {
    const groups: { names: string[]; shape: readonly [number, number]; end: number }[] = [];
    for (const { name, shape, offset } of this.#parameters.trained) {
      if (!this.#names.has(name)) continue;
      const [rows, columns] = shape as [number, number];
      const last = groups.at(-1);
      const end = offset + rows * columns;
      if (this.#parameters.isFlat && last?.end === offset && last.shape.join() === shape.join()) {
        last.names.push(name);
        last.end = end;
      } else groups.push({ names: [name], shape: [rows, columns], end });
    }
    return groups;
  }

  async #program(sizes: readonly [number, number, number]): Promise<Program> {
    const key = sizes.join(" x ");
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = await this.#device.compile(toOnnx(updateGraph(sizes, !this.#device.capabilities.fusedOperators)));
      this.#programs.set(key, program);
    }
    return program;
  }

  [Symbol.dispose](): void {
    for (const { run, views } of this.#runs ?? []) for (const owned of [run, ...views]) owned[Symbol.dispose]();
    for (const program of this.#programs.values()) program[Symbol.dispose]();
    for (const tensor of this.#settings.values()) tensor[Symbol.dispose]();
  }
}

function updateGraph([N, R, columns]: readonly [number, number, number], portable: boolean): Graph {
  const graph = new Graph();
  const at = (name: string): Tensor => graph.input(name, "float32", [N, R, columns]);
  const [p, gradient, m] = [at("p"), at("g"), at("m")];
  const [factor, keep, rate] = SETTINGS.map((name) => graph.input(name, "float32", [])) as [Tensor, Tensor, Tensor];
  const fresh = scale(mul(gradient, factor), 1 - MOMENTUM);
  const momentum = add(scale(m, MOMENTUM), fresh);
  const ahead = add(scale(momentum, MOMENTUM), fresh);
  const change = scale(orthogonalized(ahead, portable), UPDATE_SCALE * Math.sqrt(Math.max(R, columns)));
  graph.output("p.new", sub(mul(p, keep), mul(change, rate)));
  graph.output("m.new", momentum);
  return graph;
}
