/** What fine-tuning a tagger is told; the defaults are the recipe for models of a few million parameters (docs/experiments.md, "Entities"). */
import { z } from "zod";
import { DEFAULT_READING, type EntityReading } from "../../tasks/entities/entity-reading.ts";
import { count, PASS_SETTINGS, type PassSettings, parseSettings } from "./pass-settings.ts";

export interface EntitySettings extends PassSettings {
  /** Documents of the validation part that are tagged and scored at each evaluation, which comes once a pass; 0 for none. */
  readonly scoreDocuments: number;
  /** What the loss of a pair counts, where that of a token counts 1. */
  readonly pairWeight: number;
  /** Tokens of a window, and of context around it. Default 127; for relations as many as the model's positions hold, at most 510. */
  readonly windowTokens?: number | undefined;
  readonly windowContext: number;
  readonly copies: EntityReading["copies"];
  readonly samePositions: boolean;
}

const SETTINGS = z.strictObject({
  ...PASS_SETTINGS,
  accumulate: count(1).default(6),
  scoreDocuments: count(0).default(100),
  pairWeight: z.number().nonnegative().max(1e4).default(6),
  windowTokens: count(8).exactOptional(),
  windowContext: count(0).default(DEFAULT_READING.context),
  copies: z.union([z.literal(1), z.literal(2)]).default(DEFAULT_READING.copies),
  samePositions: z.boolean().default(DEFAULT_READING.samePositions),
});

/** @throws BiogptError `training/settings` naming the field */
export function parseEntitySettings(json: unknown): EntitySettings {
  return parseSettings(SETTINGS, json);
}

/** Of a reader of relations: an abstract as a whole, for most of them. */
const LONGEST_WINDOW = 510;

/** @param positions of the model, for a reader of relations */
export function readingOf(
  { windowTokens, windowContext, copies, samePositions }: EntitySettings,
  positions?: number,
): EntityReading {
  const usual =
    positions === undefined
      ? DEFAULT_READING.tokens
      : Math.min(LONGEST_WINDOW, Math.floor(positions / (samePositions ? 1 : copies)) - 1);
  return { copies, samePositions, tokens: windowTokens ?? usual, context: windowContext };
}
