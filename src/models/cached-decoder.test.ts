/**
 * The decoder over cached rows, with a tiny BioGPT of random weights: whatever way tokens come into a slot (alone, in a prompt, beside others,
 * copied, after going back, after the cache grew), the logits are those of one pass over the whole sequence.
 */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { engineOf, generate, score } from "../generation/generation.ts";
import { toOnnx } from "../graph/onnx.ts";
import { CAPABILITIES, type Device, openDevice } from "../runtime/device.ts";
import { BIOGPT_BASE } from "./biogpt/config.ts";
import { BIOGPT } from "./biogpt/family.ts";
import { CachedDecoder } from "./cached-decoder.ts";
import { bytesPerPosition, openKeyValueCache } from "./key-value-cache.ts";

const CONFIG = { ...BIOGPT_BASE, layers: 2, width: 12, heads: 2, mlpWidth: 16, vocabularySize: 40, maxPositions: 700 };
const V = CONFIG.vocabularySize;
const device = await openDevice("cpu", { threads: 1 });
const program = await compiled(device);
afterAll(() => {
  program[Symbol.dispose]();
  device[Symbol.dispose]();
});

async function compiled(on: Device) {
  const graph = BIOGPT.buildGenerator(CONFIG, {
    linear: () => ({ kind: "dense", dtype: "float32" }),
    dense: () => "float32",
    joins: false,
    sharesHead: true,
  });
  const weights = await Promise.all(
    graph.weights.map(async ({ name, shape }) => {
      const source = on.allocate("float32", shape as number[]);
      await source.write(valuesOf(name, source.byteLength / 4));
      return { name, dtype: "float32" as const, shape: shape as number[], source };
    }),
  );
  return on.compile(toOnnx(graph), { weights });
}

function valuesOf(name: string, count: number): Float32Array<ArrayBuffer> {
  const random = new Random([...name].reduce((sum, letter) => Math.imul(31, sum) ^ letter.charCodeAt(0), 7));
  return Float32Array.from({ length: count }, () => (name.endsWith(".gain") ? 1 : 0.3 * random.normal()));
}

function open(options: { slotCount?: number; cacheMemory?: number; maxLength?: number } = {}): CachedDecoder {
  const { slotCount = 4, maxLength = CONFIG.maxPositions, cacheMemory } = options;
  return new CachedDecoder({
    ...{
      device,
      program,
      vocabularySize: V,
      maxLength,
      slotCount,
      positionOffset: 2,
      name: "tiny",
      cacheMemory,
      width: CONFIG.width,
    },
    cache: BIOGPT.cacheShape(CONFIG),
  });
}

function tokens(count: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => 4 + random.integer(V - 4));
}

/** Logits after the whole sequence, computed at once. */
async function wholePass(sequence: readonly number[]): Promise<Float32Array> {
  using decoder = open({ slotCount: 1 });
  return (await decoder.forward([{ slot: 0, start: 0, tokens: sequence, wanted: 1 }]))[0]!.slice();
}

function expectSame(got: Float32Array, want: Float32Array): void {
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value), `at ${i}`).toBeLessThan(2e-5);
}

test("tokens in any pieces and any company give what one pass gives", async () => {
  using decoder = open();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 8 }),
      fc.integer(),
      async (feeds, seed) => {
        const held = [0, 1, 2, 3].map((): number[] => []);
        const seen = new Map<number, Float32Array>();
        let number = 0;
        for (let at = 0; at < feeds.length; at += 3) {
          const rows = new Map(feeds.slice(at, at + 3));
          const given = [...rows].map(([slot, count]) => ({
            ...{ slot, start: held[slot]!.length, wanted: 1 },
            tokens: tokens(count, seed + number++),
          }));
          const logits = await decoder.forward(given);
          for (const [i, { slot, tokens: fed }] of given.entries()) {
            held[slot]!.push(...fed);
            seen.set(slot, logits[i]!.slice());
          }
        }
        for (const [slot, logits] of seen) expectSame(logits, await wholePass(held[slot]!));
      },
    ),
    { numRuns: 15 },
  );
});

test("a prompt longer than a chunk, and logits wanted across its border", async () => {
  using decoder = open();
  const long = tokens(600, 1);
  const [many] = await decoder.forward([{ slot: 2, start: 0, tokens: long, wanted: 100 }]);
  expect(many!.length).toBe(100 * V);
  for (const back of [100, 89, 50, 1])
    expectSame(many!.subarray((100 - back) * V, (101 - back) * V), await wholePass(long.slice(0, 601 - back)));
});

