import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { argmax, CandidateList, logNormalizer, logSumExp } from "./log-probabilities.ts";

const rows = fc.array(fc.float({ min: -200, max: 200, noNaN: true }), { minLength: 1, maxLength: 300 });

test("log-sum-exp is within 1e-12 of its definition, also for a whole vocabulary and steep rows", () => {
  const check = (logits: Float32Array): void => {
    const largest = Math.max(...logits);
    const terms = Array.from(logits, (value) => Math.exp(value - largest)).sort((a, b) => a - b);
    const want = largest + Math.log(terms.reduce((sum, term) => sum + term, 0));
    expect(Math.abs(logSumExp(logits, logits[argmax(logits)]!) - want)).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(want)),
    );
  };
  fc.assert(fc.property(rows, (values) => check(Float32Array.from(values))));
  const random = new Random(1);
  for (const scale of [0, 0.1, 3, 15]) check(Float32Array.from({ length: 42_384 }, () => random.normal() * scale));
});

test("NaN, +Infinity and nothing at all are no distribution", () => {
  for (const values of [
    [1, Number.NaN],
    [Number.NaN],
    [1, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NaN],
  ]) {
    expect(() => logNormalizer(Float32Array.from(values)), String(values)).toThrow("not a number");
  }
  expect(logNormalizer(Float32Array.from([Number.NEGATIVE_INFINITY, 3]))).toBe(3);
});

test("the best candidates of several rows are those of one sorted list", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 }),
          fc.integer({ min: -3, max: 3 }),
        ),
      ),
      fc.integer({ min: 1, max: 12 }),
      (offered, capacity) => {
        const list = new CandidateList(capacity);
        for (const [row, [values, offset]] of offered.entries()) list.offer(Float32Array.from(values), offset, row);
        const want = offered
          .flatMap(([values, offset], row) => values.map((value, token) => ({ score: value + offset, token, row })))
          .sort((a, b) => b.score - a.score)
          .slice(0, capacity);
        const got = Array.from({ length: list.length }, (_, i) => ({
          score: list.scores[i],
          token: list.tokens[i],
          row: list.rows[i],
        }));
        expect(got).toEqual(want);
      },
    ),
  );
});
