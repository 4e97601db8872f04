/**
 * What makes one ESM-2 differ from another, read from Hugging Face's config.json (`model_type` "esm").
 *
 * Source    transformers 5.18, models/esm
 * Left out  ESM-1b and ESMFold: learned positions, a norm before the first block; refused by name
 */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { configFields } from "../config-json.ts";

export interface Esm2Config {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly vocabularySize: number;
  /** Of every layer norm. */
  readonly epsilon: number;
  /** Whether the embedding is scaled as if tokens had been masked: by 0.88 where none is. */
  readonly tokenDropout: boolean;
  readonly maskId: number;
  readonly padId: number;
  /** Angle of one position for each pair of a head's coordinates, from the file; absent: 1 / 10000^(2 i / D). */
  readonly frequencies?: readonly number[];
}

/** facebook/esm2_t36_3B_UR50D, the encoder of BioMedGPT-10B: 2,832,442,880 parameters without the heads. */
export const ESM2_3B: Esm2Config = {
  ...{ layers: 36, width: 2560, heads: 40, mlpWidth: 10_240, vocabularySize: 33 },
  ...{ epsilon: 1e-5, tokenDropout: true, maskId: 32, padId: 1 },
};

const positive = z
  .number()
  .int()
  .positive()
  .max(1 << 20);
const CONFIG_JSON = z.object({
  num_hidden_layers: positive,
  hidden_size: positive,
  num_attention_heads: positive,
  intermediate_size: positive,
  vocab_size: positive,
  layer_norm_eps: z.number().positive().max(1).default(1e-12),
  hidden_act: z.literal("gelu", "only the exact GELU is known here").default("gelu"),
  position_embedding_type: z.literal("rotary", "only rotary positions are read, as ESM-2 has them"),
  emb_layer_norm_before: z.literal(false, "a norm before the first block is ESM-1b's").nullish(),
  is_folding_model: z.literal(false, "ESMFold is not read").default(false),
  token_dropout: z.boolean().nullish(),
  mask_token_id: z.number().int().min(0).nullish(),
  pad_token_id: z.number().int().min(0).nullish(),
});

/** @throws BiogptError `models/config` naming the field that is missing or wrong */
export function parseEsm2Config(json: unknown): Esm2Config {
  const refuse = (why: string): never => {
    throw new BiogptError("models/config", {
      what: `The config does not describe an ESM-2 that can be run: ${why}.`,
      fix: "Use the config.json that came with the protein encoder (facebook/esm2_t36_3B_UR50D).",
    });
  };
  const { hidden_size: width, num_attention_heads: heads, ...rest } = configFields(CONFIG_JSON, json, refuse);
  if (width % (2 * heads) !== 0) refuse(`a width of ${width} cannot be cut into ${heads} heads with halves`);
  return {
    ...{ width, heads, layers: rest.num_hidden_layers, mlpWidth: rest.intermediate_size },
    vocabularySize: rest.vocab_size,
    epsilon: rest.layer_norm_eps,
    tokenDropout: rest.token_dropout ?? false,
    maskId: rest.mask_token_id ?? ESM2_3B.maskId,
    padId: rest.pad_token_id ?? ESM2_3B.padId,
  };
}

/** The config as Hugging Face writes it. */
export function toEsm2ConfigJson(config: Esm2Config): Record<string, unknown> {
  return {
    architectures: ["EsmModel"],
    model_type: "esm",
    hidden_size: config.width,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    intermediate_size: config.mlpWidth,
    vocab_size: config.vocabularySize,
    layer_norm_eps: config.epsilon,
    hidden_act: "gelu",
    position_embedding_type: "rotary",
    emb_layer_norm_before: false,
    token_dropout: config.tokenDropout,
    mask_token_id: config.maskId,
    pad_token_id: config.padId,
  };
}
