import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { draw, minP, temperature, topK, topP } from "../search/sampling.ts";
import { banSequences, banTokens, type LogitRule, minNewTokens, noRepeatNGram, repetitionPenalty } from "./rules.ts";

interface Golden {
  readonly cases: readonly {
    readonly rule: keyof typeof RULES;
    readonly setting: number;
    readonly sequence: readonly number[];
    readonly logits: readonly number[];
    /** null: minus infinity */
    readonly want: readonly (number | null)[];
  }[];
}

const RULES: Readonly<
  Record<"topK" | "topP" | "minP" | "repetitionPenalty" | "noRepeatNGram", (setting: number) => LogitRule>
> = {
  topK,
  topP,
  minP,
  repetitionPenalty,
  noRepeatNGram,
};

/** Wanted values: test/golden/generation.py, the logit processors of transformers 5.18. */
const golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/generation/processors.json", import.meta.url), "utf8"),
) as Golden;

test("rules give what transformers' logit processors give", () => {
  expect(golden.cases.length).toBe(40);
  for (const { rule, setting, sequence, logits, want } of golden.cases) {
    const values = Float32Array.from(logits);
    RULES[rule](setting)({ sequence, promptLength: 3 }, values);
    const got = Array.from(values, (value) => (value === Number.NEGATIVE_INFINITY ? null : value));
    for (const [i, value] of got.entries()) {
      const label = `${rule} ${setting}, token ${i}`;
      if (value === null || want[i] === null) expect(value, label).toBe(want[i]);
      else expect(value, label).toBeCloseTo(want[i]!, 4);
    }
  }
});

const row = (
  values: readonly number[],
  rule: LogitRule,
  sequence: readonly number[] = [],
  promptLength = 0,
): (number | null)[] => {
  const logits = Float32Array.from(values);
  rule({ sequence, promptLength }, logits);
  return Array.from(logits, (value) => (value === Number.NEGATIVE_INFINITY ? null : value));
};

test("bans: tokens, sequences by their beginning (over the prompt too), the end for a while", () => {
  expect(row([1, 2, 3, 4], banTokens([0, 2, 99]))).toEqual([null, 2, null, 4]);
  const banned = banSequences([[2, 3], [0], [1, 1, 1]]);
  expect(row([1, 2, 3, 4], banned, [1, 2])).toEqual([null, 2, 3, null]);
  expect(row([1, 2, 3, 4], banned, [2, 1, 1])).toEqual([null, null, 3, 4]);
  expect(row([1, 2, 3, 4], banned, [])).toEqual([null, 2, 3, 4]);
  expect(row([1, 2], minNewTokens(2, 1), [0, 0, 0, 0], 3)).toEqual([1, null]);
  expect(row([1, 2], minNewTokens(2, 1), [0, 0, 0, 0, 0], 3)).toEqual([1, 2]);
});

test("top-k of equal logits: all of them as in transformers, exactly k as in fairseq", () => {
  expect(row([1, 3, 3, 3, 5], topK(2))).toEqual([null, 3, 3, 3, 5]);
  expect(row([1, 3, 3, 3, 5], topK(2, { exactly: true }))).toEqual([null, 3, null, null, 5]);
  expect(row([1, 3], topK(5))).toEqual([1, 3]);
});

test("top-p keeps the same tokens as its definition by a full sort, in flat and in steep distributions", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: -40, max: 40, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      fc.constantFrom(1, 1e-4), // all in one bucket
      (values, p, scale) => {
        const logits = Float32Array.from(values, (value) => value * scale);
        const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
        const weights = order.map((v) => Math.exp(logits[v]! - logits[order[0]!]!));
        const total = logits.reduce((sum, value) => sum + Math.exp(value - logits[order[0]!]!), 0);
        const kept = new Set<number>();
        let sum = 0;
        for (const [i, v] of order.entries()) {
          if (sum >= p * total) break;
          kept.add(v);
          sum += weights[i]!;
        }
        const got = row([...logits], topP(p));
        expect(got.flatMap((value, v) => (value === null ? [] : [v]))).toEqual([...kept].sort((a, b) => a - b));
      },
    ),
  );
});

test("a temperature near zero leaves the best token, and nothing overflows", () => {
  expect(row([1, 5, 3], temperature(1e-40))).toEqual([null, 0, null]);
  expect(row([1, 5, 3], temperature(2))).toEqual([-2, 0, -1]);
});

test("draws follow the softmax, never take a forbidden token, and use one random number", () => {
  const logits = Float32Array.from([Math.log(1), Number.NEGATIVE_INFINITY, Math.log(2), Math.log(5)]);
  const counts = [0, 0, 0, 0];
  const random = new Random(9);
  const twin = new Random(9);
  const weights = new Float64Array(4);
  for (let i = 0; i < 20_000; i++) {
    counts[draw(logits, random, weights)]!++;
    twin.next();
  }
  expect(counts[1]).toBe(0);
  for (const [i, share] of [1 / 8, 0, 2 / 8, 5 / 8].entries()) expect(counts[i]! / 20_000).toBeCloseTo(share, 1.7);
  expect(random.state).toEqual(twin.state);
});
