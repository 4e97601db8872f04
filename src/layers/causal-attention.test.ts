import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { Graph } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import { type Device, openDevice, type Program } from "../runtime/device.ts";
import { attentionWeights } from "./attention-weights.ts";
import { causalAttention } from "./causal-attention.ts";

const D = 8;
let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

async function valuesOf(program: Program, inputs: Record<string, { shape: number[]; values: Float32Array }>) {
  const given = Object.entries(inputs).map(([name, { shape, values }]) => {
    const tensor = device.allocate("float32", shape);
    return { name, tensor, written: tensor.write(new Float32Array(values)) };
  });
  await Promise.all(given.map(({ written }) => written));
  const outputs = await program.run(Object.fromEntries(given.map(({ name, tensor }) => [name, tensor])));
  const result = (await outputs["out"]!.read()) as Float32Array;
  for (const tensor of [...given.map((one) => one.tensor), ...Object.values(outputs)]) tensor[Symbol.dispose]();
  return result;
}

/** The definition, one query after the other, in float64. */
function expected(
  [query, key, value]: readonly Float32Array[],
  { B, T, H, G }: { readonly B: number; readonly T: number; readonly H: number; readonly G: number },
): number[] {
  const out: number[] = [];
  for (let b = 0; b < B; b++)
    for (let t = 0; t < T; t++)
      for (let h = 0; h < H; h++) {
        const g = Math.floor((h * G) / H);
        const at = (x: Float32Array, heads: number, row: number, head: number, d: number): number =>
          x[((b * T + row) * heads + head) * D + d]!;
        const scores = Array.from({ length: t + 1 }, (_, s) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += at(query!, H, t, h, d) * at(key!, G, s, g, d);
          return sum / Math.sqrt(D);
        });
        const most = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - most));
        const all = weights.reduce((sum, weight) => sum + weight, 0);
        for (let d = 0; d < D; d++)
          out.push(weights.reduce((sum, weight, s) => sum + (weight / all) * at(value!, G, s, g, d), 0));
      }
  return out;
}

test.each([
  { H: 2, G: 2 },
  { H: 4, G: 2 },
])(
  "what the definition gives, also of fewer tokens than pieces and with scores far apart: $H heads, $G of keys",
  async ({ H, G }) => {
    const graph = new Graph();
    const ids = graph.input("ids", "float32", ["batch", "time"]);
    const rows = (name: string, heads: number) => graph.input(name, "float32", ["batch*time", heads * D]);
    const attend = causalAttention(graph, { heads: H, keyValueHeads: G, headWidth: D }, ids);
    graph.output("out", attend(rows("query", H), rows("key", G), rows("value", G)));
    using program = await device.compile(toOnnx(graph), {});
    const shapes = fc.record({
      B: fc.integer({ min: 1, max: 3 }),
      T: fc.integer({ min: 1, max: 20 }),
      seed: fc.nat(1e6),
      spread: fc.constantFrom(1, 30),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ B, T, seed, spread }) => {
        const random = new Random(seed);
        const drawn = (heads: number, size: number): Float32Array =>
          Float32Array.from({ length: B * T * heads * D }, () => (random.next() - 0.5) * size);
        const [query, key, value] = [drawn(H, spread), drawn(G, spread), drawn(G, 1)];
        const got = await valuesOf(program, {
          ids: { shape: [B, T], values: new Float32Array(B * T) },
          query: { shape: [B * T, H * D], values: query },
          key: { shape: [B * T, G * D], values: key },
          value: { shape: [B * T, G * D], values: value },
        });
        const want = expected([query, key, value], { B, T, H, G });
        expect(Math.max(...want.map((x, i) => Math.abs(x - got[i]!)))).toBeLessThan(2e-5);
      }),
      { numRuns: 40 },
    );
  },
);

test("no weight is denormal, and those that count are the softmax's", async () => {
  const graph = new Graph();
  graph.output("out", attentionWeights(graph.input("scores", "float32", [2, 4])));
  using program = await device.compile(toOnnx(graph), {});
  const scores = Float32Array.from([0, -1, -95, -1e9, 50, 50, -60, Number.NEGATIVE_INFINITY]);
  const got = await valuesOf(program, { scores: { shape: [2, 4], values: scores } });
  const one = 1 / (1 + Math.exp(-1));
  for (const [i, want] of [one, 1 - one, 0, 0, 0.5, 0.5, 0, 0].entries()) expect(got[i]).toBeCloseTo(want, 6);
  for (const weight of got) expect(weight).toBeGreaterThan(1e-18);
});
