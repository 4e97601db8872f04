/**
 * The training loop: batches in, updates, evaluations, checkpoints; the same for pretraining and fine-tuning, one process or many.
 *
 *     for each update: gradients of every micro-batch, added up ─ over processes too ─▶ mean ─▶ update ─▶ log
 *     every so often: held-out loss ─▶ checkpoint ─▶ plot
 *
 * The loss is the mean over all tokens of an update (and over what a head learns besides, by its weights), however they were cut into micro-batches and shared among processes.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { writeWhole } from "../../files/disk.ts";
import type { BatchSource } from "../data/batch-source.ts";
import { learningRate } from "../optimizers/schedule.ts";
import { scheduleOf } from "../settings/parse-settings.ts";
import type { LoopSettings } from "../settings/tables.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { checkpointSteps, type RunState, removeOldCheckpoints, saveCheckpoint } from "./checkpointing.ts";
import type { Evaluation } from "./evaluate.ts";
import { lossPlot } from "./loss-plot.ts";
import { ALONE, type Parallel } from "./parallel.ts";
import { type EvaluationRecord, RunLog, type UpdateRecord } from "./run-log.ts";
import { EventFile } from "./tensorboard.ts";

export interface LoopOptions {
  /** Run folder; process 0 writes into it. */
  readonly run: string;
  readonly settings: LoopSettings;
  readonly step: TrainingStep;
  readonly source: BatchSource;
  /** Absent: no evaluation, no best checkpoint, no early stopping. What it throws of kind `aborted` stops the run as its signal does. */
  readonly evaluate?: (signal?: AbortSignal) => Promise<Evaluation>;
  /** Writes the model's files (Hugging Face layout) into a folder. */
  readonly saveModel: (folder: string) => Promise<void>;
  /** Whether checkpoints store the exact weights beside the moments; see `saveCheckpoint`. */
  readonly exactWeights: boolean;
  /** Where the run goes on from; `step` already holds its weights and moments. */
  readonly from?: RunState;
  readonly parallel?: Parallel;
  /** Run on the summed gradients of an update, before their norm is taken: to clear what is frozen in part. */
  readonly onGradients?: (step: TrainingStep) => Promise<void>;
  /** Parameters that decay; default all. */
  readonly decays?: (name: string) => boolean;
  readonly signal?: AbortSignal;
  readonly progress?: ReportProgress;
  readonly onUpdate?: (record: UpdateRecord) => void;
  readonly onEvaluation?: (record: EvaluationRecord) => void;
  /** Called after each checkpoint, with its folder and whether it is the best so far. */
  readonly onCheckpoint?: (folder: string, best: boolean) => Promise<void>;
  readonly now?: () => number;
}

export interface LoopResult {
  readonly state: RunState;
  readonly stoppedEarly: boolean;
}

/** Nats by which the running loss may rise above its lowest point before the run counts as diverged. */
const DIVERGENCE_NATS = 2;
/** Updates that the running loss remembers, about. */
const SMOOTHING = 20;
/** The plot is rewritten at evaluations and at most this often otherwise, milliseconds. */
const PLOT_INTERVAL = 10_000;

/** @throws BiogptError `training/diverged`, `training/disk-full`, `training/stopped` (kind aborted) after writing a checkpoint */
export async function train(options: LoopOptions): Promise<LoopResult> {
  const loop = new Loop(options, await openOutputs(options));
  return await loop.run();
}

interface Outputs {
  readonly log: RunLog;
  readonly events: EventFile;
}

async function openOutputs({ run, from, parallel = ALONE }: LoopOptions): Promise<Outputs | undefined> {
  if (parallel.rank !== 0) return undefined;
  const wallTime = Date.now() / 1000;
  await mkdir(run, { recursive: true });
  return {
    log: await RunLog.open(join(run, "log.jsonl"), from?.step ?? 0),
    events: new EventFile(join(run, `events.out.tfevents.${Math.floor(wallTime)}.step-${from?.step ?? 0}`), wallTime),
  };
}

class Loop {
  readonly #options: LoopOptions;
  readonly #parallel: Parallel;
  readonly #outputs: Outputs | undefined;
  readonly #now: () => number;
  #state: RunState;
  #smoothed = Number.NaN;
  #lowest = Number.POSITIVE_INFINITY;
  #plotted = Number.NEGATIVE_INFINITY;

