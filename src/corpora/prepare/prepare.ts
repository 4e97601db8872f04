/**
 * `corpus prepare`: raw literature in, a cleaned and de-duplicated corpus folder out, in constant memory.
 *
 * One pass in input order. After each shard the place in the input is written down; a resumed run reads the finished
 * shards back to remember their texts, skips what was read, and ends with the same bytes as an uninterrupted one.
 *
 * The sections of an article are joined in their order, the title once in front: windows of 1,024 tokens are cut from a
 * packed stream anyway, so an article gives windows of continuous prose, where its sections as documents of their own
 * (median 160 words) would fill a window with six unrelated beginnings.
 */
import { createHash } from "node:crypto";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { fileSize, openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import type { ReadOptions } from "../../files/read-options.ts";
import type { Document } from "../document.ts";
import { sniffFormat } from "../literature/detect-format.ts";
import type { Format } from "../literature/format-names.ts";
import { checkInputs, openReading, readDocuments } from "../literature/read.ts";
import type { ReadEvent } from "../literature/read-events.ts";
import { CLEANING_RULES, type CleaningCounts } from "./cleaning.ts";
import {
  CORPUS_FORMAT,
  type CorpusManifest,
  prepareFolder,
  readCorpusJson,
  readShard,
  type ShardEntry,
  ShardWriter,
  writeJsonFile,
} from "./corpus-folder.ts";
import { DocumentFilter, DROP_REASONS, type DropReason, Exclusions, type FilterOptions } from "./document-filter.ts";
import { LANGUAGES } from "./language.ts";

export interface PrepareOptions extends Omit<ReadOptions, "onBytes"> {
  /** Folder to write; made where missing. */
  readonly out: string;
  /** Format of all inputs; default: told by their content. */
  readonly format?: Format | undefined;
  /** Takes the error of each record that is skipped because it is bad. Default: the first one ends the work. */
  readonly onProblem?: ((error: BiogptError) => void) | undefined;
  /** What loses no document: deletions in standard input that were not applied, for example. */
  readonly onEvent?: ((event: ReadEvent) => void) | undefined;
  /** Write typographic punctuation in ASCII, as BioGPT's pretraining text was. Default false. */
  readonly normalizePunctuation?: boolean;
  /** Remove bracketed citation numbers and "(… et al. …)". Default false. */
  readonly removeCitations?: boolean;
  /** ISO 639-1 code or `any`. Default `en`. */
  readonly language?: string;
  /** Default 20. */
  readonly minWords?: number;
  /** Default 200,000, more than any article. */
  readonly maxWords?: number;
  /** 0 to 1: share of known 13-grams that makes a near duplicate; 0 keeps all duplicates, exact ones too. Default 0.5. */
  readonly duplicateShare?: number;
  /** Bytes for remembering earlier documents; default 512 MiB. When full, fewer 13-grams of each are kept. */
  readonly duplicateMemory?: number;
  /** Files of documents, texts or PMIDs (one a line) that must not be in the corpus. */
  readonly exclude?: readonly string[];
  /** 13-grams shared with an excluded text from which on a document is dropped. Default 2. */
  readonly excludeOverlap?: number;
  /** Share of documents, 0 to below 1, written to held-out files instead. Default 0. */
  readonly heldOut?: number;
  /** Whether lines of one article's sections make up one document (`article`) or one each (`section`). Default `article`. */
  readonly fullText?: "article" | "section";
  /** Keep the paragraphs of full text on lines of their own. Default false: a document is one line, as in BioGPT's corpus. */
  readonly keepParagraphs?: boolean;
  /** UTF-16 units of text to a shard; a stopped run loses at most one. Default 32 million. */
  readonly shardCharacters?: number;
  /** Go on with an unfinished folder. Default false. */
  readonly resume?: boolean;
}

export interface PrepareReport {
  readonly inputs: readonly { readonly path: string; readonly documents: number }[];
  readonly read: number;
  /** Records that could not be read and were skipped. */
  readonly badRecords: number;
  readonly kept: number;
  readonly heldOut: number;
  readonly words: number;
  readonly characters: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Up to five ids for each reason, to look at. */
  readonly examples: Readonly<Partial<Record<DropReason, readonly string[]>>>;
  /** Sections of full text left out of kept or dropped articles. */
  readonly sections: { readonly boilerplate: number; readonly excluded: number };
  /** By rule: texts changed and changes made. */
  readonly cleaning: CleaningCounts;
  readonly excludedTexts: number;
  /** One 13-gram of how many was remembered at the end; more than 4 when the memory was full. */
  readonly samplingRate: number;
}

/** Everything that a resumed run needs; the texts themselves are read back from the shards. */
interface State {
  readonly optionsHash: string;
  readonly inputs: {
    path: string;
    bytes: number;
    modified: number;
    sha256?: string;
    documents: number;
    badRecords: number;
  }[];
  shards: ShardEntry[];
  heldOutShards: ShardEntry[];
  dropped: Record<DropReason, number>;
  examples: Partial<Record<DropReason, string[]>>;
  sections: { boilerplate: number; excluded: number };
  cleaning: CleaningCounts;
}

/** @throws BiogptError `corpora/…`; `aborted` leaves a folder that `resume` goes on with */
export async function prepareCorpus(paths: readonly string[], options: PrepareOptions): Promise<PrepareReport> {
  const { out, signal, progress, resume = false, shardCharacters = 32_000_000, fullText = "article" } = options;
  const filterOptions = filterOptionsOf(options);
  await checkInputs(paths, { format: options.format, standardInput: options.standardInput });
  const recorded = recordedOptions(options, filterOptions, shardCharacters, fullText);
  const state = await openState(paths, options, createHash("sha256").update(JSON.stringify(recorded)).digest("hex"));
  const exclusions = await loadExclusions(options.exclude ?? [], options);
  const filter = new DocumentFilter(filterOptions, exclusions);
  Object.assign(filter.cleaning, state.cleaning);
  Object.assign(filter.sections, state.sections);
  if (resume) await recall(state, out, filter, options);

  const totalBytes = state.inputs.reduce((sum, input) => sum + input.bytes, 0);
  let bytesDone = 0;
  let shard = new ShardWriter();
  let heldOut = new ShardWriter();
  const close = async (): Promise<void> => {
    const number = String(state.shards.length).padStart(4, "0");
    state.shards.push(await shard.finish(out, `documents-${number}.jsonl.gz`));
    if (filterOptions.heldOut > 0) state.heldOutShards.push(await heldOut.finish(out, `held-out-${number}.jsonl.gz`));
    state.cleaning = filter.cleaning;
    state.sections = filter.sections;
    await writeJsonFile(join(out, "progress.json"), state);
    shard = new ShardWriter();
    heldOut = new ShardWriter();
  };

  let input: State["inputs"][number] | undefined;
  let firstProblem: BiogptError | undefined;
  const onProblem = (error: BiogptError): void => {
    firstProblem ??= error;
    if (input !== undefined) input.badRecords++;
    options.onProblem?.(error);
  };
  try {
    // Changed and withdrawn records of PubMed are told over all inputs, so all are looked through before the first is read.
    const reading = await openReading(paths, {
      ...options,
      onProblem: options.onProblem === undefined ? undefined : onProblem,
    });
    for (const [index, present] of state.inputs.entries()) {
      input = present;
      if (input.sha256 !== undefined) {
        bytesDone += input.bytes;
        continue;
      }
      const hash = createHash("sha256");
      const onBytes = (bytes: Uint8Array): void => {
        hash.update(bytes);
        bytesDone += bytes.length;
        progress?.({ activity: `preparing ${present.path}`, done: bytesDone, total: totalBytes, unit: "bytes" });
      };
      const read = reading.documents(index, onBytes);
      input.badRecords = 0; // a resumed run meets them again
      let skip = input.documents;
      for await (const document of fullText === "article" ? joinSections(read) : read) {
        throwIfAborted(signal);
        if (skip > 0) {
          skip--;
          continue;
        }
        const verdict = filter.judge(document);
        input.documents++;
        if (!verdict.kept) {
          state.dropped[verdict.reason]++;
          state.examples[verdict.reason] ??= [];
          if (state.examples[verdict.reason]!.length < 5) state.examples[verdict.reason]!.push(document.id);
          continue;
        }
        await (verdict.heldOut ? heldOut : shard).add({ id: document.id, text: verdict.text }, verdict.words);
        if (shard.characters + heldOut.characters >= shardCharacters) await close();
      }
      input.sha256 = hash.digest("hex");
    }
    // A corpus of nothing is not what was asked for: the files are of another kind than they seem.
    if (firstProblem !== undefined && state.inputs.every(({ documents }) => documents === 0)) throw firstProblem;
    if (shard.documents + heldOut.documents > 0 || state.shards.length === 0) await close();
  } catch (error) {
    if (!(error instanceof BiogptError && error.kind === "aborted")) throw error;
    throw new BiogptError("aborted", {
      what: error.what,
      fix: `${state.shards.length} shards are done; run the same command with --resume to go on.`,
      cause: error,
    });
  } finally {
    shard.discard();
    heldOut.discard();
  }
  return await finish(state, recorded, out, filter, exclusions);
}

async function finish(
  state: State,
  options: Readonly<Record<string, unknown>>,
  out: string,
  filter: DocumentFilter,
  exclusions: Exclusions,
): Promise<PrepareReport> {
  const sum = (shards: readonly ShardEntry[], field: "documents" | "words" | "characters"): number =>
    shards.reduce((total, shard) => total + shard[field], 0);
  const report: PrepareReport = {
    inputs: state.inputs.map(({ path, documents }) => ({ path, documents })),
    read: state.inputs.reduce((total, input) => total + input.documents, 0),
    badRecords: state.inputs.reduce((total, input) => total + (input.badRecords ?? 0), 0),
    kept: sum(state.shards, "documents"),
    heldOut: sum(state.heldOutShards, "documents"),
    words: sum(state.shards, "words"),
    characters: sum(state.shards, "characters"),
    dropped: state.dropped,
    examples: state.examples,
    sections: filter.sections,
    cleaning: filter.cleaning,
    excludedTexts: exclusions.texts,
    samplingRate: filter.samplingRate,
  };
  const manifest: CorpusManifest = {
    format: CORPUS_FORMAT,
    options,
    inputs: state.inputs.map(({ path, bytes, sha256 = "" }) => ({ path, bytes, sha256 })),
    documents: report.kept,
    words: report.words,
    characters: report.characters,
    shards: state.shards,
    heldOut: state.heldOutShards,
  };
  await writeJsonFile(join(out, "report.json"), report);
  await writeJsonFile(join(out, "manifest.json"), manifest);
  await unlink(join(out, "progress.json")).catch(() => {});
  return report;
}

/** Joins consecutive lines that are sections of one article: same ids, same title. */
export async function* joinSections(documents: AsyncIterable<Document>): AsyncGenerator<Document, void> {
  let article: Document | undefined;
  let key: string | undefined;
  let characters = 0;
  for await (const document of documents) {
    const next = sectionKey(document);
    const body = document.passages.filter((passage) => passage.kind !== "title");
    const size = body.reduce((total, passage) => total + passage.text.length, 0);
    if (article !== undefined && next !== undefined && next === key && characters + size <= MAX_ARTICLE_CHARACTERS) {
      article = { ...article, passages: [...article.passages, ...body] };
      characters += size;
      continue;
    }
    if (article !== undefined) yield article;
    [article, key, characters] = [document, next, size];
  }
  if (article !== undefined) yield article;
}

/** Sixteen million characters, a thousand times an article: a file that repeats one title must not fill the memory. */
const MAX_ARTICLE_CHARACTERS = 16_000_000;

function sectionKey({ passages, citation }: Document): string | undefined {
  if (!passages.some((passage) => passage.kind === "text" && passage.label !== undefined)) return undefined;
  const title = passages.find((passage) => passage.kind === "title")?.text ?? "";
  return JSON.stringify([citation?.pmid, citation?.pmcid, title]);
}

/** Reads what must not be trained on. A text file's lines are PMIDs where they are numbers, else texts. */
async function loadExclusions(paths: readonly string[], { signal }: ReadOptions): Promise<Exclusions> {
  const exclusions = new Exclusions();
  for (const path of paths) {
    const { head, chunks } = await openBytes(path, { signal });
    const format = sniffFormat(head, path) ?? "text"; // a list of PMIDs is no document, but says what to leave out
    if (format === "text") {
      for await (const { text } of readLines(path, chunks)) {
        if (/^\s*(?:PMID:?\s*)?\d{1,9}\s*$/i.test(text)) exclusions.ids.add(text.replace(/\D/g, ""));
        else exclusions.add(text);
      }
      continue;
    }
    await chunks.return();
    for await (const document of readDocuments([path], { signal })) {
      if (document.citation?.pmid !== undefined) exclusions.ids.add(document.citation.pmid);
      else if (!document.id.startsWith(`${path}:`)) exclusions.ids.add(document.id);
      exclusions.add(document.passages.map((passage) => passage.text).join(" "));
    }
  }
  return exclusions;
}

async function recall(state: State, out: string, filter: DocumentFilter, options: PrepareOptions): Promise<void> {
  let done = 0;
  const shards = [...state.shards, ...state.heldOutShards];
  const total = shards.reduce((sum, shard) => sum + shard.documents, 0);
  for (const shard of shards) {
    for await (const { text } of readShard(out, shard, options.signal)) {
      filter.remember(text);
      if (++done % 1000 === 0)
        options.progress?.({ activity: "reading finished shards", done, total, unit: "documents" });
    }
  }
}

async function openState(paths: readonly string[], options: PrepareOptions, optionsHash: string): Promise<State> {
  const { out, resume = false } = options;
  if (paths.length === 0) {
    throw new BiogptError("corpora/no-input", { what: "No file was given.", fix: "Name at least one." });
  }
  const inputs: State["inputs"] = [];
  for (const path of paths) {
    const bytes = (await fileSize(path)) ?? 0;
    inputs.push({ path, bytes, modified: path === "-" ? 0 : (await stat(path)).mtimeMs, documents: 0, badRecords: 0 });
  }
  await prepareFolder(out, resume);
  const earlier = resume ? ((await readCorpusJson(join(out, "progress.json"))) as State | undefined) : undefined;
  if (resume && (await readCorpusJson(join(out, "manifest.json"))) !== undefined) {
    throw new BiogptError("corpora/finished", {
      what: `${out} is finished; there is nothing to resume.`,
      fix: "Name another folder for another corpus.",
    });
  }
  if (earlier === undefined) {
    return {
      optionsHash,
      inputs,
      shards: [],
      heldOutShards: [],
      dropped: Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>,
      examples: {},
      sections: { boilerplate: 0, excluded: 0 },
      cleaning: {},
    };
  }
  const identity = (list: State["inputs"]): string => JSON.stringify(list.map((i) => [i.path, i.bytes, i.modified]));
  if (earlier.optionsHash !== optionsHash || identity(earlier.inputs) !== identity(inputs)) {
    throw new BiogptError("corpora/resume-mismatch", {
      what: `${out} was begun with other ${earlier.optionsHash === optionsHash ? "input files" : "options"}.`,
      why: "A corpus made half by one command and half by another would be neither.",
      fix: "Give the same command as before, or name another folder.",
    });
  }
  if (paths.includes("-")) {
    throw new BiogptError("corpora/resume-standard-input", {
      what: "Standard input cannot be resumed.",
      fix: "Write it to a file first.",
    });
  }
  return earlier;
}

function filterOptionsOf(options: PrepareOptions): FilterOptions {
  const { language = "en", minWords = 20, maxWords = 200_000, duplicateShare = 0.5, heldOut = 0 } = options;
  if (language !== "any" && !LANGUAGES.includes(language)) {
    throw new BiogptError("corpora/unknown-language", {
      what: `The language "${language}" is not known.`,
      fix: `Languages: ${LANGUAGES.join(", ")}, any.${didYouMean(language, [...LANGUAGES, "any"])}`,
    });
  }
  if (minWords > maxWords) {
    throw new BiogptError("corpora/words", {
      what: `The fewest words, ${minWords}, are more than the most, ${maxWords}.`,
      fix: "Exchange them.",
    });
  }
  const wanted = { punctuation: options.normalizePunctuation === true, citations: options.removeCitations === true };
  return {
    rules: CLEANING_RULES.filter((rule) => rule.usual || wanted[rule.name as keyof typeof wanted] === true),
    language,
    minWords,
    maxWords,
    duplicateShare,
    duplicateMemory: options.duplicateMemory ?? 512 * 1024 * 1024,
    excludeOverlap: options.excludeOverlap ?? 2,
    heldOut,
    keepParagraphs: options.keepParagraphs ?? false,
  };
}

function recordedOptions(
  { exclude = [], format }: PrepareOptions,
  { rules, ...filter }: FilterOptions,
  shardCharacters: number,
  fullText: string,
): Readonly<Record<string, unknown>> {
  return {
    ...filter,
    rules: rules.map((rule) => rule.name),
    exclude,
    format: format ?? "detected",
    shardCharacters,
    fullText,
  };
}
