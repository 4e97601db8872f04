/**
 * Where the state of training lies: one flat float32 buffer each for trained parameters, their gradients and both moments, on the
 * device. Programs get views; nothing is copied in or out of a step.
 *
 * Matrices come first, then vectors (biases, norms), so that "no decay on vectors" is two stretches. Every parameter begins
 * at a multiple of 64 bytes; the padding stays zero. Frozen parameters lie apart and have values only.
 */
import { BiogptError } from "../base/errors.ts";
import { elementCount } from "../graph/data-type.ts";
import type { Device, DeviceTensor } from "../runtime/device.ts";
import type { ParameterInfo } from "./trainable-model.ts";

/** Floats between two possible starts of a parameter. */
const ALIGNMENT = 16;

export interface PlacedParameter extends ParameterInfo {
  /** Floats from the start of the flat buffers. */
  readonly offset: number;
}

type Buffer = "values" | "gradients" | "first" | "second";

export class FlatParameters implements Disposable {
  readonly trained: readonly PlacedParameter[];
  readonly frozen: readonly ParameterInfo[];
  /** Floats of each flat buffer, padding included. */
  readonly length: number;
  readonly values: DeviceTensor<"float32">;
  readonly gradients: DeviceTensor<"float32">;
  readonly first: DeviceTensor<"float32">;
  readonly second: DeviceTensor<"float32">;
  readonly #device: Device;
  readonly #views = new Map<string, DeviceTensor<"float32">>();
  readonly #placed: ReadonlyMap<string, PlacedParameter>;

  constructor(device: Device, parameters: readonly ParameterInfo[], trainable: (name: string) => boolean) {
    const wanted = parameters.filter(({ name }) => trainable(name));
    if (wanted.length === 0) {
      throw new BiogptError("training/nothing-to-train", {
        what: `None of the ${parameters.length} parameters is to be trained.`,
        fix: "Unfreeze at least one.",
        kind: "usage",
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
    this.values = device.allocate("float32", [offset]);
    this.gradients = device.allocate("float32", [offset]);
    this.first = device.allocate("float32", [offset]);
    this.second = device.allocate("float32", [offset]);
    for (const { name, shape } of this.frozen) this.#views.set(`values ${name}`, device.allocate("float32", shape));
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
    const view = this.#device.view(this[buffer], 4 * placed.offset, "float32", placed.shape);
    this.#views.set(key, view);
    return view;
  }

  [Symbol.dispose](): void {
    for (const view of this.#views.values()) view[Symbol.dispose]();
    for (const buffer of [this.values, this.gradients, this.first, this.second]) buffer[Symbol.dispose]();
  }
}

function unknownParameter(name: string): BiogptError {
  return new BiogptError("training/unknown-parameter", {
    what: `The step trains no parameter ${name}.`,
    kind: "internal",
  });
}
