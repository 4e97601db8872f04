/**
 * Jobs on the disk, so that a server that was killed goes on with them:
 *
 *     DIR/jobs/ID/request.json          what is to be done, with its documents
 *     DIR/jobs/ID/results.jsonl         the lines, when all are there; until then .partial beside it (workflows/result-file.ts)
 *     DIR/jobs/ID/state.json            how it ended; absent while it has not
 *
 * A job's folder appears whole, by renaming; each file is written beside its place. So a job is there or not, ended or not, at any moment.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { jobRequest } from "../contract/jobs.ts";
import type { JobRequest, JobState } from "../contract.ts";

/** How a job ended. */
export interface JobEnd {
  readonly state: Extract<JobState, "done" | "failed" | "cancelled">;
  readonly ended: string;
  readonly done: number;
  readonly problems: number;
  readonly error?: { readonly code: string; readonly what: string } | undefined;
}

/** What is kept of a job in memory: its documents are not. */
export interface JobRecord {
  readonly id: string;
  readonly kind: JobRequest["kind"];
  readonly created: string;
  readonly documents: number;
  /** Name of the key that made it. */
  readonly owner: string | undefined;
  readonly end: JobEnd | undefined;
}

const endSchema: z.ZodType<JobEnd> = z.object({
  state: z.enum(["done", "failed", "cancelled"]),
  ended: z.string(),
  done: z.number(),
  problems: z.number(),
  error: z.object({ code: z.string(), what: z.string() }).optional(),
});
const fileSchema = z.object({ created: z.string(), owner: z.string().optional(), request: jobRequest });

/** Job ids are ours, so no path of a request is opened: 32 hexadecimal digits. */
const ID = /^[0-9a-f]{32}$/;

export class JobStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder where there is none, and removes what a killed server had begun to write. */
  static async open(dataFolder: string): Promise<JobStore> {
    const folder = join(dataFolder, "jobs");
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      if (name.endsWith(".new") || name.endsWith(".gone"))
        await rm(join(folder, name), { recursive: true, force: true });
    }
    return new JobStore(folder);
  }

  /** All jobs, oldest first. */
  async all(): Promise<JobRecord[]> {
    const records: JobRecord[] = [];
    for (const name of await readdir(this.#folder)) if (ID.test(name)) records.push(await this.#record(name));
    return records.sort((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1));
  }

  /**
   * Writes a new job.
   *
   * @param key makes one job of a request that is sent again: the same id for the same key. Default: another id each time
   * @returns undefined where the key's job is there already
   */
  async add(
    request: JobRequest,
    key: string | undefined,
    owner: string | undefined,
  ): Promise<{ id: string; record: JobRecord | undefined }> {
    const id =
      key === undefined
        ? randomUUID().replaceAll("-", "")
        : createHash("sha256").update(key).digest("hex").slice(0, 32);
    const folder = join(this.#folder, id);
    if (existsSync(folder)) return { id, record: undefined };
    const fresh = `${folder}.${randomUUID()}.new`;
    const created = new Date().toISOString();
    await writeFileAtomically(join(fresh, "request.json"), JSON.stringify({ created, owner, request }));
    try {
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      if (existsSync(folder)) return { id, record: undefined }; // another request with the key was first
      throw error;
    }
    const { kind, documents } = request;
    return { id, record: { id, kind, created, documents: documents.length, owner, end: undefined } };
  }

  /** @throws BiogptError `server/job-file` for a folder that was changed from outside */
  async request(id: string): Promise<JobRequest> {
    return (await this.#read(id)).request;
  }

  end(id: string, end: JobEnd): Promise<void> {
    return writeFileAtomically(join(this.#folder, id, "state.json"), JSON.stringify(end));
  }

  async remove(id: string): Promise<void> {
    const gone = join(this.#folder, `${id}.gone`);
    await rename(join(this.#folder, id), gone);
    await rm(gone, { recursive: true, force: true });
  }

  resultPath(id: string): string {
    return join(this.#folder, id, "results.jsonl");
  }

  /**
   * Which file holds the lines so far, and how many of its bytes will not change any more: a killed server makes those behind them again.
   */
  async results(id: string): Promise<{ readonly path: string; readonly bytes: number }> {
    const path = this.resultPath(id);
    const whole = await sizeOf(path);
    if (whole !== undefined) return { path, bytes: whole };
    const partial = `${path}.partial`;
    const noted = await readFile(`${partial}.json`, "utf8").catch(() => undefined);
    const bytes = noted === undefined ? 0 : (JSON.parse(noted) as { bytes: number }).bytes;
    // Between two looks the work may have ended and the file have its name.
    return (await sizeOf(partial)) === undefined
      ? { path, bytes: (await sizeOf(path)) ?? 0 }
      : { path: partial, bytes };
  }

  async #record(id: string): Promise<JobRecord> {
    const { created, owner, request } = await this.#read(id);
    const state = await readFile(join(this.#folder, id, "state.json"), "utf8").catch(() => undefined);
    const end = state === undefined ? undefined : endSchema.parse(JSON.parse(state));
    return { id, kind: request.kind, created, documents: request.documents.length, owner, end };
  }

  async #read(id: string): Promise<z.infer<typeof fileSchema>> {
    const path = join(this.#folder, id, "request.json");
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (parsed.success) return parsed.data;
    throw new BiogptError("server/job-file", {
      what: `${path} is not as the server wrote it.`,
      fix: "Remove the job's folder.",
    });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
