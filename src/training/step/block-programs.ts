/**
 * A pass in programs that serve every layer in turn: one block forward, one block backward. Between them only the layers' inputs
 * are kept; the backward program computes the block again (gradient checkpointing, arXiv:1604.06174).
 *
 *     embed ─ x0 ─ block 0 ─ x1 ─ … ─ block L-1 ─ xL ─ finish + head + loss ─ dxL ─ block L-1' ─ dx(L-1) ─ … ─ dx0 ─ tables
 *
 * Layers whose parameters are trained alike share a backward program; below the lowest trained parameter nothing runs
 * backward. Results are those of the whole program: the same nodes in the same order, masks drawn in the same order.
 */
import { BiogptError } from "../../base/errors.ts";
import { gradientsOfMany } from "../../graph/gradient.ts";
import type { Tensor } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { dropoutFactor, mul } from "../../graph/operators.ts";
import type { BoundRun, Device, DeviceTensor, Program } from "../../runtime/device.ts";
import { keptShare } from "./dropout-masks.ts";
import { type FlatParameters, PENDING } from "./flat-parameters.ts";
import { losses, lossesWithGradients } from "./loss-head.ts";
import { BatchTensors, MaskTensors, type PassOptions, type ShapeProgram } from "./shape-program.ts";
import { type TableGradients, tableGradients } from "./table-gradients.ts";
import { blockPrefix, type ParameterInfo } from "./trainable-model.ts";
import { type MaskInput, type TrainingGraph, trainingGraph } from "./training-graph.ts";

/** Stands in for `blocks.{layer}.` in the programs that serve all layers. */
const ANY_BLOCK = "block.";

export async function blockPrograms(device: Device, flat: FlatParameters, options: PassOptions): Promise<ShapeProgram> {
  const pass = new BlockPass(device, flat, options);
  try {
    await pass.compile();
    return pass;
  } catch (error) {
    pass[Symbol.dispose]();
    throw error;
  }
}

class BlockPass implements ShapeProgram {
  readonly batch: BatchTensors;
  masks: MaskTensors;
  readonly #device: Device;
  readonly #flat: FlatParameters;
  readonly #options: PassOptions;
  readonly #parameters: ReadonlyMap<string, ParameterInfo>;
  readonly #programs: Program[] = [];
  readonly #tensors: DeviceTensor[] = [];
  readonly #runs: BoundRun[] = [];
  #tables: TableGradients | undefined;

  constructor(device: Device, flat: FlatParameters, options: PassOptions) {
    this.batch = new BatchTensors(device, options);
    this.masks = new MaskTensors(device, []);
    this.#device = device;
    this.#flat = flat;
    this.#options = options;
    this.#parameters = new Map(options.model.parameters.map((info) => [info.name, info]));
  }

