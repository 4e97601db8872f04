/** What fine-tuning a classifier is told; the defaults are the recipe for models of a few million parameters. */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { USUAL_TOKENS } from "../../tasks/classification/reading.ts";
import { INPUT_UNITS, type InputUnit } from "../../tasks/input-unit.ts";
import { count, PASS_SETTINGS, type PassSettings, parseSettings } from "./pass-settings.ts";

export interface ClassificationSettings extends PassSettings {
  /** Everything is trained, or low-rank summands of some linear maps; the head in both. */
  readonly method: "full" | "lora";
  /** LoRA: rank, scale and the maps that it is added to, by PEFT's names. */
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  /** Most tokens of a text that are read; default 512, or what the model has. */
  readonly maxSource: number;
  /** What a text of the data is: `classify` then reads documents, or sentence after sentence. */
  readonly unit: InputUnit;
}

const SETTINGS = z.strictObject({
  method: z.enum(["full", "lora"]).default("full"),
  rank: count(1).default(8),
  alpha: z.number().positive().max(1e6).default(16),
  targets: z.array(z.string()).min(1).default(["q_proj", "v_proj"]),
  ...PASS_SETTINGS,
  epochs: PASS_SETTINGS.epochs.unwrap().default(4),
  matrixLearningRate: PASS_SETTINGS.matrixLearningRate.unwrap().default(2e-3),
  weightDecay: PASS_SETTINGS.weightDecay.unwrap().default(0.05),
  maxSource: count(2).default(USUAL_TOKENS),
  unit: z.enum(INPUT_UNITS).default("document"),
});

/** Settings that only one method reads. */
const OF_METHOD = { full: ["matrixLearningRate"], lora: ["rank", "alpha", "targets"] } as const;

/** @throws BiogptError `training/settings` naming the field */
export function parseClassificationSettings(json: object): ClassificationSettings {
  const settings = parseSettings(SETTINGS, json, "A classifier has");
  const idle = OF_METHOD[settings.method === "full" ? "lora" : "full"].find((name) => name in json);
  if (idle === undefined) return settings;
  throw new BiogptError("training/settings", {
    what: `${idle} has no effect with the method ${settings.method}.`,
    fix: "Leave it out.",
    kind: "usage",
  });
}
