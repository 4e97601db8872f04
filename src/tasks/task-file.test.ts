import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readThresholds, thresholdsOf } from "./hallmarks/thresholds.ts";
import { learntText, saveLearnt } from "./learnt-file.ts";
import type { ModelTask } from "./model-task.ts";
import { answerCalibrationOf } from "./question-answering/answer-calibration.ts";
import { learntRuleOf, readLearntRule } from "./relation-extraction/learnt-rules.ts";
import { inputOf, taskOf, taskOfFolder, updateTaskFile, writeTaskFile } from "./task-file.ts";

const root = mkdtempSync(join(tmpdir(), "biogpt-task-file-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const schema = {
  name: "drug-effect",
  head: "Drug",
  tail: "Effect",
  relations: ["causes"],
  symmetric: false,
  lowercase: true,
};
const steps = [
  { from: 0.01, value: 0 },
  { from: 0.0812345678901234, value: 1 / 3 },
];
const whole: ModelTask = {
  task: "relations",
  schemes: ["drug-drug", schema],
  inputUnit: "sentence",
  contextWords: 110,
  decisionRules: {
    "drug-drug": { ranked: { share: 1, calibration: { steps } } },
    "drug-effect": { grounded: { threshold: 0.5 } },
  },
  calibration: { "reasoning-free": { scales: { yes: 1, no: 1, maybe: 0.5 }, offsets: { yes: 0, no: -0.1, maybe: 2 } } },
  thresholds: { "resisting cell death": 0.3 },
};

test("what is written is read again, with or without a byte order mark; a part that is learnt later leaves the others", async () => {
  const folder = newFolder();
  await writeTaskFile(folder, whole);
  expect(taskOfFolder(folder)).toEqual(whole);
  const path = join(folder, "task.json");
  writeFileSync(path, `\uFEFF${readFileSync(path, "utf8")}`);
  expect(taskOfFolder(folder)).toEqual(whole);
  const model = { folder };
  expect(inputOf(model)).toEqual({ unit: "sentence", contextWords: 110 });
  expect(learntRuleOf(model, "drug-effect", "grounded")).toEqual({ threshold: 0.5 });
  expect(answerCalibrationOf(model, "reasoning-free")).toEqual(whole.calibration!["reasoning-free"]);
  expect(thresholdsOf(model)).toEqual(whole.thresholds);

  await updateTaskFile(folder, (task) => ({ ...task, contextWords: 5 }));
  expect(taskOfFolder(folder)).toEqual({ ...whole, contextWords: 5 });
  expect(taskOf(model).contextWords).toBe(110); // a model is read once
  await saveLearnt(path, { decisionRules: { "drug-drug": { grounded: { threshold: 0.25 } } } });
  const rules = { ...whole.decisionRules!["drug-drug"], grounded: { threshold: 0.25 } };
  expect(taskOfFolder(folder)).toEqual({
    ...whole,
    contextWords: 5,
    decisionRules: { ...whole.decisionRules, "drug-drug": rules },
  });
});

test("the files of earlier versions say the same where there is no task.json, and nothing beside one", async () => {
  const { "drug-effect": _, ...rules } = whole.decisionRules!;
  const parts: readonly [files: Record<string, unknown>, task: ModelTask][] = [
    [{ "thresholds.json": rules }, { decisionRules: rules }],
    [{ "thresholds.json": whole.calibration }, { calibration: whole.calibration }],
    [{ "thresholds.json": whole.thresholds }, { thresholds: whole.thresholds }],
    [{ "reading.json": { unit: "sentence" } }, { inputUnit: "sentence" }],
    [{ "reading.json": { contextWords: 5 } }, { inputUnit: "document", contextWords: 5 }],
    [
      { "relations.json": schema, "thresholds.json": whole.decisionRules },
      { schemes: [schema], decisionRules: whole.decisionRules },
    ],
    [{}, {}],
  ];
  for (const [files, task] of parts) {
    const text = Object.fromEntries(Object.entries(files).map(([name, json]) => [name, JSON.stringify(json)]));
    const folder = newFolder(text);
    expect(taskOfFolder(folder)).toEqual(task);
    await writeTaskFile(folder, { task: "ddi" });
    expect(taskOfFolder(folder)).toEqual({ task: "ddi" });
  }
});

test("--learn-thresholds beside a task.json goes into it; elsewhere the file keeps its old form", async () => {
  const folder = newFolder();
  const [old, task] = [join(folder, "thresholds.json"), join(folder, "task.json")];
  expect(await saveLearnt(old, { thresholds: { "resisting cell death": 0.5 } })).toBe(old);
  expect(JSON.parse(readFileSync(old, "utf8"))).toEqual({ "resisting cell death": 0.5 });
  expect(() => learntText(old, { decisionRules: {} })).toThrow("is no relation scheme"); // not overwritten
  rmSync(old);
  await writeTaskFile(folder, { task: "hoc", schemes: ["hallmarks"] });
  expect(await saveLearnt(old, { thresholds: { "resisting cell death": 0.25 } })).toBe(task);
  expect(readdirSync(folder)).toEqual(["task.json"]);
  expect(readThresholds(task)).toEqual({ "resisting cell death": 0.25 });
  expect(() => readLearntRule(task, "drug-drug", "ranked")).toThrow("It has some for nothing");
  const elsewhere = newFolder();
  copyFileSync(task, join(elsewhere, "copy.json"));
  await saveLearnt(join(elsewhere, "copy.json"), { calibration: whole.calibration });
  expect(JSON.parse(readFileSync(join(elsewhere, "copy.json"), "utf8"))).toMatchObject({
    task: "hoc",
    ...{ calibration: whole.calibration },
  });
});

const REFUSED: readonly (readonly [change: Record<string, unknown>, message: string])[] = [
  [{ format: "biogpt-task/2" }, "format"],
  [{ schems: [] }, 'Did you mean "schemes"?'],
  [{ task: "No Such" }, "lower-case letters"],
  [{ schemes: [{ ...schema, relations: [] }] }, "relations"],
  [{ inputUnit: "page" }, "inputUnit"],
  [{ contextWords: 0 }, "contextWords"],
  [{ decisionRules: { "drug-drg": { ranked: { share: 1 } } } }, 'Did you mean "drug-drug"?'],
  [{ decisionRules: { "drug-drug": { ranked: { most: 2 } } } }, "a threshold or a share is needed"],
  [{ calibration: { "reasoning-fre": {} } }, 'Did you mean "reasoning-free"?'],
  [{ thresholds: { "resisting cell deth": 0.3 } }, 'Did you mean "resisting cell death"?'],
];

test.each(REFUSED.map(([change, message]) => ({ change, message })))("refused: $message", ({ change, message }) => {
  const folder = newFolder({ "task.json": JSON.stringify({ format: "biogpt-task/1", ...change }) });
  expect(() => taskOf({ folder })).toThrow(message);
});

test("refused: no JSON, and far too large", () => {
  const says = (text: string) => expect(() => taskOf({ folder: newFolder({ "task.json": text }) }));
  says("{").toThrow(expect.objectContaining({ code: "tasks/task-file" }));
  says(" ".repeat(2 * 1024 * 1024)).toThrow("at most 1048576 are read");
});
