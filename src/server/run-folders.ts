/**
 * Folders of trainings (docs/formats/run-folder.md) below one that the server was started with, read and never written. A request names one of those
 * that are listed; what it says is compared with these names and never made a path.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { readLines } from "../files/lines.ts";
import type { RunCurve, WireRun } from "./contract.ts";
import { RequestError } from "./errors.ts";

const LOG = "log.jsonl";
/** Folders that are looked into, and how deep: a folder of experiments, not a disk. */
const MOST_FOLDERS = 1000;
const DEEPEST = 3;
/** Points of a curve: more than a screen shows. */
const MOST_POINTS = 500;
/** Updates of one log. */
const MOST_RECORDS = 2_000_000;

const update = z.object({ step: z.number(), loss: z.number(), learningRate: z.number() });
const evaluation = z.object({ step: z.number(), heldOut: z.object({ loss: z.number() }) });

export class RunFolders {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async list(): Promise<WireRun[]> {
    const found = await Promise.all([...(await this.#logs())].map(([name, path]) => runOf(name, path)));
    return found.filter((run) => run !== undefined).sort((a, b) => (a.changed < b.changed ? 1 : -1));
  }

  /** @throws RequestError `server/no-run` */
  async curve(name: string, signal: AbortSignal): Promise<RunCurve> {
    const path = (await this.#logs()).get(name);
    if (path === undefined) {
      const what = `There is no run ${JSON.stringify(name.slice(0, 100))}.`;
      throw new RequestError("server/no-run", { what, fix: "GET /v1/runs lists those there are." }, "run");
    }
    const updates: z.infer<typeof update>[] = [];
    const evaluations: RunCurve["evaluations"][number][] = [];
    let read = 0;
    for await (const { text } of readLines(LOG, createReadStream(path, { signal }), () => {})) {
      if (++read > MOST_RECORDS) break;
      const value = jsonOf(text);
      const one = update.safeParse(value);
      if (one.success) updates.push(one.data);
      const other = evaluation.safeParse(value);
      if (other.success) evaluations.push({ step: other.data.step, loss: other.data.heldOut.loss });
    }
    return { name, updates: means(updates), evaluations };
  }

  /** Logs by the names of their runs. */
  async #logs(): Promise<ReadonlyMap<string, string>> {
    const logs = new Map<string, string>();
    let folders = [this.#folder];
    let looked = 0;
    for (let depth = 0; depth <= DEEPEST; depth++) {
      const below: string[] = [];
      for (const folder of folders) {
        if (++looked > MOST_FOLDERS) return logs;
        const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
        if (entries.some((entry) => entry.isFile() && entry.name === LOG)) {
          const name = relative(this.#folder, folder).split(sep).join("/");
          logs.set(name === "" ? basename(folder) : name, join(folder, LOG));
        } else below.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name)));
      }
      folders = below;
    }
    return logs;
  }
}

async function runOf(name: string, path: string): Promise<WireRun | undefined> {
  const stats = await stat(path).catch(() => undefined); // deleted meanwhile
  return stats === undefined ? undefined : { name, changed: stats.mtime.toISOString() };
}

/** A line that is cut off, as of a run that is at it, is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function means(updates: readonly z.infer<typeof update>[]): RunCurve["updates"] {
  const width = Math.max(1, Math.ceil(updates.length / MOST_POINTS));
  return Array.from({ length: Math.ceil(updates.length / width) }, (_, i) => {
    const stretch = updates.slice(i * width, (i + 1) * width);
    const loss = stretch.reduce((sum, one) => sum + one.loss, 0) / stretch.length;
    return { ...stretch.at(-1)!, loss };
  });
}
