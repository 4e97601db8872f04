/**
 * What makes one Llama differ from another, read from Hugging Face's config.json; Mistral, Qwen2 and Qwen3 are Llamas with other biases and norms.
 *
 *                 biases of q, k, v | of the output   of the MLP   norms on q and k
 *     llama       attention_bias    | attention_bias  mlp_bias     -
 *     mistral     -                 | -               -            -
 *     qwen2       always            | -               -            -
 *     qwen3       attention_bias    | attention_bias  -            always
 *
 * Source    transformers 5.18, configuration_*.py and modeling_*.py of the four
 * Window    Where tokens see only the last W (`sliding_window`), the context is W positions: up to there the window hides nothing, so that every
 *           answer is exactly the model's, and a longer text is refused like any that is too long.
 */
import { z } from "zod";
import { countOf } from "../../base/count-of.ts";
import { BiogptError } from "../../base/errors.ts";
import { configFields } from "../config-json.ts";
import type { ModelConfig } from "../family.ts";
import { type RotarySettings, readRotary, writeRotary } from "./rotary-settings.ts";

export type LlamaModelType = "llama" | "mistral" | "qwen2" | "qwen3";

export interface LlamaConfig extends ModelConfig {
  readonly modelType: LlamaModelType;
  /** Divides `heads`. */
  readonly keyValueHeads: number;
  /** Usually width / heads. */
  readonly headWidth: number;
  /** Added to the mean of squares in every norm. */
  readonly epsilon: number;
  readonly rotary: RotarySettings;
  /** Of the query, key and value maps. */
  readonly attentionBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** Whether each head of queries and keys is normalised before it is turned. */
  readonly headNorms: boolean;
  /** Stands before a prompt; absent where the model has none. */
  readonly beginId?: number;
  readonly endId: number;
  readonly padId?: number;
}

export interface Variant {
  /** For people. */
  readonly title: string;
  readonly architecture: string;
  /** transformers' own where config.json leaves a field out. */
  readonly beginId?: number;
  readonly endId?: number;
  readonly headWidth?: number;
  readonly attentionBias: "said" | boolean;
  readonly outputBias: "said" | boolean;
  readonly mlpBias: "said" | boolean;
  readonly headNorms: boolean;
  /** `said`: by `sliding_window` alone; `switched`: and only where `use_sliding_window` is true. */
  readonly window: "none" | "said" | "switched";
}

const PLAIN = { attentionBias: false, outputBias: false, mlpBias: false, headNorms: false } as const;

export const VARIANTS: Readonly<Record<LlamaModelType, Variant>> = {
  llama: {
    ...{ title: "Llama", architecture: "LlamaForCausalLM", beginId: 1, endId: 2 },
    ...{ attentionBias: "said", outputBias: "said", mlpBias: "said", headNorms: false, window: "none" },
  },
  mistral: { ...PLAIN, title: "Mistral", architecture: "MistralForCausalLM", beginId: 1, endId: 2, window: "said" },
  qwen2: { ...PLAIN, title: "Qwen2", architecture: "Qwen2ForCausalLM", attentionBias: true, window: "switched" },
  qwen3: {
    ...{ title: "Qwen3", architecture: "Qwen3ForCausalLM", headWidth: 128 },
    ...{ attentionBias: "said", outputBias: "said", mlpBias: false, headNorms: true, window: "switched" },
  },
};

/** BioMedGPT-LM-7B: Llama 2 with another epsilon. */
export const BIOMEDGPT_LM: LlamaConfig = {
  modelType: "llama",
  layers: 32,
  width: 4096,
  heads: 32,
  keyValueHeads: 32,
  headWidth: 128,
  mlpWidth: 11_008,
  vocabularySize: 32_000,
  maxPositions: 4096,
  epsilon: 1e-6,
  rotary: { base: 10_000 },
  attentionBias: false,
  outputBias: false,
  mlpBias: false,
  headNorms: false,
  tied: false,
  dropout: 0,
  attentionDropout: 0,
  beginId: 1,
  endId: 2,
};

const positive = z
  .number()
  .int()
  .positive()
  .max(1 << 24);
const id = z.number().int().min(-1).nullish();
const CONFIG_JSON = z.object({
  num_hidden_layers: positive,
  hidden_size: positive,
  num_attention_heads: positive,
  num_key_value_heads: positive.nullish(),
  head_dim: positive.nullish(),
  intermediate_size: positive,
  vocab_size: positive,
  max_position_embeddings: positive,
  rms_norm_eps: z.number().positive().max(1).default(1e-6),
  hidden_act: z.enum(["silu", "swish"], "only SiLU is known here").default("silu"),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  attention_dropout: z.number().min(0).max(1).default(0),
  sliding_window: positive.nullish(),
  use_sliding_window: z.boolean().default(false),
  bos_token_id: id,
  /** A list in chat models: the first ends a text. */
  eos_token_id: id.or(z.array(z.number().int().min(0)).min(1)),
  pad_token_id: id,
});
type Fields = z.infer<typeof CONFIG_JSON>;

