/**
 * Fine-tuning of a tagger as a program calls it: annotated documents, a backbone, and the loop; resumable.
 *
 *     documents without leaks ─▶ windows read twice ─▶ backbone + head of classes ─▶ loop ─▶ the run's folder is a tagger
 */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { withoutLeaks } from "../../corpora/entities/leaks.ts";
import { type NamedMentions, readNamedMentions } from "../../corpora/entities/named-data.ts";
import { evaluateEntities } from "../../evaluation/evaluate-entities.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import { saveClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { type ModelFolder, openModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { copyTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import { trainableModel } from "../../pretrained/save/trainable-folder.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { tagClasses } from "../../tasks/entities/labels.ts";
import { openTagger } from "../../tasks/entities/tagger.ts";
import { entityTrainingData } from "../../tasks/entities/training-data.ts";
import { readJsonFile } from "../../tasks/json-file.ts";
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
import { withHead } from "../../training/step/trainable-model.ts";
import { classHead } from "../../training/step/training-head.ts";
import { createTrainingStep } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { type EntitySettings, parseEntitySettings, readingOf } from "./entity-settings.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneEntitiesOptions {
  /** Model to start from: a name or a folder. */
  readonly model: string;
  /** What is learnt: files of mentions, or corpora by name and split (`BC5CDR:train`). */
  readonly data: readonly string[];
  /** What is evaluated on, alike. Documents of it are never trained on. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: readonly string[] | undefined;
  /** What will be scored later, alike: its documents are never trained on either. Default: nothing. */
  readonly without?: readonly string[] | undefined;
  /** Folder of the corpora, where some are named. */
  readonly corpora?: string | undefined;
  /** Types of names. Default: all that the data annotate. */
  readonly types?: readonly string[] | undefined;
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

type Context = WorkflowContext<TrainingEvent>;

/**
 * Fine-tunes a model to find names; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `corpora/…`
 *
 * @example
 * ```ts
 * await finetuneEntities({ model: "biogpt-mini", data: ["train.pubtator"], valid: ["dev.pubtator"], out: "tagger" });
 * ```
 */
export async function finetuneEntities(
  options: FineTuneEntitiesOptions,
  context: Context = {},
): Promise<TrainingResult> {
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

interface EntityData {
  readonly train: readonly NamedMentions[];
  readonly valid: readonly NamedMentions[];
  readonly types: readonly string[];
}

async function prepareAndTrain(
  options: FineTuneEntitiesOptions,
  settings: EntitySettings,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const { signal, onEvent } = context;
  const note = (text: string): void => onEvent?.({ type: "note", text });
  const base = await openModelFolder(await baseFolder(options.model, { signal }), { signal });
  const tokenizer = await openTokenizerFolder(base.tokenizerFolder, { normalizePunctuation: true, signal });
  const { train, valid, types } = readData(options, note);
  const reading = readingOf(settings);
  const longest = settings.copies * (settings.windowTokens + 1);
  if (longest > base.config.maxPositions && !settings.samePositions) {
    throw new BiogptError("training/settings", {
      what: `${settings.copies} copies of ${settings.windowTokens} tokens take ${longest} positions; the model has ${base.config.maxPositions}.`,
      fix: "Lower windowTokens, or set samePositions.",
      kind: "usage",
    });
  }
  const data = entityTrainingData(train, types, tokenizer, reading);
  const batches = { accumulate: settings.accumulate, seed: settings.seed, padId: tokenizer.padId };
  const source = bucketedBatches(data.sequences, batches);
  const steps = settings.epochs * source.updatesPerEpoch;
  const loop = loopSettings(settings, steps, source.updatesPerEpoch);
  checkSchedule(scheduleOf(loop));
  note(`${data.sequences.length} windows, ${types.join(", ")}; ${steps} updates`);

  using device = await trainingDevice(options.device, { threads: options.threads, signal });
  const description: RunDescription = {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings: { ...settings, types },
    data: {
      model: base.folder,
      data: options.data.join(" "),
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
  const head = classHead({ name: "classes", width: base.config.width, classes: classes.length, labels: data.labels });
  const model = withHead(trainableModel(base.config), head);
  const { dropout } = settings;
  using step = await createTrainingStep({
    device,
    model,
    initial: initialValues(base, classes.length),
    shape: source.microBatches(0, 0, 1)[0]!,
    dropout: { embedding: dropout, residual: dropout, attention: 0 },
    optimizer: "muon",
    seed: settings.seed,
  });
  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (before === undefined) await createRun(out, description);
  const save = async (folder: string): Promise<void> => {
    const value = (name: string): Promise<Float32Array> => step.parameter(name);
    await saveClassifierFolder(folder, { family: base.family, config: base.config, kind: "tokens", classes, value });
    await copyTokenizer(base.tokenizerFolder, folder);
    await writeTaskFile(folder, { task: "entities", entities: reading });
  };
  await writeTaskFile(out, { task: "entities", entities: reading });
  const held =
    valid.length === 0
      ? undefined
      : bucketedEvaluation(entityTrainingData(valid, types, tokenizer, reading).sequences, batches);
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

/** Reads what is learnt and what is evaluated on, and leaves out of the first what stands in the second or will be scored. */
function readData(
  { data, valid = [], without = [], corpora, types: wanted }: FineTuneEntitiesOptions,
  note: (text: string) => void,
): EntityData {
  const [all, held, scored] = [data, valid, without].map((names) =>
    names.map((name) => readNamedMentions(name, corpora)),
  );
  const evaluation = [...held!, ...scored!].flatMap(({ documents }) => documents);
  const train = all!.map((named) => ({ ...named, documents: withoutLeaks(named.documents, evaluation) }));
  for (const [i, { name, documents, misplaced }] of train.entries()) {
    const left = all![i]!.documents.length - documents.length;
    if (left > 0) note(`note: ${left} documents of ${name} are left out, as they are evaluated on`);
    if (misplaced.length > 0) note(`note: ${misplaced.length} mentions of ${name} are not where it says, and left out`);
  }
  const annotated = new Set(train.flatMap(({ types }) => types));
  const types = wanted ?? [...annotated].sort();
  const unknown = types.filter((type) => !annotated.has(type));
  if (unknown.length > 0 || types.length === 0) {
    throw new BiogptError("training/settings", {
      what: types.length === 0 ? "The data mark no names." : `The data mark no ${unknown.join(", ")}.`,
      fix: annotated.size === 0 ? "Give documents with mentions." : `They mark ${[...annotated].sort().join(", ")}.`,
      kind: "usage",
    });
  }
  return { train, valid: held!, types };
}

/** The backbone as it is, and a head of zeros, which says the same of every word. */
function initialValues(
  { entries, config }: ModelFolder,
  classes: number,
): (name: string) => Float32Array | Promise<Float32Array> {
  return (name) => {
    if (name === CLASS_HEAD.weight) return new Float32Array(classes * config.width);
    if (name === CLASS_HEAD.bias) return new Float32Array(classes);
    return readFloat32(entries.get(name)!);
  };
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
  valid: readonly NamedMentions[],
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
