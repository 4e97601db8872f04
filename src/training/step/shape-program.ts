/** What the programs of one batch shape share: the batch's tensors, the masks' tensors. */
import { BiogptError } from "../../base/errors.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { Device, DeviceTensor } from "../../runtime/device.ts";
import { fillMask } from "./dropout-masks.ts";
import type { TrainableModel } from "./trainable-model.ts";
import type { TrainingBatch } from "./training-batch.ts";
import type { BatchShape, Dropout, MaskInput } from "./training-graph.ts";

export interface PassOptions {
  readonly model: TrainableModel;
  readonly shape: BatchShape;
  readonly dropout: Dropout;
  readonly zLoss: number;
  /** False: losses only. */
  readonly withGradients: boolean;
}

/** A compiled pass over batches of one shape. `batch` is filled, then `run` adds gradients and leaves the losses. */
export interface ShapeProgram extends Disposable {
  readonly batch: BatchTensors;
  readonly masks: MaskTensors;
  run(signal?: AbortSignal): Promise<void>;
}

/** The inputs that come with each batch, time-major: row t * B + b is token t of sequence b. */
export class BatchTensors implements Disposable {
  readonly ids: DeviceTensor<"int32">;
  readonly positionRows: DeviceTensor<"int32">;
  readonly labels: DeviceTensor<"int32">;
  readonly weights: DeviceTensor<"float32">;
  /** (N, 1), written by each run. */
  readonly losses: DeviceTensor<"float32">;
  /** Of the model's own inputs, by name. */
  readonly #others: ReadonlyMap<string, DeviceTensor>;
  readonly #shape: BatchShape;
  /** Row of the position table that the first position has. */
  readonly #positionOffset: number;

  constructor(device: Device, { shape, model }: PassOptions) {
    const { batch, length } = shape;
    const rows = batch * length;
    this.#shape = shape;
    this.ids = device.allocate("int32", [rows]);
    this.positionRows = device.allocate("int32", [rows]);
    this.labels = device.allocate("int32", [rows, 1]);
    this.weights = device.allocate("float32", [rows, 1]);
    this.losses = device.allocate("float32", [rows, 1]);
    const others = model.inputs?.(shape) ?? [];
    this.#others = new Map(others.map((input) => [input.name, device.allocate(input.dtype, input.shape)]));
    this.#positionOffset = model.positionTable?.offset ?? 0;
  }

  byName(name: string): DeviceTensor | undefined {
    switch (name) {
      case "ids":
      case "positionRows":
      case "labels":
      case "weights":
        return this[name];
      default:
        return this.#others.get(name);
    }
  }

  /**
   * Fills the inputs from arrays that go sequence by sequence.
   *
   * @param weights    of each position's loss; those of 0 need no valid label
   * @param positions  from 0; default each token's place
   */
  async fill(ids: Int32Array, labels: Int32Array, weights: Float32Array, positions?: Int32Array): Promise<void> {
    const { batch, length } = this.#shape;
    const rows = batch * length;
    const rowIds = new Int32Array(rows);
    const rowLabels = new Int32Array(rows);
    const rowWeights = new Float32Array(rows);
    const rowPositions = new Int32Array(rows);
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < length; t++) {
        const from = b * length + t;
        const row = t * batch + b;
        rowIds[row] = ids[from]!;
        rowLabels[row] = weights[from] === 0 ? 0 : labels[from]!;
        rowWeights[row] = weights[from]!;
        rowPositions[row] = this.#positionOffset + (positions?.[from] ?? t);
      }
    }
    await this.ids.write(rowIds);
    await this.labels.write(rowLabels);
    await this.weights.write(rowWeights);
    await this.positionRows.write(rowPositions);
  }

  /** Fills the model's own inputs. @throws BiogptError `training/batch` for a batch that lacks one */
  async fillOthers(values: TrainingBatch["others"] = {}): Promise<void> {
    for (const [name, tensor] of this.#others) {
      const given = values[name];
      if (given?.length !== elementCount(tensor.shape)) {
        throw new BiogptError("training/batch", {
          what: `A batch brings ${given?.length ?? "no"} values of ${name}; the model reads ${elementCount(tensor.shape)}.`,
        });
      }
      await tensor.write(given);
    }
  }

  /** The losses of the last run, sequence by sequence. */
  async readLosses(): Promise<Float32Array> {
    const { batch, length } = this.#shape;
    const rows = await this.losses.read();
    return Float32Array.from(rows, (_, at) => rows[(at % length) * batch + Math.floor(at / length)]!);
  }

  [Symbol.dispose](): void {
    for (const tensor of [
      this.ids,
      this.positionRows,
      this.labels,
      this.weights,
      this.losses,
      ...this.#others.values(),
    ])
      tensor[Symbol.dispose]();
  }
}

/** Mask tensors of several graphs, one list for each (one graph, or one for each layer). */
export class MaskTensors implements Disposable {
  readonly #masks: readonly (readonly { readonly input: MaskInput; readonly tensor: DeviceTensor<"uint8"> }[])[];

  constructor(device: Device, graphs: readonly (readonly MaskInput[])[]) {
    this.#masks = graphs.map((masks) =>
      masks.map((input) => ({ input, tensor: device.allocate("uint8", input.shape) })),
    );
  }

  byName(graph: number, name: string): DeviceTensor<"uint8"> | undefined {
    return this.#masks[graph]?.find(({ input }) => input.name === name)?.tensor;
  }

  /** Draws all masks anew. @param seeds  numbers that the masks depend on, and on nothing else */
  async fill(seeds: readonly number[]): Promise<void> {
    let place = 0;
    for (const { input, tensor } of this.#masks.flat()) await fillMask(tensor, input.probability, [...seeds, place++]);
  }

  [Symbol.dispose](): void {
    for (const { tensor } of this.#masks.flat()) tensor[Symbol.dispose]();
  }
}
