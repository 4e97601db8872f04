/** What fine-tuning a tagger is told; the defaults are the recipe for models of a few million parameters (docs/experiments.md, "Entities"). */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { DEFAULT_READING, type EntityReading } from "../../tasks/entities/entity-reading.ts";

export interface EntitySettings {
  /** Passes over the data. */
  readonly epochs: number;
  /** Peak of AdamW, for tables, biases, norms and the head. */
  readonly learningRate: number;
  /** Peak of Muon, for the blocks' linear layers. */
  readonly matrixLearningRate: number;
  /** Updates of linear warm-up; then the rates fall to 0 in a line. Default 20, at most a tenth of all. */
  readonly warmup?: number | undefined;
  readonly weightDecay: number;
  /** Largest norm of the mean gradient. */
  readonly clip: number;
  /** Micro-batches of about 1,024 tokens in an update. */
  readonly accumulate: number;
  /** Documents of the validation part that are tagged and scored at each evaluation, which comes once a pass; 0 for none. */
  readonly scoreDocuments: number;
  readonly dropout: number;
  readonly seed: number;
  /** What the loss of a pair counts, where that of a token counts 1. */
  readonly pairWeight: number;
  /** Tokens of a window, and of context around it. Default 127; for relations as many as the model's positions hold, at most 510. */
  readonly windowTokens?: number | undefined;
  readonly windowContext: number;
  readonly copies: EntityReading["copies"];
  readonly samePositions: boolean;
}

const count = (least: number): z.ZodNumber => z.number().int().min(least).max(1e9);
const rate = z.number().positive().max(1);

const SETTINGS = z.strictObject({
  epochs: count(1).default(8),
  learningRate: rate.default(1e-3),
  matrixLearningRate: rate.default(3e-3),
  warmup: count(0).exactOptional(),
  weightDecay: z.number().nonnegative().max(1).default(0.01),
  clip: z.number().nonnegative().default(1),
  accumulate: count(1).default(6),
  scoreDocuments: count(0).default(100),
  dropout: z.number().min(0).max(0.9).default(0),
  seed: count(0).default(1),
  pairWeight: z.number().nonnegative().max(1e4).default(6),
  windowTokens: count(8).exactOptional(),
  windowContext: count(0).default(DEFAULT_READING.context),
  copies: z.union([z.literal(1), z.literal(2)]).default(DEFAULT_READING.copies),
  samePositions: z.boolean().default(DEFAULT_READING.samePositions),
});

/** @throws BiogptError `training/settings` naming the field */
export function parseEntitySettings(json: unknown): EntitySettings {
  const parsed = SETTINGS.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const names = Object.keys(SETTINGS.shape);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  throw new BiogptError("training/settings", {
    what:
      unknown === undefined
        ? `The settings cannot be used: ${issue.path.join(".") || "the whole"}: ${issue.message}.`
        : `There is no setting "${unknown}".`,
    fix: `Settings: ${names.join(", ")}.${unknown === undefined ? "" : didYouMean(unknown, names)}`,
    kind: "usage",
  });
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
