/**
 * What makes one BioGPT differ from another, read from Hugging Face's config.json or from the tensors themselves.
 *
 * `layer_norm_eps` is not read: Hugging Face's config says 1e-12, but its code never passes it on, and fairseq uses 1e-5.
 */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { configFields } from "../config-json.ts";
import { HEAD, type ModelConfig, TOKEN_TABLE } from "../family.ts";
import { parseModelSettings, settingsError } from "../model-settings.ts";

/** Vocabulary: the dictionary plus the learned prompt tokens. The position table has two rows more than `maxPositions`. */
export interface BioGptConfig extends ModelConfig {
  readonly modelType: "biogpt";
  /** Token embeddings are multiplied by sqrt(width). */
  readonly scaleEmbedding: boolean;
  readonly activation: "gelu" | "relu" | "silu";
}

/** Added to the variance in every layer norm, whatever a config says (fairseq's and torch's default). */
export const LAYER_NORM_EPSILON = 1e-5;
/** Position 0 is row 2 of the table: rows 0 and 1 belong to fairseq's offset and padding. */
export const POSITION_OFFSET = 2;
/** `</s>` begins every sequence and ends every document; `<pad>` is 1, `<unk>` 3, and `<s>` is never used. */
export const END_ID = 2;
export const PAD_ID = 1;

export const BIOGPT_BASE: BioGptConfig = {
  modelType: "biogpt",
  layers: 24,
  width: 1024,
  heads: 16,
  mlpWidth: 4096,
  vocabularySize: 42_384,
  maxPositions: 1024,
  scaleEmbedding: true,
  activation: "gelu",
  tied: true,
  dropout: 0.1,
  attentionDropout: 0.1,
};

export const BIOGPT_LARGE: BioGptConfig = {
  ...BIOGPT_BASE,
  layers: 48,
  width: 1600,
  heads: 25,
  mlpWidth: 6400,
  vocabularySize: 57_717,
  maxPositions: 2048,
};

const positive = z
  .number()
  .int()
  .positive()
  .max(1 << 24);
const share = z.number().min(0).max(1);
const CONFIG_JSON = z.object({
  model_type: z.literal("biogpt"),
  num_hidden_layers: positive,
  hidden_size: positive,
  num_attention_heads: positive,
  intermediate_size: positive,
  vocab_size: positive,
  max_position_embeddings: positive,
  scale_embedding: z.boolean().default(true),
  hidden_act: z.enum(["gelu", "relu", "silu"]).default("gelu"),
  tie_word_embeddings: z.boolean().default(true),
  hidden_dropout_prob: share.default(0.1),
  attention_probs_dropout_prob: share.default(0.1),
});

/**
 * Reads Hugging Face's config.json.
 *
 * @throws BiogptError `models/config` naming the field that is missing or wrong
 */
