import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { keepPossible, type SamplingSettings, samplingScratch } from "../search/sampling.ts";
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
  topK: (topK) => sampling({ topK }),
  topP: (topP) => sampling({ topP }),
  minP: (minP) => sampling({ minP }),
  repetitionPenalty,
  noRepeatNGram,
};

/** What sampling does, as a rule. */
function sampling(settings: SamplingSettings): LogitRule {
  return (_, logits) => {
    const scratch = samplingScratch(logits.length);
    const kept = new Set(scratch.tokens.subarray(0, keepPossible(logits, settings, scratch)));
    for (let v = 0; v < logits.length; v++) if (!kept.has(v)) logits[v] = Number.NEGATIVE_INFINITY;
  };
}

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
