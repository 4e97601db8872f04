/**
 * The mean of several models' weights, as one model.
 *
 * Models fine-tuned from the same base, by other seeds or on other draws of the data, lie so near each other that their mean is a model
 * too, often a better one than each: a "model soup" (Wortsman et al., 2022, arXiv:2203.05482, section 2), which costs no more to run than one of them.
 *
 * Left out   models of different bases: their means know nothing, and no file says which base a model had. The thresholds of a task: they
 *            were learnt with one model's probabilities.
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { resolveModel } from "../pretrained/hub/hub.ts";
import { type ModelFolder, openModelFolder } from "../pretrained/load/open-model-folder.ts";
import { openModelTokenizer } from "../pretrained/load/tokenizer-folder.ts";
import { saveModelFiles } from "../pretrained/save/trainable-folder.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import { TASK_FILE, taskOfFolder, writeTaskFile } from "../tasks/task-file.ts";
import { meanTensor } from "../training/run/average.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface AverageOptions {
  /** Two or more: folders, or names of embedded or downloaded models. What their `task.json` says, but for thresholds, must agree. */
  readonly models: readonly string[];
  /** Folder to write, new or empty. */
  readonly out: string;
  /** How weights are stored. Default `float32`. */
  readonly weights?: "float32" | "float16" | undefined;
}

export interface AverageResult {
  /** The new model's folder, as it was named. */
  readonly out: string;
  /** Models that it is the mean of. */
  readonly models: number;
}

/**
 * Writes the mean of models fine-tuned from the same base as one model.
 *
 * @throws BiogptError `training/different-models`, `training/folder-in-use`, those of opening a model's folder
 *
 * @example
 * ```ts
 * await average({ models: ["run-1", "run-2", "run-3"], out: "averaged" });
 * ```
 */
export async function average(
  { models, out, weights = "float32" }: AverageOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<AverageResult> {
  const progress = progressEvents(onEvent);
  expectEmpty(out);
  const opened: ModelFolder[] = [];
  for (const name of models) {
    const folder = await resolveModel(name, { signal, progress });
    opened.push(await openModelFolder(folder, { signal, progress }));
  }
  const [first, ...others] = opened;
  if (first === undefined || others.length === 0) {
    throw new BiogptError("training/different-models", {
      what: "One model has no mean but itself.",
      fix: "Name two models or more.",
    });
  }
  for (const other of others) await expectSameKind(first, other, signal);
  await mkdir(out, { recursive: true });
  const task = askedAs(first);
  if (Object.keys(task).length > 0) await writeTaskFile(out, task);
  const mean = async (name: string): Promise<Float32Array> => {
    throwIfAborted(signal);
    return meanTensor(opened.map(({ entries }) => entries.get(name)!));
  };
  await saveModelFiles(out, mean, { config: first.config, tokenizer: first.tokenizerFolder, weights });
  return { out, models: models.length };
}

function expectEmpty(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new BiogptError("training/folder-in-use", {
    what: `${folder} is not empty.`,
    fix: "Name another folder with --out: nothing is overwritten.",
  });
}

async function expectSameKind(first: ModelFolder, other: ModelFolder, signal: AbortSignal | undefined): Promise<void> {
  const differ = (what: string): never => {
    throw new BiogptError("training/different-models", {
      what: `${first.folder} and ${other.folder} differ in ${what}.`,
      why: "Only models fine-tuned from the same base, in the same way, have a mean that is a model.",
      fix: "Name such models.",
    });
  };
  const shape = ({ config: { dropout, attentionDropout, ...rest } }: ModelFolder): object => rest;
  if (!isDeepStrictEqual(shape(first), shape(other))) differ("their shape");
  const [ours, theirs] = await Promise.all(
    [first, other].map(({ tokenizerFolder }) => openModelTokenizer(tokenizerFolder, { signal })),
  );
  if (ours!.hash !== theirs!.hash) differ("their tokenizer");
  if (!isDeepStrictEqual(askedAs(first), askedAs(other))) differ(`what their ${TASK_FILE} says`);
}

/** How a model is to be asked; what was learnt with its own probabilities says nothing of a mean's. */
function askedAs({ folder }: ModelFolder): ModelTask {
  const { decisionRules, calibration, thresholds, ...task } = taskOfFolder(folder);
  return task;
}
