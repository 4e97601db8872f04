/**
 * Pretraining as a program calls it: settings, data, model and device brought together, then the loop; resumable to the bit.
 *
 *     request ─▶ tokenizer and weights ─▶ token shards ─▶ step ─▶ loop ─▶ the run's folder is a model
 */
import { resolve } from "node:path";
import { showBest } from "../../pretrained/save/run-model.ts";
import { copyTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import { saveModelFiles, trainableModel, weightsOfFolder } from "../../pretrained/save/trainable-folder.ts";
import { TASK_FILE } from "../../tasks/task-file.ts";
import { packedBatches } from "../../training/data/batch-source.ts";
import { type CorpusTokens, openCorpusTokens } from "../../training/data/corpus-tokens.ts";
import { PackedStream } from "../../training/data/packed-stream.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { type Evaluation, evaluateHeldOut } from "../../training/run/evaluate.ts";
import type { Parallel } from "../../training/run/parallel.ts";
import { expectSameRun, newestCheckpoint, restoreOptimizer } from "../../training/run/resume.ts";
import { createRun, RUN_FORMAT, type RunDescription } from "../../training/run/run-folder.ts";
import type { PretrainingSettings } from "../../training/settings/tables.ts";
import { createTrainingStep, type TrainingStep } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { noteEvents, progressEvents, type WorkflowContext } from "../workflow.ts";
import {
  type PretrainingStart,
  type PretrainOptions,
  type PretrainRequest,
  pretrainingStart,
  pretrainRequest,
} from "./pretrain-request.ts";
import { type Member, trainInGroup } from "./process-group.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

type Context = WorkflowContext<TrainingEvent>;

/**
 * Trains a language model from nothing, or goes on from a model's weights; on abort a checkpoint is written, from which `resume` goes on.
 *
 * Started by mpirun it trains with the other processes: each calls it in the same way, the first writes and tells.
 *
 * @returns what the run came to; the run's folder is then the best model
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `training/diverged`, …
 *
 * @example
 * ```ts
 * await pretrain({ config: "d256l6", data: "corpus", tokenizer: "tokenizer", out: "run", settings: { steps: 2000 } });
 * ```
 */
export function pretrain(options: PretrainOptions, context: Context = {}): Promise<TrainingResult> {
  return trainInGroup(options, context, pretrainRequest, prepareAndTrain);
}

async function prepareAndTrain(
  { parallel, threads }: Member,
  request: PretrainRequest,
  options: PretrainOptions,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const { settings, data, heldOut, tokenizerFolder } = request;
  const { signal, onEvent } = context;
  const out = resolve(options.out);
  const note = noteEvents(onEvent);
  const start = await pretrainingStart(request, signal);
  const { tokenizer, weights } = start;
  const { config } = weights;
  if (parallel.rank === 0)
    await openCorpusTokens({ data, heldOut, tokenizer, signal, progress: progressEvents(onEvent) }).then(close);
  await parallel.sum([0]); // the others wait until the shards are written
  const tokens = await openCorpusTokens({ data, heldOut, tokenizer, encode: false, signal });
  try {
    using device = await trainingDevice(options.device, { threads, signal });
    const now = { device: device.name, threads: device.threads, processes: parallel.size };
    const description = describe(request, start, tokens, now);
    if (parallel.rank === 0 && before !== undefined) {
      expectSameRun(out, before, description);
      noteOtherMachine(before, now, note);
    }
    await parallel.sum([0]);

    const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
    const { vocabularySize } = config;
    const { initial } =
      checkpoint === undefined
        ? weights
        : await weightsOfFolder(checkpoint.folder, { vocabularySize, seed: settings.seed });
    const model = trainableModel(config);
    const microBatch = microBatchOf(settings, parallel);
    using step = await createTrainingStep({
      ...{ device, model, initial },
      shape: { batch: microBatch, length: settings.length },
      dropout: { embedding: config.dropout, residual: config.dropout, attention: config.attentionDropout },
      mode: settings.mode,
      seed: settings.seed + parallel.rank,
      zLoss: settings.zLoss,
      optimizer: settings.optimizer,
    });
    if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
    if (parallel.rank === 0) {
      if (checkpoint !== undefined) await showBest(out, checkpoint, { asked: [TASK_FILE] });
      if (before === undefined) await createRun(out, description);
      if (before === undefined) await copyTokenizer(tokenizerFolder, out);
    }
    note(
      `training ${settings.steps - (checkpoint?.state.step ?? 0)} updates of ${settings.batch} x ${settings.length} tokens on ${device.description}, ${tokens.train.tokenCount.toLocaleString("en-US")} tokens an epoch`,
    );
    const stream = new PackedStream(tokens.train, settings);
    const trained = await runTraining(
      {
        ...{ run: out, settings, model, step, parallel },
        source: packedBatches(stream, { batch: settings.batch, microBatch }),
        evaluate: evaluator(settings, tokens, { step, microBatch, parallel, context }),
        saveModel: (folder) =>
          saveModelFiles(folder, (name) => step.parameter(name), { config, tokenizer: out, weights: settings.weights }),
        exactWeights: settings.weights !== "float32",
        from: checkpoint?.state,
        decays: decayRule(model, settings.decay),
      },
      context,
    );
    return finished(trained, { run: options.out, averaged: 0 }, context);
  } finally {
    close(tokens);
  }
}

type Machine = Pick<RunDescription, "device" | "threads" | "processes">;

/** What `run.json` says. */
function describe(
  { settings, data, heldOut, from }: PretrainRequest,
  { tokenizer }: PretrainingStart,
  tokens: CorpusTokens,
  machine: Machine,
): RunDescription {
  return {
    format: RUN_FORMAT,
    kind: "pretraining",
    settings,
    data: {
      documents: data,
      tokens: hashOf(tokens.train.manifest.shards),
      heldOutTokens: hashOf(tokens.heldOut.manifest.shards),
      tokenizer: tokenizer.hash,
      ...(heldOut === undefined ? {} : { heldOut }),
      ...(from === undefined ? {} : { from }),
    },
    ...machine,
    version: VERSION,
  };
}

function noteOtherMachine(before: Machine, now: Machine, note: (text: string) => void): void {
  const { device, threads, processes } = before;
  if (device === now.device && threads === now.threads && processes === now.processes) return;
  note(
    `note: the run was started on ${device} with ${threads} threads in ${processes} processes; it goes on with ${now.threads} on ${now.device} in ${now.processes}, so its numbers will differ in the last bits.`,
  );
}

/** Sequences that a process computes at once: what is asked for, at most its share of an update. */
function microBatchOf({ batch, microBatch }: PretrainingSettings, { size }: Parallel): number {
  const share = batch / size;
  return Math.max(1, Math.min(microBatch ?? share, Math.floor(share)));
}

/** The loss of the corpus's held-out part. */
function evaluator(
  settings: PretrainingSettings,
  { heldOut }: CorpusTokens,
  parts: {
    readonly step: TrainingStep;
    readonly microBatch: number;
    readonly parallel: Parallel;
    readonly context: Context;
  },
): (signal?: AbortSignal) => Promise<Evaluation> {
  const { step, microBatch, parallel, context } = parts;
  const stream = new PackedStream(heldOut, { length: settings.length, seed: 1, inOrder: true });
  const { tokenCount, characterCount } = heldOut.manifest;
  const held = {
    ...{ stream, microBatch, tokensPerCharacter: tokenCount / characterCount },
    sequences: Math.min(settings.evaluateSequences, Math.ceil(stream.blocksPerEpoch)),
  };
  const progress = progressEvents(context.onEvent);
  return (signal) => evaluateHeldOut(step, held, parallel, { signal, progress });
}

/** One short name for all shards: their own hashes, the first digits of each. */
function hashOf(shards: readonly { readonly sha256: string }[]): string {
  return shards.map(({ sha256 }) => sha256.slice(0, 16)).join("-");
}

function close(tokens: CorpusTokens): void {
  tokens.train[Symbol.dispose]();
  tokens.heldOut[Symbol.dispose]();
}
