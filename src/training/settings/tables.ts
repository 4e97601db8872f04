/**
 * Every setting of a training run: its kind and range, its default, what it means. Types, checks, options and docs/formats/settings.md are made
 * of these tables; nothing else says any of it.
 *
 * AdamW's defaults are those of fairseq's recipes for BioGPT.
 */
import type { GivenSettings, Setting, SettingsOf } from "./setting.ts";

/** What the loop needs, whatever is trained. */
const LOOP = {
  steps: { kind: "count", required: true, help: "updates" },
  learningRate: { kind: "number", range: "any", required: true, argument: "rate", help: "peak" },
  schedule: {
    kind: "choice",
    choices: ["inverse-sqrt", "linear", "cosine", "constant"],
    default: "cosine",
    help: "of the learning rate",
  },
  warmup: {
    kind: "count",
    least: 0,
    default: 0,
    help: "updates of warm-up",
    more: "The rate rises in a line from 1e-7 to the peak.",
  },
  finalShare: {
    kind: "share",
    default: 0.1,
    needs: { setting: "schedule", values: ["cosine", "linear"] },
    help: "of the peak, at the end of linear and cosine",
  },
  optimizer: {
    kind: "choice",
    choices: ["adamw", "muon"],
    default: "adamw",
    help: "what updates the blocks' linear layers; the rest is AdamW's",
    more: "Muon learns faster per token when training from nothing.",
  },
  matrixLearningRate: {
    kind: "number",
    range: "above 0",
    argument: "rate",
    otherwise: "--learning-rate",
    needs: { setting: "optimizer", values: ["muon"] },
    help: "peak of what Muon updates",
  },
  beta1: { kind: "share", default: 0.9, help: "of AdamW's mean of gradients, what is kept at an update" },
  beta2: { kind: "share", default: 0.98, help: "of AdamW's mean of squared gradients, what is kept at an update" },
  epsilon: {
    kind: "number",
    range: "above 0",
    default: 1e-8,
    help: "added to the root of AdamW's mean of squared gradients",
  },
  weightDecay: { kind: "number", range: "not negative", argument: "rate", default: 0.01, help: "of AdamW and Muon" },
  decay: {
    kind: "choice",
    choices: ["all", "matrices"],
    default: "all",
    argument: "what",
    help: "parameters that decay: all, as in fairseq's recipes; matrices spares biases and norms",
  },
  clip: {
    kind: "number",
    range: "not negative",
    argument: "norm",
    default: 0,
    help: "largest norm of the mean gradient; 0 leaves it",
  },
  evaluateEvery: {
    kind: "count",
    least: 0,
    default: 200,
    mayChange: true,
    help: "updates between two evaluations; 0 for none",
  },
  checkpointEvery: {
    kind: "count",
    default: 500,
    mayChange: true,
    help: "updates between two checkpoints, each of which is evaluated as well",
    more: "A new best is a checkpoint too.",
  },
  keep: { kind: "count", default: 2, mayChange: true, help: "newest checkpoints that stay, besides the best" },
  patience: {
    kind: "count",
    least: 0,
    default: 0,
    otherwise: "never",
    mayChange: true,
    help: "evaluations without gain that end the run",
  },
} as const;

/** What building the step and writing checkpoints need. */
const STEP = {
  zLoss: {
    kind: "number",
    range: "not negative",
    default: 0,
    argument: "weight",
    help: "weight in the loss of the squared log of the softmax's denominator",
  },
  mode: {
    kind: "choice",
    choices: ["whole", "blocks"],
    default: "whole",
    help: "blocks needs less memory and more time",
    more: "Only the layers' inputs are kept and the rest is computed again: a third more work.",
  },
  seed: { kind: "count", least: 0, default: 1, help: "of batches, dropout and new weights" },
  weights: {
    kind: "choice",
    choices: ["float32", "float16"],
    default: "float32",
    argument: "type",
    mayChange: true,
    help: "of checkpoints; float16 halves them, with exact ones beside",
  },
} as const;

const PRETRAINING_ALONE = {
  model: {
    kind: "record",
    required: true,
    help: "shape of the model",
    more: "`layers`, `width`, `heads`; `mlpWidth` (4 × width), `maxPositions` (1024), `dropout` and `attentionDropout` (0.1), `activation` (gelu), `scaleEmbedding` (true), `tied` (true). With `modelType` (`llama`, `mistral`, `qwen2`, `qwen3`) also `keyValueHeads`, `headWidth`, `rotaryBase` (10,000), and dropout 0. Unused with `--from`.",
  },
  initialization: {
    kind: "choice",
    choices: ["fairseq", "gpt2"],
    default: "fairseq",
    help: "how the first weights are drawn",
    more: "`gpt2`: normal, deviation 0.02.",
  },
  length: { kind: "count", least: 2, required: true, help: "tokens of a sequence" },
  batch: { kind: "count", required: true, help: "sequences of an update, those of all processes together" },
  microBatch: {
    kind: "count",
    otherwise: "all",
    help: "sequences that a process computes at once, a divisor of --batch; fewer need less memory",
  },
  copyShare: {
    kind: "share",
    default: 0,
    help: "sequences with repeated spans, from which the model learns to copy",
    more: "Spans of 8 to 64 tokens.",
  },
  evaluateSequences: { kind: "count", default: 64, mayChange: true, help: "held-out sequences of an evaluation" },
} as const;

