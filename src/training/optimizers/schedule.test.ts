import { expect, test } from "vitest";
import { checkSchedule, learningRate, type Schedule } from "./schedule.ts";

test("inverse-sqrt is fairseq's", () => {
  const bc5cdr: Schedule = { kind: "inverse-sqrt", peak: 1e-5, warmup: 100, total: 600 };
  // By hand from 1e-7 + u (1e-5 - 1e-7) / 100, then 1e-5 sqrt(100 / u).
  expect(learningRate(bc5cdr, 0)).toBe(1e-7);
  expect(learningRate(bc5cdr, 50)).toBeCloseTo(5.05e-6, 12);
  expect(learningRate(bc5cdr, 100)).toBe(1e-5);
  expect(learningRate(bc5cdr, 400)).toBeCloseTo(5e-6, 12);
});

test("linear and cosine go from the peak to the final share", () => {
  for (const kind of ["linear", "cosine"] as const) {
    const schedule: Schedule = { kind, peak: 2, warmup: 10, total: 110, final: 0.1 };
    expect(learningRate(schedule, 10)).toBe(2);
    expect(learningRate(schedule, 60)).toBeCloseTo(1.1, 12);
    expect(learningRate(schedule, 110)).toBeCloseTo(0.2, 12);
    expect(learningRate(schedule, 500)).toBeCloseTo(0.2, 12);
  }
  expect(learningRate({ kind: "constant", peak: 3, warmup: 0, total: 1 }, 12)).toBe(3);
});

test("rates and warm-ups that make no sense are refused", () => {
  const good: Schedule = { kind: "cosine", peak: 1e-3, warmup: 10, total: 100 };
  checkSchedule(good);
  for (const peak of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => checkSchedule({ ...good, peak })).toThrow(/The learning rate is/);
  }
  expect(() => checkSchedule({ ...good, warmup: 100 })).toThrow(/leaves none of 100/);
  expect(() => checkSchedule({ ...good, kind: "inverse-sqrt", warmup: 0 })).toThrow(/no warm-up/);
  expect(() => checkSchedule({ ...good, final: 1.5 })).toThrow(/final share/);
});
