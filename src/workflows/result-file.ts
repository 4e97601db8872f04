/**
 * Results of long work on documents, written into a file that appears whole or not at all, and that an interrupted run goes on with:
 *
 *     FILE.partial        the lines so far
 *     FILE.partial.json   how far they go: documents that were read, and bytes of the lines
 *     FILE                when all is done
 *
 * The second is written after the first is flushed, so what it says is there; lines behind that are cut off and made again.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import type { Document } from "../corpora/document.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { withLock } from "../files/file-lock.ts";
import { readJsonFile } from "../tasks/json-file.ts";
import type { ProgressEvent } from "./workflow.ts";

const FORMAT = "biogpt-partial-results/1";
/** Milliseconds between two notes of how far the lines go: that much work is done again after a kill. */
const NOTE_EVERY = 2000;

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** What the lines were made with; another run's cannot go on with them. */
  made: z.record(z.string(), z.unknown()),
  documents: z.number().int().min(0),
  bytes: z.number().int().min(0),
  /** SHA-256 over the ids of the documents so far, one a line. */
  ids: z.string(),
  /** Hash of what made the lines; null before the first. */
  pipeline: z.string().nullable(),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface ResultFileOptions {
  /** Goes on with what an interrupted run left; where there is nothing, begins. Default false: such a rest is an error. */
  readonly resume?: boolean | undefined;
  /** What the lines are made with: input, scheme, settings. A rest that was made with something else is refused. JSON values. */
  readonly made: Readonly<Record<string, unknown>>;
  /** What stands before the first line. */
  readonly head: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ResultFile {
  /** Documents that an earlier run has done. */
  readonly before: number;
  /** The documents that are left. @throws BiogptError `workflows/resume` when those before them are not the ones that were done */
  rest(documents: AsyncIterable<Document>): AsyncGenerator<Document, void, void>;
  /**
   * Adds a document's lines. Documents come in the order of `rest`; those that are left out in between are done too.
   *
   * @param pipeline hash of what made the lines
   * @throws BiogptError `workflows/resume` where the earlier lines were made by another
   */
  write(document: Document, lines: string, pipeline: string): Promise<void>;
}

/**
 * Opens the file for `use`, and shows it whole when that has ended well. When it throws, what was written stays for a later run; where no document was done, nothing does.
 *
 * @returns what `use` returns; undefined where the file is whole already and `resume` was asked for
 * @throws BiogptError `workflows/partial-results` for the rest of an interrupted run without `resume`, `workflows/resume` for one that was
 *         made with something else, `workflows/file-in-use`
 */
export async function withResultFile<T>(
  path: string,
  options: ResultFileOptions,
  use: (file: ResultFile) => Promise<T>,
): Promise<T | undefined> {
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  return withLock(`${partial}.lock`, () => opened(target, partial, options, use), {
    signal: options.signal,
    onWait: (holder) => {
      throw new BiogptError("workflows/file-in-use", {
        what: `${path} is being written by another process${holder === undefined ? "" : ` (${holder.pid} on ${holder.host})`}.`,
        fix: "Wait for it, or name another file.",
      });
    },
  });
}

async function opened<T>(
  target: string,
  partial: string,
  { resume = false, made, head }: ResultFileOptions,
  use: (file: ResultFile) => Promise<T>,
): Promise<T | undefined> {
  const manifestPath = `${partial}.json`;
  const isPartial = existsSync(partial) && existsSync(manifestPath);
  if (isPartial && !resume) {
    throw new BiogptError("workflows/partial-results", {
      what: `${partial} holds what an interrupted run has done.`,
      fix: "Go on with it by --resume, or delete it.",
    });
  }
  if (!isPartial && resume && existsSync(target)) return undefined;
  const before = isPartial ? readManifest(manifestPath, made) : undefined;
  const file = await PartialFile.open(partial, before, made, head);
  let result: T;
  try {
    result = await use(file);
    await file.note();
  } catch (error) {
    await file.note().catch(() => {}); // the first error is the one to tell
    await file.close();
    // A slip in a name, for example: there is nothing to go on with, and the next run need not be asked.
    if (file.documents === 0) await Promise.all([partial, manifestPath].map((path) => rm(path, { force: true })));
    throw error;
  }
  await file.close();
  await rename(partial, target);
  await rm(manifestPath, { force: true });
  return result;
}

/** Documents done count those of the earlier run. */
export function withEarlier<Event extends { readonly type: string }>(
  event: Event | ProgressEvent,
  { before }: Pick<ResultFile, "before">,
  limit: number | undefined,
): Event | ProgressEvent {
  if (!isProgress(event) || event.unit !== "documents") return event;
  return { ...event, done: event.done + before, ...(limit === undefined ? {} : { total: limit }) };
}

function isProgress(event: { readonly type: string }): event is ProgressEvent {
  return event.type === "progress";
}

function readManifest(path: string, made: Readonly<Record<string, unknown>>): Manifest {
  const refused = (what: string): BiogptError =>
    new BiogptError("workflows/resume", {
      what,
      fix: `Run it as before, or delete ${path.slice(0, -".json".length)} to begin anew.`,
    });
  const parsed = manifestSchema.safeParse(readJsonFile(path, (why) => refused(`${path} cannot be read: ${why}.`)));
  if (!parsed.success) throw refused(`${path} does not say how far the results go.`);
  const other = Object.keys({ ...made, ...parsed.data.made }).find(
    (name) => JSON.stringify(made[name]) !== JSON.stringify(parsed.data.made[name]),
  );
  if (other !== undefined) throw refused(`The interrupted run had another ${other}.`);
  return parsed.data;
}

class PartialFile implements ResultFile {
  readonly before: number;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #made: Readonly<Record<string, unknown>>;
  readonly #idsBefore: string;
  readonly #ids = createHash("sha256");
  /** Ids of documents that were handed out and not written yet, and the place of each. */
  readonly #waiting: Document[] = [];
  #pipeline: string | null;
  #documents: number;
  #bytes: number;
  #noted = performance.now();

  private constructor(
    handle: FileHandle,
    path: string,
    made: Readonly<Record<string, unknown>>,
    before: Manifest | undefined,
    bytes: number,
  ) {
    this.#handle = handle;
    this.#path = path;
    this.#made = made;
    this.before = before?.documents ?? 0;
    this.#documents = this.before;
    this.#idsBefore = before?.ids ?? "";
    this.#pipeline = before?.pipeline ?? null;
    this.#bytes = bytes;
  }

  static async open(
    path: string,
    before: Manifest | undefined,
    made: Readonly<Record<string, unknown>>,
    head: string,
  ): Promise<PartialFile> {
    const handle = await open(path, before === undefined ? "w" : "r+");
    if (before !== undefined) {
      await handle.truncate(before.bytes);
      return new PartialFile(handle, path, made, before, before.bytes);
    }
    const bytes = Buffer.from(head);
    await handle.write(bytes, 0, bytes.length, 0);
    return new PartialFile(handle, path, made, undefined, bytes.length);
  }

  async *rest(documents: AsyncIterable<Document>): AsyncGenerator<Document, void, void> {
    let number = 0;
    for await (const document of documents) {
      if (number < this.before) {
        this.#ids.update(`${document.id}\n`);
        if (++number === this.before) this.#expectSame();
        continue;
      }
      this.#waiting.push(document);
      yield document;
    }
    if (number < this.before) this.#expectSame(); // fewer than were done: not the same
  }

  #expectSame(): void {
    if (this.#ids.copy().digest("hex") === this.#idsBefore) return;
    throw new BiogptError("workflows/resume", {
      what: `The first ${this.before} documents are not those that the interrupted run has done.`,
      fix: `Give the same input, or delete ${this.#path} to begin anew.`,
    });
  }

  async write(document: Document, lines: string, pipeline: string): Promise<void> {
    this.#pipeline ??= pipeline;
    if (this.#pipeline !== pipeline) {
      throw new BiogptError("workflows/resume", {
        what: `The interrupted run had another model or other thresholds (${this.#pipeline}, now ${pipeline}).`,
        fix: `Take those again, or delete ${this.#path} to begin anew.`,
      });
    }
    const bytes = Buffer.from(lines);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#bytes + at);
      at += bytesWritten;
    }
    this.#bytes += bytes.length;
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) {
      this.#ids.update(`${one.id}\n`);
      this.#documents++;
      if (one === document) break;
    }
    if (performance.now() - this.#noted > NOTE_EVERY) await this.note();
  }

  /** Done so far, those of an earlier run among them. */
  get documents(): number {
    return this.#documents;
  }

  async note(): Promise<void> {
    this.#noted = performance.now();
    await this.#handle.sync();
    const ids = this.#documents === this.before && this.before > 0 ? this.#idsBefore : this.#ids.copy().digest("hex");
    const manifest: Manifest = {
      format: FORMAT,
      made: this.#made,
      documents: this.#documents,
      bytes: this.#bytes,
      ids,
      pipeline: this.#pipeline,
    };
    await writeFileAtomically(`${this.#path}.json`, `${JSON.stringify(manifest)}\n`);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