test("going back overwrites, copies are equal, and a slot between two fed ones keeps what it holds", async () => {
  using decoder = open();
  const sequence = tokens(12, 2);
  await decoder.forward([{ slot: 0, start: 0, tokens: sequence, wanted: 0 }]);
  await decoder.copy(0, 1, 0, 12);
  await decoder.copy(0, 2, 0, 12);
  const other = [...sequence.slice(0, 5), 7, 9];
  await decoder.forward([{ slot: 0, start: 5, tokens: [7], wanted: 0 }]);
  const [first, third] = await decoder.forward([
    { slot: 0, start: 6, tokens: [9], wanted: 1 },
    { slot: 2, start: 12, tokens: [8], wanted: 1 },
  ]);
  expectSame(first!, await wholePass(other));
  expectSame(third!, await wholePass([...sequence, 8]));
  const [second] = await decoder.forward([{ slot: 1, start: 12, tokens: [8], wanted: 1 }]); // a dummy was written behind it
  expectSame(second!, await wholePass([...sequence, 8]));
});

test("a full slot beside others", async () => {
  using decoder = open({ slotCount: 3, maxLength: 6 });
  const sequence = tokens(6, 4);
  for (const slot of [0, 1, 2]) await decoder.forward([{ slot, start: 0, tokens: sequence, wanted: 0 }]);
  const rows = [0, 2].map((slot) => ({ slot, start: 5, tokens: [sequence[5]!], wanted: 1 }));
  for (const logits of await decoder.forward(rows)) expectSame(logits, await wholePass(sequence));
  const [middle] = await decoder.forward([{ slot: 1, start: 5, tokens: [sequence[5]!], wanted: 1 }]);
  expectSame(middle!, await wholePass(sequence));
});