  async compile(): Promise<void> {
    const { model, withGradients, dropout } = this.#options;
    const L = model.layers;
    const embedding = this.#writeEmbedding();
    const forward = this.#writeBlockForward();
    this.masks = new MaskTensors(this.#device, [embedding.masks, ...Array(L).fill(forward.masks)]);
    const states = this.#allocateStates(withGradients ? L + 1 : 2);
    const state = (layer: number): DeviceTensor => states[layer % states.length]!;

    this.#bind(await this.#compile(embedding), undefined, {}, { y: state(0) });
    const block = await this.#compile(forward);
    for (let layer = 0; layer < L; layer++) this.#bind(block, layer, { x: state(layer) }, { y: state(layer + 1) });

    const lowest = withGradients ? this.#lowestTrained() : L;
    const flowing = this.#allocateStates(lowest < L ? 2 : 0);
    const flow = (layer: number): DeviceTensor<"float32"> => flowing[layer % 2]!;
    const head = await this.#compile(this.#writeHead(lowest < L));
    this.#bind(head, undefined, { x: state(L) }, { losses: this.batch.losses, ...(lowest < L ? { dx: flow(L) } : {}) });
    const backward = new Map<string, Program>();
    for (let layer = L - 1; layer >= Math.max(0, lowest); layer--) {
      const passesOn = layer > lowest;
      const trained = this.#trainedIn(layer);
      const key = `${passesOn} ${trained.join(" ")}`;
      let program = backward.get(key);
      if (program === undefined) {
        program = await this.#compile(this.#writeBlockBackward(trained, passesOn));
        backward.set(key, program);
      }
      this.#bind(program, layer, { x: state(layer), dy: flow(layer + 1) }, passesOn ? { dx: flow(layer) } : {});
    }
    if (lowest >= 0) return;
    let embeddingGradient = flow(0);
    if (dropout.embedding > 0) {
      const program = await this.#compile(this.#writeEmbeddingBackward(embedding.masks[0]!));
      this.#bind(program, undefined, { dy: flow(0) }, { dx: flow(1) });
      embeddingGradient = flow(1);
    }
    this.#tables = await tableGradients(this.#device, this.#flat, this.#options, this.batch, embeddingGradient);
  }

  async run(signal?: AbortSignal): Promise<void> {
    for (const run of this.#runs) await run.run(signal);
    await this.#tables?.run();
  }

  // ---- what is trained --------------------------------------------------------------------------------------------

  /** The parameters of a layer that are trained, without their prefix. */
  #trainedIn(layer: number): string[] {
    const prefix = blockPrefix(layer);
    return this.#options.model.parameters
      .filter(({ name }) => name.startsWith(prefix) && this.#flat.isTrained(name))
      .map(({ name }) => name.slice(prefix.length));
  }

  /** The first layer that a gradient must reach; -1 for the tables, L for none of both. */
  #lowestTrained(): number {
    const { tokenTable, positionTable, layers } = this.#options.model;
    if ([tokenTable.name, positionTable?.name].some((name) => name !== undefined && this.#flat.isTrained(name)))
      return -1;
    let layer = 0;
    while (layer < layers && this.#trainedIn(layer).length === 0) layer++;
    return layer;
  }

  // ---- graphs -----------------------------------------------------------------------------------------------------

  /** (N, C) */
  get #stateShape(): [number, number] {
    const { shape, model } = this.#options;
    return [shape.batch * shape.length, model.width];
  }

  #start(): TrainingGraph {
    const first = blockPrefix(0);
    return trainingGraph(this.#parameters, this.#options.shape, this.#options.dropout, this.#flat.traits, (name) =>
      name.startsWith(first) ? ANY_BLOCK + name.slice(first.length) : name,
    );
  }

  #writeEmbedding(): TrainingGraph {
    const written = this.#start();
    const { graph, run } = written;
    const [N] = this.#stateShape;
    const ids = graph.input("ids", "int32", [N]);
    graph.output("y", run.drop(this.#options.model.embed(ids, graph.input("positionRows", "int32", [N]), run)));
    return written;
  }

  #writeEmbeddingBackward(mask: MaskInput): TrainingGraph {
    const written = this.#start();
    const { graph } = written;
    const factor = dropoutFactor(graph.input(mask.name, "uint8", mask.shape), keptShare(mask.probability));
    graph.output("dx", mul(graph.input("dy", "float32", this.#stateShape), factor));
    return written;
  }

  #writeBlockForward(): TrainingGraph {
    const written = this.#start();
    written.dropAt("residual");
    const { graph, run } = written;
    graph.output("y", this.#options.model.block(graph.input("x", "float32", this.#stateShape), 0, run));
    return written;
  }

  #writeBlockBackward(trained: readonly string[], passesOn: boolean): TrainingGraph {
    const written = this.#start();
    written.dropAt("residual");
    const { graph, run } = written;
    const x = graph.input("x", "float32", this.#stateShape);
    const dy = graph.input("dy", "float32", this.#stateShape);
    const y = this.#options.model.block(x, 0, run);
    const wanted = trained.map((name) => run.weight(blockPrefix(0) + name));
    this.#writeGradients(written, y, dy, wanted, passesOn ? x : undefined);
    return written;
  }

  #writeHead(passesOn: boolean): TrainingGraph {
    const { model, zLoss, withGradients } = this.#options;
    const written = this.#start();
    const { graph, run, used } = written;
    const x = graph.input("x", "float32", this.#stateShape);
    const [N] = this.#stateShape;
    const hidden = model.finish(x, run);
    if (model.head !== undefined) return this.#writeOwnHead(written, hidden, passesOn ? x : undefined);
    const wanted = [...used].filter(([name]) => this.#flat.isTrained(name)).map(([, tensor]) => tensor);
    const head = run.weight(model.headWeight);
    const labels = graph.input("labels", "int32", [N, 1]);
    const inputs = { hidden, head, labels, weights: graph.input("weights", "float32", [N, 1]), zLoss };
    if (!withGradients) {
      graph.output("losses", losses(inputs));
      return written;
    }
    const pendingHead = this.#flat.isTrained(model.headWeight)
      ? graph.input(PENDING + head.name, "float32", head.shape)
      : undefined;
    const result = lossesWithGradients(inputs, pendingHead);
    graph.output("losses", result.losses);
    if (result.head !== undefined) graph.output(`gradient.${head.name}`, result.head);
    this.#writeGradients(written, hidden, result.hidden, wanted, passesOn ? x : undefined);
    return written;
  }

  /** A head that is not the language model's: its losses are differentiated like everything else. */
  #writeOwnHead(written: TrainingGraph, hidden: Tensor, x: Tensor | undefined): TrainingGraph {
    const { graph, run, used } = written;
    const [N] = this.#stateShape;
    const labels = graph.input("labels", "int32", [N, 1]);
    const rowLosses = this.#options.model.head!.losses(hidden, labels, run.weight, () => {
      throw new BiogptError("internal", { what: "A head with further losses was to be trained block by block." });
    });
    graph.output("losses", rowLosses);
    if (!this.#options.withGradients) return written;
    const wanted = [...used].filter(([name]) => this.#flat.isTrained(name)).map(([, tensor]) => tensor);
    this.#writeGradients(written, rowLosses, graph.input("weights", "float32", [N, 1]), wanted, x);
    return written;
  }

  #writeGradients({ graph }: TrainingGraph, y: Tensor, dy: Tensor, wanted: Tensor[], x: Tensor | undefined): void {
    const pending = new Map(
      wanted.map((tensor) => [tensor, graph.input(PENDING + tensor.name, "float32", tensor.shape)]),
    );
    const all = x === undefined ? wanted : [...wanted, x];
    const gradients = gradientsOfMany([{ tensor: y, seed: dy }], all, pending);
    for (const [i, tensor] of all.entries()) {
      graph.output(tensor === x ? "dx" : `gradient.${tensor.name}`, gradients[i]!);
    }
  }

  // ---- native side ------------------------------------------------------------------------------------------------

  #allocateStates(count: number): DeviceTensor<"float32">[] {
    const states = Array.from({ length: count }, () => this.#device.allocate("float32", this.#stateShape));
    this.#tensors.push(...states);
    return states;
  }

  async #compile({ graph }: TrainingGraph): Promise<Program> {
    const program = await this.#device.compile(toOnnx(graph));
    this.#programs.push(program);
    return program;
  }

  /** @param layer  whose parameters and masks the program gets; undefined outside of the blocks */
  #bind(
    program: Program,
    layer: number | undefined,
    inputs: Readonly<Record<string, DeviceTensor>>,
    outputs: Readonly<Record<string, DeviceTensor>>,
  ): void {
    const parameter = (name: string): string =>
      name.startsWith(ANY_BLOCK) ? blockPrefix(layer!) + name.slice(ANY_BLOCK.length) : name;
    const resolve = (name: string): DeviceTensor =>
      inputs[name] ??
      this.batch.byName(name) ??
      this.masks.byName(layer === undefined ? 0 : layer + 1, name) ??
      this.#flat.input(name.startsWith(PENDING) ? PENDING + parameter(name.slice(PENDING.length)) : parameter(name));
    const allOutputs = program.outputs.map(({ name }): [string, DeviceTensor] => [
      name,
      outputs[name] ?? this.#flat.view("gradients", parameter(name.slice("gradient.".length))),
    ]);
    const allInputs = program.inputs.map(({ name }): [string, DeviceTensor] => [name, resolve(name)]);
    this.#runs.push(program.bind(Object.fromEntries(allInputs), Object.fromEntries(allOutputs)));
  }

  [Symbol.dispose](): void {
    this.#tables?.[Symbol.dispose]();
    for (const owned of [...this.#runs, ...this.#programs, ...this.#tensors, this.batch, this.masks]) {
      owned[Symbol.dispose]();
    }
  }
}
