/** Queries, keys and values from one matrix are those from three, whatever the cache holds and however wide heads are. */
import { afterAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { toOnnx } from "../../graph/onnx.ts";
import type { CacheForm } from "../../layers/cached-attention.ts";
import { openDevice, type Program } from "../../runtime/device.ts";
import { CachedDecoder, type CacheSteps } from "../cached-decoder.ts";
import { observeCache } from "../observe-cache.ts";
import { joinedParts } from "../weight-storage.ts";
import { BIOGPT_BASE } from "./config.ts";
import { BIOGPT } from "./family.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device[Symbol.dispose]());

type Config = typeof BIOGPT_BASE;

/** Of the tensors apart, one below the other where the graph asks for several. */
async function compiled(config: Config, form: CacheForm, joins: boolean): Promise<Program> {
  const storage = {
    linear: () => ({ kind: "dense", dtype: "float32" }) as const,
    ...{ dense: () => "float32" as const, joins, sharesHead: true },
  };
  const graph = BIOGPT.buildGenerator(config, storage, form);
  expect(graph.weights.some(({ name }) => name.includes("+"))).toBe(joins);
  const weights = await Promise.all(
    graph.weights.map(async ({ name, shape }) => {
      const source = device.allocate("float32", shape as number[]);
      const parts = joinedParts(name);
      const values = parts.flatMap((part) => [...valuesOf(part, source.byteLength / 4 / parts.length)]);
      await source.write(Float32Array.from(values));
      return { name, dtype: "float32" as const, shape: shape as number[], source };
    }),
  );
  return device.compile(toOnnx(graph), { weights });
}

function valuesOf(name: string, count: number): Float32Array {
  const random = new Random([...name].reduce((sum, letter) => Math.imul(31, sum) ^ letter.charCodeAt(0), 7));
  return Float32Array.from({ length: count }, () => (name.endsWith(".gain") ? 1 : 0.3 * random.normal()));
}

async function logits(config: Config, program: Program, steps?: readonly CacheSteps[]): Promise<number[]> {
  using decoder = new CachedDecoder({
    ...{ device, program, cache: BIOGPT.cacheShape(config), vocabularySize: config.vocabularySize, steps },
    ...{ width: config.width, maxLength: config.maxPositions, slotCount: 2, positionOffset: 2 },
  });
  const ids = Array.from({ length: 30 }, (_, i) => 4 + ((7 * i) % 30));
  const results: number[] = [];
  const forward = async (rows: readonly { slot: number; start: number; tokens: number[] }[]): Promise<void> => {
    for (const values of await decoder.forward(rows.map((row) => ({ ...row, wanted: 1 })))) results.push(...values);
  };
  await forward([{ slot: 0, start: 0, tokens: ids.slice(0, 20) }]); // many at once
  await forward([{ slot: 1, start: 0, tokens: ids.slice(0, 5) }]); // a few
  const next = [20, 5].map((start, slot) => ({ slot, start, tokens: [ids[start]!] }));
  await forward(next); // one of each row
  return results;
}

for (const headWidth of [16, 6])
  test(`heads of ${headWidth}`, async () => {
    const width = 2 * headWidth;
    const config = { ...BIOGPT_BASE, layers: 2, width, heads: 2, mlpWidth: 16, vocabularySize: 40, maxPositions: 60 };
    const observed = async (joins: boolean): Promise<CacheSteps[]> => {
      using program = await compiled(config, "observed", joins);
      const model = { device, program, cache: BIOGPT.cacheShape(config), width, positionOffset: 2, rotary: false };
      return await observeCache(model, [2, 5, 9, 13, 22, 7], { isText: false });
    };
    const steps = await observed(false);
    expect(await observed(true)).toEqual(steps);
    for (const form of ["float32", "int8"] as const) {
      using apart = await compiled(config, form, false);
      using joined = await compiled(config, form, true);
      const given = form === "int8" ? steps : undefined;
      const wanted = await logits(config, apart, given);
      const got = await logits(config, joined, given);
      expect(Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!))), form).toBeLessThan(1e-5);
    }
  });
