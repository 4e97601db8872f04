/** What the programs of one batch shape share: the batch's tensors, the masks' tensors, the tables' gradients. */
import type { Device, DeviceTensor } from "../runtime/device.ts";
import { fillMask } from "./dropout-masks.ts";
import type { FlatParameters } from "./flat-parameters.ts";
import type { TrainableModel } from "./trainable-model.ts";
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
  /** The ids on our side, for the token table's gradient. */
  readonly hostIds: Int32Array<ArrayBuffer>;
  readonly #shape: BatchShape;

  constructor(device: Device, { shape, model }: PassOptions) {
    const { batch, length } = shape;
    const rows = batch * length;
    this.#shape = shape;
    this.ids = device.allocate("int32", [rows]);
    this.positionRows = device.allocate("int32", [rows]);
    this.labels = device.allocate("int32", [rows, 1]);
    this.weights = device.allocate("float32", [rows, 1]);
    this.losses = device.allocate("float32", [rows, 1]);
    this.hostIds = new Int32Array(rows);
    const offset = model.positionTable?.offset ?? 0;
    void this.positionRows.write(Int32Array.from({ length: rows }, (_, row) => offset + Math.floor(row / batch)));
  }

  byName(name: string): DeviceTensor | undefined {
    switch (name) {
      case "ids":
      case "positionRows":
      case "labels":
      case "weights":
        return this[name];
      default:
        return undefined;
    }
  }

  /**
   * Fills the inputs from arrays that go sequence by sequence.
   *
   * @param weights  of each position's loss; those of 0 need no valid label
   */
  async fill(ids: Int32Array, labels: Int32Array, weights: Float32Array): Promise<void> {
    const { batch, length } = this.#shape;
    const rows = batch * length;
    const rowLabels = new Int32Array(rows);
    const rowWeights = new Float32Array(rows);
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < length; t++) {
        const from = b * length + t;
        const row = t * batch + b;
        this.hostIds[row] = ids[from]!;
        rowLabels[row] = weights[from] === 0 ? 0 : labels[from]!;
        rowWeights[row] = weights[from]!;
      }
    }
    await this.ids.write(this.hostIds);
    await this.labels.write(rowLabels);
    await this.weights.write(rowWeights);
  }

  /** The losses of the last run, sequence by sequence. */
  async readLosses(): Promise<Float32Array> {
    const { batch, length } = this.#shape;
    const rows = await this.losses.read();
    return Float32Array.from(rows, (_, at) => rows[(at % length) * batch + Math.floor(at / length)]!);
  }

  [Symbol.dispose](): void {
    for (const tensor of [this.ids, this.positionRows, this.labels, this.weights, this.losses])
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

/**
 * Adds the gradient of the embedded rows (N, C) to the rows of the token and position tables it came from.
 *
 * A loop in JavaScript: the work is one addition a value, and ONNX's ScatterND with addition races when ids repeat.
 */
export async function addTableGradients(
  flat: FlatParameters,
  { model, shape }: PassOptions,
  { hostIds }: BatchTensors,
  gradient: DeviceTensor<"float32">,
): Promise<void> {
  const { tokenTable, positionTable, width } = model;
  const rows = gradient.data;
  if (flat.isTrained(tokenTable.name)) {
    const table = flat.view("gradients", tokenTable.name).data;
    for (const [row, id] of hostIds.entries()) addRow(table, id * width, rows, row * width, width, tokenTable.scale);
  }
  if (positionTable !== undefined && flat.isTrained(positionTable.name)) {
    const table = flat.view("gradients", positionTable.name).data;
    for (let row = 0; row < hostIds.length; row++) {
      const position = positionTable.offset + Math.floor(row / shape.batch);
      addRow(table, position * width, rows, row * width, width, 1);
    }
  }
}

function addRow(to: Float32Array, at: number, from: Float32Array, start: number, width: number, factor: number): void {
  for (let c = 0; c < width; c++) to[at + c]! += factor * from[start + c]!;
}
