/**
 * Scores of described molecules and proteins, as `biogpt evaluate chebi20` gives them: of outputs in a file, or of a model that answers now.
 *
 *     --predictions FILE ─┐
 *                         ├─▶ pairs ─▶ BLEU, ROUGE, METEOR in variants A, B, C; named things ─▶ result, page
 *     --data + --model  ──┘            nearest neighbours of --train beside them
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import {
  DESCRIBED_FORMATS,
  type DescribedFile,
  type DescribedFormat,
  type DescribedRecord,
  detectDescribed,
  readDescribed,
} from "../../corpora/tasks/described.ts";
import { type DescribedOutput, joinTruths, readPredictions } from "../../corpora/tasks/described-predictions.ts";
import { decodeText, readBytes, type SourceFile } from "../../corpora/tasks/task-files.ts";
import { type DescribedSet, describedSet } from "../../evaluation/described/described-sets.ts";
import { type DescriptionReport, evaluateDescriptions } from "../../evaluation/described/evaluate-descriptions.ts";
import { renderDescribedReport } from "../../evaluation/report/report-described.ts";
import { openWordPieces, type WordPieces } from "../../evaluation/scorers/text/word-pieces.ts";
import { findWordNet, openWordNet } from "../../evaluation/scorers/text/wordnet.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { readProteins } from "../../molecules/proteins.ts";
import { isKnownAlone } from "../../pretrained/hub/hub-names.ts";
import type { Model } from "../../pretrained/model.ts";
import { type KnownDescriptions, knownOfFolder, openKnown } from "../known-descriptions.ts";
import { findModel, folderOfModel, type ModelSettings } from "../open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "../workflow.ts";
import {
  type Answerer,
  attachedAnswerer,
  type DescribedAnswersOptions,
  describedAnswers,
  knownAnswerer,
  textAnswerer,
} from "./described-answers.ts";
import { runFacts } from "./report-file.ts";

export interface EvaluateDescribedOptions extends ModelSettings {
  /** Questions with their answers; for outputs without truths the records that they belong to. */
  readonly data?: string | undefined;
  /** A table of outputs, in place of a model. */
  readonly predictions?: string | undefined;
  /** How `data` and `train` are written. Default: what their beginnings look like. */
  readonly format?: string | undefined;
  /** Proteins of UniProtQA: a FASTA file of their sequences, by accession. */
  readonly sequences?: string | undefined;
  /** Records whose answers the nearest-neighbour row copies. Default: train.txt, else validation.txt beside `data`, where there is one. */
  readonly train?: string | undefined;
  /** The part of the data that is scored, where its records name one. Default test. */
  readonly split?: "train" | "valid" | "test" | undefined;
  /** SciBERT's vocab.txt, for variant C. Default: a file named scibert…vocab….txt beside the predictions or the data, or up to three folders above. */
  readonly wordPieces?: string | undefined;
  /** First records alone. */
  readonly limit?: number | undefined;
  /** Most tokens of an answer. Default 256. */
  readonly maxNewTokens?: number | undefined;
  /** Default 1, greedy; captioning is published with 5. */
  readonly beams?: number | undefined;
  /** Default 8. */
  readonly batch?: number | undefined;
  /** A table that each answer is written to, and that a stopped run goes on from. */
  readonly save?: string | undefined;
  readonly report?: string | undefined;
  /** How it was started, for the page. */
  readonly command?: string | undefined;
  /** Draws of the bootstrap. Default 1000; 0 for no intervals. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
  /** Records that a model answers from, as `ask` does. Default: those of its folder, if there are any. */
  readonly known?: string | undefined;
  /** Whether the model answers by itself, whatever is known. Default false. */
  readonly alone?: boolean | undefined;
  /** How a model answers. Default: what is attached by its encoder, or as text where it has none (`textAnswerer`). */
  readonly answererOf?: (model: Model, options: DescribedAnswersOptions) => Answerer;
}

/** What `biogpt evaluate chebi20 --json` prints. */
export interface DescribedResult extends DescriptionReport {
  /** Absent for outputs of a file. */
  readonly model?: string;
  readonly modelHash?: string;
  readonly files: readonly SourceFile[];
}

/**
 * @throws BiogptError `evaluation/option` for options that contradict each other, `corpora/described`, `corpora/predictions`, `evaluation/…`, those of
 *   `loadModel`, `aborted`
 * @example
 *     const { metrics, nearest } = await evaluateDescribed("chebi20", { predictions: "outputs.tsv", train: "train.txt" });
 */
