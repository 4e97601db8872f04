/**
 * Where the state of training lies: one flat float32 buffer each for trained parameters, their gradients and both moments, on the
 * device. Programs get views; nothing is copied in or out of a step. A GPU, whose tensors cannot be viewed from the middle, gets
 * a tensor for each parameter instead; the flat order is then that of what is read and written.
 *
 * Matrices come first, then vectors (biases, norms), so that "no decay on vectors" is two stretches. Every parameter begins
 * at a multiple of 64 bytes; the padding stays zero. Frozen parameters lie apart and have values only; those of linear maps may be
 * packed into 8 bits, one scale for each output.
 */
import { BiogptError } from "../../base/errors.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { Device, DeviceTensor } from "../../runtime/device.ts";
import type { ParameterInfo } from "./trainable-model.ts";
import type { DeviceTraits } from "./training-graph.ts";

/** Floats between two possible starts of a parameter. */
const ALIGNMENT = 16;

export interface PlacedParameter extends ParameterInfo {
  /** Floats from the start of the flat buffers. */
  readonly offset: number;
}

/** Before the name of a parameter: the input that holds its gradient so far. */
export const PENDING = "pending.";

interface PackedTensors {
  readonly codes: DeviceTensor<"int8">;
  readonly scales: DeviceTensor<"float32">;
}

/** Nearest codes in -127 to 127, each row's scale from its largest value. */
function packRows(
  values: Float32Array,
  rows: number,
): { codes: Int8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const K = values.length / rows;
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * K; i < (row + 1) * K; i++) largest = Math.max(largest, Math.abs(values[i]!));
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = row * K; i < (row + 1) * K; i++) codes[i] = Math.round(values[i]! / scale);
  }
  return { codes, scales };
}

/** A part of the flat order whose parameters share a tag. */
export interface Stretch<Tag> {
  readonly start: number;
  readonly end: number;
  /** A parameter in it; the only one where buffers are not flat. */
  readonly name: string;
  readonly tag: Tag;
}

export type Buffer = "values" | "gradients" | "first" | "second";

export class FlatParameters implements Disposable {
  readonly trained: readonly PlacedParameter[];
  readonly frozen: readonly ParameterInfo[];
  /** Floats of each flat buffer, padding included. */
  readonly length: number;
  /** On a device whose memory can be viewed. */
  readonly #buffers: Readonly<Record<Buffer, DeviceTensor<"float32">>> | undefined;
  readonly #device: Device;
  readonly #views = new Map<string, DeviceTensor<"float32">>();
  readonly #placed: ReadonlyMap<string, PlacedParameter>;

  readonly #packed = new Map<string, PackedTensors>();

