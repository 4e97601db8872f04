/**
 * The training step of a language model: gradients of the summed cross-entropy over micro-batches, added up in place, then one
 * update by AdamW, or by Muon for the blocks' maps. Everything heavy runs on the device; parameters, gradients and moments live there, one flat buffer each,
 * and are never copied in or out.
 *
 *     step.accumulate(batch) ... step.accumulate(batch)  ->  gradientNorm()  ->  update(...)  ->  zeroGradients()
 */
import { BiogptError } from "../../base/errors.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { Device } from "../../runtime/device.ts";
import { Muon } from "../optimizers/muon.ts";
import { AdamW } from "../optimizers/optimizer.ts";
import { blockPrograms } from "./block-programs.ts";
import { FlatParameters } from "./flat-parameters.ts";
import type { ShapeProgram } from "./shape-program.ts";
import type { TrainableModel } from "./trainable-model.ts";
import { IGNORED_LABEL, type TrainingBatch } from "./training-batch.ts";
import { type BatchShape, type Dropout, NO_DROPOUT } from "./training-graph.ts";
import { wholeProgram } from "./whole-program.ts";

export { type FurtherBatch, IGNORED_LABEL, type TrainingBatch } from "./training-batch.ts";
export type { Dropout } from "./training-graph.ts";

export interface StepResult {
  /** Sum over counted positions, and further losses, of weight * cross-entropy, nats. */
  readonly lossSum: number;
  /** Positions that counted. */
  readonly tokens: number;
  /** What turns the sum into a mean: the positions that counted, and the weights of further losses. */
  readonly weight: number;
}

export interface EvaluationResult extends StepResult {
  /** Cross-entropy of each position in nats, sequence by sequence, before weights; 0 where the label is ignored. */
  readonly perToken: Float32Array;
  /** Those of a head's further losses, before weights; empty where there are none. */
  readonly further: Float32Array;
}

export interface UpdateOptions {
  readonly learningRate: number;
  /** Of the matrices that Muon updates, which decay too; default `learningRate`. */
  readonly matrixLearningRate?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.98, as fairseq's recipes. */
  readonly beta2?: number;
  /** Added to sqrt(v), which is not bias-corrected; default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled: p is multiplied by 1 - learningRate * weightDecay first. Default 0.01. */
  readonly weightDecay?: number;
  /** Parameters that decay; default all, as in fairseq. */
  readonly decays?: (name: string) => boolean;
  /** Multiplies the gradient: 1 / weight of the results turns sums into means. Default 1. */
  readonly gradientScale?: number;
  /** Largest norm of the scaled gradient, which is shortened to it; 0 (the default) leaves it as it is. */
  readonly clip?: number;
}

export interface TrainingStepOptions {
  readonly device: Device;
  readonly model: TrainableModel;
  /** Values to start from, row-major. */
  readonly initial: (name: string) => Float32Array | Promise<Float32Array>;
  /** The usual shape of a batch, compiled at once. */
  readonly shape: { readonly batch: number; readonly length: number };
  /** Default none. */
  readonly dropout?: Dropout;
  /**
   * "whole": one graph, fastest. "blocks": one program forward and one backward, used for every layer in turn; keeps only the
   * layers' inputs and computes the rest again (gradient checkpointing): less memory and a quick start, about a third
   * more work. Default "whole".
   */
  readonly mode?: "whole" | "blocks";
  /** Parameters that are trained; the others get no gradient and no moments. Default all. */
  readonly trainable?: (name: string) => boolean;
  /**
   * How the weights of frozen linear maps are held: "int8" packs them into 8 bits with one scale for each output, a quarter of the
   * memory, unpacked just before each product. Default "float32". No effect where every map is trained.
   */
  readonly frozenMaps?: "float32" | "int8";
  /** What updates the linear maps of the blocks, where they are trained: Muon, or AdamW like everything else (the default). */
  readonly optimizer?: "adamw" | "muon";
  /** Of dropout. Default 1. */
  readonly seed?: number;
  /**
   * Rows (tokens) that go through the model at once: a larger batch is taken in equal parts whose rows are nearest to this many, and
   * their gradients add up. Default 1024: more of them leave the processor's caches (15 to 20 % slower, and more memory),
   * fewer make narrow products. Infinity takes every batch as one.
   */
  readonly rowsPerPass?: number;
  /** Weight of the squared log of the softmax's denominator, added to the loss; default 0. */
  readonly zLoss?: number;
  /** Batch shapes whose programs are kept, each with the memory of its activations; the one unused for longest goes. Default 8. */
  readonly keptShapes?: number;
}

