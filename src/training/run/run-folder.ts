/**
 * `run.json` of a run folder: everything that a run was started with, so that it can go on with nothing but the folder.
 *
 * docs/formats/run-folder.md describes the folder as a whole.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeWhole } from "../../files/disk.ts";

/** Held while a process is at work in the folder (run-lock.ts). */
export const RUN_LOCK = "run.lock";
export const RUN_FORMAT = "biogpt-run/1";

/** What a run in passes was asked for, so that it goes on by its folder alone. */
export interface AskedRun {
  /** Which of the workflows it is. */
  readonly work: "reader" | "classification" | "molecules";
  /** Its options, but for where it runs; paths are absolute. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface RunDescription {
  readonly format: typeof RUN_FORMAT;
  readonly kind: "pretraining" | "fine-tuning";
  /** As parsed, every default filled in. */
  readonly settings: object;
  /** Absolute paths, and hashes of what they held. */
  readonly data: Readonly<Record<string, string>>;
  /** Absent where settings and data say all. */
  readonly asked?: AskedRun;
  readonly device: string;
  readonly threads: number;
  readonly processes: number;
  /** Of the package. */
  readonly version: string;
}

/** Asked before long work starts. @throws BiogptError `training/run-exists` when something lies in the folder already */
export function expectUnusedRun(folder: string): void {
  const entries = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(RUN_LOCK)) : [];
  if (entries.length > 0) {
    throw new BiogptError("training/run-exists", {
      what: `${folder} is not empty.`,
      why: existsSync(join(folder, "run.json"))
        ? "It holds a run, which a new one would overwrite."
        : "A run needs a folder of its own.",
      fix: "Go on with it by --resume, or name another folder with --out.",
      kind: "usage",
    });
  }
}

/** @throws BiogptError `training/run-exists` */
export async function createRun(folder: string, description: RunDescription): Promise<void> {
  expectUnusedRun(folder);
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, "run.json"), `${JSON.stringify(description, null, 2)}\n`);
}

/** @throws BiogptError `training/no-run`, `training/broken-run` */
export function readRun(folder: string): RunDescription {
  const path = join(folder, "run.json");
  if (!existsSync(path)) {
    throw new BiogptError("training/no-run", {
      what: `${folder} holds no run.`,
      why: "Its run.json is missing.",
      fix: "Name the folder that was given with --out.",
      kind: "not-found",
    });
  }
  try {
    const run = JSON.parse(readFileSync(path, "utf8")) as RunDescription;
    if (run.format === RUN_FORMAT && typeof run.settings === "object" && typeof run.data === "object") return run;
    throw new Error(`its format is ${JSON.stringify(run.format)}, not ${RUN_FORMAT}`);
  } catch (error) {
    throw new BiogptError("training/broken-run", {
      what: `${path} cannot be read: ${(error as Error).message}.`,
      fix: "Restore the file, or start another run from the newest checkpoint with --from.",
      cause: error,
    });
  }
}