const FINE_TUNING_ALONE = {
  method: {
    kind: "choice",
    choices: ["full", "lora", "soft-prompt"],
    default: "full",
    help: "what is trained",
    more: "`lora` trains low-rank summands of `targets` (and the prompt's new rows), `soft-prompt` the prompt's new rows alone.",
  },
  prompt: {
    kind: "count",
    least: 0,
    most: 1000,
    default: 9,
    help: "learned tokens between source and target",
    more: "They are new rows of the vocabulary.",
  },
  loss: {
    kind: "choice",
    choices: ["all", "target"],
    default: "all",
    argument: "what",
    help: "tokens that count: all, as in the paper, or the target's",
  },
  maxSource: {
    kind: "count",
    default: 640,
    help: "most source tokens",
    more: "A target may have maxPositions − maxSource − prompt.",
  },
  unit: {
    kind: "choice",
    choices: ["document", "sentence"],
    default: "document",
    argument: "unit",
    help: "relations: what is read at once, the document or each sentence by itself; the model then reads that way",
    more: "Most sentences have no relation.",
  },
  contextWords: {
    kind: "count",
    most: 100_000,
    otherwise: "all",
    help: "questions: last words of a context that are read; the model then reads that way",
    more: "An abstract ends with what was found.",
  },
  tooLong: {
    kind: "choice",
    choices: ["error", "truncate"],
    default: "error",
    argument: "what",
    help: "longer texts are an error, or cut as in the paper",
    more: 'fairseq\'s cut ends with "...".',
  },
  tokenBudget: {
    kind: "count",
    default: 1024,
    help: "tokens of a micro-batch",
    more: "Longest × count, padding included and the prompt left out, as fairseq counts.",
  },
  accumulate: { kind: "count", default: 32, help: "micro-batches of an update" },
  epochs: {
    kind: "count",
    default: 10,
    needs: { setting: "steps", values: [] },
    help: "passes over the examples",
  },
  scoreDocuments: {
    kind: "count",
    least: 0,
    default: 0,
    mayChange: true,
    help: "documents of the task's valid split that are answered and scored at each evaluation",
    more: "Greedily, by the task's official scorer; for an imported task.",
  },
  evaluateSequences: {
    kind: "count",
    default: 4096,
    mayChange: true,
    help: "most held-out examples of an evaluation",
    more: "Of more, as many are taken at equal distances.",
  },
  average: {
    kind: "count",
    least: 0,
    default: 0,
    otherwise: "the best",
    help: "the model is the mean of the newest n checkpoints",
    more: "Those of the regular rhythm; the recipes take 5.",
  },
  dropout: { kind: "share", otherwise: "the model's", help: "of embeddings and residuals" },
  attentionDropout: { kind: "share", otherwise: "the model's", help: "of attention weights" },
  rank: { kind: "count", default: 8, needs: { setting: "method", values: ["lora"] }, help: "of LoRA" },
  alpha: {
    kind: "number",
    range: "above 0",
    default: 16,
    needs: { setting: "method", values: ["lora"] },
    help: "of LoRA, its scale is alpha / rank",
  },
  targets: {
    kind: "names",
    default: ["q_proj", "v_proj"],
    needs: { setting: "method", values: ["lora"] },
    help: "linear layers that get LoRA, by commas",
    more: "Also `k_proj`, `out_proj`, `fc1`, `fc2`.",
  },
  frozenMaps: {
    kind: "choice",
    choices: ["float32", "int8"],
    default: "float32",
    argument: "type",
    needs: { setting: "method", values: ["lora", "soft-prompt"] },
    help: "how LoRA and soft prompts hold the weights they do not train: int8 needs a quarter of the memory",
  },
  // What is otherwise than for pretraining.
  steps: { kind: "count", otherwise: "by epochs", help: "updates, instead of epochs" },
  learningRate: { kind: "number", range: "any", default: 1e-5, argument: "rate", help: "peak" },
  schedule: {
    kind: "choice",
    choices: ["inverse-sqrt", "linear", "cosine", "constant"],
    default: "inverse-sqrt",
    help: "of the learning rate",
  },
  warmup: {
    kind: "count",
    least: 0,
    default: 100,
    help: "updates of warm-up",
    more: "The rate rises in a line from 1e-7 to the peak.",
  },
  evaluateEvery: {
    kind: "count",
    least: 0,
    otherwise: "an epoch",
    mayChange: true,
    help: "updates between two evaluations; 0 for none",
  },
  checkpointEvery: {
    kind: "count",
    otherwise: "an epoch",
    mayChange: true,
    help: "updates between two checkpoints, each of which is evaluated as well",
    more: "A new best is a checkpoint too.",
  },
} as const;

type Loop = typeof LOOP;
type Step = typeof STEP;
type FineTuningAlone = typeof FINE_TUNING_ALONE;
type PretrainingTable = typeof PRETRAINING_ALONE & Loop & Step;
type FineTuningTable = FineTuningAlone & Omit<Loop & Step, keyof FineTuningAlone>;

export const PRETRAINING: PretrainingTable = { ...PRETRAINING_ALONE, ...LOOP, ...STEP } satisfies Record<
  string,
  Setting
>;
export const FINE_TUNING: FineTuningTable = { ...LOOP, ...STEP, ...FINE_TUNING_ALONE } satisfies Record<
  string,
  Setting
>;

export type LoopSettings = SettingsOf<Loop>;
export type StepSettings = SettingsOf<Step>;
export type PretrainingSettings = SettingsOf<PretrainingTable>;
export type FineTuningSettings = SettingsOf<FineTuningTable>;
/** Settings as they are given, over a recipe, a preset or the defaults. */
export type GivenPretrainingSettings = GivenSettings<PretrainingTable>;
export type GivenFineTuningSettings = GivenSettings<FineTuningTable>;
