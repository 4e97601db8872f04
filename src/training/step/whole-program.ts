/** One program for a whole batch: embedding, blocks, head and all gradients, or the losses alone. */
import { gradientsOfMany } from "../../graph/gradient.ts";
import type { Tensor } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import type { BoundRun, Device, DeviceTensor, Program } from "../../runtime/device.ts";
import { type FlatParameters, PENDING } from "./flat-parameters.ts";
import { losses, lossesWithGradients } from "./loss-head.ts";
import { BatchTensors, MaskTensors, type PassOptions, type ShapeProgram } from "./shape-program.ts";
import { type TableGradients, tableGradients } from "./table-gradients.ts";
import type { ParameterInfo } from "./trainable-model.ts";
import { type TrainingGraph, trainingGraph } from "./training-graph.ts";

export async function wholeProgram(device: Device, flat: FlatParameters, options: PassOptions): Promise<ShapeProgram> {
  const { model, shape, withGradients, zLoss } = options;
  const parameters = new Map<string, ParameterInfo>(model.parameters.map((info) => [info.name, info]));
  const inputs = model.inputs?.(shape);
  const written = trainingGraph(parameters, shape, options.dropout, flat.traits, undefined, inputs);
  const { graph, run } = written;
  const rows = shape.batch * shape.length;
  const ids = graph.input("ids", "int32", [rows]);
  const positionRows = graph.input("positionRows", "int32", [rows]);
  const labels = graph.input("labels", "int32", [rows, 1]);
  const further = model.head?.further;
  const weights = graph.input("weights", "float32", [rows + (further?.count ?? 0), 1]);

  const embedded = model.embed(ids, positionRows, run);
  let x = run.drop(embedded);
  written.dropAt("residual");
  for (let layer = 0; layer < model.layers; layer++) x = model.block(x, layer, run);
  const hidden = model.finish(x, run);
  if (model.head !== undefined) {
    const inputs = new Map(
      (further?.inputs(rows) ?? []).map(({ name, dtype, shape: size }) => [name, graph.input(name, dtype, size)]),
    );
    const rowLosses = model.head.losses(hidden, labels, run.weight, (name) => inputs.get(name)!);
    graph.output("losses", rowLosses);
    if (withGradients) writeHeadGradients(written, flat, options, embedded, { losses: rowLosses, weights });
  } else {
    const ends = { hidden, head: run.weight(model.headWeight), labels, weights, zLoss };
    if (withGradients) writeGradients(written, flat, options, embedded, ends);
    else graph.output("losses", losses(ends));
  }
  const program = await device.compile(toOnnx(graph));
  const pass = new WholeProgram(device, program, flat, written, options);
  await pass.prepare(device);
  return pass;
}

function writeGradients(
  written: TrainingGraph,
  flat: FlatParameters,
  options: PassOptions,
  embedded: Tensor,
  inputs: Parameters<typeof losses>[0],
): void {
  const { graph } = written;
  const { headWeight } = options.model;
  const pending = pendingGradients(written, flat);
  const result = lossesWithGradients(inputs, pending.get(inputs.head));
  graph.output("losses", result.losses);
  if (result.head !== undefined) graph.output(`gradient.${headWeight}`, result.head);
  pending.delete(inputs.head);
  writeFlowing(written, flat, options, embedded, { tensor: inputs.hidden, seed: result.hidden }, pending);
}

/** Gradients of the weighted sum of a head's losses. */
function writeHeadGradients(
  written: TrainingGraph,
  flat: FlatParameters,
  options: PassOptions,
  embedded: Tensor,
  { losses: rowLosses, weights }: { readonly losses: Tensor; readonly weights: Tensor },
): void {
  const start = { tensor: rowLosses, seed: weights };
  writeFlowing(written, flat, options, embedded, start, pendingGradients(written, flat));
}

/** The parameters used so far that are trained, with what their gradients are added to. */
function pendingGradients({ graph, used }: TrainingGraph, flat: FlatParameters): Map<Tensor, Tensor> {
  const pending = new Map<Tensor, Tensor>();
  for (const [name, tensor] of used) {
    if (flat.isTrained(name)) pending.set(tensor, graph.input(PENDING + name, "float32", tensor.shape));
  }
  return pending;
}

function writeFlowing(
  { graph }: TrainingGraph,
  flat: FlatParameters,
  { model }: PassOptions,
  embedded: Tensor,
  start: { readonly tensor: Tensor; readonly seed: Tensor },
  pending: ReadonlyMap<Tensor, Tensor>,
): void {
  // Tables get their gradient row by row from that of the embedded rows.
  const tables = [model.tokenTable.name, model.positionTable?.name];
  const wanted = [...pending.keys()].filter(({ name }) => !tables.includes(name));
  const tablesTrained = tables.some((name) => name !== undefined && flat.isTrained(name));
  const all = gradientsOfMany([start], tablesTrained ? [...wanted, embedded] : wanted, pending);
  for (const [i, { name }] of wanted.entries()) graph.output(`gradient.${name}`, all[i]!);
  if (tablesTrained) graph.output("embeddingGradient", all.at(-1)!);
}

class WholeProgram implements ShapeProgram {
  readonly batch: BatchTensors;
  readonly masks: MaskTensors;
  readonly #program: Program;
  readonly #bound: BoundRun;
  #tables: TableGradients | undefined;
  readonly #embeddingGradient: DeviceTensor<"float32"> | undefined;
  readonly #flat: FlatParameters;
  readonly #options: PassOptions;

  constructor(device: Device, program: Program, flat: FlatParameters, written: TrainingGraph, options: PassOptions) {
    const rows = options.shape.batch * options.shape.length;
    this.batch = new BatchTensors(device, options);
    this.masks = new MaskTensors(device, [written.masks]);
    this.#program = program;
    this.#flat = flat;
    this.#options = options;
    const inputs: Record<string, DeviceTensor> = {};
    for (const { name } of program.inputs) {
      inputs[name] = this.batch.byName(name) ?? this.masks.byName(0, name) ?? flat.input(name);
    }
    const outputs: Record<string, DeviceTensor> = { losses: this.batch.losses };
    for (const { name } of program.outputs) {
      if (name.startsWith("gradient.")) outputs[name] = flat.view("gradients", name.slice("gradient.".length));
    }
    if (program.outputs.some(({ name }) => name === "embeddingGradient")) {
      this.#embeddingGradient = device.allocate("float32", [rows, options.model.width]);
      outputs["embeddingGradient"] = this.#embeddingGradient;
    }
    this.#bound = program.bind(inputs, outputs);
  }

  async prepare(device: Device): Promise<void> {
    if (this.#embeddingGradient === undefined) return;
    this.#tables = await tableGradients(device, this.#flat, this.#options, this.batch, this.#embeddingGradient);
  }

  async run(signal?: AbortSignal): Promise<void> {
    await this.#bound.run(signal);
    await this.#tables?.run();
  }

  [Symbol.dispose](): void {
    this.#bound[Symbol.dispose]();
    this.#program[Symbol.dispose]();
    this.#tables?.[Symbol.dispose]();
    this.#embeddingGradient?.[Symbol.dispose]();
    this.batch[Symbol.dispose]();
    this.masks[Symbol.dispose]();
  }
}
