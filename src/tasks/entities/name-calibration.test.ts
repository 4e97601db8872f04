/** What a tagger's probabilities mean: order and bounds are kept, and two numbers a type are learnt back from names that were drawn with them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { type JudgedNameOfType, learnNameCalibration } from "../../evaluation/calibration/learn-name-calibration.ts";
import { calibratedName } from "./name-calibration.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const calibrations = fc.record({
  scale: fc.double({ min: 0, max: 100, noNaN: true }),
  offset: fc.double({ min: -100, max: 100, noNaN: true }),
});

test("a probability stays one, and no name overtakes another", () => {
  fc.assert(
    fc.property(calibrations, share, share, (calibration, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((p) => calibratedName(calibration, p));
      expect(less).toBeGreaterThanOrEqual(0);
      expect(more).toBeLessThanOrEqual(1);
      expect(less).toBeLessThanOrEqual(more!);
      expect(calibratedName(undefined, a)).toBe(a);
    }),
  );
});

/** Names whose tags say `probability`, right as often as the calibration says. */
function drawn(count: number, type: string, right: (probability: number) => number): JudgedNameOfType[] {
  const random = new Random(5);
  return Array.from({ length: count }, () => {
    const probability = random.next();
    return { type, probability, correct: random.next() < right(probability) };
  });
}

test("what names of a type were drawn with is learnt, and each type by itself", () => {
  const too = { scale: 0.5, offset: -0.7 };
  const { Disease, Gene } = learnNameCalibration([
    ...drawn(20_000, "Disease", (p) => calibratedName(too, p)),
    ...drawn(20_000, "Gene", (p) => p),
  ]);
  expect(Disease!.scale).toBeCloseTo(too.scale, 1);
  expect(Disease!.offset).toBeCloseTo(too.offset, 1);
  expect(Gene!.scale).toBeCloseTo(1, 1);
  expect(Gene!.offset).toBeCloseTo(0, 1);
});

test("few names move nothing far, certainty is finite, and a tagger that is surer where it is wrong says the share of right ones", () => {
  expect(learnNameCalibration([])).toEqual({});
  const one = learnNameCalibration([{ type: "Gene", probability: 1, correct: true }])["Gene"]!;
  expect(Math.abs(one.scale - 1) + Math.abs(one.offset)).toBeLessThan(0.1);
  const sure = learnNameCalibration(drawn(100, "Gene", () => 1))["Gene"]!;
  expect(calibratedName(sure, 0.5)).toBeGreaterThan(0.9);
  const wrongWay = learnNameCalibration(drawn(2000, "Gene", (p) => 1 - p))["Gene"]!;
  expect(wrongWay.scale).toBe(0);
  expect(calibratedName(wrongWay, 0.9)).toBeCloseTo(0.5, 1);
});
