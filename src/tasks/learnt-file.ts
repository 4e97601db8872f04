/**
 * What was learnt on validation, as a file of `--learn-thresholds` and `--thresholds`: a model's `task.json`, or one part of that alone, as
 * earlier versions wrote it into `thresholds.json`.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { NAME_CALIBRATION_EXAMPLE, parseNameCalibrations } from "./entities/name-calibration.ts";
import { parseHallmarkThresholds, THRESHOLDS_EXAMPLE } from "./hallmarks/threshold-schema.ts";
import { readJsonFile } from "./json-file.ts";
import type { Learnt, ModelTask } from "./model-task.ts";
import { THRESHOLDS_FILE } from "./old-task-files.ts";
import { CALIBRATION_EXAMPLE, parseAnswerCalibrations } from "./question-answering/calibration-schema.ts";
import { DECISION_RULES_EXAMPLE, parseDecisionRules } from "./relation-extraction/decision-rule-schema.ts";
import { RELATION_SCHEMES } from "./relation-extraction/schemes.ts";
import { isTaskJson, parseTask, TASK_FILE, taskFileText } from "./task-file.ts";

type Part = keyof Learnt;
type Refused = (what: string, fix: string) => BiogptError;

/** How each part stands in a file by itself. */
const ALONE: {
  readonly [P in Part]-?: { readonly example: string; parse(json: unknown, refused: Refused): Learnt[P] };
} = {
  decisionRules: {
    example: DECISION_RULES_EXAMPLE,
    parse: (json, refused) => parseDecisionRules(json, Object.keys(RELATION_SCHEMES), refused),
  },
  calibration: { example: CALIBRATION_EXAMPLE, parse: parseAnswerCalibrations },
  thresholds: { example: THRESHOLDS_EXAMPLE, parse: parseHallmarkThresholds },
  nameCalibration: { example: NAME_CALIBRATION_EXAMPLE, parse: parseNameCalibrations },
};
const PARTS = Object.keys(ALONE) as readonly Part[];

/**
 * One part of what a file says; undefined for a `task.json` without it.
 *
 * @throws BiogptError `tasks/thresholds` for a file that cannot be read or holds something else, `tasks/task-file`
 */
export function readLearnt<P extends Part>(path: string, part: P): Learnt[P] {
  const json = jsonOf(path, part);
  const alone = (): Learnt => ({ [part]: ALONE[part].parse(json, thresholdsRefused(path)) });
  return (isTaskJson(json) ? parseTask(json, path) : alone())[part];
}

/**
 * The text of a file with what was learnt in it, the rest as it was. Of the parts one is given.
 *
 * @param path where it is to be written; nothing there means no others
 * @throws BiogptError as `readLearnt` for a file there that holds something else
 */
export function learntText(path: string, learnt: Learnt): string {
  const part = PARTS.find((name) => learnt[name] !== undefined)!;
  const json = existsSync(path) ? jsonOf(path, part) : undefined;
  if (basename(path) === TASK_FILE || isTaskJson(json))
    return taskFileText(withLearnt(json === undefined ? {} : parseTask(json, path), learnt));
  const before = json === undefined ? undefined : ALONE[part].parse(json, thresholdsRefused(path));
  return `${JSON.stringify(withLearnt({ [part]: before }, learnt)[part], null, 2)}\n`;
}

/**
 * Writes what was learnt. A `thresholds.json` beside a `task.json` would never be read, so it goes into that.
 *
 * @returns the file that was written
 * @throws BiogptError as `learntText`
 */
export async function saveLearnt(path: string, learnt: Learnt): Promise<string> {
  const beside = join(dirname(path), TASK_FILE);
  const file = basename(path) === THRESHOLDS_FILE && existsSync(beside) ? beside : path;
  await writeFileAtomically(file, learntText(file, learnt));
  return file;
}

/** A task with what was learnt: rules of other schemes and decodings stay, and calibrations of other settings and types; thresholds are replaced. */
export function withLearnt(
  task: ModelTask,
  { decisionRules, calibration, thresholds, nameCalibration }: Learnt,
): ModelTask {
  const rules = { ...task.decisionRules };
  for (const [scheme, ofScheme] of Object.entries(decisionRules ?? {})) {
    const before = Object.hasOwn(rules, scheme) ? rules[scheme] : {};
    rules[scheme] = { ...before, ...ofScheme };
  }
  return {
    ...task,
    ...(decisionRules === undefined ? {} : { decisionRules: rules }),
    ...(calibration === undefined ? {} : { calibration: { ...task.calibration, ...calibration } }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(nameCalibration === undefined ? {} : { nameCalibration: { ...task.nameCalibration, ...nameCalibration } }),
  };
}

function jsonOf(path: string, part: Part): unknown {
  return readJsonFile(path, (why, cause) =>
    thresholdsRefused(path)("cannot be read as JSON.", `${ALONE[part].example} Here ${why}.`, cause),
  );
}

/** Errors of a file of thresholds. @returns a function of what follows the path ("names …, which is no setting.") and of the fix */
export function thresholdsRefused(path: string): (what: string, fix: string, cause?: unknown) => BiogptError {
  return (what, fix, cause) => new BiogptError("tasks/thresholds", { what: `${path} ${what}`, fix, cause });
}
