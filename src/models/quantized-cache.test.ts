/**
 * A decoder whose keys and values are bytes, with a tiny model of random weights and grouped heads: however tokens come into a slot, the logits are
 * those of one pass, and they are near those of a cache of floats.
 */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { CacheForm } from "../layers/cached-attention.ts";
import { openDevice, type Program } from "../runtime/device.ts";
import { CachedDecoder, type CacheSteps } from "./cached-decoder.ts";
import { observeCache } from "./observe-cache.ts";
import { TOY } from "./toy-family.fixture.ts";

const CONFIG = TOY.presets["toy"]!;
const V = CONFIG.vocabularySize;
const MOST = CONFIG.maxPositions;
const device = await openDevice("cpu", { threads: 1 });
const programs = {
  float32: await compiled("float32"),
  int8: await compiled("int8"),
  observed: await compiled("observed"),
};
const cache = TOY.cacheShape(CONFIG);
const ids = Array.from({ length: MOST }, (_, i) => (7 * i + 3) % V);
const steps = await observeCache(
  { device, program: programs.observed, cache, width: CONFIG.width, positionOffset: 0, rotary: true },
  ids,
  { isText: true },
);
afterAll(() => {
  for (const program of Object.values(programs)) program[Symbol.dispose]();
  device[Symbol.dispose]();
});

async function compiled(form: CacheForm): Promise<Program> {
  const graph = TOY.buildGenerator(
    CONFIG,
    { linear: () => ({ kind: "dense", dtype: "float32" }), dense: () => "float32", joins: false, sharesHead: false },
    form,
  );
  const weights = await Promise.all(
    graph.weights.map(async ({ name, shape }) => {
      const source = device.allocate("float32", shape as number[]);
      await source.write(TOY.initialValues!(CONFIG, name, shape as number[], { seed: 5 }));
      return { name, dtype: "float32" as const, shape: shape as number[], source };
    }),
  );
  return device.compile(toOnnx(graph), { weights });
}

function open(given?: readonly CacheSteps[]): CachedDecoder {
  return new CachedDecoder({
    ...{ device, cache, vocabularySize: V, width: CONFIG.width, maxLength: MOST, slotCount: 3, positionOffset: 0 },
    program: given === undefined ? programs.float32 : programs.int8,
    steps: given,
  });
}

async function wholePass(sequence: readonly number[], given?: readonly CacheSteps[]): Promise<Float32Array> {
  using decoder = open(given);
  return (await decoder.forward([{ slot: 0, start: 0, tokens: sequence, wanted: 1 }]))[0]!.slice();
}

function furthest(got: Float32Array, want: Float32Array): number {
  return Math.max(...want.map((value, i) => Math.abs(got[i]! - value)));
}

test("tokens in any pieces and any company give what one pass gives", async () => {
  using decoder = open(steps);
  await fc.assert(
    fc.asyncProperty(
      // Both ways of attending: pieces under and over the 16 tokens from which many are taken together.
      fc.array(fc.tuple(fc.nat(2), fc.constantFrom(1, 1, 2, 5, 15, 16, 19)), { minLength: 2, maxLength: 7 }),
      fc.integer(),
      async (feeds, seed) => {
        const random = new Random(seed);
        const held = [0, 1, 2].map((): number[] => []);
        const seen = new Map<number, Float32Array>();
        for (let at = 0; at < feeds.length; at += 2) {
          const rows = [...new Map(feeds.slice(at, at + 2))].filter(([slot, n]) => held[slot]!.length + n <= MOST);
          const given = rows.map(([slot, count]) => ({
            ...{ slot, start: held[slot]!.length, wanted: 1 },
            tokens: Array.from({ length: count }, () => random.integer(V)),
          }));
          const logits = await decoder.forward(given);
          for (const [i, { slot, tokens }] of given.entries()) {
            held[slot]!.push(...tokens);
            seen.set(slot, logits[i]!.slice());
          }
        }
        for (const [slot, logits] of seen)
          expect(furthest(logits, await wholePass(held[slot]!, steps))).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 20 },
  );
});

test("logits are near those of floats, and a byte's rounding away from them", async () => {
  for (const length of [5, 16, MOST]) {
    const sequence = ids.slice(0, length);
    const exact = await wholePass(sequence);
    const distance = furthest(await wholePass(sequence, steps), exact);
    expect(distance).toBeGreaterThan(1e-6);
    expect(distance).toBeLessThan(0.1 * Math.max(...exact.map(Math.abs)));
  }
});

test("copies and growth keep bytes where they are", async () => {
  using decoder = open(steps);
  const sequence = ids.slice(0, 18);
  await decoder.forward([{ slot: 0, start: 0, tokens: sequence, wanted: 0 }]);
  await decoder.copy(0, 2, 0, 18);
  const [first, third] = await decoder.forward([
    { slot: 0, start: 18, tokens: [1], wanted: 1 },
    { slot: 2, start: 18, tokens: [2], wanted: 1 },
  ]);
  expect(furthest(first!, await wholePass([...sequence, 1], steps))).toBeLessThan(1e-4);
  expect(furthest(third!, await wholePass([...sequence, 2], steps))).toBeLessThan(1e-4);
});

test("a step is above 0, and both channels of a circle have the same", () => {
  const { headWidth, keyValueHeads: G } = cache;
  expect(steps.length).toBe(cache.layers);
  for (const { keys, values } of steps) {
    expect([...keys, ...values].every((step) => step > 0 && Number.isFinite(step))).toBe(true);
    const padded = keys.length / G;
    for (let d = 0; d < headWidth / 2; d++) expect(keys[d]).toBe(keys[d + headWidth / 2]);
    expect(padded % 8).toBe(0);
  }
});
