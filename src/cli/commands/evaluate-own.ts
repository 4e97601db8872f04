/** `biogpt evaluate entities|classification|answers|wild`: what is held against data of the user's own. Each hears some of the command's options. */
import type { Command } from "commander";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { expectEffect, usageError } from "../no-effect.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

/** What is heard of the options of `biogpt evaluate`. */
interface OwnFlags {
  readonly data?: readonly string[];
  readonly model?: string;
  readonly corpora?: string;
  readonly limit?: number;
  readonly draws: number;
  readonly seed: number;
  readonly learnThresholds?: string;
  readonly threshold?: number;
  readonly outputs?: readonly string[];
  readonly sheet?: string;
  readonly planted?: string;
  readonly sample?: number;
  readonly judged?: string;
  readonly scheme?: readonly string[];
  readonly dtype?: Precision;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly offline?: boolean;
  readonly json?: boolean;
}

type Run = (flags: OwnFlags, terminal: Terminal, files: readonly string[]) => Promise<void>;
interface Own {
  /** Options of the command that it listens to. */
  readonly options: readonly string[];
  readonly run: Run;
}

const OPENING = ["model", "dtype", "device", "threads", "json"];
const TAGGER = ["threshold", "learnThresholds"];

const OWN: Readonly<Record<string, Own>> = {
  entities: { options: [...OPENING, ...TAGGER, "data", "corpora", "limit", "draws"], run: entities },
  classification: { options: [...OPENING, "data", "limit", "draws", "seed", "offline"], run: classification },
  answers: { options: [...OPENING, "data", "learnThresholds", "offline"], run: answers },
  wild: {
    options: [...OPENING, "outputs", "sheet", "planted", "sample", "seed", "judged", "scheme", "limit", "offline"],
    run: wild,
  },
};

/** Whether it is one of these, and not a task of the paper's. */
export function isOwnTask(task: string): boolean {
  return Object.hasOwn(OWN, task);
}

export function runOwnTask(
  task: string,
  files: readonly string[],
  flags: OwnFlags,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { options, run } = OWN[task]!;
  expectEffect(command, flags, options, task);
  return run(flags, terminal, files);
}

function given<T>(value: T | undefined, task: string, option: string): T {
  if (value !== undefined) return value;
  throw usageError(`Scoring ${task} needs ${option}.`, `Give ${option}.`);
}

async function entities(flags: OwnFlags, terminal: Terminal): Promise<void> {
  const { evaluateTagger } = await import("../../workflows/evaluate-tagger.ts");
  const { entityTable } = await import("../../evaluation/report/score-tables.ts");
  const { corpora, limit, draws, learnThresholds, threshold, dtype: precision, device, threads, json } = flags;
  const [model, data] = [given(flags.model, "entities", "--model"), given(flags.data, "entities", "--data")];
  const options = { data, corpora, model, limit, draws, learnThresholds, threshold, precision, device, threads };
  const evaluation = await evaluateTagger(options, terminalContext(terminal));
  await writeResult(terminal, json, evaluation, () => evaluation.parts.flatMap(entityTable));
}

async function classification(flags: OwnFlags, terminal: Terminal): Promise<void> {
  const { evaluateClassification } = await import("../../workflows/evaluate-classifier.ts");
  const { classifierTable } = await import("../../evaluation/report/score-tables.ts");
  const { limit, draws, seed, dtype: precision, device, threads, offline, json } = flags;
  const task = "classification";
  const [model, data] = [given(flags.model, task, "--model"), given(flags.data, task, "--data")];
  const options = { data, model, limit, draws, seed, load: { precision, device, threads, offline } };
  const evaluation = await evaluateClassification(options, terminalContext(terminal));
  await writeResult(terminal, json, evaluation, () => evaluation.parts.flatMap(classifierTable));
}

async function answers(flags: OwnFlags, terminal: Terminal): Promise<void> {
  const { evaluateAnswers } = await import("../../workflows/evaluate-answers.ts");
  const { answersTable } = await import("../../evaluation/report/score-tables.ts");
  const { model, learnThresholds, dtype: precision, device, threads, offline, json } = flags;
  const [data, ...more] = given(flags.data, "answers", "--data");
  if (more.length > 0) throw usageError("Questions are read from one file.", "Name one.");
  const options = { data: data!, model, learnThresholds, load: { precision, device, threads, offline } };
  const evaluation = await evaluateAnswers(options, terminalContext(terminal));
  await writeResult(terminal, json, evaluation, () => answersTable(evaluation));
}

async function wild(flags: OwnFlags, terminal: Terminal, files: readonly string[]): Promise<void> {
  const { evaluateWild, judgeWild } = await import("../../workflows/evaluate-wild.ts");
  const { judgedTable, wildTable } = await import("../../evaluation/wild/tables.ts");
  const { outputs, sheet, planted, sample, seed, judged, scheme: schemes, limit, model, json } = flags;
  if (judged !== undefined) {
    if (files.length > 0) throw usageError("A judged sheet is read without the documents.", "Name no files.");
    const result = judgeWild(judged);
    return writeResult(terminal, json, result, () => judgedTable(result));
  }
  if (files.length === 0)
    throw usageError("No document was named.", "Name files of documents, or a sheet with --judged.");
  if (outputs !== undefined && (schemes !== undefined || model !== undefined))
    throw usageError(
      "What was printed already is not extracted again.",
      "Leave --scheme and --model out, or --outputs.",
    );
  if (sheet === undefined && (planted !== undefined || sample !== undefined))
    throw usageError("--planted and --sample have no effect without --sheet.", "Say where the sheet is to be written.");
  const { dtype: precision, device, threads, offline } = flags;
  const load = { precision, device, threads, offline };
  const options = { outputs, schemes, model, load, limit, sheet, planted, sample, seed };
  const result = await evaluateWild(files, options, terminalContext(terminal));
  await writeResult(terminal, json, result, () => wildTable(result));
}
