/** Against a loop in float64, over buffers longer than a run takes at once. */
import { afterAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { openDevice } from "../../runtime/device.ts";
import { FlatParameters } from "../step/flat-parameters.ts";
import { AdamW } from "./optimizer.ts";

const device = await openDevice("cpu");
afterAll(() => device[Symbol.dispose]());

const PARAMETERS = [
  { name: "bias", shape: [300_001] },
  { name: "large", shape: [2100, 2003] },
  { name: "small", shape: [3, 5] },
  { name: "scalar", shape: [] },
];
const SETTINGS = { learningRate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-3, weightDecay: 0.5, factor: 0.25 };

test("two updates of 4.5 million parameters, vectors exempt from decay", async () => {
  using flat = new FlatParameters(device, PARAMETERS, () => true);
  using optimizer = new AdamW(device, flat);
  expect(flat.trained.map(({ name, offset }) => [name, offset % 16])).toEqual([
    ["large", 0],
    ["small", 0],
    ["bias", 0],
    ["scalar", 0],
  ]);
  const random = new Random(1);
  const start: Record<string, Float32Array> = {};
  const gradient: Record<string, Float32Array> = {};
  for (const { name } of PARAMETERS) {
    const [values, slopes] = [flat.view("values", name).data, flat.view("gradients", name).data];
    for (let i = 0; i < values.length; i++) {
      values[i] = random.next() - 0.5;
      slopes[i] = random.next() - 0.5;
    }
    start[name] = values.slice();
    gradient[name] = slopes.slice();
  }
  const squares = Object.values(gradient).reduce((sum, slopes) => slopes.reduce((all, g) => all + g * g, sum), 0);
  expect(await optimizer.gradientNorm()).toBeCloseTo(Math.sqrt(squares), 1);
  const decays = (name: string): boolean => flat.view("values", name).shape.length > 1;
  for (const update of [1, 2]) {
    expect(await optimizer.update({ ...SETTINGS, update }, decays)).toBeCloseTo(Math.sqrt(squares), 1);
  }
  for (const { name } of PARAMETERS) {
    const got = flat.view("values", name).data;
    expect(Buffer.compare(bytesOf(flat.view("gradients", name).data), bytesOf(gradient[name]!))).toBe(0);
    let worst = 0;
    for (let i = 0; i < got.length; i++) {
      worst = Math.max(worst, Math.abs(got[i]! - plainAdamW(start[name]![i]!, gradient[name]![i]!, decays(name))));
    }
    expect(worst).toBeLessThan(1e-6);
  }
});

/** Two updates of one parameter with the same gradient. */
function plainAdamW(start: number, gradient: number, decays: boolean): number {
  const { learningRate, beta1, beta2, epsilon, weightDecay, factor } = SETTINGS;
  const g = gradient * factor;
  let [p, m, v] = [start, 0, 0];
  for (const t of [1, 2]) {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const stepSize = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    p = p * (decays ? 1 - learningRate * weightDecay : 1) - (stepSize * m) / (Math.sqrt(v) + epsilon);
  }
  return p;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
