/** Small graphs and numbers for the tests of this folder. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";
import type { DataType } from "../graph/data-type.ts";
import { Graph, type NodeOptions, type Shape, type Tensor } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Device, DeviceTensor } from "./device.ts";

/** A node with one output. */
export function node(
  graph: Graph,
  operator: string,
  inputs: Tensor[],
  shape: Shape,
  more: Partial<NodeOptions> = {},
): Tensor {
  return graph.node(operator, inputs, { outputs: [{ dtype: inputs[0]!.dtype, shape }], ...more })[0]!;
}

/** Numbers in [-1, 1] that look random and are the same in every run. */
export function wave(length: number, phase: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i * i + 0.3 * i + phase));
}

export async function tensorOf(
  device: Device,
  shape: number[],
  values: ArrayLike<number>,
): Promise<DeviceTensor<"float32">> {
  const tensor = device.allocate("float32", shape);
  await tensor.write(values);
  return tensor;
}

export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-5): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i]! - want[i]!) <= tolerance)) {
      expect.fail(`element ${i}: got ${got[i]}, want ${want[i]} within ${tolerance}`);
    }
  }
}

export function multiply(a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) for (let l = 0; l < k; l++) out[i * m + j]! += a[i * k + l]! * b[l * m + j]!;
  }
  return out;
}

/** y = x · w, x of shape ("n", 3), w of shape (3, 2) given when compiled. */
export function linearGraph(dtype: DataType = "float32"): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "float32", ["n", 3]);
  const w = graph.weight("w", dtype, [3, 2]);
  const float =
    dtype === "float32"
      ? w
      : node(graph, "Cast", [w], [3, 2], { outputs: [{ dtype: "float32", shape: [3, 2] }], attributes: { to: 1 } });
  graph.output("y", node(graph, "MatMul", [x, float], ["n", 2]));
  return toOnnx(graph);
}

/** A graph that takes long: many matrix products one after the other. */
export function slowGraph(size: number, steps: number): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "float32", [size, size]);
  const w = graph.input("w", "float32", [size, size]);
  let y = x;
  for (let i = 0; i < steps; i++) y = node(graph, "MatMul", [y, w], [size, size]);
  graph.output("y", y);
  return toOnnx(graph);
}

/** Moves the columns of what is multiplied with it one to the right, exactly. */
export function shift(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + ((i + 1) % size)] = 1;
  return matrix;
}

/** Resident memory once the garbage is collected and its finalizers, which run between tasks, are through. */
export async function residentBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await sleep(10);
  }
  return process.memoryUsage.rss();
}
