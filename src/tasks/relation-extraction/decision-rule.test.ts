/** What a decision rule keeps. */
import { expect, test } from "vitest";
import { describeDecisionRule, keptCount } from "./decision-rule.ts";

test("a rule keeps what reaches either bound, at most so many, and one where one is known to be there", () => {
  const ranked = [0.5, 0.3, 0.1, 0.05].map((probability) => ({ probability }));
  expect(keptCount(ranked, { threshold: 0.3 })).toBe(2);
  expect(keptCount(ranked, { share: 0.2 })).toBe(3);
  expect(keptCount(ranked, { threshold: 0.3, share: 0.2 })).toBe(3);
  expect(keptCount(ranked, { threshold: 0.05, share: 1, most: 3 })).toBe(3);
  expect(keptCount(ranked, { threshold: 0.6 })).toBe(0);
  expect(keptCount(ranked, { threshold: 0.6 }, { least: 1 })).toBe(1);
  expect(keptCount(ranked, {}, { least: 1 })).toBe(1);
  expect(keptCount([], { share: 0.5 }, { least: 1 })).toBe(0);
  expect(describeDecisionRule({ threshold: 0.08123 })).toBe("threshold 0.0812");
  expect(describeDecisionRule({ threshold: 0.08, share: 0.5, most: 4 })).toBe("threshold 0.08 or share 0.5, at most 4");
});