  constructor(options: LoopOptions, outputs: Outputs | undefined) {
    this.#options = options;
    this.#parallel = options.parallel ?? ALONE;
    this.#outputs = outputs;
    this.#now = options.now ?? (() => performance.now());
    this.#state = options.from ?? {
      version: 1,
      step: 0,
      microBatches: 0,
      tokens: 0,
      seconds: 0,
      best: null,
      sinceBest: 0,
      sampler: options.source.state(0),
    };
  }

  async run(): Promise<LoopResult> {
    const { settings, step } = this.#options;
    const evaluates = this.#options.evaluate !== undefined && settings.evaluateEvery > 0;
    step.updates = this.#state.step;
    step.microBatches = this.#state.microBatches;
    // A run that was killed between its last checkpoint and its end is at its end already.
    if (this.#isExhausted(evaluates)) return { state: this.#state, stoppedEarly: this.#state.step < settings.steps };
    const { unevaluated, ...state } = this.#state;
    if (unevaluated === true) {
      this.#state = state;
      const early = await this.#look(evaluates);
      if (early !== undefined) return early;
    }
    while (this.#state.step < settings.steps) {
      if ((await this.#stopped()) || !(await this.#update())) return await this.#stop();
      const early = await this.#look(evaluates);
      if (early !== undefined) return early;
    }
    return { state: this.#state, stoppedEarly: false };
  }

  /**
   * What is due after an update: an evaluation, a checkpoint.
   *
   * @returns the result when the run ends here because nothing gets better
   */
  async #look(evaluates: boolean): Promise<LoopResult | undefined> {
    const { settings } = this.#options;
    const done = this.#state.step;
    const last = done === settings.steps;
    const due = last || done % settings.checkpointEvery === 0;
    let improved = false;
    if (evaluates && (due || done % settings.evaluateEvery === 0)) {
      const found = await this.#evaluate();
      if (found === undefined) {
        this.#state = { ...this.#state, unevaluated: true }; // done first when the run goes on, so that it is the same run
        return await this.#stop();
      }
      improved = found;
    }
    const exhausted = this.#isExhausted(evaluates);
    if (due || exhausted || improved) await this.#checkpoint();
    return exhausted ? { state: this.#state, stoppedEarly: !last } : undefined;
  }

  #isExhausted(evaluates: boolean): boolean {
    const { patience } = this.#options.settings;
    return evaluates && patience > 0 && this.#state.sinceBest >= patience;
  }

  /** @returns false when it was given up in the middle, which leaves everything as it was before it */
  async #update(): Promise<boolean> {
    const { settings, step, source, signal, progress, onUpdate, onGradients, decays } = this.#options;
    const { rank, size } = this.#parallel;
    const number = this.#state.step;
    const start = this.#now();
    await step.zeroGradients();
    let [lossSum, tokens, weight] = [0, 0, 0];
    for (const batch of source.microBatches(number, rank, size)) {
      if (size === 1 && weight > 0 && signal?.aborted) return false; // alone, nobody waits for the rest of it
      const result = await step.accumulate(batch);
      lossSum += result.lossSum;
      tokens += result.tokens;
      weight += result.weight;
    }
    if (size > 1) {
      const gradients = await step.gradientBuffer();
      await this.#parallel.sumInPlace(gradients);
      await step.writeBack("gradients", gradients);
      [lossSum, tokens, weight] = (await this.#parallel.sum([lossSum, tokens, weight])) as [number, number, number];
    }
    // Texts that teach nothing of what is counted can make up an update.
    const gradientScale = weight > 0 ? 1 / weight : 0;
    const loss = lossSum * gradientScale;
    if (!Number.isFinite(loss)) throw this.#diverged(`its loss is ${loss}`);
    await onGradients?.(step);
    const rate = learningRate(scheduleOf(settings), number);
    const norm = (await step.gradientNorm()) * gradientScale;
    if (!Number.isFinite(norm))
      throw this.#diverged(`its gradient has the norm ${norm}, at a loss of ${loss.toFixed(3)}`);
    await step.update({
      learningRate: rate,
      ...(settings.matrixLearningRate === undefined
        ? {}
        : { matrixLearningRate: (rate / settings.learningRate) * settings.matrixLearningRate }),
      beta1: settings.beta1,
      beta2: settings.beta2,
      epsilon: settings.epsilon,
      weightDecay: settings.weightDecay,
      ...(decays === undefined ? {} : { decays }),
      gradientScale,
      clip: settings.clip,
    });
    this.#watch(loss);
    const seconds = (this.#now() - start) / 1000;
    this.#state = {
      ...this.#state,
      step: number + 1,
      microBatches: step.microBatches,
      tokens: this.#state.tokens + tokens,
      seconds: this.#state.seconds + seconds,
      sampler: source.state(number + 1),
    };
    const record: UpdateRecord = {
      step: number + 1,
      loss,
      learningRate: rate,
      gradientNorm: norm,
      tokens: this.#state.tokens,
      tokensPerSecond: Math.round((tokens / seconds) * 10) / 10,
      epoch: (number + 1) / source.updatesPerEpoch,
      seconds: this.#state.seconds,
    };
    this.#outputs?.log.add(record);
    this.#outputs?.events.add(
      {
        "train/loss": loss,
        "train/learning-rate": rate,
        "train/gradient-norm": norm,
        "train/tokens-per-second": tokens / seconds,
      },
      number + 1,
      Date.now() / 1000,
    );
    await this.#plot(PLOT_INTERVAL);
    onUpdate?.(record);
    progress?.({
      activity: `training, loss ${this.#smoothed.toFixed(3)}`,
      done: number + 1,
      total: settings.steps,
      unit: "updates",
    });
    return true;
  }

  /** A rise that noise does not explain: the weights are lost, and every further hour is too. */
  #watch(loss: number): void {
    const weight = Number.isNaN(this.#smoothed) ? 1 : 1 / SMOOTHING;
    this.#smoothed = weight === 1 ? loss : this.#smoothed + weight * (loss - this.#smoothed);
    this.#lowest = Math.min(this.#lowest, this.#smoothed);
    if (this.#smoothed > this.#lowest + DIVERGENCE_NATS) {
      throw this.#diverged(
        `the running loss has risen to ${this.#smoothed.toFixed(3)} nats from ${this.#lowest.toFixed(3)}`,
      );
    }
  }

  /** @returns whether the held-out loss is the lowest so far; undefined when it was stopped before it was known */
  async #evaluate(): Promise<boolean | undefined> {
    const { evaluate, onEvaluation, signal } = this.#options;
    let heldOut: Evaluation;
    try {
      heldOut = await evaluate!(signal);
    } catch (error) {
      if (error instanceof BiogptError && error.kind === "aborted") return undefined;
      throw error;
    }
    const record: EvaluationRecord = { step: this.#state.step, tokens: this.#state.tokens, heldOut };
    this.#outputs?.log.add(record);
    this.#outputs?.events.add(
      {
        "held-out/loss": heldOut.loss,
        "held-out/perplexity": heldOut.perplexity,
        ...(heldOut.bitsPerCharacter === undefined ? {} : { "held-out/bits-per-character": heldOut.bitsPerCharacter }),
        ...(heldOut.induction === undefined ? {} : { "held-out/induction-score": heldOut.induction.score }),
        ...Object.fromEntries(
          Object.entries(heldOut.metrics ?? {}).map(([name, value]) => [`held-out/${name}`, value]),
        ),
      },
      this.#state.step,
      Date.now() / 1000,
    );
    const improved =
      Number.isFinite(heldOut.loss) && heldOut.loss < (this.#state.best?.loss ?? Number.POSITIVE_INFINITY);
    this.#state = {
      ...this.#state,
      best: improved ? { step: this.#state.step, loss: heldOut.loss } : this.#state.best,
      sinceBest: improved ? 0 : this.#state.sinceBest + 1,
    };
    await this.#plot(0);
    onEvaluation?.(record);
    return improved;
  }

  async #checkpoint(): Promise<void> {
    if (this.#outputs === undefined) return;
    const { run, step, settings, saveModel, exactWeights, onCheckpoint } = this.#options;
    const folder = await saveCheckpoint({ run, step, state: this.#state, saveModel, exactWeights });
    const { keep, checkpointEvery: every } = settings;
    await removeOldCheckpoints(run, { keep, every, best: this.#state.best?.step });
    await onCheckpoint?.(folder, this.#state.best === null || this.#state.best.step === this.#state.step);
    await this.#plot(0);
  }

  async #plot(interval: number): Promise<void> {
    if (this.#outputs === undefined || this.#now() - this.#plotted < interval) return;
    this.#plotted = this.#now();
    await writeWhole(join(this.#options.run, "loss.svg"), lossPlot(this.#outputs.log.records));
  }

  /** All processes stop at the same update, whichever was told to. */
  async #stopped(): Promise<boolean> {
    const told = this.#options.signal?.aborted === true ? 1 : 0;
    return (this.#parallel.size === 1 ? [told] : await this.#parallel.sum([told]))[0]! > 0;
  }

  async #stop(): Promise<never> {
    const done = this.#state.step;
    if (done > 0 && checkpointSteps(this.#options.run).at(-1) !== done) await this.#checkpoint();
    throw new BiogptError("training/stopped", {
      what: `Training was stopped after ${done} of ${this.#options.settings.steps} updates.`,
      fix: done === 0 ? "Nothing was trained yet." : `The checkpoint is written; --resume goes on from update ${done}.`,
    });
  }

  #diverged(why: string): BiogptError {
    const update = this.#state.step;
    const last = checkpointSteps(this.#options.run).at(-1);
    return new BiogptError("training/diverged", {
      what: `Training diverged at update ${update + 1}: ${why}. Its batch: ${this.#options.source.describe(update)}.`,
      why: "The learning rate is too high for the model, the warm-up too short, or a text in the batch is broken.",
      fix: `Lower the learning rate, lengthen the warm-up or set clip to 1.${
        last === undefined ? "" : ` The checkpoint of step ${last} is whole.`
      }`,
    });
  }
}
