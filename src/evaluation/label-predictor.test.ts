import { expect, test } from "vitest";
import type { TaskData } from "../tasks/build-examples.ts";
import { hallmarkExample } from "../tasks/classification/hallmarks.ts";
import { fakeLabelModel } from "../tasks/label-model.fixture.ts";
import { questionExample } from "../tasks/question-answering/yes-no.ts";
import { evaluateTask } from "./evaluate-task.ts";
import { labelPredictor, learnHallmarkThresholds } from "./label-predictor.ts";

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