export interface TrainingStep extends Disposable {
  /** Trained parameters in the order of the flat buffers. */
  readonly trained: readonly { readonly name: string; readonly shape: readonly number[]; readonly offset: number }[];
  /** Updates done; bias correction and dropout depend on it. Writable, to resume. */
  updates: number;
  /** Micro-batches done since the start: dropout's second seed. Writable, to resume. */
  microBatches: number;
  /** Adds the gradient of the batch's loss sum to the gradient buffer. */
  accumulate(batch: TrainingBatch, signal?: AbortSignal): Promise<StepResult>;
  /** Loss without gradients and without dropout. */
  evaluate(batch: TrainingBatch, signal?: AbortSignal): Promise<EvaluationResult>;
  /** Euclidean norm of the whole gradient buffer, before any scale. */
  gradientNorm(): Promise<number>;
  /** One update from the gradient buffer, which is left as it is. @returns the norm of the scaled gradient before clipping */
  update(options: UpdateOptions): Promise<{ readonly gradientNorm: number }>;
  zeroGradients(): Promise<void>;
  /** Views of the flat buffers on `cpu` (a copy of what products see, for packed weights); on other devices copies, to be written back with `writeBack`. */
  parameter(name: string): Promise<Float32Array>;
  /** The flat gradient buffer, for all-reduce: a view on `cpu`. Length is that of all trained parameters, padding included. */
  gradientBuffer(): Promise<Float32Array>;
  /** Flat buffers of the first and second moments. */
  moments(): Promise<{ readonly first: Float32Array; readonly second: Float32Array }>;
  /**
   * Puts values back: after the views above were changed (then nothing to do on `cpu`), or from a saved run.
   *
   * @param target "gradients", "first" or "second" for a flat buffer, else the name of a parameter
   */
  writeBack(target: string, values: Float32Array): Promise<void>;
  /** Floating-point operations of one trained token: 6 for each weight of a matrix product, attention beside it. */
  readonly flopsPerToken: number;
  /** Bytes of parameters, gradients and moments. */
  readonly stateBytes: number;
}

const KEPT_SHAPES = 8;

/** @throws BiogptError `training/nothing-to-train`, `training/initial` when a parameter's first values do not fit */
export async function createTrainingStep(options: TrainingStepOptions): Promise<TrainingStep> {
  const step = new CompiledStep(options);
  try {
    await step.load(options.initial);
    await step.program(step.partOf(options.shape), true);
    return step;
  } catch (error) {
    step[Symbol.dispose]();
    throw error;
  }
}

/** Four sequences of 256 tokens at widths of 256 to 384: the fastest of 512 to 4096 (docs/experiments.md). */
const ROWS_PER_PASS = 1024;

/** Weights that models use through `run.map` alone. */
const MAP_WEIGHT = /^blocks\.\d+\..*\.weight$/;

class CompiledStep implements TrainingStep {
  updates = 0;
  microBatches = 0;
  readonly flopsPerToken: number;
  readonly stateBytes: number;
  readonly #options: TrainingStepOptions;
  readonly #flat: FlatParameters;
  readonly #optimizer: AdamW;
  readonly #muon: Muon | undefined;
  readonly #programs = new Map<string, Promise<ShapeProgram>>();

