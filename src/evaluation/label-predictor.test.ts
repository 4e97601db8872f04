import { expect, test } from "vitest";
import type { TaskData } from "../tasks/build-examples.ts";
import { hallmarkExample } from "../tasks/hallmarks/hallmarks.ts";
import { fakeLabelModel } from "../tasks/label-model.fixture.ts";
import { questionExample } from "../tasks/question-answering/yes-no.ts";
import { evaluateTask } from "./evaluate-task.ts";
import { labelPredictor } from "./label-predictor.ts";
import { learnCalibrationOfAnswers } from "./tasks/answer-decoding.ts";
import { learnHallmarkThresholds } from "./tasks/hallmark-decoding.ts";

const options = { decoding: "labels", bootstrap: { draws: 0 } };
const shared = { setting: "tsv", files: [], surprises: [], withoutRelations: {} };

test("PubMedQA by label scoring is scored like a generated answer, and nothing is unread", async () => {
  const record = { contexts: ["c"], labels: [], longAnswer: "" };
  const test = (["yes", "no"] as const).map((answer) =>
    questionExample({ ...record, id: answer, question: answer === "no" ? "bad?" : "good?", answer }, ""),
  );
  const model = fakeLabelModel(
    (word, history) => (word === "no" && history.includes("bad") ? 3 : word === "yes" ? 1 : 0),
    {
      learned: 1,
    },
  );
  const data: TaskData = { ...shared, task: "pubmedqa", splits: { test } };
  const { report, examples } = await evaluateTask(data, labelPredictor(model, data), options);
  expect(report).toMatchObject({ accuracy: 1, failed: 0 });
  expect(examples[0]!.statements![0]!.probability).toBeGreaterThan(0.4);
});

test("PubMedQA: what the likelihoods mean is learnt on validation", async () => {
  const record = { contexts: ["c"], labels: [], longAnswer: "" };
  const asked = (question: string, answer: "yes" | "no" | "maybe", count: number) =>
    Array.from({ length: count }, () => questionExample({ ...record, id: question, question, answer }, ""));
  // "no" is a little more likely where it is right, and never the likeliest answer
  const model = fakeLabelModel(
    (word, history) => (word === "yes" ? 3 : word === "no" && history.includes("bad") ? 2 : 0),
    { learned: 1 },
  );
  const questions = [...asked("good?", "yes", 30), ...asked("bad?", "no", 25), ...asked("bad?", "yes", 5)];
  const data: TaskData = { ...shared, task: "pubmedqa", splits: { valid: questions, test: questions } };
  const before = await evaluateTask(data, labelPredictor(model, data), options);
  expect(before.report.accuracy).toBeCloseTo(35 / 60, 10);
  const calibration = await learnCalibrationOfAnswers(model, data);
  const after = await evaluateTask(data, labelPredictor(model, data, { calibration }), options);
  expect(after.report.accuracy).toBeCloseTo(55 / 60, 10);
  expect(after.examples[30]!.statements![0]!.probability).toBeCloseTo(25 / 30, 1);
  await expect(learnCalibrationOfAnswers(model, { ...data, splits: {} })).rejects.toMatchObject({
    code: "evaluation/no-split",
  });
});

test("HoC: strings come from training, thresholds from validation", async () => {
  const sentence = (text: string, labels: string[]): ReturnType<typeof hallmarkExample> =>
    hallmarkExample({ id: text, text, labels }, "");
  const train = Array.from({ length: 5 }, () => sentence("x", ["resisting cell death", "cellular energetics"]));
  const valid = [sentence("dead cells", ["resisting cell death"]), sentence("none", ["empty"])];
  const model = fakeLabelModel(
    (word, history) => (["resisting", "cell", "death"].includes(word) && history.includes("dead") ? 8 : 0),
    {
      learned: 1,
      maxLength: 96,
    },
  );
  const data: TaskData = { ...shared, task: "hoc", splits: { train, valid, test: valid } };
  const thresholds = await learnHallmarkThresholds(model, data);
  expect(thresholds["resisting cell death"]).toBeGreaterThan(0.2);
  expect(thresholds["inducing angiogenesis"]).toBeGreaterThan(1); // never seen: never given
  const { report } = await evaluateTask(data, labelPredictor(model, data, { thresholds }), options);
  expect(report.microF1).toBe(1);
  await expect(learnHallmarkThresholds(model, { ...data, splits: { train } })).rejects.toMatchObject({
    code: "evaluation/no-split",
  });
  expect(() => labelPredictor(model, { ...data, task: "ddi" })).toThrow("means nothing for ddi");
});
