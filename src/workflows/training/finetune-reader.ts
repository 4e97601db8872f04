/**
 * Fine-tuning of a reader: a tagger of names, and with relation schemes a scorer of pairs of them besides; resumable.
 *
 *     documents without leaks ─▶ windows read twice ─▶ backbone + head ─▶ loop ─▶ the run's folder is a tagger, or a reader of relations
 */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { evaluateEntities } from "../../evaluation/evaluate-entities.ts";
import { saveClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { copyTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import { trainableModel } from "../../pretrained/save/trainable-folder.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { tagClasses } from "../../tasks/entities/labels.ts";
import { openTagger } from "../../tasks/entities/tagger.ts";
import { readJsonFile } from "../../tasks/json-file.ts";
import { readerBatch } from "../../tasks/mention-relations/reader-batches.ts";
import { savePairs } from "../../tasks/mention-relations/reader-folder.ts";
import { type ReaderScheme, scoreCount } from "../../tasks/mention-relations/reader-scheme.ts";
import { type ReaderSequence, readerTrainingData } from "../../tasks/mention-relations/training-data.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { writeTaskFile } from "../../tasks/task-file.ts";
import { bucketedBatches, bucketedEvaluation } from "../../training/data/bucketed-batches.ts";
import { checkSchedule } from "../../training/optimizers/schedule.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { type Evaluation, evaluateSequences } from "../../training/run/evaluate.ts";
import { ALONE } from "../../training/run/parallel.ts";
import { expectSameRun, newestCheckpoint, restoreOptimizer } from "../../training/run/resume.ts";
import { createRun, RUN_FORMAT, type RunDescription, readRun } from "../../training/run/run-folder.ts";
import { aloneInRun } from "../../training/run/run-lock.ts";
import { scheduleOf } from "../../training/settings/parse-settings.ts";
import type { LoopSettings } from "../../training/settings/tables.ts";
import { readerHead } from "../../training/step/reader-head.ts";
import { withHead } from "../../training/step/trainable-model.ts";
import { classHead } from "../../training/step/training-head.ts";
import { createTrainingStep, type TrainingBatch } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { type EntitySettings, parseEntitySettings, readingOf } from "./entity-settings.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { openReaderBase } from "./reader-base.ts";
import { type ReaderCorpus, readReaderData } from "./reader-data.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneReaderOptions {
  /** Model to start from: a name or a folder; a tagger or a reader goes on where it is, if it finds the same. */
  readonly model: string;
  /** What is learnt: files of mentions, or corpora by name and split (`BC5CDR:train`). */
  readonly data: readonly string[];
  /** Documents whose names were found by a tagger, alike: pairs of them are learnt, words are not. Default none. */
  readonly silver?: readonly string[] | undefined;
  /** What is evaluated on, alike. Documents of it are never trained on. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: readonly string[] | undefined;
  /** What will be scored later, alike: its documents are never trained on either. Default: nothing. */
  readonly without?: readonly string[] | undefined;
  /** Folder of the corpora, where some are named. */
  readonly corpora?: string | undefined;
  /** Types of names. Default: all that the data annotate. */
  readonly types?: readonly string[] | undefined;
  /** What is learnt of pairs of names. Default: nothing, and the run's folder is a tagger alone. */
  readonly schemes?: readonly ReaderScheme[] | undefined;
  /** Run folder; a tagger when it is done. */
  readonly out: string;
  /** Goes on with the run in `out`, with the same options. Default false. */
  readonly resume?: boolean | undefined;
  /** A JSON file of settings. */
  readonly config?: string | undefined;
  /** Settings by name, which win over those of the file. */
  readonly settings?: Partial<EntitySettings> | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

/** Lengths of windows of hundreds of tokens are multiples of this: fewer shapes are compiled. */
const LONG_STEP = 128;

type Context = WorkflowContext<TrainingEvent>;

/**
 * Fine-tunes a model to find names, and relations between them; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `corpora/…`
 */
export async function finetuneReader(options: FineTuneReaderOptions, context: Context = {}): Promise<TrainingResult> {
  const out = resolve(options.out);
  const before = options.resume === true ? readRun(out) : undefined;
  const settings = parseEntitySettings({ ...settingsOfFile(options.config), ...options.settings });
  return aloneInRun(
    out,
    before !== undefined,
    () => prepareAndTrain(options, settings, before, context),
    context.signal,
  );
}

/** @throws BiogptError `training/settings` */
function settingsOfFile(path: string | undefined): object {
  if (path === undefined) return {};
  const refused = (why: string, cause?: unknown): BiogptError =>
    new BiogptError("training/settings", {
      what: `${path} cannot be used: ${why}.`,
      fix: "Give a JSON object of settings.",
      kind: "usage",
      cause,
    });
  const json = readJsonFile(path, refused);
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw refused("it holds no object");
  return json;
}

async function prepareAndTrain(
  options: FineTuneReaderOptions,
  settings: EntitySettings,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const { signal, onEvent } = context;
  const note = (text: string): void => onEvent?.({ type: "note", text });
  const base = await openReaderBase(await baseFolder(options.model, { signal }), signal);
  const tokenizer = await openTokenizerFolder(base.tokenizerFolder, { normalizePunctuation: true, signal });
  const { schemes = [] } = options;
  const { train, valid, types } = readReaderData(options, schemes, note);
  const reading = readingOf(settings, schemes.length > 0 ? base.config.maxPositions : undefined);
  const longest = reading.copies * (reading.tokens + 1);
  if (longest > base.config.maxPositions && !settings.samePositions) {
    throw new BiogptError("training/settings", {
      what: `${settings.copies} copies of ${reading.tokens} tokens take ${longest} positions; the model has ${base.config.maxPositions}.`,
      fix: "Lower windowTokens, or set samePositions.",
      kind: "usage",
    });
  }
  const data = readerTrainingData(train, types, schemes, tokenizer, reading);
  const extend = (batch: TrainingBatch, sequences: readonly ReaderSequence[]): TrainingBatch => ({
    ...batch,
    further: readerBatch(sequences, schemes, settings.pairWeight, batch),
  });
  const batches = {
    ...{ accumulate: settings.accumulate, seed: settings.seed, padId: tokenizer.padId },
    longest: base.config.maxPositions,
    ...(schemes.length === 0 ? {} : { extend, step: LONG_STEP }),
  };
  const source = bucketedBatches(data.sequences, batches);
  const steps = settings.epochs * source.updatesPerEpoch;
  const loop = loopSettings(settings, steps, source.updatesPerEpoch);
  checkSchedule(scheduleOf(loop));
  const pairs = data.sequences.reduce((sum, sequence) => sum + sequence.pairs.length, 0);
  const stated = data.sequences.reduce((sum, { pairs: all }) => sum + all.filter(({ score }) => score >= 0).length, 0);
  const ofPairs = schemes.length === 0 ? "" : `, ${pairs} pairs of which ${stated} are in a relation`;
  note(`${data.sequences.length} windows, ${types.join(", ")}${ofPairs}; ${steps} updates`);

  using device = await trainingDevice(options.device, { threads: options.threads, signal });
  const description: RunDescription = {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings: { ...settings, types, ...(schemes.length === 0 ? {} : { schemes: schemes.map(({ name }) => name) }) },
    data: {
      model: base.folder,
      data: [...options.data, ...(options.silver ?? [])].join(" "),
      valid: (options.valid ?? []).join(" "),
      without: (options.without ?? []).join(" "),
      tokenizer: tokenizer.hash,
    },
    device: device.name,
    threads: device.threads,
    processes: 1,
    version: VERSION,
  };
  if (before !== undefined) expectSameRun(out, before, description);
  const classes = tagClasses(types);
  const ofNames = { name: "classes", width: base.config.width, classes: classes.length, labels: data.labels };
  const head = schemes.length === 0 ? classHead(ofNames) : readerHead({ ...ofNames, relations: scoreCount(schemes) });
  const model = withHead(trainableModel(base.config), head);
  const { dropout } = settings;
  using step = await createTrainingStep({
    device,
    model,
    initial: base.initialValues(types, schemes, settings.seed),
    shape: source.microBatches(0, 0, 1)[0]!,
    dropout: { embedding: dropout, residual: dropout, attention: 0 },
    optimizer: "muon",
    seed: settings.seed,
  });
  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (before === undefined) await createRun(out, description);
  const task: ModelTask =
    schemes.length === 0
      ? { task: "entities", entities: reading }
      : { task: "relations", schemes: schemes.map(({ name }) => name), entities: reading, reader: schemes };
  const save = async (folder: string): Promise<void> => {
    const value = (name: string): Promise<Float32Array> => step.parameter(name);
    await saveClassifierFolder(folder, { family: base.family, config: base.config, kind: "tokens", classes, value });
    if (schemes.length > 0) await savePairs(folder, base.config.width, schemes, value);
    await copyTokenizer(base.tokenizerFolder, folder);
    await writeTaskFile(folder, task);
  };
  await writeTaskFile(out, task);
  const held =
    valid.length === 0
      ? undefined
      : bucketedEvaluation(readerTrainingData(valid, types, schemes, tokenizer, reading).sequences, batches);
  const evaluate = async (within?: AbortSignal): Promise<Evaluation> => {
    const progress = progressEvents(onEvent);
    const evaluation = await evaluateSequences(step, held!, ALONE, { signal: within, progress });
    if (settings.scoreDocuments === 0) return evaluation;
    return {
      ...evaluation,
      metrics: await score(valid, types, {
        save,
        settings,
        scratch: join(out, ".scoring"),
        threads: device.threads,
        signal: within,
      }),
    };
  };
  const trained = await runTraining(
    {
      run: out,
      settings: loop,
      ...{ model, step, source, parallel: ALONE, decays: decayRule(model, "matrices") },
      ...(held === undefined ? {} : { evaluate }),
      saveModel: save,
      exactWeights: true,
      from: checkpoint?.state,
    },
    context,
  );
  return finished(trained, { run: options.out, averaged: 0 }, context);
}

interface Scoring {
  readonly save: (folder: string) => Promise<void>;
  readonly settings: EntitySettings;
  /** Folder that is made and removed. */
  readonly scratch: string;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

/** Exact F1 of each type, on the first documents of each validation part, over the parts that annotate it. */
async function score(
  valid: readonly ReaderCorpus[],
  types: readonly string[],
  { save, settings, scratch, threads, signal }: Scoring,
): Promise<Record<string, number>> {
  try {
    await save(scratch);
    using tagger = await openTagger(scratch, { threads, signal });
    const metrics: Record<string, number> = {};
    for (const { name, documents, types: annotated } of valid) {
      const scored = types.filter((type) => annotated.includes(type));
      const { byType } = await evaluateEntities(tagger, documents.slice(0, settings.scoreDocuments), scored, {
        signal,
        draws: 0,
      });
      for (const type of scored)
        metrics[valid.length === 1 ? `f1-${type}` : `f1-${type} of ${name}`] = byType[type]!.f1;
    }
    return metrics;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const USUAL_WARMUP = 20;

/** What the loop wants; Muon's and AdamW's constants are those of the small recipes. */
function loopSettings(settings: EntitySettings, steps: number, updatesPerEpoch: number): LoopSettings {
  const { learningRate, matrixLearningRate, weightDecay, clip } = settings;
  const warmup = settings.warmup ?? Math.min(USUAL_WARMUP, Math.floor(steps / 10));
  return {
    ...{ steps, evaluateEvery: updatesPerEpoch, checkpointEvery: updatesPerEpoch },
    ...{ learningRate, matrixLearningRate, warmup, weightDecay, clip },
    ...{ schedule: "linear", finalShare: 0, optimizer: "muon", decay: "matrices" },
    ...{ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, keep: 1, patience: 0 },
  };
}
