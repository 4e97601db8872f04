/**
 * How a tagger's texts were read in training, which is how they must be read again: the field `entities` of `task.json`.
 */
import { z } from "zod";

export interface EntityReading {
  /** How often a text is read; the last copy is tagged. */
  readonly copies: 1 | 2;
  /** Whether the second copy has the positions of the first. */
  readonly samePositions: boolean;
  /** Most tokens of a window, in one copy. */
  readonly tokens: number;
  /** Most tokens of context at each end of a window where the text goes on. */
  readonly context: number;
}

export const ENTITY_READING: z.ZodType<EntityReading> = z.strictObject({
  copies: z.union([z.literal(1), z.literal(2)]),
  samePositions: z.boolean(),
  tokens: z.number().int().min(8).max(1_000_000),
  context: z.number().int().min(0).max(1_000_000),
});

/** Measured in docs/experiments.md, "Entities". Two copies of 127 tokens with their begin tokens are 256. */
export const DEFAULT_READING: EntityReading = { copies: 2, samePositions: false, tokens: 127, context: 0 };
