import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fakeLabelModel } from "../label-model.fixture.ts";
import { learntText } from "../learnt-file.ts";
import { answerCalibrationOf, calibratedShares, readAnswerCalibration } from "./answer-calibration.ts";
import { answerScorer } from "./label-scoring.ts";
import { questionSource } from "./yes-no.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-calibration-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "thresholds.json");
const learnt = { scales: { yes: 0.5, no: 0.5, maybe: 0.25 }, offsets: { yes: 0, no: 1, maybe: -2 } };

test("a scale and an offset for each answer", () => {
  const [yes, no, maybe] = calibratedShares(learnt, [
    { label: "yes", logLikelihood: -4 },
    { label: "no", logLikelihood: -6, prior: -2 },
    { label: "maybe", logLikelihood: -2 },
  ]);
  const weights = [Math.exp(-2), Math.exp(-2 + 1), Math.exp(-0.5 - 2)];
  const sum = weights[0]! + weights[1]! + weights[2]!;
  expect(yes).toBeCloseTo(weights[0]! / sum, 12);
  expect(no).toBeCloseTo(weights[1]! / sum, 12);
  expect(maybe).toBeCloseTo(weights[2]! / sum, 12);
});

test("another answer can become the most probable one; likelihoods stay", async () => {
  const model = fakeLabelModel((word) => ({ yes: 1, no: 0.9, maybe: 0 })[word], { learned: 1 });
  const source = questionSource({ question: "Is it?", context: "It may be." });
  const plain = await answerScorer(model)(source);
  expect([plain.scores[0]!.label, plain.calibrated]).toEqual(["yes", false]);
  const calibration = { ...learnt, scales: { yes: 0.5, no: 0.5, maybe: 0.5 } };
  const { scores, calibrated } = await answerScorer(model, { calibration })(source);
  expect([scores.map(({ label }) => label), calibrated]).toEqual([["no", "yes", "maybe"], true]);
  const likelihood = (all: typeof scores) => Object.fromEntries(all.map((one) => [one.label, one.logLikelihood]));
  expect(likelihood(scores)).toEqual(likelihood(plain.scores));
  expect(scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
});

test("a folder's file, one setting at a time, and that of another task", () => {
  expect(answerCalibrationOf({}, "reasoning-free")).toBeUndefined();
  expect(answerCalibrationOf({ folder }, "reasoning-free")).toBeUndefined();
  writeFileSync(path, learntText(path, { calibration: { "reasoning-free": learnt } }));
  const other = { ...learnt, offsets: { yes: 0, no: 0, maybe: 0 } };
  writeFileSync(path, learntText(path, { calibration: { "reasoning-required": other } }));
  expect(answerCalibrationOf({ folder }, "reasoning-free")).toEqual(learnt);
  expect(readAnswerCalibration(path, "reasoning-required")).toEqual(other);
  writeFileSync(path, '{"resisting cell death": 0.3}');
  expect(answerCalibrationOf({ folder }, "reasoning-free")).toBeUndefined();
  expect(() => learntText(path, { calibration: { "reasoning-free": learnt } })).toThrow("which is no setting");
});

test("what is none is refused", () => {
  const says = { yes: 0, no: 0, maybe: 0 };
  const cases: [string, string][] = [
    ["{", "cannot be read as JSON"],
    ["[]", "does not hold what answers mean"],
    ['{"reasoning-fre": {}}', 'Did you mean "reasoning-free"?'],
    [JSON.stringify({ "reasoning-free": { scales: { ...says, no: -1 }, offsets: says } }), "reasoning-free.scales.no"],
    [JSON.stringify({ "reasoning-free": { scales: says, offsets: { yes: 0, no: 0 } } }), "offsets.maybe"],
    [JSON.stringify({ "reasoning-free": { scales: says, offsets: says } }), "says nothing of the reasoning-required"],
  ];
  for (const [text, message] of cases) {
    writeFileSync(path, text);
    const read = (): unknown => readAnswerCalibration(path, "reasoning-required");
    expect(read, text).toThrow(expect.objectContaining({ code: "tasks/thresholds" }));
    try {
      read();
    } catch (error) {
      const { what, fix } = error as { what: string; fix: string };
      expect(`${what} ${fix}`).toContain(message);
    }
  }
});
