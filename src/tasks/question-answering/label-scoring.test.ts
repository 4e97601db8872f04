import { expect, test } from "vitest";
import { fakeLabelModel } from "../label-model.fixture.ts";
import { answerScorer } from "./label-scoring.ts";
import { answerTarget, parseAnswer, questionExample, questionSource } from "./yes-no.ts";

test("source and targets are those of the recipe", () => {
  const record = { id: "1", contexts: ["One. ", " Two."], labels: [], longAnswer: "", answer: "yes" as const };
  const { source, target } = questionExample({ ...record, question: " Is it so? " }, "");
  expect(questionSource({ question: " Is it so? ", context: "One.  Two." })).toBe(source);
  const free = questionExample({ ...record, longAnswer: " It Is so", question: "Is it so?" }, "", "reasoning-free");
  expect(free.source).toBe("question: is it so? context: one. two. answer: it is so.");
  expect(questionSource({ question: "Is it so?", context: "One.  Two.", conclusion: "It Is so" })).toBe(free.source);
  expect(answerTarget("yes")).toBe(target);
  expect(parseAnswer(answerTarget("maybe"))).toBe("maybe");
});

test("the three answers, most probable first", async () => {
  const model = fakeLabelModel((word) => ({ maybe: 2, no: 1 })[word], { learned: 9 });
  const { scores } = await answerScorer(model)(questionSource({ question: "Is it?", context: "It may be." }));
  expect(scores.map(({ label }) => label)).toEqual(["maybe", "no", "yes"]);
});
