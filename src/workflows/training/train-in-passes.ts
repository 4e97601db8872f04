/**
 * Training in passes over a small set of examples, on one process: what fine-tuning of readers, of classifiers and of models of molecules has in
 * common, from the run's folder to the result.
 *
 *     settings ─▶ run.json ─▶ step, from the newest checkpoint where there is one ─▶ loop ─▶ the run's folder is the model
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Device, DeviceName } from "../../runtime/device.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { writeTaskFile } from "../../tasks/task-file.ts";
import type { BatchSource } from "../../training/data/batch-source.ts";
import { checkSchedule } from "../../training/optimizers/schedule.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { type Evaluation, evaluateSequences } from "../../training/run/evaluate.ts";
import { ALONE } from "../../training/run/parallel.ts";
import { expectSameRun, newestCheckpoint, restoreOptimizer } from "../../training/run/resume.ts";
import { type AskedRun, createRun, RUN_FORMAT, type RunDescription, readRun } from "../../training/run/run-folder.ts";
import { aloneInRun } from "../../training/run/run-lock.ts";
import { scheduleOf } from "../../training/settings/parse-settings.ts";
import type { LoopSettings } from "../../training/settings/tables.ts";
import type { TrainableModel } from "../../training/step/trainable-model.ts";
import {
  createTrainingStep,
  type TrainingBatch,
  type TrainingStep,
  type TrainingStepOptions,
} from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { type PassSettings, settingsOfFile } from "./pass-settings.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

/** What every such workflow takes besides its data. */
export interface PassOptions<Settings> {
  /** Run folder; a model when it is done. */
  readonly out: string;
  /** Goes on with the run in `out`, with the same options. Default false. */
  readonly resume?: boolean | undefined;
  /** A JSON file of settings. */
  readonly config?: string | undefined;
  /** Settings by name, which win over those of the file. */
  readonly settings?: Partial<Settings> | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

type Context = WorkflowContext<TrainingEvent>;

/** Reads the data and trains. @param before the run that it goes on with; undefined for a new one */
export type PassWork<Options, Settings> = (
  options: Options,
  settings: Settings,
  before: RunDescription | undefined,
  context: Context,
) => Promise<TrainingResult>;

/**
 * Reads the settings, and does the work as the only process in the run's folder.
 *
 * @throws BiogptError `training/in-use`, `training/run-exists`, `training/no-run`, those of `parse`
 */
export async function inRunFolder<Settings, Options extends PassOptions<Settings>>(
  options: Options,
  parse: (json: object) => Settings,
  work: PassWork<Options, Settings>,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const before = options.resume === true ? readRun(out) : undefined;
  // What was given is kept with the run: the file may be another when it goes on.
  const given = { ...settingsOfFile(options.config), ...options.settings };
  const asked = { ...options, config: undefined, settings: given };
  const settings = parse(given);
  return aloneInRun(out, before !== undefined, () => work(asked, settings, before, context), context.signal);
}

const USUAL_WARMUP = 20;

export interface PassLoop {
  readonly updatesPerEpoch: number;
  /** Default "muon". */
  readonly optimizer?: LoopSettings["optimizer"];
  /** Default: none; each pass ends with an evaluation and a checkpoint. */
  readonly mostEvaluations?: number;
}

/**
 * What the loop wants; constants of Muon and AdamW are those of the small recipes.
 *
 * @throws BiogptError `training/settings` for a warm-up that never ends
 */
export function loopOfPasses(
  settings: PassSettings,
  { updatesPerEpoch, optimizer = "muon", mostEvaluations = Number.POSITIVE_INFINITY }: PassLoop,
): LoopSettings {
  const { epochs, learningRate, matrixLearningRate, weightDecay, clip } = settings;
  const steps = epochs * updatesPerEpoch;
  const every = Math.max(updatesPerEpoch, Math.ceil(steps / mostEvaluations));
  const warmup = settings.warmup ?? Math.min(USUAL_WARMUP, Math.floor(steps / 10));
  const loop: LoopSettings = {
    ...{ steps, evaluateEvery: every, checkpointEvery: every },
    ...{ learningRate, matrixLearningRate, warmup, weightDecay, clip },
    ...{ schedule: "linear", finalShare: 0, optimizer, decay: "matrices" },
    ...{ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, keep: 1, patience: 0 },
  };
  checkSchedule(scheduleOf(loop));
  return loop;
}

/** A run that is ready to be trained. */
export interface PassTraining extends Pick<TrainingStepOptions, "trainable"> {
  readonly options: PassOptions<unknown>;
  readonly work: AskedRun["work"];
  readonly settings: PassSettings;
  /** What the run's description tells besides: what the settings became, where its data lie. */
  readonly described: Pick<RunDescription, "settings" | "data">;
  readonly before: RunDescription | undefined;
  readonly model: TrainableModel;
  readonly source: BatchSource;
  readonly loop: LoopSettings;
  /** Values to start from, by the parameters' names. */
  readonly initial: (device: Device) => TrainingStepOptions["initial"] | Promise<TrainingStepOptions["initial"]>;
  /** Parameters that decay. Default: the matrices. */
  readonly decays?: (name: string) => boolean;
  /** What is evaluated on. Default: nothing. */
  readonly held?: readonly TrainingBatch[] | undefined;
  /** Writes the model's files into a folder. */
  readonly save: (folder: string, step: TrainingStep) => Promise<void>;
  /** Written into the run's folder, and to every model that is saved. Default: none. */
  readonly task?: ModelTask;
  /** Metrics of the model that was saved into a folder, besides the loss. Default: none. */
  readonly score?:
    | ((
        folder: string,
        how: { readonly threads: number; readonly signal: AbortSignal | undefined },
      ) => Promise<Record<string, number>>)
    | undefined;
}

/** Options that name files, folders, or something that has a name of its own. */
const FILES = ["model", "data", "silver", "valid", "without", "corpora"];

/** All that need not be given again when the run goes on. */
function askedOptions(options: PassOptions<unknown>): AskedRun["options"] {
  const { out: _out, resume: _resume, config: _config, device: _device, threads: _threads, ...asked } = options;
  const placed = Object.entries(asked).map(([name, value]) => [name, FILES.includes(name) ? inPlace(value) : value]);
  return Object.fromEntries(placed);
}

function inPlace(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPlace);
  return typeof value === "string" && existsSync(value) ? resolve(value) : value;
}

