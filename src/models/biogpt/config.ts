/**
 * What makes one BioGPT differ from another, read from Hugging Face's config.json or from the tensors themselves.
 *
 * `layer_norm_eps` is not read: Hugging Face's config says 1e-12, but its code never passes it on, and fairseq uses 1e-5.
 */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";

export interface BioGptConfig {
  readonly layers: number;
  /** Width C of the residual stream. */
  readonly width: number;
  readonly heads: number;
  /** Width F of the MLP. */
  readonly mlpWidth: number;
  /** Rows of the token embedding: the dictionary plus the learned prompt tokens. */
  readonly vocabularySize: number;
  /** Most tokens of a sequence; the position table has two rows more. */
  readonly maxPositions: number;
  /** Token embeddings are multiplied by sqrt(width). */
  readonly scaleEmbedding: boolean;
  readonly activation: "gelu" | "relu" | "silu";
  /** Whether the head is the token embedding. */
  readonly tied: boolean;
  /** Shares dropped while training: of embeddings and residuals, and of attention weights. */
  readonly dropout: number;
  readonly attentionDropout: number;
}

/** Added to the variance in every layer norm, whatever a config says (fairseq's and torch's default). */
export const LAYER_NORM_EPSILON = 1e-5;
/** Position 0 is row 2 of the table: rows 0 and 1 belong to fairseq's offset and padding. */
export const POSITION_OFFSET = 2;
/** `</s>` begins every sequence and ends every document; `<pad>` is 1, `<unk>` 3, and `<s>` is never used. */
export const END_ID = 2;
export const PAD_ID = 1;

export const BIOGPT_BASE: BioGptConfig = {
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
  const parsed = CONFIG_JSON.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BiogptError("models/config", {
      what: `config.json does not describe a BioGPT: ${issue.path.join(".") || "the whole"}: ${issue.message}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  const fields = parsed.data;
  return checked({
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
 * The config that the tensors themselves imply; what shapes cannot tell is taken from `hints` (fairseq's `cfg.model`) or
 * from BioGPT: heads of 64, exact GELU, scaled embedding.
 *
 * @param shapes our tensor names (weights.ts) to shapes
 */
export function configFromShapes(
  shapes: ReadonlyMap<string, readonly number[]>,
  hints: {
    readonly heads?: number;
    readonly scaleEmbedding?: boolean;
    readonly activation?: BioGptConfig["activation"];
  } = {},
): BioGptConfig {
  const table = shapes.get("tokenEmbedding");
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
  return checked({
    ...BIOGPT_BASE,
    layers,
    width,
    heads: hints.heads ?? Math.max(1, Math.round(width / 64)),
    mlpWidth: expand[0]!,
    vocabularySize: table[0]!,
    maxPositions: positions[0]! - POSITION_OFFSET,
    scaleEmbedding: hints.scaleEmbedding ?? true,
    activation: hints.activation ?? "gelu",
    tied: !shapes.has("head.weight"),
  });
}

/** Parameters, the tied head counted once. */
export function parameterCount({
  layers,
  width: C,
  mlpWidth: F,
  vocabularySize,
  maxPositions,
  tied,
}: BioGptConfig): number {
  const block = 4 * (C * C + C) + (F * C + F) + (C * F + C) + 4 * C;
  return (tied ? 1 : 2) * vocabularySize * C + (maxPositions + POSITION_OFFSET) * C + layers * block + 2 * C;
}
