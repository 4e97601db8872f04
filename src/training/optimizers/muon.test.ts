/** Against loops in float64 that follow the formula: wide and tall matrices, neighbours of one shape, and what is left to AdamW. */
import { afterAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { openDevice } from "../../runtime/device.ts";
import { FlatParameters } from "../step/flat-parameters.ts";
import { Muon } from "./muon.ts";
import { AdamW } from "./optimizer.ts";

const device = await openDevice("cpu");
afterAll(() => device[Symbol.dispose]());

const PARAMETERS = [
  { name: "table", shape: [10, 16] },
  { name: "first", shape: [16, 16] },
  { name: "second", shape: [16, 16] },
  { name: "wide", shape: [5, 12] },
  { name: "tall", shape: [12, 5] },
  { name: "bias", shape: [16] },
];
const MATRICES = new Set(["first", "second", "wide", "tall"]);
const SETTINGS = { learningRate: 0.02, weightDecay: 0.1, factor: 0.25 };

test("two updates of four matrices; the rest and the gradients stay as they are", async () => {
  using flat = new FlatParameters(device, PARAMETERS, () => true);
  using muon = new Muon(device, flat, MATRICES);
  const random = new Random(3);
  const start = new Map<string, number[][]>();
  const gradients = new Map<string, number[][]>();
  for (const { name, shape } of PARAMETERS) {
    const [values, slopes] = [flat.view("values", name).data, flat.view("gradients", name).data];
    for (let i = 0; i < values.length; i++) [values[i], slopes[i]] = [random.normal(), random.normal()];
    start.set(name, rowsOf(values, shape.at(-1)!));
    gradients.set(name, rowsOf(slopes, shape.at(-1)!));
  }
  await muon.update(SETTINGS);
  await muon.update(SETTINGS);
  for (const { name, shape } of PARAMETERS) {
    const got = rowsOf(flat.view("values", name).data, shape.at(-1)!);
    const want = MATRICES.has(name) ? twoUpdates(start.get(name)!, gradients.get(name)!) : start.get(name)!;
    expect(furthest(got, want), name).toBeLessThan(MATRICES.has(name) ? 2e-5 : 1e-12);
    expect(rowsOf(flat.view("gradients", name).data, shape.at(-1)!)).toEqual(gradients.get(name));
  }
});

test("AdamW leaves alone what Muon updates, and a gradient of zeros only decays", async () => {
  using flat = new FlatParameters(device, PARAMETERS, () => true);
  using adamW = new AdamW(device, flat, MATRICES);
  using muon = new Muon(device, flat, MATRICES);
  for (const { name } of PARAMETERS) {
    flat.view("values", name).data.fill(2);
    flat.view("gradients", name).data.fill(1);
  }
  await adamW.update({ update: 1, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, ...SETTINGS }, () => false);
  for (const { name } of PARAMETERS) {
    const changed = flat.view("values", name).data[0] !== 2;
    expect(changed, name).toBe(!MATRICES.has(name));
    flat.view("gradients", name).data.fill(0);
  }
  await muon.update(SETTINGS);
  expect(flat.view("values", "wide").data[0]).toBeCloseTo(2 * (1 - 0.02 * 0.1), 6);
});

function rowsOf(values: ArrayLike<number>, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  );
}

type Matrix = readonly (readonly number[])[];

const map2 = (a: Matrix, b: Matrix, f: (x: number, y: number) => number): number[][] =>
  a.map((row, i) => row.map((x, j) => f(x, b[i]![j]!)));
const transposed = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));
const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const furthest = (a: Matrix, b: Matrix): number => Math.max(...map2(a, b, (x, y) => Math.abs(x - y)).flat());

function twoUpdates(start: Matrix, gradient: Matrix): Matrix {
  const { learningRate, weightDecay, factor } = SETTINGS;
  const size = 0.2 * Math.sqrt(Math.max(start.length, start[0]!.length));
  let p = start;
  let m: Matrix = start.map((row) => row.map(() => 0));
  for (let update = 0; update < 2; update++) {
    m = map2(m, gradient, (old, g) => 0.95 * old + 0.05 * factor * g);
    const ahead = map2(m, gradient, (momentum, g) => 0.95 * momentum + 0.05 * factor * g);
    p = map2(
      p,
      orthogonalized(ahead),
      (value, x) => value * (1 - learningRate * weightDecay) - learningRate * size * x,
    );
  }
  return p;
}

function orthogonalized(u: Matrix): Matrix {
  const norm = Math.sqrt(u.flat().reduce((sum, x) => sum + x * x, 0));
  let x: Matrix = u.map((row) => row.map((value) => value / norm));
  for (let i = 0; i < 5; i++) {
    const gram = product(x, transposed(x));
    const inner = map2(gram, product(gram, gram), (g, square) => -4.775 * g + 2.0315 * square);
    x = map2(x, product(inner, x), (value, more) => 3.4445 * value + more);
  }
  return x;
}
