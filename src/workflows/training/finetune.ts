/**
 * Fine-tuning as a program calls it: a model, examples of source and target, and the loop; resumable to the bit.
 *
 *     request ─▶ tokenizer ─▶ data ─▶ model and step ─▶ loop ─▶ the run's folder is a model
 */
import { join, resolve } from "node:path";
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { hashOfFile } from "../../files/hash-file.ts";
import { showAverage, showBest } from "../../pretrained/save/run-model.ts";
import { weightsOfFolder } from "../../pretrained/save/trainable-folder.ts";
import type { Device, DeviceName } from "../../runtime/device.ts";
import { TASK_FILE } from "../../tasks/task-file.ts";
import { type Evaluation, evaluateSequences } from "../../training/run/evaluate.ts";
import type { Parallel } from "../../training/run/parallel.ts";
import { expectSameRun, newestCheckpoint, restoreOptimizer } from "../../training/run/resume.ts";
import { createRun, RUN_FORMAT, type RunDescription, readRun } from "../../training/run/run-folder.ts";
import type { TrainingBatch } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { noteEvents, progressEvents, type WorkflowContext } from "../workflow.ts";
import {
  baseFolder,
  type FineTuningData,
  fineTuningData,
  type RunTokenizer,
  runTokenizer,
} from "./fine-tuning-data.ts";
import { type FineTuningModel, openFineTuningModel, withDropout } from "./fine-tuning-model.ts";
import { type FineTuneOptions, type FineTuningRequest, fineTuningRequest } from "./fine-tuning-request.ts";
import { goOn } from "./go-on.ts";
import { writeModelTask } from "./model-task.ts";
import { type Member, trainInGroup } from "./process-group.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import { scoreTask } from "./task-score.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

type Context = WorkflowContext<TrainingEvent>;

/**
 * Fine-tunes a model; on abort a checkpoint is written, from which `resume` goes on.
 *
 * Started by mpirun it trains with the other processes: each calls it in the same way, the first writes and tells.
 *
 * @returns what the run came to; the run's folder is then the best model, or the mean of several checkpoints with `settings.average`
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `training/diverged`, …
 *
 * @example
 * ```ts
 * const { best } = await finetune(
 *   { task: "bc5cdr", recipe: "small", model: "biogpt-mini", data: "bc5cdr", out: "run" },
 *   { onEvent: (event) => event.type === "update" && console.log(event.record.loss) },
 * );
 * ```
 */
export async function finetune(options: FineTuneOptions, context: Context = {}): Promise<TrainingResult> {
  const asked = options.resume === true ? readRun(resolve(options.out)).asked : undefined;
  if (asked !== undefined) return goOn(asked, options, context);
  return trainInGroup(options, context, fineTuningRequest, prepareAndTrain);
}

async function prepareAndTrain(
  { parallel, threads }: Member,
  request: FineTuningRequest,
  options: FineTuneOptions,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const { settings, model: base } = request;
  const { signal } = context;
  const work = { signal, progress: progressEvents(context.onEvent) };
  const folder = await baseFolder(base, work);
  const tokenizer = await runTokenizer(folder, settings.prompt, work);
  const { vocabularySize } = tokenizer.tokenizer;
  const weights = withDropout(
    await weightsOfFolder(folder, { vocabularySize, seed: settings.seed, ...work }),
    settings,
  );
  const data = await fineTuningData(request, tokenizer, { maxPositions: weights.config.maxPositions, signal });

  using device = await trainingDevice(options.device, { threads, signal });
  const description = await describe(request, { base: folder, tokenizer, device, parallel });
  if (parallel.rank === 0) {
    if (before !== undefined) expectSameRun(out, before, description);
    tell(request, data, context);
  }
  await parallel.sum([0]);

  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  using model = await openFineTuningModel({
    ...{ device, settings, weights, base, rank: parallel.rank },
    oldRows: tokenizer.oldRows,
    checkpoint: checkpoint?.folder,
    firstBatch: data.source.microBatches(0, 0, 1)[0]!,
  });
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, model.step);
  if (parallel.rank === 0) {
    if (checkpoint !== undefined) await showBest(out, checkpoint, { asked: [TASK_FILE] });
    if (before === undefined) await createRun(out, description);
    if (before === undefined) await tokenizer.save(out);
    await writeModelTask(out, request.task);
  }
  const { held } = data;
  const { step, method } = model;
  const trained = await runTraining(
    {
      run: out,
      settings: data.loop,
      ...{ model: method.model, step, source: data.source, parallel, decays: model.decays },
      ...(held === undefined ? {} : { evaluate: evaluator(held, { request, model, device, parallel, out, ...work }) }),
      saveModel: (checkpointFolder) => model.save(checkpointFolder, out),
      exactWeights: model.exactWeights,
      onGradients: method.onGradients,
      from: checkpoint?.state,
    },
    context,
  );
  const averaged =
    parallel.rank === 0 && settings.average > 0 ? await average(out, settings.average, data, context) : 0;
  return finished(trained, { run: options.out, averaged }, context);
}

