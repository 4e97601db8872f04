/**
 * Stages that are done once: each leaves a record of what it was given and what came out, written whole after everything else.
 *
 * A record is `{format, stage, inputs, result}`, inputs being names and their hashes or values. Whoever starts again finds the record and
 * takes its result; inputs that differ are refused by name, as the rest would not be of the same run.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";

const FORMAT = "biogpt-stage/1";

export type StageInputs = Readonly<Record<string, string>>;

export interface StageRecord<Result> {
  readonly format: typeof FORMAT;
  readonly stage: string;
  readonly inputs: StageInputs;
  readonly result: Result;
}

/**
 * The record of a finished stage.
 *
 * @returns undefined for a stage that is still to be done
 * @throws BiogptError `reproduce/broken-record`
 */
export function recordOf<Result>(folder: string, stage: string): StageRecord<Result> | undefined {
  const path = pathOf(folder, stage);
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as StageRecord<Result>;
    if (record.format === FORMAT && record.stage === stage && typeof record.inputs === "object") return record;
    throw new Error(`its format is ${JSON.stringify(record.format)}, not ${FORMAT}`);
  } catch (error) {
    throw new BiogptError("reproduce/broken-record", {
      what: `${path} cannot be read: ${(error as Error).message}.`,
      fix: "Delete it: the stage is then done again.",
      cause: error,
    });
  }
}

/** @throws BiogptError `reproduce/changed-inputs` naming what differs */
export function expectSameInputs(folder: string, { stage, inputs }: StageRecord<unknown>, now: StageInputs): void {
  const names = [...new Set([...Object.keys(inputs), ...Object.keys(now)])];
  const changed = names.filter((name) => inputs[name] !== now[name]);
  if (changed.length === 0) return;
  throw new BiogptError("reproduce/changed-inputs", {
    what: `The stage ${stage} in ${folder} was done with another ${changed.join(", another ")}.`,
    why: "Its result would stand in one table with results of what is there now.",
    fix: `Put it back as it was, name a new folder with --out, or delete ${folder} to do this task again.`,
  });
}

/** The result of the stage: that of its record, or of `work`, which is then recorded. */
export async function once<Result>(
  folder: string,
  stage: string,
  inputs: StageInputs,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = recordOf<Result>(folder, stage);
  if (before !== undefined) {
    expectSameInputs(folder, before, inputs);
    return before.result;
  }
  const result = await work();
  const record: StageRecord<Result> = { format: FORMAT, stage, inputs, result };
  await writeFileAtomically(pathOf(folder, stage), `${JSON.stringify(record, null, 2)}\n`);
  return result;
}

function pathOf(folder: string, stage: string): string {
  return join(folder, "stages", `${stage}.json`);
}