/** Files as a run's description names them: their full paths, and names that are none as they are. */
export function namedFiles(files: readonly string[] = []): string {
  return files.map(inPlace).join(" ");
}

/** @throws BiogptError `training/stopped` (kind aborted), `training/other-run`, `training/disk-full`, `runtime/…` */
export async function trainInPasses(training: PassTraining, context: Context): Promise<TrainingResult> {
  const { options, settings, before, model, source, loop, held, task, score, trainable } = training;
  const { signal, onEvent } = context;
  const out = resolve(options.out);
  using device = await trainingDevice(options.device, { threads: options.threads, signal });
  const description: RunDescription = {
    ...{ format: RUN_FORMAT, kind: "fine-tuning", ...training.described },
    asked: { work: training.work, options: askedOptions(options) },
    ...{ device: device.name, threads: device.threads, processes: 1, version: VERSION },
  };
  if (before !== undefined) expectSameRun(out, before, description);
  const { dropout, seed } = settings;
  using step = await createTrainingStep({
    ...{ device, model, seed, initial: await training.initial(device), optimizer: loop.optimizer },
    ...(trainable === undefined ? {} : { trainable }),
    shape: source.microBatches(0, 0, 1)[0]!,
    dropout: { embedding: dropout, residual: dropout, attention: 0 },
  });
  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (before === undefined) await createRun(out, description);
  if (task !== undefined) await writeTaskFile(out, task);
  const saveModel = async (folder: string): Promise<void> => {
    await training.save(folder, step);
    if (task !== undefined) await writeTaskFile(folder, task);
  };
  const evaluate = async (within?: AbortSignal): Promise<Evaluation> => {
    const progress = progressEvents(onEvent);
    const evaluation = await evaluateSequences(step, held!, ALONE, { signal: within, progress });
    if (score === undefined) return evaluation;
    const scratch = join(out, ".scoring");
    try {
      await saveModel(scratch);
      return { ...evaluation, metrics: await score(scratch, { threads: device.threads, signal: within }) };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
  const decays = training.decays ?? decayRule(model, "matrices");
  const trained = await runTraining(
    {
      ...{ run: out, settings: loop, model, step, source, parallel: ALONE, decays, saveModel, exactWeights: true },
      ...(held === undefined ? {} : { evaluate }),
      from: checkpoint?.state,
    },
    context,
  );
  return finished(trained, { run: options.out, averaged: 0 }, context);
}
