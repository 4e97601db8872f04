/** Literature in, a knowledge graph out, as `biogpt mine` does it on one machine, or on the part of it that is one shard's. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { withLock } from "../../files/file-lock.ts";
import { assembleGraph } from "../../knowledge-graph/store/assemble.ts";
import type { DocumentRecord } from "../../knowledge-graph/store/document-record.ts";
import { readInputs } from "../../knowledge-graph/store/inputs.ts";
import { removeUnfinished, unitPath, writeUnit } from "../../knowledge-graph/store/unit-files.ts";
import type { DocumentReader } from "../../mining/document-reader.ts";
import { mineUnit } from "../../mining/mine-unit.ts";
import { type ConceptNormalizer, NO_VOCABULARY } from "../../mining/normalizer.ts";
import { cutIntoUnits, type Unit } from "../../mining/unit.ts";
import type { DocumentInput, ProblemEvent } from "../documents.ts";
import { eventStream } from "../event-stream.ts";
import { type NoteEvent, noteEvents, type ProgressEvent, progressEvents, type WorkflowContext } from "../workflow.ts";
import { claimFolder, InputPlaces, isDone, pipelineOf } from "./graph-writer.ts";
import { isOfShard, isSourceOfShard, type Shard } from "./shard.ts";
import { type MiningSource, type MiningSources, miningSources, type SourceSettings } from "./sources.ts";

export interface MineSettings extends Omit<SourceSettings, "signal" | "note"> {
  /** Folder of the graph; made where it is not there, added to where it is. */
  readonly out: string;
  /** Finds names and relations. */
  readonly reader: DocumentReader;
  /** Finds concepts of names. Default: none; a name then stands for itself. */
  readonly normalizer?: ConceptNormalizer | undefined;
  /** Documents of a unit, 1 to 500. Default 500. */
  readonly unitSize?: number | undefined;
  /** Takes over a graph that another model or vocabulary made: what is mined now is done anew. Default false: it is refused. */
  readonly redo?: boolean | undefined;
  /** The part of the units that this process does. Default: all. */
  readonly shard?: Shard | undefined;
  /** Called when nothing is left to read, before the graph is assembled: reader and normaliser may be closed then, which frees their memory. */
  readonly onAllRead?: (() => void) | undefined;
}

export interface MineSummary {
  /** Documents read. */
  readonly documents: number;
  /** Of them those that were done before, or are another shard's. */
  readonly before: number;
  /** Relations found in this run. */
  readonly relations: number;
  /** Records and documents that were left out. */
  readonly problems: number;
  /** False where units of other shards are missing still. */
  readonly assembled: boolean;
}

/** A unit is on the disk. */
export interface UnitEvent {
  readonly type: "unit";
  readonly source: string;
  readonly hash: string;
  readonly documents: number;
  /** Undefined for one that was there before. */
  readonly relations?: number;
}

export type MineEvent =
  | NoteEvent
  | ProgressEvent
  | ProblemEvent
  | UnitEvent
  | ({ readonly type: "summary" } & MineSummary);

/**
 * Mines documents into a graph. What is done stays: a stopped or killed run loses at most the unit it was at, and a second one does only what is
 * new. A source that is mined again replaces what it gave before.
 *
 * @param input  paths, or documents
 * @returns events, the last a summary
 * @throws BiogptError as `mineInto`
 * @example
 *     for await (const event of mine(["pubmed26n0001.xml.gz"], { out: "kg", reader }))
 *       if (event.type === "unit") console.log(event.documents, event.relations);
 */
export function mine(
  input: DocumentInput,
  settings: MineSettings,
  signal?: AbortSignal,
): AsyncGenerator<MineEvent, void, void> {
  return eventStream<MineEvent>((onEvent, stop) => mineInto(input, settings, { signal: stop, onEvent }), signal);
}

/** `mine` as a workflow. @throws BiogptError `mining/other-pipeline`, `mining/in-use`, `knowledge-graph/…`, `corpora/…`, the reader's own, `aborted` */
export async function mineInto(
  input: DocumentInput,
  settings: MineSettings,
  context: WorkflowContext<MineEvent> = {},
): Promise<MineSummary> {
  const { signal, onEvent } = context;
  const { out, reader, normalizer = NO_VOCABULARY, redo = false, shard } = settings;
  const pipeline = pipelineOf(reader, normalizer);
  const note = noteEvents(onEvent);
  const sources = await miningSources(input, { ...settings, signal, note });
  await claimFolder(out, pipeline, redo);
  const work = async (): Promise<MineSummary> => {
    // Shards write into one folder together: what they write is named by its content, and leftovers may be another's.
    if (shard === undefined) await removeUnfinished(out);
    const run = new MiningRun(settings, pipeline.hash, context, sources);
    await run.read();
    settings.onAllRead?.();
    return await run.end(); // before the lock is given back
  };
  const summary = await (shard === undefined ? alone(out, work, signal) : work());
  onEvent?.({ type: "summary", ...summary });
  return summary;
}

