/** Settings of training in passes over a small set of examples: what readers, classifiers and models of molecules are told alike. */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { readJsonFile } from "../../tasks/json-file.ts";

export interface PassSettings {
  /** Passes over the data. */
  readonly epochs: number;
  /** Peak of AdamW, for tables, biases, norms, heads and all that Muon does not train. */
  readonly learningRate: number;
  /** Peak of Muon, for the blocks' linear layers, where they are trained. */
  readonly matrixLearningRate: number;
  /** Updates of linear warm-up; then the rates fall to 0 in a line. Default 20, at most a tenth of all. */
  readonly warmup?: number | undefined;
  readonly weightDecay: number;
  /** Largest norm of the mean gradient. */
  readonly clip: number;
  /** Micro-batches of about 1,024 positions in an update. */
  readonly accumulate: number;
  readonly dropout: number;
  readonly seed: number;
}

export const count = (least: number): z.ZodNumber => z.number().int().min(least).max(1e9);
const rate = z.number().positive().max(1);

type PassShape = Readonly<Record<Exclude<keyof PassSettings, "warmup">, z.ZodDefault<z.ZodNumber>>> & {
  readonly warmup: z.ZodExactOptional<z.ZodNumber>;
};

/** The shape of `PassSettings` with the defaults that most have. */
export const PASS_SETTINGS: PassShape = {
  epochs: count(1).default(8),
  learningRate: rate.default(1e-3),
  matrixLearningRate: rate.default(3e-3),
  warmup: count(0).exactOptional(),
  weightDecay: z.number().nonnegative().max(1).default(0.01),
  clip: z.number().nonnegative().default(1),
  accumulate: count(1).default(2),
  dropout: z.number().min(0).max(0.9).default(0),
  seed: count(0).default(1),
};

/**
 * @param has how an unknown name is told: "A classifier has"
 * @throws BiogptError `training/settings` naming the field
 */
export function parseSettings<Schema extends z.ZodObject>(
  schema: Schema,
  json: unknown,
  has: string = "There is",
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const names = Object.keys(schema.shape);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  throw new BiogptError("training/settings", {
    what:
      unknown === undefined
        ? `The settings cannot be used: ${issue.path.join(".") || "the whole"}: ${issue.message}.`
        : `${has} no setting "${unknown}".`,
    fix: `Settings: ${names.join(", ")}.${unknown === undefined ? "" : didYouMean(unknown, names)}`,
    kind: "usage",
  });
}

/** @throws BiogptError `training/settings` */
export function settingsOfFile(path: string | undefined): object {
  if (path === undefined) return {};
  const refused = (why: string, cause?: unknown): BiogptError =>
    new BiogptError("training/settings", {
      what: `${path} cannot be used: ${why}.`,
      fix: "Give a JSON object of settings.",
      kind: "usage",
      cause,
    });
  const json = readJsonFile(path, refused);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw refused("it holds no object");
  return json;
}