export async function evaluateDescribed(
  name: string,
  options: EvaluateDescribedOptions,
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<DescribedResult> {
  const set = describedSet(name);
  const { signal, onEvent } = context;
  throwIfAborted(signal);
  checkOptions(options);
  const files: SourceFile[] = [];
  const skipped: string[] = [];
  const read = (path: string): string => {
    const file = readBytes(existing(path));
    files.push({ name: basename(path), sha256: file.sha256 });
    return decodeText(file);
  };
  const sequences =
    options.sequences === undefined ? undefined : sequencesOf(read(options.sequences), options.sequences);
  const records = (path: string): readonly DescribedRecord[] => {
    const text = read(path);
    const format = (options.format as DescribedFormat | undefined) ?? detectDescribed(text, path);
    const found: DescribedFile = readDescribed(text, format, path, sequences === undefined ? {} : { sequences });
    for (const { count, why } of found.skipped) skipped.push(`${count} records of ${basename(path)}: ${why}.`);
    return found.records;
  };
  const all = options.data === undefined ? undefined : records(options.data);
  const data = all === undefined ? undefined : ofSplit(all, options.split ?? "test");
  const known = knownRecords(options, all, records, onEvent);
  const wordPieces = findWordPieces(options);
  const wordNetFolder = findWordNet();
  const { outputs, model } = await outputsOf(set, options, data, read, skipped, context);
  const { report, examples } = await evaluateDescriptions(set, outputs.slice(0, options.limit), {
    known,
    ...(wordPieces === undefined ? {} : { wordPieces }),
    ...(wordNetFolder === undefined ? {} : { wordNet: openWordNet(wordNetFolder) }),
    bootstrap: bootstrapOf(options),
    signal,
    progress: progressEvents(onEvent),
  });
  const result = { ...report, skipped: [...skipped, ...report.skipped], ...model, files };
  if (options.report !== undefined) {
    const { command } = options;
    const run = [
      ...(model === undefined ? [] : [["model", `${model.model}, ${model.modelHash}`] as const]),
      ...files.map((file) => [file.name, file.sha256] as const),
    ];
    const about = runFacts({ run, command, bootstrap: bootstrapOf(options) });
    await writeFileAtomically(options.report, renderDescribedReport(set, { report: result, examples }, about));
  }
  return result;
}

function bootstrapOf({ draws = 1000, seed = 1 }: EvaluateDescribedOptions): { draws: number; seed: number } {
  return { draws, seed };
}

function checkOptions({
  data,
  predictions,
  model,
  save,
  format,
  maxNewTokens,
  beams,
  batch,
  known,
  alone,
}: EvaluateDescribedOptions): void {
  const refuse = (what: string, fix: string): never => {
    throw new BiogptError("evaluation/option", { what, fix });
  };
  if ((predictions === undefined) === (model === undefined))
    refuse("Descriptions are scored of a file or of a model.", "Give one of --predictions and --model.");
  if (model !== undefined && data === undefined)
    refuse("A model needs questions to answer.", "Name the file that holds them with --data.");
  if (
    predictions !== undefined &&
    [save, maxNewTokens, beams, batch, known, alone].some((value) => value !== undefined)
  )
    refuse(
      "--save, --max-new-tokens, --beams, --batch, --known and --alone have no effect on outputs of a file.",
      "Leave them out.",
    );
  if (known !== undefined && alone === true) refuse("--known has no effect with --alone.", "Leave one of them out.");
  if (format !== undefined && !DESCRIBED_FORMATS.includes(format as DescribedFormat))
    refuse(`There is no format "${format}" of descriptions.`, `The formats are ${DESCRIBED_FORMATS.join(", ")}.`);
}

/** The pairs that are scored: of the file, or answered now. */
async function outputsOf(
  set: DescribedSet,
  options: EvaluateDescribedOptions,
  data: readonly DescribedRecord[] | undefined,
  read: (path: string) => string,
  skipped: string[],
  context: WorkflowContext<NoteEvent | ProgressEvent>,
): Promise<{ outputs: readonly DescribedOutput[]; model?: { model: string; modelHash: string } }> {
  const { predictions, limit, maxNewTokens = 256, beams = 1, batch = 8, save } = options;
  if (predictions !== undefined) {
    const given = readPredictions(read(predictions), predictions);
    if (data !== undefined && given.some(({ truth }) => truth !== undefined)) {
      throw new BiogptError("evaluation/option", {
        what: `--data has no effect: ${predictions} brings its own truths.`,
        fix: "Leave --data out, or take the column out of the file. Training records are named with --train.",
      });
    }
    return { outputs: joinTruths(given, { data, ...set }, predictions) };
  }
  const asked = data!.slice(0, limit);
  const settings = { maxNewTokens, beams, batch, save };
  const answers = async (answerer: Answerer): Promise<readonly DescribedOutput[]> => {
    const { outputs, refused } = await describedAnswers(asked, answerer, settings, context);
    if (refused > 0)
      skipped.push(`${refused} of ${asked.length} records could not be given to the model; their outputs are empty.`);
    return outputs;
  };
  const alone = options.alone === true ? undefined : await knownAlone(options, context);
  if (alone !== undefined) {
    const { name, library } = alone;
    return { outputs: await answers(knownAnswerer(library)), model: { model: name, modelHash: library.hash } };
  }
  const found = await findModel(options.model, options.load, context);
  using opened = await found.open(Math.max(16, batch * beams));
  const { model } = opened;
  const usual = model.reader === undefined ? textAnswerer : attachedAnswerer;
  const own = (options.answererOf ?? usual)(model, settings);
  const library = await (options.alone === true
    ? undefined
    : options.known === undefined
      ? knownOfFolder(model.folder)
      : openKnown(options.known, context, options.load?.cacheFolder));
  const outputs = await answers(library === undefined ? own : knownAnswerer(library, own));
  return { outputs, model: { model: model.name, modelHash: model.hash } };
}

/** A model that answers from what is known and has no network; undefined for others. */
async function knownAlone(
  { model, load, known }: EvaluateDescribedOptions,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent>,
): Promise<{ name: string; library: KnownDescriptions } | undefined> {
  if (typeof model !== "string") return undefined;
  const folder = await folderOfModel(model, { ...load, signal, progress: progressEvents(onEvent) });
  if (!isKnownAlone(folder)) return undefined;
  if (known === undefined) return { name: basename(folder), library: (await knownOfFolder(folder))! };
  throw new BiogptError("evaluation/option", {
    what: `${basename(folder)} answers from a file of its own and has no network.`,
    fix: "Leave --known out.",
  });
}

/** Records of the split, where the data name splits. */
function ofSplit(records: readonly DescribedRecord[], split: string): readonly DescribedRecord[] {
  return records.some((record) => record.split !== undefined)
    ? records.filter((record) => record.split === split)
    : records;
}

/** What retrieval may know: the file that was named, the training part of the data, or the file that lies beside it. */
function knownRecords(
  { train, data }: EvaluateDescribedOptions,
  all: readonly DescribedRecord[] | undefined,
  records: (path: string) => readonly DescribedRecord[],
  onEvent: WorkflowContext["onEvent"],
): readonly DescribedRecord[] | undefined {
  if (train !== undefined) return records(train);
  const own = all?.filter((record) => record.split === "train") ?? [];
  if (own.length > 0) return own;
  if (data === undefined) return undefined;
  const ending = /\.[a-z]+(?:\.gz)?$/i.exec(data)?.[0] ?? "";
  const beside = ["train", "validation", "valid"]
    .flatMap((name) => [join(dirname(data), name + ending), join(dirname(data), `${name}${ending}.gz`)])
    .find((path) => existsSync(path) && basename(path) !== basename(data));
  if (beside === undefined) return undefined;
  onEvent?.({ type: "note", text: `note: nearest neighbours are taken from ${beside}; --train names another file.` });
  return records(beside);
}

const VOCABULARY = /^scibert.*vocab.*\.txt(?:\.gz)?$/i;

function findWordPieces({ wordPieces, predictions, data }: EvaluateDescribedOptions): WordPieces | undefined {
  const path =
    wordPieces ?? [predictions, data].flatMap((file) => (file === undefined ? [] : vocabulariesBy(file))).at(0);
  return path === undefined ? undefined : openWordPieces(decodeText(readBytes(existing(path))));
}

/** In the file's folder, or one of those above. */
function vocabulariesBy(file: string): string[] {
  const folder = dirname(file);
  return ["", "..", "../..", "../../.."]
    .map((up) => join(folder, up))
    .flatMap((place) =>
      existsSync(place)
        ? readdirSync(place)
            .filter((name) => VOCABULARY.test(name))
            .map((name) => join(place, name))
        : [],
    );
}

/** A JSON object of accessions, or FASTA by every name in its headers: `sp|P12345|NAME_HUMAN` is P12345 too. */
function sequencesOf(text: string, path: string): ReadonlyMap<string, string> {
  if (text.trimStart().startsWith("{")) return new Map(Object.entries(parsedSequences(text, path)));
  const sequences = new Map<string, string>();
  for (const { name, sequence } of readProteins(text, path))
    for (const part of [name, ...name.split("|")]) sequences.set(part, sequence);
  return sequences;
}

function parsedSequences(text: string, path: string): Readonly<Record<string, string>> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch (cause) {
    throw new BiogptError("corpora/described", {
      what: `${path} is no JSON object of sequences by accession.`,
      fix: "Give one, or a FASTA file.",
      cause,
    });
  }
}

function existing(path: string): string {
  if (existsSync(path)) return path;
  throw new BiogptError("corpora/not-found", {
    what: `${path} does not exist.`,
    fix: "Check the path.",
    kind: "not-found",
  });
}