  /** @param packs  frozen parameters that are packed, matrices all */
  constructor(
    device: Device,
    parameters: readonly ParameterInfo[],
    trainable: (name: string) => boolean,
    packs: (name: string) => boolean = () => false,
  ) {
    const wanted = parameters.filter(({ name }) => trainable(name));
    if (wanted.length === 0) {
      throw new BiogptError("training/nothing-to-train", {
        what: `None of the ${parameters.length} parameters is to be trained.`,
        fix: "Unfreeze at least one.",
      });
    }
    const ordered = [
      ...wanted.filter(({ shape }) => shape.length > 1),
      ...wanted.filter(({ shape }) => shape.length <= 1),
    ];
    let offset = 0;
    this.trained = ordered.map((parameter) => {
      const placed = { ...parameter, offset };
      offset += Math.ceil(elementCount(parameter.shape) / ALIGNMENT) * ALIGNMENT;
      return placed;
    });
    this.#placed = new Map(this.trained.map((parameter) => [parameter.name, parameter]));
    this.frozen = parameters.filter(({ name }) => !this.#placed.has(name));
    this.length = offset;
    this.#device = device;
    if (device.capabilities.viewable) {
      const allocate = (): DeviceTensor<"float32"> => device.allocate("float32", [offset]);
      this.#buffers = { values: allocate(), gradients: allocate(), first: allocate(), second: allocate() };
    }
    for (const { name, shape } of this.frozen) {
      if (packs(name)) {
        const [M, K] = shape as [number, number];
        this.#packed.set(name, { codes: device.allocate("int8", [M, K]), scales: device.allocate("float32", [M]) });
      } else {
        this.#views.set(`values ${name}`, device.allocate("float32", shape));
      }
    }
  }

  /** Whether parameters lie one behind another in one tensor. */
  get isFlat(): boolean {
    return this.#buffers !== undefined;
  }

  isPacked(name: string): boolean {
    return this.#packed.has(name);
  }

  /** What graphs over these parameters must know. */
  get traits(): DeviceTraits {
    return { isPacked: (name) => this.#packed.has(name), portable: !this.#device.capabilities.fusedOperators };
  }

  /** What a program's input of this name is bound to: a parameter, a packed one's codes (also as `.again`) or `.scales`, or pending gradients. */
  input(name: string): DeviceTensor {
    if (name.startsWith(PENDING)) return this.view("gradients", name.slice(PENDING.length));
    const packed = this.#packed.get(name.replace(/\.(again|scales)$/, ""));
    if (packed === undefined) return this.view("values", name);
    return name.endsWith(".scales") ? packed.scales : packed.codes;
  }

  async write(name: string, values: Float32Array): Promise<void> {
    const packed = this.#packed.get(name);
    if (packed === undefined) {
      await this.view("values", name).write(values as Float32Array<ArrayBuffer>);
      return;
    }
    const { codes, scales } = packRows(values, packed.scales.shape[0]!);
    await packed.codes.write(codes);
    await packed.scales.write(scales);
  }

  /** Values of a packed parameter as its products see them. */
  async unpacked(name: string): Promise<Float32Array | undefined> {
    const packed = this.#packed.get(name);
    if (packed === undefined) return undefined;
    const [codes, scales] = [await packed.codes.read(), await packed.scales.read()];
    const K = codes.length / scales.length;
    return Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / K)]!);
  }

  isTrained(name: string): boolean {
    return this.#placed.has(name);
  }

  /** A parameter's part of a flat buffer; frozen parameters have values only. */
  view(buffer: Buffer, name: string): DeviceTensor<"float32"> {
    const key = `${buffer} ${name}`;
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const placed = this.#placed.get(name);
    if (placed === undefined) throw unknownParameter(name);
    const flat = this.#buffers?.[buffer];
    const view =
      flat === undefined
        ? this.#device.allocate("float32", placed.shape)
        : this.#device.view(flat, 4 * placed.offset, "float32", placed.shape);
    this.#views.set(key, view);
    return view;
  }

  /**
   * Stretches that cover all trained parameters, for work on every value alike: of at most `longest` floats where buffers are flat,
   * else one for each parameter.
   *
   * @param tag  stretches are cut where it changes from one parameter to the next
   */
  stretches<Tag>(longest: number, tag: (name: string) => Tag): Stretch<Tag>[] {
    if (this.#buffers === undefined) {
      return this.trained.map(({ name, offset, shape }) => ({
        start: offset,
        end: offset + elementCount(shape),
        name,
        tag: tag(name),
      }));
    }
    const stretches: Stretch<Tag>[] = [];
    let start = 0;
    for (const [i, { name }] of this.trained.entries()) {
      const next = this.trained[i + 1];
      if (next !== undefined && tag(next.name) === tag(name)) continue;
      const end = next?.offset ?? this.length;
      for (; start < end; start += longest)
        stretches.push({ start, end: Math.min(end, start + longest), name, tag: tag(name) });
      start = end;
    }
    return stretches;
  }

  /** A new view (n) of a stretch of a buffer, the caller's to dispose. */
  viewStretch(buffer: Buffer, { start, end, name }: Stretch<unknown>): DeviceTensor<"float32"> {
    const flat = this.#buffers?.[buffer];
    return flat === undefined
      ? this.#device.view(this.view(buffer, name), 0, "float32", [end - start])
      : this.#device.view(flat, 4 * start, "float32", [end - start]);
  }

  /** A new view of a shape, from a parameter's start on: of several parameters where buffers are flat. The caller's to dispose. */
  viewMany(buffer: Buffer, name: string, shape: readonly number[]): DeviceTensor<"float32"> {
    const flat = this.#buffers?.[buffer];
    return flat === undefined
      ? this.#device.view(this.view(buffer, name), 0, "float32", shape)
      : this.#device.view(flat, 4 * this.#placed.get(name)!.offset, "float32", shape);
  }

  /** A whole buffer in flat order: a view where there is one, else a copy. */
  async read(buffer: Buffer): Promise<Float32Array> {
    if (this.#buffers !== undefined) return this.#buffers[buffer].data;
    const values = new Float32Array(this.length);
    for (const { name, offset } of this.trained) values.set(await this.view(buffer, name).read(), offset);
    return values;
  }

  /** Puts back what `read` gave, which a view has done already. */
  async replace(buffer: Buffer, values: Float32Array): Promise<void> {
    const flat = this.#buffers?.[buffer];
    if (flat !== undefined) {
      if (flat.data.buffer !== values.buffer) flat.data.set(values);
      return;
    }
    for (const { name, offset, shape } of this.trained) {
      await this.view(buffer, name).write(
        values.slice(offset, offset + elementCount(shape)) as Float32Array<ArrayBuffer>,
      );
    }
  }

  async clear(buffer: Buffer): Promise<void> {
    const flat = this.#buffers?.[buffer];
    if (flat !== undefined) flat.data.fill(0);
    else await this.replace(buffer, new Float32Array(this.length));
  }

  [Symbol.dispose](): void {
    for (const view of this.#views.values()) view[Symbol.dispose]();
    for (const { codes, scales } of this.#packed.values()) {
      codes[Symbol.dispose]();
      scales[Symbol.dispose]();
    }
    for (const buffer of Object.values(this.#buffers ?? {})) buffer[Symbol.dispose]();
  }
}

function unknownParameter(name: string): BiogptError {
  return new BiogptError("training/unknown-parameter", {
    what: `The step trains no parameter ${name}.`,
  });
}
