import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepRuleOf, keepRuleText, readKeepRule } from "./ranked-thresholds.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-thresholds-"));
const path = join(folder, "thresholds.json");

test("a rule is read back as written, from a file and from a model's folder", () => {
  const steps = [
    { from: 0.01, value: 0 },
    { from: 0.0812345678901234, value: 1 / 3 },
  ];
  const rule = { threshold: 0.08, share: 0.5, most: 3, calibration: { steps } };
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

const mapped = (calibration: string): string => `{"drug-drug": {"share": 0.5, "calibration": ${calibration}}}`;

test.each([
  ["{", "cannot be read as JSON"],
  ["[]", "does not hold what ranked decoding keeps"],
  ['{"drug-drg": {"share": 0.5}}', 'Did you mean "drug-drug"?'],
  ['{"resisting cell death": 0.3}', "is no relation scheme"],
  ['{"drug-drug": {"most": 2}}', "a threshold or a share is needed"],
  ['{"drug-drug": {"threshold": 1.5}}', "drug-drug.threshold"],
  ['{"drug-drug": {"share": 0.5, "beams": 4}}', "beams"],
  [mapped('{"steps": []}'), "drug-drug.calibration.steps"],
  [mapped("[[0.1, 0.2]]"), "drug-drug.calibration"],
  [mapped('{"steps": [{"from": 0.1, "value": 1.2}]}'), "calibration.steps.0.value"],
  [mapped('{"steps": [{"from": 0.1, "value": 0.4}, {"from": 0.2, "value": 0.3}]}'), "a value that is not lower"],
  [mapped('{"steps": [{"from": 0.2, "value": 0.3}, {"from": 0.2, "value": 0.4}]}'), "begin above the one before"],
  [mapped(JSON.stringify({ steps: Array.from({ length: 101 }, (_, at) => ({ from: at / 101, value: 0 })) })), "100"],
])("%s is refused", (text, message) => {
  const wrong = join(folder, "wrong.json");
  writeFileSync(wrong, text);
  expect(() => readKeepRule(wrong, "drug-drug")).toThrow(message);
  if (text.includes("calibration")) expect(() => readKeepRule(wrong, "drug-drug")).toThrow("does not hold");
});
