import { expect, test } from "vitest";
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldAnswer } from "../../tasks/example.ts";
import { answerTarget, questionExample } from "../../tasks/question-answering/yes-no.ts";
import { evaluateTask, type Predict } from "../evaluate-task.ts";
import { aboveTrivial, gainText } from "./above-trivial.ts";
import { baseline } from "./baselines.ts";

const ANSWERS: readonly YesNoMaybe[] = Array.from({ length: 100 }, (_, at) => (at < 60 ? "yes" : "no"));
const test100 = ANSWERS.map((answer, at) =>
  questionExample({ id: `${at}`, question: "Is it?", contexts: ["It is."], labels: [], longAnswer: "", answer }, "-"),
);
const data: TaskData = {
  ...{ task: "pubmedqa", setting: "reasoning-required", splits: { test: test100 } },
  ...{ withoutRelations: {}, files: [], surprises: [] },
};
const options = { draws: 1000, seed: 1 };
const evaluate = (predict: Predict, decoding = "labels") =>
  evaluateTask(data, predict, { decoding, bootstrap: options });
const trivial = () => evaluate(baseline("always-yes", data), "always-yes");

test("a gain over the same documents is surer than the scores are", async () => {
  const ours = await evaluate(({ id, gold }) =>
    Number(id) % 10 === 0 ? answerTarget((gold as GoldAnswer).answer) : answerTarget("yes"),
  );
  const above = aboveTrivial(ours, [await trivial()], options)!;
  expect(above).toMatchObject({ system: "always-yes", score: 0.6 });
  expect(above.gain).toBeCloseTo(0.04); // of the no, 60, 70, 80 and 90
  expect(ours.report.confidence!.low).toBeLessThan(0.6); // alone it might be as bad
  expect(above.confidence!.low).toBeGreaterThanOrEqual(0); // it is nowhere worse
  expect(above.confidence!.high).toBeLessThan(0.1);
  expect(gainText(above)).toBe("4.00 points above always-yes (60.00), with 95 % confidence 1.00 to 8.00");
});

test("the strongest is compared with; none is none, and no draws no interval", async () => {
  const none = await evaluate(() => "nothing", "silent");
  const above = aboveTrivial(none, [none, await trivial()], { draws: 0 })!;
  expect(above).toEqual({ system: "always-yes", score: 0.6, gain: -0.6, confidence: null });
  expect(gainText(above)).toBe("-60.00 points above always-yes (60.00)");
  expect(aboveTrivial(none, [])).toBeNull();
});

test("other documents are no pair", async () => {
  const fewer = await evaluateTask(data, () => "", { decoding: "-", limit: 3 });
  const one = await trivial();
  expect(() => aboveTrivial(fewer, [one])).toThrow("3 documents, but 100 of the other system");
});
