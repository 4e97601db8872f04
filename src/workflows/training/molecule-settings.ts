/** What learning about molecules is told; the defaults are for language models of a few million parameters. */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";

export interface MoleculeSettings {
  /** `projection` alone, the `encoder` of molecules with it, or `all`: the language model too. */
  readonly train: "projection" | "encoder" | "all";
  /** Layers and width of a new encoder; one that the model has stays as it is. */
  readonly encoderLayers: number;
  readonly encoderWidth: number;
  /** Passes over the data. */
  readonly epochs: number;
  /** Peak of AdamW. */
  readonly learningRate: number;
  /** Peak of Muon, for the language model's linear layers, where they are trained. */
  readonly matrixLearningRate: number;
  /** Updates of linear warm-up; then the rates fall to 0 in a line. Default 20, at most a tenth of all. */
  readonly warmup?: number | undefined;
  readonly weightDecay: number;
  /** Largest norm of the mean gradient. */
  readonly clip: number;
  /** Micro-batches of about 1,024 positions in an update. */
  readonly accumulate: number;
  /** Of the language model. */
  readonly dropout: number;
  readonly seed: number;
}

const count = (least: number): z.ZodNumber => z.number().int().min(least).max(1e9);
const rate = z.number().positive().max(1);

const SETTINGS = z.strictObject({
  train: z.enum(["projection", "encoder", "all"]).default("all"),
  encoderLayers: count(1).max(64).default(5),
  encoderWidth: count(1).max(8192).default(300),
  epochs: count(1).default(8),
  learningRate: rate.default(1e-3),
  matrixLearningRate: rate.default(3e-3),
  warmup: count(0).exactOptional(),
  weightDecay: z.number().nonnegative().max(1).default(0.01),
  clip: z.number().nonnegative().default(1),
  accumulate: count(1).default(2),
  dropout: z.number().min(0).max(0.9).default(0),
  seed: count(0).default(1),
});

/** @throws BiogptError `training/settings` naming the field */
export function parseMoleculeSettings(json: unknown): MoleculeSettings {
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
