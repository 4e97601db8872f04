/**
 * What stood in a model's folder before `task.json` (task-file.ts), still read where there is none:
 *
 *     thresholds.json   one of three: decision rules by scheme, calibrations by setting, or thresholds by hallmark
 *     reading.json      {"unit": "sentence"} or {"contextWords": 110}
 *     relations.json    the schema of the user's own relations
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import { parseHallmarkThresholds } from "./hallmarks/threshold-schema.ts";
import { INPUT_UNITS, MOST_CONTEXT_WORDS } from "./input-unit.ts";
import { readJsonFile } from "./json-file.ts";
import type { Learnt, ModelTask } from "./model-task.ts";
import { parseAnswerCalibrations } from "./question-answering/calibration-schema.ts";
import { QUESTION_SETTINGS } from "./question-answering/yes-no.ts";
import { parseDecisionRules } from "./relation-extraction/decision-rule-schema.ts";
import { SCHEMA_FILE } from "./relation-extraction/own-scheme.ts";
import { readRelationSchema } from "./relation-extraction/own-scheme-file.ts";
import { RELATION_SCHEMES } from "./relation-extraction/schemes.ts";

export const THRESHOLDS_FILE = "thresholds.json";
export const READING_FILE = "reading.json";

const readingSchema = z.strictObject({
  unit: z.enum(INPUT_UNITS).default("document"),
  contextWords: z.number().int().min(1).max(MOST_CONTEXT_WORDS).exactOptional(),
});

/**
 * @returns an empty record for a folder that has none of them
 * @throws BiogptError `tasks/thresholds`, `tasks/reading`, `tasks/relation-schema`
 */
export function oldTaskFiles(folder: string): ModelTask {
  const [thresholds, reading, schema] = [THRESHOLDS_FILE, READING_FILE, SCHEMA_FILE].map((name) => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  });
  const own = schema === undefined ? undefined : readRelationSchema(schema);
  return {
    ...(own === undefined ? {} : { schemes: [own] }),
    ...(reading === undefined ? {} : readReading(reading)),
    ...(thresholds === undefined ? {} : readThresholdsFile(thresholds, own === undefined ? [] : [own.name])),
  };
}

function readReading(path: string): Pick<ModelTask, "inputUnit" | "contextWords"> {
  const refused = (cause: unknown): BiogptError =>
    new BiogptError("tasks/reading", {
      what: `${path} does not say what the model reads.`,
      fix: 'It is such as {"unit": "sentence"} or {"contextWords": 110}; take the one that came with the model.',
      cause,
    });
  const parsed = readingSchema.safeParse(readJsonFile(path, (_, cause) => refused(cause)));
  if (!parsed.success) throw refused(parsed.error);
  const { unit, ...rest } = parsed.data;
  return { inputUnit: unit, ...rest };
}

/** The three kinds are told apart by what a part of them holds: a number, scales, or rules. */
function readThresholdsFile(path: string, ownSchemes: readonly string[]): Learnt {
  const refused = (what: string, fix: string, cause?: unknown): BiogptError =>
    new BiogptError("tasks/thresholds", { what: `${path} ${what}`, fix, cause });
  const json = readJsonFile(path, (why, cause) =>
    refused("cannot be read as JSON.", `Take the one that came with the model: ${why}.`, cause),
  );
  const parts = typeof json === "object" && json !== null ? Object.entries(json) : [];
  if (parts.length > 0 && parts.every(([, part]) => typeof part === "number"))
    return { thresholds: parseHallmarkThresholds(json, refused) };
  if (parts.some(([name]) => QUESTION_SETTINGS.some((setting) => setting === name)))
    return { calibration: parseAnswerCalibrations(json, refused) };
  return { decisionRules: parseDecisionRules(json, [...Object.keys(RELATION_SCHEMES), ...ownSchemes], refused) };
}
