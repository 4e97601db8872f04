import fc from "fast-check";
import { expect, test } from "vitest";
import { calibrated, leastReaching } from "../../tasks/calibration-map.ts";
import { bestThreshold, calibration, type Judged, learnCalibration, thresholdCurve } from "./calibration.ts";

const judged = (...pairs: [number, boolean][]): Judged[] =>
  pairs.map(([probability, correct]) => ({ probability, correct }));

test("expected calibration error by hand", () => {
  const { expectedError, bins } = calibration(
    judged([0.9, true], [0.8, false], [0.1, false], [0, false], [1, true]),
    5,
  );
  // (0, .2]: 2 of mean .05, none right; (.6, .8]: 1 of .8, wrong; (.8, 1]: 2 of mean .95, both right
  expect(expectedError).toBeCloseTo((0.1 + 0.8 + 0.1) / 5, 12);
  expect(bins.map(({ count }) => count)).toEqual([2, 0, 0, 1, 2]);
  expect(calibration([]).expectedError).toBe(0);
});

test("the map pools what falls, and joins equal probabilities", () => {
  const map = learnCalibration(judged([0.2, false], [0.4, true], [0.6, false], [0.8, true], [0.8, true]));
  expect(map.steps).toEqual([
    { from: 0.2, value: 0 },
    { from: 0.4, value: 0.5 },
    { from: 0.8, value: 1 },
  ]);
  expect([0, 0.2, 0.5, 0.79, 0.8, 1].map((p) => calibrated(map, p))).toEqual([0, 0, 0.5, 0.5, 1, 1]);
  expect(calibrated({ steps: [] }, 0.3)).toBe(0.3);
});

const anyJudged = fc.array(
  fc.record({ probability: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.75, 0.9, 1), correct: fc.boolean() }),
  { minLength: 1 },
);

test("the map rises, and is never further from the truth than the probabilities it was learnt on", () => {
  fc.assert(
    fc.property(anyJudged, (items) => {
      const map = learnCalibration(items);
      for (let at = 1; at < map.steps.length; at++)
        expect(map.steps[at]!.value).toBeGreaterThan(map.steps[at - 1]!.value);
      const brier = (score: (item: Judged) => number): number =>
        items.reduce((sum, item) => sum + (score(item) - Number(item.correct)) ** 2, 0);
      expect(brier((item) => calibrated(map, item.probability))).toBeLessThanOrEqual(
        brier((item) => item.probability) + 1e-9,
      );
    }),
  );
});

test("a cap on steps joins neighbours, least harm first; a calibrated threshold is one of raw probabilities", () => {
  const items = judged(
    ...Array.from({ length: 8 }, (_, at): [number, boolean] => [0.2, at === 0]), //  .125 of 8
    ...Array.from({ length: 4 }, (_, at): [number, boolean] => [0.4, at === 0]), //  .25 of 4, near the first
    [0.6, true], //                                                                  1
  );
  const map = learnCalibration(items, { mostSteps: 2 });
  expect(map.steps).toEqual([
    { from: 0.2, value: 2 / 12 },
    { from: 0.6, value: 1 },
  ]);
  expect(learnCalibration(items, { mostSteps: 1 }).steps).toEqual([{ from: 0.2, value: 3 / 13 }]);
  expect([0, 0.1, 0.5, 1].map((p) => leastReaching(map, p))).toEqual([0, 0, 0.6, 0.6]);
  expect(leastReaching({ steps: [{ from: 0.1, value: 0.3 }] }, 0.4)).toBe(Number.POSITIVE_INFINITY);
  expect(leastReaching({ steps: [] }, 0.4)).toBe(0.4);
  fc.assert(
    fc.property(anyJudged, fc.integer({ min: 1, max: 6 }), fc.double({ min: 0, max: 1 }), (all, mostSteps, least) => {
      const capped = learnCalibration(all, { mostSteps });
      expect(capped.steps.length).toBeLessThanOrEqual(mostSteps);
      for (const { probability } of [...all, { probability: least }])
        expect(probability >= leastReaching(capped, least)).toBe(calibrated(capped, probability) >= least);
    }),
  );
});

test("the curve's points are what filtering gives; recall falls as the threshold rises", () => {
  fc.assert(
    fc.property(anyJudged, fc.nat({ max: 20 }), (items, missed) => {
      const gold = items.filter(({ correct }) => correct).length + missed;
      const curve = thresholdCurve(items, gold);
      for (const { threshold, precision, recall, kept } of curve) {
        const left = items.filter(({ probability }) => probability >= threshold);
        const right = left.filter(({ correct }) => correct).length;
        expect(kept).toBe(left.length);
        expect(precision).toBeCloseTo(right / left.length, 12);
        expect(recall).toBeCloseTo(gold === 0 ? 0 : right / gold, 12);
      }
      expect(curve.map(({ threshold }) => threshold)).toEqual(
        [...new Set(items.map(({ probability }) => probability))].sort((a, b) => a - b),
      );
      const best = bestThreshold(curve);
      expect(Math.max(...curve.map(({ f1 }) => f1))).toBe(curve.find(({ threshold }) => threshold === best)!.f1);
    }),
  );
  expect(bestThreshold([])).toBe(0);
});