test("an aborted pass leaves the cache as it was before it", async () => {
  using decoder = open();
  const sequence = tokens(5, 5);
  await decoder.forward([{ slot: 0, start: 0, tokens: sequence, wanted: 0 }]);
  const more = { slot: 0, start: 5, tokens: tokens(4, 6), wanted: 1 };
  await expect(decoder.forward([more], AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  expectSame((await decoder.forward([more]))[0]!, await wholePass([...sequence, ...more.tokens]));
});

test("a cache grows with what it holds, within its budget, and keeps what it can", async () => {
  const position = bytesPerPosition({ ...BIOGPT.cacheShape(CONFIG), headWidth: 8 }, "float32");
  using decoder = open({ slotCount: 8, cacheMemory: 1024 * position });
  expect([decoder.fits(8, 120), decoder.fits(8, 128), decoder.fits(4, 255), decoder.fits(1, 700)]).toEqual([
    ...[true, false, true, true],
  ]);
  expect(decoder.reserve(2, 100)).toBe(0);
  const [a, b] = [tokens(100, 7), tokens(60, 8)];
  await decoder.forward([{ slot: 0, start: 0, tokens: a, wanted: 0 }]);
  await decoder.forward([{ slot: 1, start: 0, tokens: b, wanted: 0 }]);
  expect(decoder.reserve(2, 120)).toBe(2); // there is room for 256 already
  expect(decoder.reserve(3, 300)).toBe(2); // 3 x 341 at most
  const grown = await decoder.forward([
    { slot: 0, start: 100, tokens: [5], wanted: 1 },
    { slot: 1, start: 60, tokens: [6], wanted: 1 },
  ]);
  expectSame(grown[0]!, await wholePass([...a, 5]));
  expectSame(grown[1]!, await wholePass([...b, 6]));
  expect(decoder.reserve(1, 700)).toBe(1); // the price of the longest is the other slots
  expectSame(
    (await decoder.forward([{ slot: 0, start: 101, tokens: [7], wanted: 1 }]))[0]!,
    await wholePass([...a, 5, 7]),
  );
  await expect(decoder.forward([{ slot: 1, start: 61, tokens: [7], wanted: 1 }])).rejects.toThrow(
    "slot 1 holds 0 tokens",
  );
  expect(() => decoder.reserve(3, 700)).toThrow("do not fit the cache");
});

test("rows given in place of tokens: those of the table itself give what the ids give, wherever they stand", async () => {
  using decoder = open();
  const sequence = tokens(9, 9);
  const values = valuesOf("tokenEmbedding", V * CONFIG.width);
  const row = (id: number): Float32Array =>
    values.slice(id * CONFIG.width, (id + 1) * CONFIG.width).map((value) => value * Math.sqrt(CONFIG.width));
  const at = [1, 4, 5, 8];
  using given = decoder.giveRows(Float32Array.from(at.flatMap((t) => [...row(sequence[t]!)])));
  expect(given.ids).toEqual([-1, -2, -3, -4]);
  const mixed = sequence.map((id, t) => (at.includes(t) ? given.ids[at.indexOf(t)]! : id));
  const [whole] = await decoder.forward([{ slot: 0, start: 0, tokens: mixed, wanted: 1 }]);
  expectSame(whole!, await wholePass(sequence));
  await decoder.forward([{ slot: 1, start: 0, tokens: mixed.slice(0, 8), wanted: 0 }]);
  const [last] = await decoder.forward([{ slot: 1, start: 8, tokens: mixed.slice(8), wanted: 1 }]); // a row alone
  expectSame(last!, await wholePass(sequence));
  const [next] = await decoder.forward([{ slot: 1, start: 9, tokens: [7], wanted: 1 }]);
  expectSame(next!, await wholePass([...sequence, 7]));
});

test("equal rows have equal ids, so a prompt with them is found in the prefix cache; released ones are gone", async () => {
  using decoder = open();
  const random = new Random(4);
  const rows = Float32Array.from({ length: 10 * CONFIG.width }, () => random.normal());
  const ask = async (values: Float32Array): Promise<readonly number[]> => {
    using given = decoder.giveRows(values);
    const prompt = [2, ...given.ids, 9];
    const [[found]] = (await generate(decoder, [prompt], { maxNewTokens: 3, draftTokens: 4 })) as never as [
      [{ ids: number[] }],
    ];
    return found.ids;
  };
  const first = await ask(rows);
  const { reusedPromptTokens } = engineOf(decoder).statistics;
  expect(await ask(rows.slice())).toEqual(first);
  expect(engineOf(decoder).statistics.reusedPromptTokens - reusedPromptTokens).toBe(11);
  const before = engineOf(decoder).statistics.reusedPromptTokens;
  await ask(rows.map((value) => -value));
  expect(engineOf(decoder).statistics.reusedPromptTokens - before).toBeLessThan(8);
  await expect(generate(decoder, [[2, -1, 9]])).rejects.toMatchObject({ code: "generation/prompt-token" });
  expect(() => decoder.giveRows(new Float32Array(5))).toThrow("no whole number of rows");
  expect(() => decoder.giveRows(new Float32Array(CONFIG.width).fill(Number.NaN))).toThrow("not finite");
  using given = decoder.giveRows(rows);
  await expect(score(decoder, [[2, ...given.ids, 9]])).rejects.toMatchObject({ code: "generation/contradiction" });
  expect((await score(decoder, [[2, ...given.ids, 9, 5]], { from: 11 }))[0]!.logProbabilities.length).toBe(2);
});

test("slots that are asked for one after another are moved a few times", () => {
  const cache = { layers: 1, heads: 1, keyValueHeads: 1, headWidth: 8 };
  using caches = openKeyValueCache({ device, cache, slotCount: 24, room: 1000, budget: 20 * 256 * 64 });
  const moved = Array.from({ length: 20 }, (_, i) => i + 1).filter((slots) => caches.reserve(slots, 200).moved);
  expect(moved).toEqual([1, 2, 3, 5, 9, 17]);
});

test("where memory cannot be had the old cache stays", () => {
  const cache = { layers: 1, heads: 1, keyValueHeads: 1, headWidth: 8 };
  let allowed = 2;
  const poor: Device = {
    ...{ name: "cpu", capabilities: CAPABILITIES.cpu, threads: 1, description: "poor" },
    compile: () => Promise.reject(new Error("unused")),
    view: device.view.bind(device),
    allocate(dtype, shape) {
      if (allowed-- === 0) throw new Error("no memory");
      return device.allocate(dtype, shape);
    },
    [Symbol.dispose]() {},
  };
  using caches = openKeyValueCache({ device: poor, cache, slotCount: 8, room: 1000, budget: 64_000 * 2 });
  caches.reserve(1, 10);
  caches.views(0, 1)[0]!.data[3] = 5;
  allowed = 1;
  expect(() => caches.reserve(2, 300)).toThrow("no memory");
  expect(caches.views(0, 1)[0]!.data[3]).toBe(5);
});

test("use after disposal names the model; disposing twice is nothing", async () => {
  const decoder = open();
  decoder[Symbol.dispose]();
  decoder[Symbol.dispose]();
  const wanted = { code: "runtime/disposed", what: "The model tiny is used after it was disposed." };
  await expect(decoder.forward([{ slot: 0, start: 0, tokens: [4], wanted: 1 }])).rejects.toMatchObject(wanted);
  await expect(decoder.copy(0, 1, 0, 1)).rejects.toMatchObject(wanted);
});