function alone<Result>(folder: string, work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return withLock(join(folder, "mine.lock"), work, {
    signal,
    onWait: (holder) => {
      throw new BiogptError("mining/in-use", {
        what: `Another process${holder === undefined ? "" : ` (${holder.pid} on ${holder.host})`} mines into ${folder}.`,
        fix: "Wait for it, or share the work: --shard 1/2 and --shard 2/2.",
      });
    },
  });
}

class MiningRun {
  readonly #settings: MineSettings;
  readonly #pipeline: string;
  readonly #context: WorkflowContext<MineEvent>;
  readonly #progress: ReturnType<typeof progressEvents>;
  readonly #totals = { documents: 0, before: 0, relations: 0, problems: 0 };
  readonly #sources: MiningSources;
  #units = 0;

  constructor(settings: MineSettings, pipeline: string, context: WorkflowContext<MineEvent>, sources: MiningSources) {
    this.#settings = settings;
    this.#pipeline = pipeline;
    this.#context = context;
    this.#sources = sources;
    this.#progress = progressEvents(context.onEvent);
  }

  /** Does this process's part of all sources. */
  async read(): Promise<void> {
    const { out, shard } = this.#settings;
    const { list } = this.#sources;
    const places = await InputPlaces.open(out);
    for (const [place, source] of list.entries())
      if (shard === undefined || isSourceOfShard(shard, place, list.length)) await this.#source(source, place, places);
  }

  /** Makes the graph of the units, where all are there. */
  async end(): Promise<MineSummary> {
    const { out, shard } = this.#settings;
    const { signal } = this.#context;
    const assembled = shard === undefined || (await this.#hasAll(this.#sources));
    if (assembled) await assembleGraph(out, { signal, progress: this.#progress });
    return { ...this.#totals, assembled };
  }

  async #source(source: MiningSource, place: number, places: InputPlaces): Promise<void> {
    const { shard, out } = this.#settings;
    const sources = this.#sources.list.length;
    const [units, deletions, problems]: [string[], string[], { code: string; what: string }[]] = [[], [], []];
    const onProblem = (error: BiogptError): void => {
      problems.push({ code: error.code, what: error.what });
      this.#totals.problems++;
      this.#context.onEvent?.({ type: "problem", error });
    };
    let documents = 0;
    const read = source.read({ onProblem, onDeletion: (id) => deletions.push(id) });
    for await (const unit of cutIntoUnits(read, this.#pipeline, this.#settings.unitSize)) {
      throwIfAborted(this.#context.signal);
      units.push(unit.hash);
      documents += unit.documents.length;
      const isOurs = shard === undefined || isOfShard(shard, place, sources, this.#units++);
      if (!isOurs || (await isDone(out, unit.hash))) this.#passOver(unit, source.name, isOurs);
      else await this.#unit(unit, source.name, onProblem);
    }
    const record = { source: source.name, pipeline: this.#pipeline, documents, units, deletions, problems };
    await places.note(record, place);
  }

  #passOver({ documents, hash }: Unit, source: string, isOurs: boolean): void {
    this.#totals.documents += documents.length;
    this.#totals.before += documents.length;
    if (isOurs) this.#context.onEvent?.({ type: "unit", source, hash, documents: documents.length });
    this.#tell();
  }

  async #unit({ documents, hash }: Unit, source: string, onProblem: (error: BiogptError) => void): Promise<void> {
    const { out, reader, normalizer = NO_VOCABULARY } = this.#settings;
    const { signal, onEvent } = this.#context;
    let relations = 0;
    const onDocument = (record: DocumentRecord): void => {
      this.#totals.documents++;
      relations += record.relations.length;
      this.#totals.relations += record.relations.length;
      this.#tell();
    };
    const records = mineUnit(documents, { reader, normalizer, signal, onDocument, onProblem });
    await writeUnit(out, hash, records, signal);
    onEvent?.({ type: "unit", source, hash, documents: documents.length, relations });
  }

  /** How many documents there are in all is estimated by the bytes read so far. */
  #tell(): void {
    const { documents, relations } = this.#totals;
    const { bytes, bytesRead } = this.#sources;
    const share = bytes === undefined || bytes === 0 ? 0 : bytesRead() / bytes;
    const total = share > 0 ? { total: Math.max(documents, Math.round(documents / share)) } : {};
    this.#progress?.({ activity: `mining (${relations} relations)`, done: documents, ...total, unit: "documents" });
  }

  /** Whether every source of this run has been read to its end, by whichever shard, and every unit is there. */
  async #hasAll({ list }: MiningSources): Promise<boolean> {
    const { out } = this.#settings;
    const inputs = new Map((await readInputs(out)).map((input) => [input.source, input]));
    for (const { name } of list) {
      const input = inputs.get(name);
      if (input === undefined || input.pipeline !== this.#pipeline) return false;
      for (const hash of input.units)
        if (
          !(await access(unitPath(out, hash)).then(
            () => true,
            () => false,
          ))
        )
          return false;
    }
    return true;
  }
}
