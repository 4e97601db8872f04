/** Wanted values: scipy 1.17, `binomtest(successes, trials).proportion_ci(method="wilson")`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { wilsonInterval } from "./wilson.ts";

test.each([
  [2, 123, 0.004471, 0.05735],
  [0, 135, 0, 0.027668],
  [16, 20, 0.583983, 0.919344],
  [20, 20, 0.838875, 1],
])("%d of %d", (successes, trials, low, high) => {
  const found = wilsonInterval(successes, trials);
  expect(found.low).toBeCloseTo(low, 5);
  expect(found.high).toBeCloseTo(high, 5);
});

test("it holds the share, lies in [0, 1], and is the mirror of the failures'", () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), (right, wrong) => {
      const { low, high } = wilsonInterval(right, right + wrong);
      const mirror = wilsonInterval(wrong, right + wrong);
      if (right + wrong > 0) expect(low <= right / (right + wrong) && right / (right + wrong) <= high).toBe(true);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeCloseTo(1 - mirror.high, 9);
    }),
  );
});
