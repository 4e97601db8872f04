import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketedBatches, bucketedEvaluation } from "./bucketed-batches.ts";
import type { TrainingSequence } from "./training-sequence.ts";

function sequence(name: number, length: number, positions = false): TrainingSequence {
  const inputs = new Int32Array(length).fill(10 + name);
  return {
    name: String(name),
    inputs,
    labels: inputs.map((id) => id - 10),
    plannedLength: length,
    ...(positions ? { positions: inputs.map((_, i) => i % 3) } : {}),
  };
}

const OPTIONS = { rows: 64, step: 8, accumulate: 2, seed: 3, padId: 1 } as const;

test("every epoch has each sequence once, whole, in batches of few shapes; epochs differ, calls do not", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }), (lengths) => {
      const source = bucketedBatches(
        lengths.map((length, i) => sequence(i, length)),
        OPTIONS,
      );
      const epoch = (number: number) =>
        Array.from({ length: source.updatesPerEpoch }, (_, u) =>
          source.microBatches(number * source.updatesPerEpoch + u, 0, 1),
        ).flat();
      const batches = epoch(0);
      const counts = lengths.map(() => 0);
      for (const { batch, length, ids, labels } of batches) {
        expect(batch).toBe(Math.max(1, Math.round(64 / length)));
        expect(length % 8).toBe(0);
        for (const [i, id] of ids.entries()) {
          expect(labels[i]).toBe(id === 1 ? -100 : id - 10);
          if (id !== 1) counts[id - 10]!++;
        }
      }
      expect(counts).toEqual(lengths);
      expect(epoch(0)).toEqual(batches);
      if (batches.length > 8) expect(epoch(1)).not.toEqual(batches);
    }),
  );
});

test("processes share an update", () => {
  const source = bucketedBatches(
    Array.from({ length: 20 }, (_, i) => sequence(i, 30)),
    OPTIONS,
  );
  const all = source.microBatches(1, 0, 1);
  expect([...source.microBatches(1, 0, 2), ...source.microBatches(1, 1, 2)]).toEqual(all);
  expect(source.describe(1)).toMatch(/^4 sequences: \d+, /);
});

test("positions go along, padding has none", () => {
  const [batch] = bucketedEvaluation([sequence(0, 5, true)], { rows: 16, step: 8, padId: 1 });
  expect([...batch!.positions!]).toEqual([0, 1, 2, 0, 1, ...Array(11).fill(0)]);
  expect(batch).toMatchObject({ batch: 2, length: 8 });
});

test("nothing to learn from is told", () => {
  expect(() => bucketedBatches([], OPTIONS)).toThrow("nothing to learn from");
});
