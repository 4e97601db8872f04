/**
 * What a training run is told, checked whole before anything starts; `run.json` of a run folder holds it as it was given.
 *
 * The model's own shape is a record that `models/` checks; everything else stands here. Numbers that matter for the weights may
 * not change when a run goes on (`changedSettings`); those that only say how often to look may.
 */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { checkSchedule, SCHEDULES, type Schedule, type ScheduleKind } from "../optimizers/schedule.ts";

/** What the loop needs, whatever is trained. */
export interface LoopSettings {
  /** Updates in all. */
  readonly steps: number;
  /** Peak learning rate, above 0. */
  readonly learningRate: number;
  /** Default `cosine`; for fine-tuning `inverse-sqrt`. */
  readonly schedule: ScheduleKind;
  /** Updates of linear warm-up. Default 0; for fine-tuning 100. */
  readonly warmup: number;
  /** Share of the peak that is left at the end of `linear` and `cosine`. Default 0.1. */
  readonly finalShare: number;
  /** What updates the linear maps of the blocks: `muon`, or `adamw` (default) like everything else. */
  readonly optimizer: "adamw" | "muon";
  /** Peak rate of what Muon updates; default `learningRate`. */
  readonly matrixLearningRate?: number;
  /** AdamW; defaults 0.9, 0.98, 1e-8 and 0.01, as fairseq's recipes for BioGPT. */
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Which parameters decay: `all` (default) as in fairseq's recipes; `matrices` spares biases and norms. */
  readonly decay: "all" | "matrices";
  /** Largest norm of the mean gradient, which is shortened to it; 0 (default) leaves it as it is. */
  readonly clip: number;
  /** Updates between evaluations on held-out data; 0 for none. Default 200. */
  readonly evaluateEvery: number;
  /** Updates between checkpoints, each of which is evaluated as well. Default 500. */
  readonly checkpointEvery: number;
  /** Newest checkpoints that are kept, besides the best. Default 2. */
  readonly keep: number;
  /** Evaluations without a lower held-out loss after which the run ends early; 0 (default) for never. */
  readonly patience: number;
}

/** What building the step and writing checkpoints need. */
export interface StepSettings {
  /** Weight of the squared log of the softmax's denominator in the loss. Default 0. */
  readonly zLoss: number;
  /** `blocks` keeps only the layers' inputs and computes the rest again: less memory, a third more work. Default `whole`. */
  readonly mode: "whole" | "blocks";
  /** Of the first weights, the order of the data, and dropout. Default 1. */
  readonly seed: number;
  /** Type of the weights in checkpoints. With `float16` the exact ones stand beside the moments. Default `float32`. */
  readonly weights: "float32" | "float16";
}

export interface PretrainingSettings extends LoopSettings, StepSettings {
  /** Shape of the model; models/ checks it. */
  readonly model: Readonly<Record<string, number | string | boolean>>;
  /** How the first weights are drawn; models/ says how. Default `fairseq`. */
  readonly initialization: "fairseq" | "gpt2";
  /** Tokens of a sequence. */
  readonly length: number;
  /** Sequences of one update, those of all processes together. */
  readonly batch: number;
  /** Sequences that a process computes at once, a divisor of `batch`. Default all its share; less needs less memory. */
  readonly microBatch?: number;
  /** Share of sequences into which repeated spans are written, so that the model learns to copy. Default 0. */
  readonly copyShare: number;
  /** Held-out sequences of an evaluation. Default 64. */
  readonly evaluateSequences: number;
}

