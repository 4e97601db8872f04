/**
 * What every way of mining does to a graph's folder: says which pipeline it is of, gives sources their place, tells units that are done from
 * those that are not, and notes a source when it was read to its end.
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { countOf } from "../../base/count-of.ts";
import { BiogptError } from "../../base/errors.ts";
import { withLock } from "../../files/file-lock.ts";
import {
  type InputRecord,
  type Pipeline,
  readGraphFolder,
  readInputs,
  writeGraphFolder,
  writeInput,
} from "../../knowledge-graph/store/inputs.ts";
import { isWholeUnit, unitPath } from "../../knowledge-graph/store/unit-files.ts";
import type { DocumentReader } from "../../mining/document-reader.ts";
import type { ConceptNormalizer } from "../../mining/normalizer.ts";

/** Changes where equal documents, reader and normaliser would come to other records. */
const MINING_VERSION = "mining-3";

export function pipelineOf(reader: DocumentReader, normalizer: ConceptNormalizer): Pipeline {
  const parts = { reader: reader.description, concepts: normalizer.description };
  const hash = createHash("sha256").update(JSON.stringify([MINING_VERSION, reader.hash, normalizer.hash]));
  return { hash: hash.digest("hex").slice(0, 16), parts };
}

/**
 * Makes the folder one of this pipeline.
 *
 * @param redo takes over a graph of another pipeline: what is mined now is done anew
 * @throws BiogptError `mining/other-pipeline`, which says how much would be done anew; `knowledge-graph/schema`, `knowledge-graph/broken-folder`
 */
export async function claimFolder(folder: string, pipeline: Pipeline, redo: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const before = await readGraphFolder(folder);
  if (before?.pipeline.hash === pipeline.hash) return;
  if (before !== undefined && !redo) {
    const inputs = (await readInputs(folder)).filter((input) => input.pipeline !== pipeline.hash);
    const documents = inputs.reduce((sum, input) => sum + input.documents, 0);
    const changed = Object.keys(pipeline.parts).filter((name) => pipeline.parts[name] !== before.pipeline.parts[name]);
    const what = changed
      .map((name) => `${name}: ${before.pipeline.parts[name]}, now ${pipeline.parts[name]}`)
      .join("; ");
    throw new BiogptError("mining/other-pipeline", {
      what: `${folder} was made with something else (${what || "earlier rules, or another edition of the same vocabulary"}).`,
      why: `${countOf(documents, "document")} of ${countOf(inputs.length, "input")} would be done anew.`,
      fix: "Take --redo for that, or name another folder with --out.",
    });
  }
  await writeGraphFolder(folder, pipeline);
}

/** Places of sources among all inputs of the graph: new ones come behind those that are there, in the order given. */
export class InputPlaces {
  readonly #folder: string;
  readonly #before: ReadonlyMap<string, InputRecord>;
  readonly #run: number;

  private constructor(folder: string, before: readonly InputRecord[]) {
    this.#folder = folder;
    this.#before = new Map(before.map((record) => [record.source, record]));
    this.#run = before.reduce((most, { sequence }) => Math.max(most, sequence[0]), 0) + 1;
  }

  static async open(folder: string): Promise<InputPlaces> {
    return new InputPlaces(folder, await readInputs(folder));
  }

  /** Notes a source that was read to its end. One whose content is as before keeps its place. @param place  among those of this run */
  async note(record: Omit<InputRecord, "sequence">, place: number): Promise<void> {
    await withLock(join(this.#folder, "inputs.lock"), async () => {
      const before = this.#before.get(record.source);
      const sequence = before !== undefined && isSame(before, record) ? before.sequence : ([this.#run, place] as const);
      await writeInput(this.#folder, { ...record, sequence });
    });
  }
}

function isSame(before: InputRecord, now: Omit<InputRecord, "sequence">): boolean {
  const said = ({ units, deletions, pipeline }: Omit<InputRecord, "sequence">): string =>
    JSON.stringify([units, deletions, pipeline]);
  return said(before) === said(now);
}

/** Whether a unit need not be done. */
export function isDone(folder: string, hash: string): Promise<boolean> {
  return isWholeUnit(unitPath(folder, hash));
}
