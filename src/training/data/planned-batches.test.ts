import { expect, test } from "vitest";
import { IGNORED_LABEL } from "../step/training-step.ts";
import { plannedBatches, roundedLength } from "./planned-batches.ts";
import type { TrainingSequence } from "./training-sequence.ts";

const sequences = (count: number): TrainingSequence[] =>
  Array.from({ length: count }, (_, i) => {
    const length = 5 + ((i * 37) % 90);
    const ids = Array.from({ length }, (_, at) => 1000 * i + at);
    return { name: `e${i}`, inputs: ids, labels: ids.map((id) => id + 1), plannedLength: length - 3 };
  });
const options = { tokenBudget: 128, accumulate: 4, seed: 1, padId: 1, maxLength: 100 };

test("an epoch holds every example once, padded at the right and without labels there", () => {
  const source = plannedBatches(sequences(50), options);
  for (const epoch of [0, 1]) {
    const seen = new Set<number>();
    let groups = 0;
    for (let u = 0; u < source.updatesPerEpoch; u++) {
      for (const { batch, length, ids, labels } of source.microBatches(epoch * source.updatesPerEpoch + u, 0, 1)) {
        groups++;
        for (let row = 0; row < batch; row++) {
          const example = Math.floor(ids[row * length]! / 1000);
          expect(seen.has(example)).toBe(false);
          seen.add(example);
          const wanted = 5 + ((example * 37) % 90);
          for (let at = 0; at < length; at++) {
            expect(ids[row * length + at]).toBe(at < wanted ? 1000 * example + at : 1);
            expect(labels[row * length + at]).toBe(at < wanted ? 1000 * example + at + 1 : IGNORED_LABEL);
          }
        }
      }
    }
    expect(seen.size).toBe(50);
    expect(groups).toBe(source.groups);
  }
});

test("epochs differ in order, updates are shared among processes without loss", () => {
  const source = plannedBatches(sequences(50), options);
  const key = (update: number): string => source.describe(update);
  expect(key(0)).not.toBe(key(source.updatesPerEpoch));
  const whole = source.microBatches(1, 0, 1).map(({ ids }) => ids.join());
  const parts = [0, 1, 2].flatMap((rank) => source.microBatches(1, rank, 3).map(({ ids }) => ids.join()));
  expect(parts.sort()).toEqual(whole.sort());
  expect(plannedBatches(sequences(50), options).describe(3)).toBe(key(3));
});

test("an example over the budget and an empty set are refused by name", () => {
  const long = [...sequences(3), { name: "line 9", inputs: [], labels: [], plannedLength: 129 }];
  expect(() => plannedBatches(long, options)).toThrow(/line 9 has 129 tokens; a micro-batch holds 128/);
  expect(() => plannedBatches([], options)).toThrow(/no example/);
});

test("lengths are rounded to few, by at most a quarter", () => {
  const rounded = new Set<number>();
  for (let length = 16; length <= 1024; length++) {
    const up = roundedLength(length);
    expect(up).toBeGreaterThanOrEqual(length);
    expect(up).toBeLessThanOrEqual(length * 1.25);
    rounded.add(up);
  }
  expect(rounded.size).toBe(25);
});
