/** What fine-tuning a classifier is told; the defaults are the recipe for models of a few million parameters. */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { USUAL_TOKENS } from "../../tasks/classification/reading.ts";
import { INPUT_UNITS, type InputUnit } from "../../tasks/input-unit.ts";

export interface ClassificationSettings {
  /** Everything is trained, or low-rank summands of some linear maps; the head in both. */
  readonly method: "full" | "lora";
  /** LoRA: rank, scale and the maps that it is added to, by PEFT's names. */
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  /** Passes over the texts. */
  readonly epochs: number;
  /** Peak of AdamW: with `full` for tables, biases, norms and the head; with `lora` for all that is trained. */
  readonly learningRate: number;
  /** Peak of Muon, with `full`, for the blocks' linear layers. */
  readonly matrixLearningRate: number;
  /** Updates of linear warm-up; then the rates fall to 0 in a line. Default 20, at most a tenth of all. */
  readonly warmup?: number | undefined;
  readonly weightDecay: number;
  /** Largest norm of the mean gradient. */
  readonly clip: number;
  /** Micro-batches of about 1,024 tokens in an update. */
  readonly accumulate: number;
  readonly dropout: number;
  readonly seed: number;
  /** Most tokens of a text that are read; default 512, or what the model has. */
  readonly maxSource: number;
  /** What a text of the data is: `classify` then reads documents, or sentence after sentence. */
  readonly unit: InputUnit;
}

const count = (least: number): z.ZodNumber => z.number().int().min(least).max(1e9);
const rate = z.number().positive().max(1);

const SETTINGS = z.strictObject({
  method: z.enum(["full", "lora"]).default("full"),
  rank: count(1).default(8),
  alpha: z.number().positive().max(1e6).default(16),
  targets: z.array(z.string()).min(1).default(["q_proj", "v_proj"]),
  epochs: count(1).default(4),
  learningRate: rate.default(1e-3),
  matrixLearningRate: rate.default(2e-3),
  warmup: count(0).exactOptional(),
  weightDecay: z.number().nonnegative().max(1).default(0.05),
  clip: z.number().nonnegative().default(1),
  accumulate: count(1).default(2),
  dropout: z.number().min(0).max(0.9).default(0),
  seed: count(0).default(1),
  maxSource: count(2).default(USUAL_TOKENS),
  unit: z.enum(INPUT_UNITS).default("document"),
});

/** Settings that only one method reads. */
const OF_METHOD = { full: ["matrixLearningRate"], lora: ["rank", "alpha", "targets"] } as const;

/** @throws BiogptError `training/settings` naming the field */
export function parseClassificationSettings(json: object): ClassificationSettings {
  const parsed = SETTINGS.safeParse(json);
  if (parsed.success) {
    const idle = OF_METHOD[parsed.data.method === "full" ? "lora" : "full"].find((name) => name in json);
    if (idle === undefined) return parsed.data;
    throw refused(`${idle} has no effect with the method ${parsed.data.method}.`, "Leave it out.");
  }
  const issue = parsed.error.issues[0]!;
  const names = Object.keys(SETTINGS.shape);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  throw refused(
    unknown === undefined
      ? `The settings cannot be used: ${issue.path.join(".") || "the whole"}: ${issue.message}.`
      : `A classifier has no setting "${unknown}".`,
    `Settings: ${names.join(", ")}.${unknown === undefined ? "" : didYouMean(unknown, names)}`,
  );
}

function refused(what: string, fix: string): BiogptError {
  return new BiogptError("training/settings", { what, fix, kind: "usage" });
}
