import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fakeLabelModel } from "../label-model.fixture.ts";
import { READING_FILE } from "../old-task-files.ts";
import { answerScorer } from "./label-scoring.ts";
import { answerTarget, parseAnswer, questionExample, questionSource, shortenContext } from "./yes-no.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-answer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

test("the last words of a context, its conclusion counted", () => {
  const plain = questionSource({ question: "Is it?", context: "One two. Three four." });
  expect(shortenContext(plain, 3)).toBe("question: Is it? context: two. Three four. ");
  expect(shortenContext(plain, 4)).toBe(plain);
  const free = questionSource({ question: "Is it?", context: "One two.", conclusion: "It is" });
  expect(shortenContext(free, 4)).toBe("question: is it? context: two. answer: it is.");
  expect(shortenContext("no question", 1)).toBe("no question");
});

test("a model whose folder says so reads the end of a context alone", async () => {
  writeFileSync(join(folder, READING_FILE), '{"contextWords": 2}');
  const histories: string[] = [];
  const model = fakeLabelModel(
    (word, history) => {
      histories.push(history.join(" "));
      return word === "no" ? 1 : 0;
    },
    { learned: 1 },
  );
  const source = questionSource({ question: "Is it?", context: "One two three." });
  const { scores, contextWords } = await answerScorer({ ...model, folder })(source);
  expect([scores[0]!.label, contextWords]).toEqual(["no", 2]);
  expect(histories.some((history) => history.includes("two three"))).toBe(true);
  expect(histories.some((history) => history.includes("One"))).toBe(false);
  const short = questionSource({ question: "Is it?", context: "It." });
  expect(await answerScorer({ ...model, folder })(short)).not.toHaveProperty("contextWords");
  const asked = await answerScorer({ ...model, folder }, { mode: "zero-shot" })(source);
  expect(asked).not.toHaveProperty("contextWords");
  expect(histories.some((history) => history.includes("One"))).toBe(true);
});
