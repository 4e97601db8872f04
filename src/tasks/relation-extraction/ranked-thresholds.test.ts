import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepRuleOf, keepRuleText, readKeepRule } from "./ranked-thresholds.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-thresholds-"));
const path = join(folder, "thresholds.json");

test("a rule is read back as written, from a file and from a model's folder", () => {
  const rule = { threshold: 0.08, share: 0.5, most: 3 };
  expect(keepRuleOf({ folder }, "drug-drug")).toBeUndefined(); // no file yet
  writeFileSync(path, keepRuleText("drug-drug", rule));
  expect(readKeepRule(path, "drug-drug")).toEqual(rule);
  expect(keepRuleOf({ folder }, "drug-drug")).toEqual(rule);
  expect(keepRuleOf({ folder }, "drug-target")).toBeUndefined();
  expect(keepRuleOf({ folder: undefined }, "drug-drug")).toBeUndefined();
  expect(() => readKeepRule(path, "drug-target")).toThrow(
    "has no thresholds for drug-target. It has some for drug-drug",
  );
});

test.each([
  ["{", "cannot be read as JSON"],
  ["[]", "does not hold what ranked decoding keeps"],
  ['{"drug-drg": {"share": 0.5}}', 'Did you mean "drug-drug"?'],
  ['{"resisting cell death": 0.3}', "is no relation scheme"],
  ['{"drug-drug": {"most": 2}}', "a threshold or a share is needed"],
  ['{"drug-drug": {"threshold": 1.5}}', "drug-drug.threshold"],
  ['{"drug-drug": {"share": 0.5, "beams": 4}}', "beams"],
])("%s is refused", (text, message) => {
  const wrong = join(folder, "wrong.json");
  writeFileSync(wrong, text);
  expect(() => readKeepRule(wrong, "drug-drug")).toThrow(message);
});
