import fc from "fast-check";
import { expect, test } from "vitest";
import { cutIntoWindows } from "./windows.ts";

/** One token for each two characters. */
function tokens(count: number): { ids: Int32Array; starts: Int32Array; ends: Int32Array } {
  return {
    ids: new Int32Array(count),
    starts: Int32Array.from({ length: count }, (_, i) => 2 * i),
    ends: Int32Array.from({ length: count }, (_, i) => 2 * i + 2),
  };
}

test("every token is in a window, windows overlap and none is too long", () => {
  fc.assert(
    fc.property(fc.nat(400), fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(800)), (count, most, offsets) => {
      const windows = cutIntoWindows(
        tokens(count),
        [...offsets].sort((a, b) => a - b),
        most,
      );
      const covered = new Set<number>();
      for (const { start, end } of windows) {
        expect(end - start).toBeGreaterThan(0);
        expect(end - start).toBeLessThanOrEqual(most);
        for (let i = start; i < end; i++) covered.add(i);
      }
      expect(covered.size).toBe(count);
      for (let i = 1; i < windows.length; i++) {
        expect(windows[i]!.start).toBeGreaterThan(windows[i - 1]!.start);
        expect(windows[i]!.start).toBeLessThanOrEqual(windows[i - 1]!.end);
      }
    }),
  );
});

test("a cut falls on a sentence boundary and the next window repeats whole sentences", () => {
  // Sentences of 10 tokens (20 characters); windows of 45.
  const sentences = Array.from({ length: 10 }, (_, i) => 20 * i);
  expect(cutIntoWindows(tokens(100), sentences, 45)).toEqual([
    { start: 0, end: 40 },
    { start: 30, end: 70 },
    { start: 60, end: 100 },
  ]);
});

test("a text that fits is one window, an empty one is none", () => {
  expect(cutIntoWindows(tokens(45), [0, 20], 45)).toEqual([{ start: 0, end: 45 }]);
  expect(cutIntoWindows(tokens(0), [], 45)).toEqual([]);
});
