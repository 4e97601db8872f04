import fc from "fast-check";
import { expect, test } from "vitest";
import { planBatches } from "./fairseq-planner.ts";

test("groups below eight or of eights, by hand", () => {
  expect(planBatches(new Array(20).fill(100), { maxTokens: 1024 })).toEqual([
    [0, 8],
    [8, 16],
    [16, 20],
  ]);
  // 9 examples of 110 would fit (990), but 9 is no multiple of 8: the ninth waits in the tail
  expect(planBatches(new Array(9).fill(110), { maxTokens: 1024 })).toEqual([
    [0, 8],
    [8, 9],
  ]);
  expect(planBatches([10, 10, 10, 600, 700], { maxTokens: 1024 })).toEqual([
    [0, 3],
    [3, 4],
    [4, 5],
  ]);
  // seven short ones wait in the tail when a long one comes: neither group may take it in
  expect(planBatches([...new Array(15).fill(1), 1000], { maxTokens: 1024 })).toEqual([
    [0, 8],
    [8, 15],
    [15, 16],
  ]);
  expect(planBatches([], { maxTokens: 1024 })).toEqual([]);
  expect(() => planBatches([3, 2000], { maxTokens: 1024 })).toThrow("Example 1 has 2000 tokens");
});

test("batches cover everything in order, none empty or over budget, sizes as required", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1000 })), { maxLength: 300 }),
      (lengths) => {
        lengths.sort((a, b) => a - b);
        const batches = planBatches(lengths, { maxTokens: 1024 });
        let at = 0;
        for (const [start, end] of batches) {
          expect(start).toBe(at);
          expect(end).toBeGreaterThan(start);
          expect(lengths[end - 1]! * (end - start)).toBeLessThanOrEqual(1024);
          at = end;
        }
        expect(at).toBe(lengths.length);
        const odd = batches.filter(([start, end]) => end - start > 8 && (end - start) % 8 !== 0);
        expect(odd.length).toBeLessThanOrEqual(1); // only what is left over at the very end
      },
    ),
  );
});
