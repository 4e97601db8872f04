/**
 * `task.json` in the folder of a fine-tuned model: what it was fine-tuned on, how its input is read, and what was learnt on validation about
 * its probabilities. docs/formats/task-file.md describes it for users.
 *
 *     {"format": "biogpt-task/1", "task": "ddi", "schemes": ["drug-drug"], "inputUnit": "sentence", "decisionRules": {"drug-drug": {…}}}
 *
 * Read once a model and checked as a whole. Where there is none, the files of earlier versions say it (old-task-files.ts).
 * Left out   weights and tokenizer, which a model is opened by whatever it was fine-tuned on
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { CLASSIFICATION_READING } from "./classification/reading.ts";
import { ENTITY_READING } from "./entities/entity-reading.ts";
import { parseHallmarkThresholds } from "./hallmarks/threshold-schema.ts";
import { INPUT_UNITS, MOST_CONTEXT_WORDS, type ModelInput } from "./input-unit.ts";
import { readJsonFile } from "./json-file.ts";
import { READER_SCHEME } from "./mention-relations/reader-scheme.ts";
import type { ModelTask, TaskHolder } from "./model-task.ts";
import { oldTaskFiles } from "./old-task-files.ts";
import { parseAnswerCalibrations } from "./question-answering/calibration-schema.ts";
import { parseDecisionRules } from "./relation-extraction/decision-rule-schema.ts";
import { parseRelationSchema, type RelationSchema } from "./relation-extraction/own-scheme.ts";
import { RELATION_SCHEMES } from "./relation-extraction/schemes.ts";

export const TASK_FILE = "task.json";
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
  reader: z.array(READER_SCHEME).min(1).max(100).exactOptional(),
  classification: CLASSIFICATION_READING.exactOptional(),
  decisionRules: z.unknown().optional(),
  calibration: z.unknown().optional(),
  thresholds: z.unknown().optional(),
});

/** Each model's, once it has been asked for: a folder is read once for as long as its model lives. */
const known = new WeakMap<TaskHolder, ModelTask>();

/**
 * What the folder of a model says of its task; an empty record where it says nothing.
 *
 * @throws BiogptError `tasks/task-file` for a `task.json` that is none; of earlier versions' files `tasks/thresholds`, `tasks/reading`,
 *         `tasks/relation-schema`
 */
export function taskOf(model: TaskHolder): ModelTask {
  let task = known.get(model);
  if (task === undefined) {
    task = model.folder === undefined ? {} : taskOfFolder(model.folder);
    known.set(model, task);
  }
  return task;
}

/** The same of a folder, read anew. */
export function taskOfFolder(folder: string): ModelTask {
  const path = join(folder, TASK_FILE);
  return existsSync(path) ? readTaskFile(path) : oldTaskFiles(folder);
}

/** @throws BiogptError `tasks/task-file` */
export function readTaskFile(path: string): ModelTask {
  return parseTask(
    readJsonFile(path, (why, cause) => refusedFile(path)(`cannot be read: ${why}.`, RESTORE, cause)),
    path,
  );
}

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

/** Writes the `task.json` of a model's folder, whole or not at all; what stood there before is gone. */
export async function writeTaskFile(folder: string, task: ModelTask): Promise<void> {
  await writeFileAtomically(join(folder, TASK_FILE), taskFileText(task));
}

/** The same with something changed, for what is learnt later. Old files become a `task.json` with it. @throws BiogptError as `taskOf` */
export async function updateTaskFile(folder: string, change: (task: ModelTask) => ModelTask): Promise<void> {
  await writeTaskFile(folder, change(taskOfFolder(folder)));
}

/** How much of a text the model was trained to read. @throws BiogptError as `taskOf` */
export function inputOf(model: TaskHolder): ModelInput {
  const { inputUnit = "document", contextWords } = taskOf(model);
  return { unit: inputUnit, contextWords };
}

/** Names of what a model can be asked for. */
export function schemeNames(schemes: readonly (string | RelationSchema)[]): string[] {
  return schemes.map((scheme) => (typeof scheme === "string" ? scheme : scheme.name));
}

const RESTORE = "Take the one that came with the model, or fine-tune it again; docs/formats/task-file.md describes it.";

function refusedFile(path: string): (what: string, fix: string, cause?: unknown) => BiogptError {
  return (what, fix, cause) => new BiogptError("tasks/task-file", { what: `${path} ${what}`, fix, cause });
}
