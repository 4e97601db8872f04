/**
 * Writes a safetensors file that a kill cannot spoil and that is gone on with: the layout is known before the first byte, so each tensor is written to
 * its place in `<path>.partial`, and a journal beside it says which are whole. When all are, the file is renamed into place.
 *
 *     <path>.partial           header and tensors, those of the journal whole
 *     <path>.partial.journal   {"format", "identity"}, then a line for each finished unit
 *
 * Order and header are those of `writeSafetensors`, so the bytes do not depend on where a run was stopped.
 */
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { throwIfAborted } from "../base/cancellation.ts";
import { internalError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import { withLock } from "../files/file-lock.ts";
import type { TensorDataType } from "./checkpoint.ts";
import { layOut, type WriteOptions } from "./write-safetensors.ts";

export interface TensorLayout {
  readonly name: string;
  readonly dtype: TensorDataType;
  readonly shape: readonly number[];
}

/** Writes bytes of a tensor, from an offset within it on. */
export type PutBytes = (name: string, offset: number, bytes: ArrayBufferView) => Promise<void>;

/** Tensors that are made together, such as codes and their scales. */
export interface WriteUnit {
  readonly name: string;
  readonly tensors: readonly TensorLayout[];
  /** Bytes that are read for it, for progress. */
  readonly cost: number;
  readonly write: (put: PutBytes) => Promise<void>;
}

export interface ResumableOptions extends WriteOptions {
  /** What the file is made of: a partial file of another identity is begun anew. */
  readonly identity: string;
  readonly activity: string;
  readonly progress?: ReportProgress;
}

export interface ResumedWrite {
  readonly bytes: number;
  /** Units that an earlier run had finished. */
  readonly resumed: number;
}

const FORMAT = "biogpt-partial/1";
/** Written bytes after which a run makes sure that they are on the disk: what a kill of the machine may cost. */
const SYNC_BYTES = 64e6;

/** @throws BiogptError as `writeSafetensors`, `aborted`; what was finished then stays for the next run */
export async function writeResumable(
  path: string,
  units: readonly WriteUnit[],
  { identity, activity, metadata, signal, progress }: ResumableOptions,
): Promise<ResumedWrite> {
  return withLock(
    `${path}.lock`,
    async () => {
      const layout = layOut(
        path,
        units.flatMap(({ tensors }) => tensors),
        metadata,
      );
      const [partial, journal] = [`${path}.partial`, `${path}.partial.journal`];
      const total = layout.header.length + layout.dataBytes;
      const finished = await finishedUnits(partial, journal, identity, total);
      const file = await open(partial, finished === undefined ? "w+" : "r+");
      const log = await open(journal, finished === undefined ? "w" : "a");
      try {
        if (finished === undefined) {
          await file.write(layout.header, 0, layout.header.length, 0);
          await file.truncate(total); // room of the right size; the bytes in it come one unit after the other
          await log.writeFile(`${JSON.stringify({ format: FORMAT, identity })}\n`);
        }
        const done = finished ?? new Set<string>();
        const cost = units.reduce((sum, unit) => sum + unit.cost, 0);
        let spent = units.reduce((sum, unit) => sum + (done.has(unit.name) ? unit.cost : 0), 0);
        let unsynced: string[] = [];
        let written = 0;
        const put: PutBytes = async (name, offset, bytes) => {
          const place = layout.places.get(name);
          if (place === undefined || offset + bytes.byteLength > place.bytes)
            throw internalError(`${bytes.byteLength} bytes at ${offset} of ${name} have no place in ${path}`);
          const count = await writeAt(file, bytes, place.offset + offset);
          written += count; // not in one: several may be on their way
        };
        const sync = async (): Promise<void> => {
          await file.datasync();
          await log.writeFile(unsynced.map((name) => `${JSON.stringify(name)}\n`).join(""));
          [unsynced, written] = [[], 0];
        };
        try {
          for (const unit of units) {
            if (done.has(unit.name)) continue;
            throwIfAborted(signal);
            await unit.write(put);
            unsynced.push(unit.name);
            if (written >= SYNC_BYTES) await sync();
            spent += unit.cost;
            progress?.({ activity, done: spent, total: cost, unit: "bytes" });
          }
        } finally {
          await sync();
        }
        await file.close();
        await log.close();
        await rename(partial, path);
        await rm(journal, { force: true });
        return { bytes: total, resumed: finished?.size ?? 0 };
      } finally {
        await file.close().catch(() => {});
        await log.close().catch(() => {});
      }
    },
    { signal },
  );
}

/** Units of an earlier run of the same identity; undefined where there was none. A last line that is cut off does not count. */
async function finishedUnits(
  partial: string,
  journal: string,
  identity: string,
  bytes: number,
): Promise<Set<string> | undefined> {
  const [text, size] = await Promise.all([
    readFile(journal, "utf8").catch(() => ""),
    stat(partial).then(
      (status) => status.size,
      () => -1,
    ),
  ]);
  const [first = "", ...lines] = text.split("\n").slice(0, -1);
  if (size !== bytes || first !== JSON.stringify({ format: FORMAT, identity })) return undefined;
  return new Set(lines.map((line) => JSON.parse(line) as string));
}

async function writeAt(
  file: FileHandle,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
  at: number,
): Promise<number> {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  for (let done = 0; done < byteLength; ) {
    done += (await file.write(bytes, done, Math.min(byteLength - done, 1 << 30), at + done)).bytesWritten;
  }
  return byteLength;
}
