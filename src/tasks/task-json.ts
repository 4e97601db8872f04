/** The JSON of a `task.json` (task-file.ts), checked as a whole, and its text. Knows no file and no Node. */
import { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { CLASSIFICATION_READING } from "./classification/reading.ts";
import { ENTITY_READING } from "./entities/entity-reading.ts";
import { NAME_CALIBRATIONS } from "./entities/name-calibration.ts";
import { parseHallmarkThresholds } from "./hallmarks/threshold-schema.ts";
import { INPUT_UNITS, MOST_CONTEXT_WORDS } from "./input-unit.ts";
import { READER_SCHEME } from "./mention-relations/reader-scheme.ts";
import type { ModelTask } from "./model-task.ts";
import { parseAnswerCalibrations } from "./question-answering/calibration-schema.ts";
import { parseDecisionRules } from "./relation-extraction/decision-rule-schema.ts";
import { parseRelationSchema, type RelationSchema } from "./relation-extraction/own-scheme.ts";
import { RELATION_SCHEMES } from "./relation-extraction/schemes.ts";

const FORMAT = "biogpt-task/1";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "it must be lower-case letters, digits and hyphens");
const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  task: name.exactOptional(),
  schemes: z
    .array(z.union([name, z.looseObject({ name })]))
    .max(100)
    .exactOptional(),
  inputUnit: z.enum(INPUT_UNITS).exactOptional(),
  contextWords: z.number().int().min(1).max(MOST_CONTEXT_WORDS).exactOptional(),
  entities: ENTITY_READING.exactOptional(),
  nameCalibration: NAME_CALIBRATIONS.exactOptional(),
  nameThreshold: z.number().min(0).max(1).exactOptional(),
  reader: z.array(READER_SCHEME).min(1).max(100).exactOptional(),
  classification: CLASSIFICATION_READING.exactOptional(),
  decisionRules: z.unknown().optional(),
  calibration: z.unknown().optional(),
  thresholds: z.unknown().optional(),
});

/** Whether the JSON of a file is that of a `task.json`, and not what was learnt alone. */
export function isTaskJson(json: unknown): boolean {
  return typeof json === "object" && json !== null && (json as { format?: unknown }).format === FORMAT;
}

/** @param from what the file is called in messages */
export function parseTask(json: unknown, from: string): ModelTask {
  const refused = refusedFile(from);
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    if (issue.code === "unrecognized_keys") {
      const field = issue.keys[0]!;
      throw refused(
        `has the unknown field "${field}".`,
        `${RESTORE}${didYouMean(field, Object.keys(fileSchema.shape))}`,
      );
    }
    throw refused(`is not understood: ${issue.path.join(".") || "the whole"}: ${issue.message}.`, RESTORE);
  }
  const { format, schemes, decisionRules, calibration, thresholds, ...rest } = parsed.data;
  const own = schemes?.map((scheme) => (typeof scheme === "string" ? scheme : parseRelationSchema(scheme, from)));
  const names = [...Object.keys(RELATION_SCHEMES), ...schemeNames(own ?? [])];
  return {
    ...rest,
    ...(own === undefined ? {} : { schemes: own }),
    ...(decisionRules === undefined ? {} : { decisionRules: parseDecisionRules(decisionRules, names, refused) }),
    ...(calibration === undefined ? {} : { calibration: parseAnswerCalibrations(calibration, refused) }),
    ...(thresholds === undefined ? {} : { thresholds: parseHallmarkThresholds(thresholds, refused) }),
  };
}

/** The text of a `task.json`. */
export function taskFileText(task: ModelTask): string {
  return `${JSON.stringify({ format: FORMAT, ...task }, null, 2)}\n`;
}

/** Names of what a model can be asked for. */
export function schemeNames(schemes: readonly (string | RelationSchema)[]): string[] {
  return schemes.map((scheme) => (typeof scheme === "string" ? scheme : scheme.name));
}

export const RESTORE =
  "Take the one that came with the model, or fine-tune it again; docs/formats/task-file.md describes it.";

export function refusedFile(path: string): (what: string, fix: string, cause?: unknown) => BiogptError {
  return (what, fix, cause) => new BiogptError("tasks/task-file", { what: `${path} ${what}`, fix, cause });
}