export function parseBioGptConfig(json: unknown): BioGptConfig {
  const fields = configFields(CONFIG_JSON, json, (why) => {
    throw new BiogptError("models/config", {
      what: `config.json does not describe a BioGPT: ${why}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  });
  return checked({
    modelType: "biogpt",
    layers: fields.num_hidden_layers,
    width: fields.hidden_size,
    heads: fields.num_attention_heads,
    mlpWidth: fields.intermediate_size,
    vocabularySize: fields.vocab_size,
    maxPositions: fields.max_position_embeddings,
    scaleEmbedding: fields.scale_embedding,
    activation: fields.hidden_act,
    tied: fields.tie_word_embeddings,
    dropout: fields.hidden_dropout_prob,
    attentionDropout: fields.attention_probs_dropout_prob,
  });
}

function checked(config: BioGptConfig): BioGptConfig {
  if (config.width % config.heads !== 0) {
    throw new BiogptError("models/config", {
      what: `A width of ${config.width} cannot be cut into ${config.heads} heads.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  return config;
}

/** The config as Hugging Face writes it, for checkpoints of our own. */
export function toHuggingFaceConfig(config: BioGptConfig): Record<string, unknown> {
  return {
    architectures: ["BioGptForCausalLM"],
    model_type: "biogpt",
    activation_dropout: 0,
    attention_probs_dropout_prob: config.attentionDropout,
    bos_token_id: 0,
    eos_token_id: END_ID,
    hidden_act: config.activation,
    hidden_dropout_prob: config.dropout,
    hidden_size: config.width,
    initializer_range: 0.02,
    intermediate_size: config.mlpWidth,
    layer_norm_eps: LAYER_NORM_EPSILON,
    layerdrop: 0,
    max_position_embeddings: config.maxPositions,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    pad_token_id: PAD_ID,
    scale_embedding: config.scaleEmbedding,
    tie_word_embeddings: config.tied,
    use_cache: true,
    vocab_size: config.vocabularySize,
  };
}

/**
 * The config that the tensors themselves imply; what shapes cannot tell is taken from `hints` or from BioGPT: heads of 64, exact GELU,
 * scaled embedding.
 *
 * @param shapes our tensor names (tensor-names.ts) to shapes
 * @param hints  fairseq's `cfg` (new files) or `args` (before 2021)
 */
export function configFromTensors(shapes: ReadonlyMap<string, readonly number[]>, hints?: unknown): BioGptConfig {
  const table = shapes.get(TOKEN_TABLE);
  const positions = shapes.get("positionEmbedding");
  const expand = shapes.get("blocks.0.expand.weight");
  if (table === undefined || positions === undefined || expand === undefined) {
    throw new BiogptError("models/config", {
      what: "The checkpoint has no token embedding, no position embedding or no first layer.",
      fix: "Name a checkpoint of a whole BioGPT model.",
    });
  }
  let layers = 0;
  while (shapes.has(`blocks.${layers}.expand.weight`)) layers++;
  const width = table[1]!;
  const fairseq = fairseqHints(hints);
  return checked({
    ...BIOGPT_BASE,
    layers,
    width,
    heads: fairseq.heads ?? Math.max(1, Math.round(width / 64)),
    mlpWidth: expand[0]!,
    vocabularySize: table[0]!,
    maxPositions: positions[0]! - POSITION_OFFSET,
    scaleEmbedding: fairseq.scaleEmbedding ?? true,
    activation: fairseq.activation ?? "gelu",
    tied: !shapes.has(HEAD),
  });
}

function fairseqHints(config: unknown): Partial<Pick<BioGptConfig, "heads" | "scaleEmbedding" | "activation">> {
  if (typeof config !== "object" || config === null) return {};
  const {
    decoder_attention_heads: heads,
    no_scale_embedding: unscaled,
    activation_fn: activation,
  } = ((config as { model?: unknown }).model ?? config) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof heads === "number" ? { heads } : {}),
    ...(typeof unscaled === "boolean" ? { scaleEmbedding: !unscaled } : {}),
    ...(activation === "gelu" || activation === "relu" ? { activation } : {}),
  };
}

/**
 * `learned_prompt` of fairseq's `cfg.task` or `args`: as many rows behind the dictionary's are the tokens learned1, learned2, …, which the
 * task adds to the dictionary and the published `dict.txt` does not name.
 */
export function learnedPrompt(hints: unknown): number {
  if (typeof hints !== "object" || hints === null) return 0;
  const { learned_prompt: count } = ((hints as { task?: unknown }).task ?? hints) as { learned_prompt?: unknown };
  return typeof count === "number" && Number.isInteger(count) && count > 0 ? count : 0;
}

const ratio = z.number().min(0).lt(1);
const SETTINGS = z.strictObject({
  layers: positive,
  width: positive,
  heads: positive,
  mlpWidth: positive.exactOptional(),
  maxPositions: positive.default(1024),
  scaleEmbedding: z.boolean().default(true),
  activation: z.enum(["gelu", "relu", "silu"]).default("gelu"),
  tied: z.boolean().default(true),
  dropout: ratio.default(0.1),
  attentionDropout: ratio.default(0.1),
});

/**
 * The config that a run's settings describe, for a tokenizer's vocabulary. `mlpWidth` is four times the width where it is not said.
 *
 * @throws BiogptError `training/settings`
 */
export function configFromSettings(settings: Readonly<Record<string, unknown>>, vocabularySize: number): BioGptConfig {
  const { mlpWidth, ...shape } = parseModelSettings(SETTINGS, settings);
  if (shape.width % shape.heads !== 0) {
    throw settingsError(
      `A width of ${shape.width} cannot be cut into ${shape.heads} heads.`,
      "Heads are usually width / 64.",
    );
  }
  return { modelType: "biogpt", ...shape, mlpWidth: mlpWidth ?? 4 * shape.width, vocabularySize };
}

/** One line of sizes, for people. */
export function describeBioGpt(config: BioGptConfig): string {
  const { layers, width, heads, mlpWidth, vocabularySize, maxPositions, tied } = config;
  const count = (value: number): string => value.toLocaleString("en-US");
  return `BioGPT: ${layers} layers, width ${count(width)}, ${heads} heads, MLP ${count(mlpWidth)}, ${count(vocabularySize)} tokens, ${count(maxPositions)} positions, ${tied ? "tied" : "own"} head`;
}