export interface FineTuningSettings
  extends Omit<LoopSettings, "steps" | "evaluateEvery" | "checkpointEvery">,
    StepSettings {
  /** Updates in all; default `epochs` passes. */
  readonly steps?: number;
  /** Default one pass each. */
  readonly evaluateEvery?: number;
  readonly checkpointEvery?: number;
  /** Held-out documents that are answered and judged by the task's own scorer at each evaluation. Default 0. */
  readonly scoreDocuments: number;
  /** Newest checkpoints whose mean is the run's model at the end, instead of the best; 0 (default) for none. The recipes take 5. */
  readonly average: number;
  /** Passes over the data. Default 10. */
  readonly epochs: number;
  /** Default `full`. */
  readonly method: "full" | "lora" | "soft-prompt";
  /** Learned prompt tokens between source and target, new rows of the vocabulary. Default 9. */
  readonly prompt: number;
  /** `all` (default) counts source, prompt and target, as the paper's recipes do; `target` only the answer. */
  readonly loss: "all" | "target";
  /** Most source tokens, S; a target may have maxPositions - S - prompt. Default 640. */
  readonly maxSource: number;
  /** What relation examples are cut into: the `document` as it is (default), or each `sentence` by itself, most of which have none. */
  readonly unit: "document" | "sentence";
  /** Questions: last white-space words of a context that are read. Default: all that `maxSource` takes. */
  readonly contextWords?: number;
  /** What happens to a text over its limit: an error that names it (default), or fairseq's cut with "...". */
  readonly tooLong: "error" | "truncate";
  /** Most tokens of a micro-batch, padding included and prompt left out, as fairseq counts. Default 1024. */
  readonly tokenBudget: number;
  /** Micro-batches of an update. Default 32. */
  readonly accumulate: number;
  /** Default: the model's own. */
  readonly dropout?: number;
  readonly attentionDropout?: number;
  /** LoRA: rank r (default 8), scale alpha / r (alpha 16), and the maps that get it (q_proj, v_proj). */
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  /** How LoRA and soft prompts hold the linear maps they do not train: `int8` needs a quarter of the memory. Default `float32`. */
  readonly frozenMaps: "float32" | "int8";
}

const count = (least = 1): z.ZodNumber => z.number().int().min(least).max(1e12);
const share = z.number().min(0).max(1);
const nonNegative = z.number().nonnegative();

const COMMON = {
  learningRate: z.number().or(z.nan()),
  schedule: z.enum(SCHEDULES).default("cosine"),
  warmup: count(0).default(0),
  finalShare: share.default(0.1),
  optimizer: z.enum(["adamw", "muon"]).default("adamw"),
  matrixLearningRate: z.number().positive().exactOptional(),
  beta1: share.default(0.9),
  beta2: share.default(0.98),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: nonNegative.default(0.01),
  decay: z.enum(["all", "matrices"]).default("all"),
  clip: nonNegative.default(0),
  zLoss: nonNegative.default(0),
  mode: z.enum(["whole", "blocks"]).default("whole"),
  seed: count(0).default(1),
  evaluateEvery: count(0).default(200),
  checkpointEvery: count().default(500),
  keep: count().default(2),
  patience: count(0).default(0),
  weights: z.enum(["float32", "float16"]).default("float32"),
};

const PRETRAINING = z.strictObject({
  model: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  initialization: z.enum(["fairseq", "gpt2"]).default("fairseq"),
  length: count(2),
  batch: count(),
  microBatch: count().exactOptional(),
  copyShare: share.default(0),
  evaluateSequences: count().default(64),
  steps: count(),
  ...COMMON,
});

const FINE_TUNING = z.strictObject({
  method: z.enum(["full", "lora", "soft-prompt"]).default("full"),
  prompt: count(0).max(1000).default(9),
  loss: z.enum(["all", "target"]).default("all"),
  maxSource: count().default(640),
  unit: z.enum(["document", "sentence"]).default("document"),
  contextWords: count().max(100_000).exactOptional(),
  tooLong: z.enum(["error", "truncate"]).default("error"),
  tokenBudget: count().default(1024),
  accumulate: count().default(32),
  epochs: count().default(10),
  dropout: share.exactOptional(),
  attentionDropout: share.exactOptional(),
  rank: count().default(8),
  alpha: z.number().positive().default(16),
  targets: z.array(z.string()).min(1).default(["q_proj", "v_proj"]),
  frozenMaps: z.enum(["float32", "int8"]).default("float32"),
  average: count(0).default(0),
  scoreDocuments: count(0).default(0),
  ...COMMON,
  evaluateEvery: count(0).exactOptional(),
  checkpointEvery: count().exactOptional(),
  steps: count().exactOptional(),
  learningRate: COMMON.learningRate.default(1e-5),
  schedule: z.enum(SCHEDULES).default("inverse-sqrt"),
  warmup: count(0).default(100),
});

