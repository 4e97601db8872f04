import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { learntText } from "../learnt-file.ts";
import { chooseRule, type DecisionRule } from "./decision-rule.ts";
import { learntRuleOf, type RuleDecoding, readLearntRule } from "./learnt-rules.ts";

const folder = temporaryFolder();
const path = join(folder, "thresholds.json");

test("a rule is read back as written, from a file and from a model's folder; each decoding and scheme has its own", () => {
  const steps = [
    { from: 0.01, value: 0 },
    { from: 0.0812345678901234, value: 1 / 3 },
  ];
  const rule = { threshold: 0.08, share: 0.5, most: 3, calibration: { steps } };
  const learn = (scheme: string, decoding: RuleDecoding, learnt: DecisionRule): void =>
    writeFileSync(path, learntText(path, { decisionRules: { [scheme]: { [decoding]: learnt } } }));
  expect(learntRuleOf({ folder }, "drug-drug", "ranked")).toBeUndefined(); // no file yet
  learn("drug-drug", "ranked", { share: 1 });
  learn("drug-drug", "grounded", { threshold: 0.02 });
  learn("chemical-disease", "grounded", { threshold: 0.5 });
  learn("drug-drug", "ranked", rule);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    "drug-drug": { ranked: rule, grounded: { threshold: 0.02 } },
    "chemical-disease": { grounded: { threshold: 0.5 } },
  });
  expect(readLearntRule(path, "drug-drug", "ranked")).toEqual(rule);
  expect(learntRuleOf({ folder }, "drug-drug", "ranked")).toEqual(rule);
  expect(learntRuleOf({ folder }, "drug-drug", "grounded")).toEqual({ threshold: 0.02 });
  expect(learntRuleOf({ folder }, "drug-target", "ranked")).toBeUndefined();
  expect(learntRuleOf({ folder: undefined }, "drug-drug", "ranked")).toBeUndefined();
  expect(() => readLearntRule(path, "chemical-disease", "ranked")).toThrow(
    "no thresholds for chemical-disease in ranked decoding. It has some for drug-drug ranked, drug-drug grounded, chemical-disease grounded",
  );
  const broken = join(folder, "broken.json");
  writeFileSync(broken, "[]");
  expect(() => learntText(broken, { decisionRules: { "drug-drug": { ranked: rule } } })).toThrow(
    "does not hold what is kept",
  ); // not overwritten
});

test("a reader's rule says how much a doubt about its names counts; a threshold of the user's leaves that as it is", () => {
  const calibration = {
    steps: [
      { from: 0.1, value: 0.1 },
      { from: 0.2, value: 0.5 },
    ],
  };
  const logistic = { pair: 0.3, name: 0.25, type: 0.2, bias: -2.7 };
  const learnt: DecisionRule = { threshold: 0.4, logistic, calibration };
  const pairs = join(folder, "pairs.json");
  writeFileSync(pairs, JSON.stringify({ "drug-drug": { pairs: learnt } }));
  expect(readLearntRule(pairs, "drug-drug", "pairs")).toEqual(learnt);
  expect(chooseRule(learnt, 0.5, undefined).rule).toEqual({ threshold: 0.2, logistic, calibration });
  expect(chooseRule({ threshold: 0.4, nameWeight: 6 }, 0.5, undefined).rule).toEqual({ threshold: 0.5, nameWeight: 6 });
});

const ranked = (rule: string): string => `{"drug-drug": {"ranked": ${rule}}}`;
const mapped = (calibration: string): string => ranked(`{"share": 0.5, "calibration": ${calibration}}`);

const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ["{", "cannot be read as JSON"],
  ["[]", "does not hold what is kept"],
  ['{"drug-drug": {}}', "a rule for pairs, ranked or grounded is needed"],
  ['{"drug-drug": {"share": 0.5}}', "share"],
  ['{"drug-drg": {"share": 0.5}}', 'Did you mean "drug-drug"?'],
  ['{"resisting cell death": 0.3}', "is no relation scheme"],
  [ranked('{"most": 2}'), "a threshold or a share is needed"],
  [ranked('{"threshold": 1.5}'), "drug-drug.ranked.threshold"],
  [ranked('{"share": 0.5, "beams": 4}'), "beams"],
  [ranked('{"share": 0.5, "nameWeight": 4}'), "nameWeight"], // what is written has no names with probabilities
  [mapped('{"steps": []}'), "drug-drug.ranked.calibration.steps"],
  [mapped("[[0.1, 0.2]]"), "drug-drug.ranked.calibration"],
  [mapped('{"steps": [{"from": 0.1, "value": 1.2}]}'), "calibration.steps.0.value"],
  [mapped('{"steps": [{"from": 0.1, "value": 0.4}, {"from": 0.2, "value": 0.3}]}'), "a value that is not lower"],
  [mapped('{"steps": [{"from": 0.2, "value": 0.3}, {"from": 0.2, "value": 0.4}]}'), "begin above the one before"],
  [mapped(JSON.stringify({ steps: Array.from({ length: 101 }, (_, at) => ({ from: at / 101, value: 0 })) })), "100"],
];

test.each(REFUSED.map(([text, message]) => ({ text, message })))("refused: $message", ({ text, message }) => {
  const wrong = join(folder, "wrong.json");
  writeFileSync(wrong, text);
  expect(() => readLearntRule(wrong, "drug-drug", "ranked")).toThrow(message);
  if (text.includes("calibration")) expect(() => readLearntRule(wrong, "drug-drug", "ranked")).toThrow("does not hold");
});