  constructor(options: TrainingStepOptions) {
    const { device, model, trainable = () => true, shape, frozenMaps = "float32" } = options;
    this.#options = options;
    if (options.mode === "blocks" && model.head?.further !== undefined) {
      throw new BiogptError("training/settings", {
        what: "A head with losses of its own is trained in one graph, not block by block.",
        fix: "Leave out mode.",
      });
    }
    this.#flat = new FlatParameters(
      device,
      model.parameters,
      trainable,
      frozenMaps === "int8" ? (name) => MAP_WEIGHT.test(name) : undefined,
    );
    const maps = this.#flat.trained.filter(({ name }) => MAP_WEIGHT.test(name)).map(({ name }) => name);
    if (options.optimizer === "muon" && maps.length === 0) {
      throw new BiogptError("training/settings", {
        what: "Muon has nothing to update: no linear map of the blocks is trained.",
        fix: "Leave out optimizer, or train the whole model.",
      });
    }
    const orthogonal = new Set(options.optimizer === "muon" ? maps : []);
    this.#optimizer = new AdamW(device, this.#flat, orthogonal);
    this.#muon = orthogonal.size === 0 ? undefined : new Muon(device, this.#flat, orthogonal);
    this.flopsPerToken = flopsPerToken(model, shape.length);
    this.stateBytes = 4 * 4 * this.#flat.length;
  }

  get trained(): FlatParameters["trained"] {
    return this.#flat.trained;
  }

  async load(initial: TrainingStepOptions["initial"]): Promise<void> {
    for (const { name, shape } of this.#options.model.parameters) {
      const values = await initial(name);
      if (values.length !== elementCount(shape)) {
        throw new BiogptError("training/initial", {
          what: `${name} has the shape (${shape.join(", ")}), but ${values.length} values were given for it.`,
        });
      }
      await this.#flat.write(name, values);
    }
  }

  program({ batch, length }: BatchShape, withGradients: boolean): Promise<ShapeProgram> {
    const { device, model, dropout = NO_DROPOUT, mode = "whole", zLoss = 0, keptShapes = KEPT_SHAPES } = this.#options;
    const key = `${batch} x ${length}${withGradients ? "" : " losses"}`;
    const known = this.#programs.get(key);
    this.#programs.delete(key); // and back at the end: the first is the one unused for longest
    const write = mode === "whole" ? wholeProgram : blockPrograms;
    const program =
      known ??
      write(device, this.#flat, {
        model,
        shape: { batch, length },
        dropout: withGradients ? dropout : NO_DROPOUT,
        zLoss: withGradients ? zLoss : 0,
        withGradients,
      });
    this.#programs.set(key, program);
    for (const [other, unused] of this.#programs) {
      if (this.#programs.size <= keptShapes) break;
      this.#programs.delete(other);
      unused.then((old) => old[Symbol.dispose]());
    }
    return program;
  }

  /** The shape of the parts that a batch is taken in: whole sequences, all parts alike. */
  partOf({ batch, length }: BatchShape): BatchShape {
    if (this.#options.model.inputs !== undefined) return { batch, length }; // which cannot be cut
    const wanted = this.#options.rowsPerPass ?? ROWS_PER_PASS;
    const distance = (count: number): number => Math.abs(Math.log((count * length) / wanted));
    let best = batch;
    if (this.#options.model.head?.further !== undefined) return { batch, length };
    for (let count = 1; count < batch; count++) {
      if (batch % count === 0 && distance(count) < distance(best)) best = count;
    }
    return { batch: best, length };
  }

  async accumulate(batch: TrainingBatch, signal?: AbortSignal): Promise<StepResult> {
    const weights = this.#checked(batch);
    const losses = await this.#pass(batch, weights, true, signal);
    this.microBatches++;
    return summed(losses, weights, batch.further?.weights);
  }

  async evaluate(batch: TrainingBatch, signal?: AbortSignal): Promise<EvaluationResult> {
    const weights = this.#checked(batch);
    const losses = await this.#pass(batch, weights, false, signal);
    const perToken = losses.subarray(0, batch.ids.length).map((loss, i) => (batch.labels[i]! < 0 ? 0 : loss));
    const further = losses.subarray(batch.ids.length);
    return { ...summed(losses, weights, batch.further?.weights), perToken, further };
  }

  /** Takes a batch part by part. @returns the loss of each position */
  async #pass(
    { ids, labels, positions, further, others, ...shape }: TrainingBatch,
    weights: Float32Array,
    withGradients: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const part = this.partOf(shape);
    const rows = part.batch * part.length;
    const program = await this.program(part, withGradients);
    const losses = new Float32Array(ids.length + (further?.weights.length ?? 0));
    for (let start = 0, pass = 0; start < ids.length; start += rows, pass++) {
      const end = start + rows;
      const cut = <Values extends Int32Array | Float32Array>(values: Values): Values =>
        values.subarray(start, end) as Values;
      await program.batch.fill(cut(ids), cut(labels), cut(weights), positions && cut(positions), further);
      await program.batch.fillOthers(others);
      await program.masks.fill([this.#options.seed ?? 1, this.microBatches, pass]);
      await program.run(signal);
      losses.set(await program.batch.readLosses(), start);
    }
    return losses;
  }

  /** The batch's weights, 0 where labels are ignored. @throws BiogptError `training/batch` */
  #checked({ batch, length, ids, labels, positions, weights, further }: TrainingBatch): Float32Array {
    const { vocabulary, maxLength, head, positionTable } = this.#options.model;
    const labelCount = head?.labels ?? vocabulary;
    const rows = batch * length;
    const wrong = (what: string): BiogptError => new BiogptError("training/batch", { what });
    if (!(batch >= 1 && length >= 1 && Number.isSafeInteger(rows))) throw wrong(`A batch of ${batch} x ${length}.`);
    const farthest = positions === undefined ? length - 1 : positions.reduce((most, at) => Math.max(most, at), 0);
    if (farthest >= maxLength || positions?.some((at) => at < 0)) {
      throw wrong(`Sequences of ${farthest + 1} tokens, where the model has ${maxLength} positions.`);
    }
    if (positions !== undefined && (positions.length !== rows || positionTable === undefined)) {
      throw wrong(`${positions.length} positions for ${batch} x ${length} tokens.`);
    }
    if (ids.length !== rows || labels.length !== rows || (weights !== undefined && weights.length !== rows)) {
      throw wrong(`Arrays of ${ids.length}, ${labels.length} and ${weights?.length ?? rows} for ${batch} x ${length}.`);
    }
    if (further?.weights.length !== head?.further?.count) {
      throw wrong(
        `${further?.weights.length ?? "No"} further losses, where the head has ${head?.further?.count ?? "none"}.`,
      );
    }
    const counted = new Float32Array(rows);
    for (let i = 0; i < rows; i++) {
      const [id, label] = [ids[i]!, labels[i]!];
      if (id < 0 || id >= vocabulary) throw wrong(`The id ${id} is outside of the vocabulary of ${vocabulary}.`);
      if (label === IGNORED_LABEL) continue;
      if (label < 0 || label >= labelCount)
        throw wrong(`The label ${label} is outside of the ${labelCount} there are.`);
      counted[i] = weights?.[i] ?? 1;
    }
    return counted;
  }

  gradientNorm(): Promise<number> {
    return this.#optimizer.gradientNorm();
  }

  async update(options: UpdateOptions): Promise<{ readonly gradientNorm: number }> {
    const { learningRate, beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8, weightDecay = 0.01 } = options;
    const { gradientScale = 1, clip = 0, decays, matrixLearningRate = learningRate } = options;
    const settings = { update: this.updates + 1, learningRate, beta1, beta2, epsilon, weightDecay };
    let factor = gradientScale;
    let norm: number | undefined;
    if (clip > 0 || this.#muon !== undefined) {
      norm = gradientScale * (await this.gradientNorm());
      if (clip > 0 && norm > clip) factor *= clip / norm;
    }
    const seen = gradientScale * (await this.#optimizer.update({ ...settings, factor }, decays));
    await this.#muon?.update({ learningRate: matrixLearningRate, weightDecay, factor });
    this.updates++;
    return { gradientNorm: norm ?? seen };
  }

  zeroGradients(): Promise<void> {
    return this.#flat.clear("gradients");
  }

  async parameter(name: string): Promise<Float32Array> {
    const packed = await this.#flat.unpacked(name);
    if (packed !== undefined) return packed;
    const tensor = this.#flat.view("values", name);
    return this.#options.device.capabilities.viewable ? tensor.data : tensor.read();
  }

  gradientBuffer(): Promise<Float32Array> {
    return this.#flat.read("gradients");
  }

  async moments(): Promise<{ readonly first: Float32Array; readonly second: Float32Array }> {
    return { first: await this.#flat.read("first"), second: await this.#flat.read("second") };
  }

  writeBack(target: string, values: Float32Array): Promise<void> {
    return target === "gradients" || target === "first" || target === "second"
      ? this.#flat.replace(target, values)
      : this.#flat.write(target, values);
  }

  [Symbol.dispose](): void {
    for (const program of this.#programs.values()) program.then((done) => done[Symbol.dispose]()).catch(() => {});
    this.#optimizer[Symbol.dispose]();
    this.#muon?.[Symbol.dispose]();
    this.#flat[Symbol.dispose]();
  }
}

/** @param further weights of the losses behind those of the rows */
function summed(losses: Float32Array, weights: Float32Array, further?: Float32Array): StepResult {
  let lossSum = 0;
  let tokens = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    lossSum += weights[i]! * losses[i]!;
    tokens++;
  }
  let weight = tokens;
  for (const [i, ofFurther] of (further ?? []).entries()) {
    if (ofFurther === 0) continue;
    lossSum += ofFurther * losses[weights.length + i]!;
    weight += ofFurther;
  }
  return { lossSum, tokens, weight };
}

/** 6 for each weight of a matrix product (the head's included), and the causal half of attention's products. */
export function flopsPerToken(
  { parameters, headWeight, tokenTable, positionTable, layers, width }: TrainableModel,
  length: number,
): number {
  let matrices = 0;
  for (const { name, shape } of parameters) {
    const table = name === tokenTable.name || name === positionTable?.name;
    if (shape.length === 2 && (!table || name === headWeight)) matrices += shape[0]! * shape[1]!;
  }
  return 6 * (matrices + layers * width * length);
}
