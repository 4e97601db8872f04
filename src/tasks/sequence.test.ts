/** Wanted values: the spec, sections 4.1 to 4.6: lengths in base tokens, groups of fairseq's planner, zero unknown pieces. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { openTokenizerFolder } from "../pretrained/load/tokenizer-folder.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planBatches } from "../training/data/fairseq-planner.ts";
import { type BuildOptions, buildExamples } from "./build-examples.ts";
import type { TaskExample, TaskName } from "./example.ts";
import { taskNamed } from "./registry.ts";
import { buildTaskSequence, maxTargetTokens, promptSequence } from "./sequence.ts";

const DATA = "../shared/data/tasks";
const VOCABULARY = "../shared/data/tokenizer/biogpt";
const withData = test.skipIf(!existsSync(DATA) || !existsSync(VOCABULARY));
const FOLDERS: Record<TaskName, string> = {
  bc5cdr: "BC5CDR",
  ddi: "DDI",
  "kd-dti": "KD-DTI",
  hoc: "HoC",
  pubmedqa: "PubMedQA",
};

const special = { endId: 2, ellipsisId: 99 };
const limits = { maxSourceTokens: 4, maxPositions: 12 };

test("source, prompt, target; inputs are the labels shifted", () => {
  const sequence = buildTaskSequence([10, 11], [20, 21], { ids: [30, 31] }, limits, special);
  expect(sequence.labels).toEqual([10, 11, 30, 31, 20, 21, 2]);
  expect(sequence.inputs).toEqual([2, 10, 11, 30, 31, 20, 21]);
  expect(sequence.targetStart).toBe(4);
  const prefixed = buildTaskSequence([10, 11], [20], { ids: [30, 31], separatorId: 40 }, limits, special);
  expect(prefixed.labels).toEqual([30, 31, 10, 11, 40, 20, 2]);
  expect(promptSequence([10], { ids: [30], separatorId: 40 })).toEqual([30, 10, 40]);
});

test("both sides are cut with an ellipsis; a source of exactly S stays whole", () => {
  const whole = buildTaskSequence([1, 2, 3, 4], [5], { ids: [30] }, limits, special);
  expect([whole.labels, whole.sourceCut]).toEqual([[1, 2, 3, 4, 30, 5, 2], false]);
  expect(maxTargetTokens(limits, { ids: [30] })).toBe(7);
  const cut = buildTaskSequence([1, 2, 3, 4, 5], [20, 21, 22, 23, 24, 25, 26], { ids: [30] }, limits, special);
  expect(cut.labels).toEqual([1, 2, 3, 99, 30, 20, 21, 22, 23, 24, 99, 2]);
  expect([cut.sourceCut, cut.targetCut]).toEqual([true, true]);
});

test("the recipes' room for the target", () => {
  const room = (task: TaskName): number => {
    const { maxSourceTokens, learnedPrompt } = taskNamed(task).recipes.paper;
    return maxTargetTokens({ maxSourceTokens, maxPositions: 1024 }, { ids: new Array(learnedPrompt).fill(0) });
  };
  expect([room("bc5cdr"), room("hoc"), room("pubmedqa")]).toEqual([375, 123, 115]);
});

interface Lengths {
  readonly source: number[];
  readonly target: number[];
}

function lengthsOf(tokenizer: Tokenizer, examples: readonly TaskExample[]): Lengths {
  const count = (text: string): number => {
    const ids = tokenizer.encode(text);
    expect(ids.includes(tokenizer.unknownId)).toBe(false);
    return ids.length;
  };
  return {
    source: examples.map(({ source }) => count(source)),
    target: examples.map(({ target }) => count(target)),
  };
}

const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** Micro-batches of an epoch: lengths of source and target after truncation, `</s>` of each counted, the prompt forgotten. */
function groups(task: TaskName, { source, target }: Lengths): number {
  const { maxSourceTokens, learnedPrompt, batchTokens } = taskNamed(task).recipes.paper;
  const most = maxTargetTokens({ maxSourceTokens, maxPositions: 1024 }, { ids: new Array(learnedPrompt).fill(0) });
  const lengths = source.map((length, at) => Math.min(length, maxSourceTokens) + Math.min(target[at]! + 1, most));
  return planBatches(
    lengths.sort((a, b) => a - b),
    { maxTokens: batchTokens },
  ).length;
}

withData("lengths of the real data, and 169 / 206 / 492 / 154 groups an epoch", async () => {
  const tokenizer = await openTokenizerFolder(VOCABULARY);
  const build = (task: TaskName, options: BuildOptions = {}) =>
    buildExamples(task, `${DATA}/${FOLDERS[task]}`, options).splits;
  const bc5cdr = build("bc5cdr");
  const train = lengthsOf(tokenizer, bc5cdr.train!);
  expect([mean(train.source), largest(train.source), mean(train.target), largest(train.target)]).toEqual([
    254, 678, 22, 253,
  ]);
  const test = lengthsOf(tokenizer, bc5cdr.test!);
  expect([mean(test.source), largest(test.source), test.source.filter((length) => length > 640).length]).toEqual([
    268, 719, 2,
  ]);

  const ddi = build("ddi");
  const ddiTrain = lengthsOf(tokenizer, ddi.train!);
  expect([mean(ddiTrain.source), largest(ddiTrain.source), mean(ddiTrain.target), largest(ddiTrain.target)]).toEqual([
    297, 1695, 87, 1031,
  ]);
  expect([
    ddiTrain.source.filter((length) => length > 640).length,
    ddiTrain.target.filter((length) => length > 375).length,
  ]).toEqual([51, 9]);
  const ddiTest = lengthsOf(tokenizer, ddi.test!);
  expect([
    mean(ddiTest.source),
    largest(ddiTest.source),
    ddiTest.source.filter((length) => length > 640).length,
  ]).toEqual([190, 1169, 5]);

  const dti = build("kd-dti");
  const dtiTest = lengthsOf(tokenizer, dti.test!);
  expect([
    mean(dtiTest.source),
    largest(dtiTest.source),
    dtiTest.source.filter((length) => length > 640).length,
  ]).toEqual([364, 1792, 33]);
  expect([mean(dtiTest.target), largest(dtiTest.target)]).toEqual([33, 317]);

  const pubmedqa = lengthsOf(tokenizer, build("pubmedqa").train!);
  const hoc = lengthsOf(tokenizer, build("hoc", { validationShare: 0 }).train!);
  expect([groups("bc5cdr", train), groups("ddi", ddiTrain), groups("hoc", hoc), groups("pubmedqa", pubmedqa)]).toEqual([
    169, 206, 492, 154,
  ]);
});
