/**
 * How a Llama turns its heads by position, from the fields of config.json to the angle of each pair of coordinates.
 *
 *     linear    every frequency / factor: positions are pressed together
 *     llama3    frequencies of long waves / factor, of short waves as they are, between them blended by how often the wave fits the old context
 *
 * Source    transformers 5.18, modeling_rope_utils.py; before version 5 the fields stood in `rope_theta` and `rope_scaling`, since then in `rope_parameters`
 * Left out  dynamic (depends on the length of the text), yarn and longrope, partial rotation: refused by name
 */
import { z } from "zod";
import { rotaryFrequencies } from "../../layers/rotary.ts";

export type RotaryScaling =
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Positions that the model had before it was stretched. */
      readonly originalPositions: number;
    };

export interface RotarySettings {
  /** theta: the longest wave has about 2 pi theta positions. */
  readonly base: number;
  readonly scaling?: RotaryScaling;
}

/** Angle of one position for each pair of a head's coordinates. */
export function scaledFrequencies(headWidth: number, { base, scaling }: RotarySettings): number[] {
  const frequencies = rotaryFrequencies(headWidth, base);
  if (scaling === undefined) return frequencies;
  if (scaling.kind === "linear") return frequencies.map((frequency) => frequency / scaling.factor);
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = scaling;
  return frequencies.map((frequency) => {
    const waves = (originalPositions * frequency) / (2 * Math.PI); // that fit the old context
    const kept = Math.min(1, Math.max(0, (waves - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}

const positive = z.number().positive();
const SCALING = z.looseObject({
  rope_type: z.string().optional(),
  /** Before transformers 4.43. */
  type: z.string().optional(),
  factor: positive.optional(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
  original_max_position_embeddings: positive.int().optional(),
  rope_theta: positive.optional(),
  partial_rotary_factor: z.literal(1, "rotating only part of a head is not read").optional(),
});

/** The three places where configs have it, each of them optional. */
const FIELDS = z.object({
  rope_theta: positive.nullish(),
  rope_scaling: SCALING.nullish(),
  rope_parameters: SCALING.nullish(),
});

/**
 * @param json   the parsed config.json
 * @param refuse called with what is wrong; it throws
 */
export function readRotary(json: unknown, refuse: (what: string) => never): RotarySettings {
  const parsed = FIELDS.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return refuse(`${issue.path.join(".")}: ${issue.message}`);
  }
  const { rope_theta: theta, rope_scaling: scaling, rope_parameters: parameters } = parsed.data;
  const given = parameters ?? scaling ?? {};
  const base = parameters?.rope_theta ?? theta ?? 10_000;
  const need = (
    field: "factor" | "low_freq_factor" | "high_freq_factor" | "original_max_position_embeddings",
  ): number => given[field] ?? refuse(`rope scaling lacks ${field}`);
  const kind = given.rope_type ?? given.type ?? "default";
  switch (kind) {
    case "default":
      return { base };
    case "linear":
      return { base, scaling: { kind, factor: need("factor") } };
    case "llama3": {
      const scaled = {
        kind,
        factor: need("factor"),
        lowFrequencyFactor: need("low_freq_factor"),
        highFrequencyFactor: need("high_freq_factor"),
        originalPositions: need("original_max_position_embeddings"),
      } as const;
      if (scaled.lowFrequencyFactor >= scaled.highFrequencyFactor)
        refuse("low_freq_factor is not below high_freq_factor");
      return { base, scaling: scaled };
    }
    default:
      return refuse(
        `rope scaling of the type ${JSON.stringify(kind)} is not known here: default, linear and llama3 are`,
      );
  }
}

/** As transformers 5 writes it. */
export function writeRotary({ base, scaling }: RotarySettings): Record<string, unknown> {
  const common = { rope_theta: base, rope_type: scaling?.kind ?? "default" };
  if (scaling === undefined) return common;
  if (scaling.kind === "linear") return { ...common, factor: scaling.factor };
  return {
    ...common,
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalPositions,
  };
}
