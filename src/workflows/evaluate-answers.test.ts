/** The embedded model on everyday contexts, committed with their answers before anything was changed, on which nothing was learnt; and learning from others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTaskFile } from "../tasks/task-file.ts";
import { evaluateAnswers } from "./evaluate-answers.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-answers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("of twenty everyday contexts at least sixteen are answered rightly, each kind of answer among them", async () => {
  const { right, questions, answers } = await evaluateAnswers({ data: "test/fixtures/questions/everyday.json" });
  expect(questions).toBe(20);
  expect(right).toBeGreaterThanOrEqual(16);
  expect(new Set(answers.map(({ setting }) => setting))).toEqual(new Set(["short-context"]));
  for (const answer of ["yes", "no", "maybe"])
    expect(
      answers.some((one) => one.answer === answer && one.gold === answer),
      answer,
    ).toBe(true);
});

test("what short contexts mean is learnt from questions, and written beside what there is", async () => {
  const all = JSON.parse(readFileSync("test/fixtures/questions/development.json", "utf8")) as { answer: string }[];
  const few = ["yes", "no", "maybe"].flatMap((answer) => all.filter((one) => one.answer === answer).slice(0, 3));
  const data = join(folder, "few.json");
  writeFileSync(data, JSON.stringify(few));
  const file = join(folder, "task.json");
  writeFileSync(file, '{"format": "biogpt-task/1", "contextWords": 110}');
  const result = await evaluateAnswers({ data, learnThresholds: file });
  expect(result).toMatchObject({ questions: 9, learnt: file });
  const task = readTaskFile(file);
  expect(task.contextWords).toBe(110);
  const short = task.calibration!["short-context"]!;
  expect(short.words).toBe(45);
  for (const gain of Object.values(short.stated)) expect(gain).toBeGreaterThan(0);
});

test("a file that holds no questions is refused", async () => {
  const data = join(folder, "bad.json");
  writeFileSync(data, '[{"question": "Is it?", "context": "It is.", "answer": "perhaps"}]');
  await expect(evaluateAnswers({ data })).rejects.toThrow(/bad\.json holds no questions: 0\.answer/);
});