/** What `run.json` says. */
async function describe(
  { settings, data, files, own }: FineTuningRequest,
  parts: {
    readonly base: string;
    readonly tokenizer: RunTokenizer;
    readonly device: Device<DeviceName>;
    readonly parallel: Parallel;
  },
): Promise<RunDescription> {
  const { valid } = files;
  return {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings,
    data: {
      model: parts.base,
      data,
      examplesHash: await hashOfFile(files.examples),
      tokenizer: parts.tokenizer.tokenizer.hash,
      ...(valid === undefined ? {} : { valid, validHash: await hashOfFile(valid) }),
      ...own?.data,
    },
    device: parts.device.name,
    threads: parts.device.threads,
    processes: parts.parallel.size,
    version: VERSION,
  };
}

/** What is trained on, and what of the data is not. */
function tell({ own }: FineTuningRequest, { examples, source, loop }: FineTuningData, { onEvent }: Context): void {
  const note = noteEvents(onEvent);
  const { sequences, withoutTarget, cut } = examples;
  note(`${sequences.length} examples in ${source.groups} micro-batches an epoch, ${loop.steps} updates`);
  if (withoutTarget > 0) note(`note: ${withoutTarget} examples with an empty target are left out`);
  if (cut > 0) note(`note: ${cut} examples were longer than the limits and cut, as the paper's recipe does`);
  for (const text of own?.leftOut() ?? []) note(`note: ${text}`);
}

interface Evaluated {
  readonly request: FineTuningRequest;
  readonly model: FineTuningModel;
  readonly device: Device<DeviceName>;
  readonly parallel: Parallel;
  readonly out: string;
  readonly progress?: ReturnType<typeof progressEvents>;
}

/** The held-out loss, and the task's own score where it is asked for. */
function evaluator(
  held: readonly TrainingBatch[],
  { request: { settings, files, task: modelTask }, model, device, parallel, out, progress }: Evaluated,
): (signal?: AbortSignal) => Promise<Evaluation> {
  const { task } = files;
  const score = (folder: string, signal: AbortSignal | undefined): Promise<Record<string, number>> =>
    scoreTask({
      ...{ task: folder, documents: settings.scoreDocuments, scratch: join(out, ".scoring") },
      saveModel: (scratch) => model.save(scratch, out),
      ...{ device: device.name, threads: device.threads, modelTask, signal, progress },
    });
  return async (signal) => {
    const evaluation = await evaluateSequences(model.step, held, parallel, { signal, progress });
    if (settings.scoreDocuments === 0 || task === undefined) return evaluation;
    // One process answers; whether it was stopped is told to all, as they stop together.
    const metrics = parallel.rank === 0 ? await score(task, signal).catch(undefinedIfAborted) : {};
    const [stopped] = await parallel.sum([metrics === undefined ? 1 : 0]);
    if (stopped! > 0) throw abortedError(signal);
    return parallel.rank === 0 ? { ...evaluation, metrics: metrics! } : evaluation;
  };
}

function undefinedIfAborted(error: unknown): undefined {
  if (error instanceof BiogptError && error.kind === "aborted") return undefined;
  throw error;
}

async function average(out: string, count: number, { loop }: FineTuningData, { onEvent }: Context): Promise<number> {
  const steps = await showAverage(out, { count, every: loop.checkpointEvery }, { asked: [TASK_FILE] });
  onEvent?.({ type: "note", text: `averaged the checkpoints of steps ${steps.join(", ")}` });
  return steps.length;
}