/**
 * Reads Hugging Face's config.json.
 *
 * @throws BiogptError `models/config` naming the field that is missing or wrong
 */
export function parseLlamaConfig(modelType: LlamaModelType, json: unknown): LlamaConfig {
  const variant = VARIANTS[modelType];
  const refuse = (why: string): never => {
    throw new BiogptError("models/config", {
      what: `config.json does not describe a ${variant.title} that can be run: ${why}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  };
  const fields = configFields(CONFIG_JSON, json, refuse);
  const { hidden_size: width, num_attention_heads: heads } = fields;
  const keyValueHeads = fields.num_key_value_heads ?? heads;
  const headWidth = fields.head_dim ?? variant.headWidth ?? width / heads;
  if (!Number.isInteger(headWidth)) refuse(`a width of ${width} cannot be cut into ${heads} heads`);
  if (headWidth % 2 !== 0) refuse(`heads of ${headWidth} have no halves to turn against each other`);
  if (heads % keyValueHeads !== 0) refuse(`${heads} heads cannot share ${keyValueHeads} key-value heads`);
  const [end] = [fields.eos_token_id].flat();
  const beginId = idOrNone(fields.bos_token_id === undefined ? variant.beginId : fields.bos_token_id);
  const endId = idOrNone(end) ?? variant.endId ?? refuse("eos_token_id: missing, and nothing else ends a text");
  const padId = idOrNone(fields.pad_token_id);
  const decide = (rule: "said" | boolean, said: boolean): boolean => (rule === "said" ? said : rule);
  return {
    modelType,
    layers: fields.num_hidden_layers,
    width,
    heads,
    keyValueHeads,
    headWidth,
    mlpWidth: fields.intermediate_size,
    vocabularySize: fields.vocab_size,
    maxPositions: Math.min(fields.max_position_embeddings, windowOf(variant, fields)),
    epsilon: fields.rms_norm_eps,
    rotary: readRotary(json, refuse),
    attentionBias: decide(variant.attentionBias, fields.attention_bias),
    outputBias: decide(variant.outputBias, fields.attention_bias),
    mlpBias: decide(variant.mlpBias, fields.mlp_bias),
    headNorms: variant.headNorms,
    tied: fields.tie_word_embeddings,
    dropout: 0,
    attentionDropout: fields.attention_dropout,
    ...(beginId === undefined ? {} : { beginId }),
    endId,
    // Some configs name the end as padding, or a negative number: what fills batches here must not be either.
    ...(padId === undefined || padId === endId || padId === beginId ? {} : { padId }),
  };
}

function windowOf({ window }: Variant, fields: Fields): number {
  const isOn = window === "said" || (window === "switched" && fields.use_sliding_window);
  return isOn ? (fields.sliding_window ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
}

function idOrNone(value: number | null | undefined): number | undefined {
  return value === null || value === undefined || value < 0 ? undefined : value;
}

/** The config as Hugging Face writes it, for checkpoints of our own. */
export function toLlamaConfigJson(config: LlamaConfig): Record<string, unknown> {
  const variant = VARIANTS[config.modelType];
  return {
    architectures: [variant.architecture],
    model_type: config.modelType,
    attention_dropout: config.attentionDropout,
    ...(variant.attentionBias === "said" ? { attention_bias: config.attentionBias } : {}),
    ...(variant.mlpBias === "said" ? { mlp_bias: config.mlpBias } : {}),
    bos_token_id: config.beginId ?? null,
    eos_token_id: config.endId,
    ...(config.padId === undefined ? {} : { pad_token_id: config.padId }),
    head_dim: config.headWidth,
    hidden_act: "silu",
    hidden_size: config.width,
    initializer_range: 0.02,
    intermediate_size: config.mlpWidth,
    max_position_embeddings: config.maxPositions,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.keyValueHeads,
    rms_norm_eps: config.epsilon,
    rope_parameters: writeRotary(config.rotary),
    ...(variant.window === "none" ? {} : { sliding_window: null }), // `maxPositions` is within it
    tie_word_embeddings: config.tied,
    use_cache: true,
    vocab_size: config.vocabularySize,
  };
}

/** One line of sizes, for people. */
export function describeLlama(config: LlamaConfig): string {
  const { modelType, layers, width, heads, keyValueHeads, headWidth, mlpWidth, vocabularySize, maxPositions } = config;
  const count = (value: number): string => value.toLocaleString("en-US");
  const shared = keyValueHeads === heads ? "" : ` on ${keyValueHeads} of keys and values`;
  const apart = headWidth * heads === width ? "" : ` of ${headWidth}`;
  return (
    `${VARIANTS[modelType].title}: ${countOf(layers, "layer")}, width ${count(width)}, ${heads} heads${apart}${shared}, MLP ${count(mlpWidth)}, ` +
    `${count(vocabularySize)} tokens, ${count(maxPositions)} positions, ${config.tied ? "tied" : "own"} head`
  );
}