/** @throws BiogptError `training/settings` naming the field, with did-you-mean; `training/learning-rate`; `training/schedule` */
export function parsePretrainingSettings(json: unknown, from: string): PretrainingSettings {
  const settings = parse(PRETRAINING, json, from);
  checkSchedule(scheduleOf(settings));
  if (settings.microBatch !== undefined && settings.batch % settings.microBatch !== 0) {
    throw refused(from, `microBatch ${settings.microBatch} does not divide batch ${settings.batch}`);
  }
  return settings;
}

/** @throws BiogptError as `parsePretrainingSettings` */
export function parseFineTuningSettings(json: unknown, from: string): FineTuningSettings {
  const settings = parse(FINE_TUNING, json, from);
  checkSchedule(scheduleOf({ ...settings, steps: settings.steps ?? Number.MAX_SAFE_INTEGER }));
  return settings;
}

export function scheduleOf(
  settings: Pick<LoopSettings, "schedule" | "learningRate" | "warmup" | "steps" | "finalShare">,
): Schedule {
  return {
    kind: settings.schedule,
    peak: settings.learningRate,
    warmup: settings.warmup,
    total: settings.steps,
    final: settings.finalShare,
  };
}

function parse<S extends z.ZodObject>(schema: S, json: unknown, from: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const name = issue.keys[0]!;
    const names = Object.keys(schema.shape);
    throw new BiogptError("training/settings", {
      what: `${from} has the unknown field "${name}".`,
      fix: `Fields: ${names.join(", ")}.${didYouMean(name, names)}`,
      kind: "usage",
    });
  }
  throw refused(from, `${issue.path.join(".") || "the whole"}: ${issue.message}`);
}

function refused(from: string, why: string): BiogptError {
  return new BiogptError("training/settings", {
    what: `${from} cannot be used: ${why}.`,
    fix: "docs/formats/run-folder.md lists every field with its range.",
    kind: "usage",
  });
}

/** Settings that may differ when a run goes on: they change when it is looked at, not what it computes. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  "evaluateEvery",
  "evaluateSequences",
  "checkpointEvery",
  "keep",
  "patience",
  "scoreDocuments",
  "weights",
]);

/**
 * Fields whose change would make the rest of a run another run. `steps` counts only where the schedule depends on it.
 *
 * @returns dotted names with both values, `model.width: 256 → 384`
 */
export function changedSettings(before: object, now: object): string[] {
  return [...compare(before, now, "")]
    .filter(({ name }) => !MAY_CHANGE.has(name) && !(name === "steps" && !dependsOnSteps(now)))
    .map(({ name, text }) => `${name}: ${text}`);
}

function dependsOnSteps(settings: { readonly schedule?: unknown }): boolean {
  return settings.schedule === "linear" || settings.schedule === "cosine";
}

function* compare(
  before: object,
  now: object,
  path: string,
): Generator<{ readonly name: string; readonly text: string }> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, fresh] = [(before as Record<string, unknown>)[key], (now as Record<string, unknown>)[key]];
    const name = `${path}${key}`;
    if (isRecord(old) && isRecord(fresh)) yield* compare(old, fresh, `${name}.`);
    else if (JSON.stringify(old) !== JSON.stringify(fresh)) {
      yield { name, text: `${JSON.stringify(old) ?? "absent"} → ${JSON.stringify(fresh) ?? "absent"}` };
    }
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
