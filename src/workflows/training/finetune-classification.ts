/**
 * Fine-tuning of a classifier as a program calls it: texts with a label each, a backbone, and the loop; resumable.
 *
 *     texts ─▶ sequences, the last token labelled ─▶ backbone + head of classes ─▶ loop ─▶ the run's folder is BioGptForSequenceClassification
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { type LabelledText, readLabelledTexts } from "../../corpora/tasks/labelled-texts.ts";
import { evaluateClassifier } from "../../evaluation/evaluate-classifier.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import { saveClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { openBackbone } from "../../pretrained/heads/embedder.ts";
import type { ModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { openModelTokenizer } from "../../pretrained/load/tokenizer-folder.ts";
import { chooseMethod, type Method } from "../../pretrained/save/fine-tuning-method.ts";
import { copyTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { openTextClassifier } from "../../tasks/classification/text-classifier.ts";
import { classificationData, labelsOf } from "../../tasks/classification/training-data.ts";
import { readJsonFile } from "../../tasks/json-file.ts";
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
import { type TrainingHead, withHead } from "../../training/step/trainable-model.ts";
import { classHead } from "../../training/step/training-head.ts";
import { createTrainingStep } from "../../training/step/training-step.ts";
import { VERSION } from "../version.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { type ClassificationSettings, parseClassificationSettings } from "./classification-settings.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { finished, runTraining, trainingDevice } from "./run-training.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneClassificationOptions {
  /** Model to start from: a name or a folder; of one with a head the backbone. */
  readonly model: string;
  /** Files of texts with a label each: JSON Lines of {text, label}, CSV or TSV. */
  readonly data: readonly string[];
  /** What is evaluated on, alike; texts of it are never trained on. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: readonly string[] | undefined;
  /** Run folder; a classifier when it is done. */
  readonly out: string;
  /** Goes on with the run in `out`, with the same options. Default false. */
  readonly resume?: boolean | undefined;
  /** A JSON file of settings. */
  readonly config?: string | undefined;
  /** Settings by name, which win over those of the file. */
  readonly settings?: Partial<ClassificationSettings> | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

type Context = WorkflowContext<TrainingEvent>;

/**
 * Fine-tunes a model to classify texts; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`,
 *         `corpora/labelled-text`, `tasks/labels`, `tasks/unknown-label`
 *
 * @example
 * ```ts
 * await finetuneClassification({ model: "biogpt-mini", data: ["train.csv"], valid: ["dev.csv"], out: "classifier" });
 * ```
 */
export async function finetuneClassification(
  options: FineTuneClassificationOptions,
  context: Context = {},
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const before = options.resume === true ? readRun(out) : undefined;
  const settings = parseClassificationSettings({ ...settingsOfFile(options.config), ...options.settings });
  return aloneInRun(
    out,
    before !== undefined,
    () => prepareAndTrain(options, settings, before, context),
    context.signal,
  );
}

async function prepareAndTrain(
  options: FineTuneClassificationOptions,
  settings: ClassificationSettings,
  before: RunDescription | undefined,
  context: Context,
): Promise<TrainingResult> {
  const out = resolve(options.out);
  const { signal, onEvent } = context;
  const note = (text: string): void => onEvent?.({ type: "note", text });
  const named = await baseFolder(options.model, { signal });
  const base = await openBackbone(named, { signal });
  const tokenizer = await openModelTokenizer(base.tokenizerFolder, { normalizePunctuation: true, signal });
  const reading = { tokens: Math.min(settings.maxSource, base.config.maxPositions) };
  const { train, valid } = readTexts(options, note);
  const classes = labelsOf(train);
  const data = classificationData(train, classes, tokenizer, reading);
  const held = valid.length === 0 ? undefined : classificationData(valid, classes, tokenizer, reading);
  const batches = { accumulate: settings.accumulate, seed: settings.seed, padId: tokenizer.padId };
  const source = bucketedBatches(data.sequences, batches);
  const steps = settings.epochs * source.updatesPerEpoch;
  const loop = loopSettings(settings, steps, source.updatesPerEpoch);
  checkSchedule(scheduleOf(loop));
  note(`${train.length} texts, ${classes.length} labels: ${some(classes)}; ${steps} updates`);
  if (data.cut > 0) note(`note: ${data.cut} texts have more than ${reading.tokens} tokens and lose their end`);

  using device = await trainingDevice(options.device, { threads: options.threads, signal });
  const description: RunDescription = {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings: { ...settings, classes },
    data: {
      model: base.folder,
      data: options.data.join(" "),
      valid: (options.valid ?? []).join(" "),
      tokenizer: tokenizer.hash,
    },
    device: device.name,
    threads: device.threads,
    processes: 1,
    version: VERSION,
  };
  if (before !== undefined) expectSameRun(out, before, description);
  const head = headOf(base, classes);
  const method = chooseMethod({
    config: base.config,
    settings: { ...settings, targets: [...settings.targets] },
    oldRows: base.config.vocabularySize,
    base: existsSync(named) ? resolve(named) : options.model,
  });
  const model = withHead(method.model, head);
  const isOfHead = (name: string): boolean => head.parameters.some((parameter) => parameter.name === name);
  const weightOf = (name: string): Promise<Float32Array> => readFloat32(base.entries.get(name)!);
  const { trainable } = method;
  const { dropout } = settings;
  using step = await createTrainingStep({
    device,
    model,
    initial: (name) => (isOfHead(name) ? zeros(head, name) : (method.added(name) ?? weightOf(name))),
    ...(trainable === undefined ? {} : { trainable: (name) => isOfHead(name) || trainable(name) }),
    shape: source.microBatches(0, 0, 1)[0]!,
    dropout: { embedding: dropout, residual: dropout, attention: 0 },
    optimizer: loop.optimizer,
    seed: settings.seed,
  });
  const checkpoint = before === undefined ? undefined : newestCheckpoint(out);
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (before === undefined) await createRun(out, description);
  const task: ModelTask = { task: "classification", schemes: [], inputUnit: settings.unit, classification: reading };
  const save = async (folder: string): Promise<void> => {
    const value = (name: string): Promise<Float32Array> =>
      isOfHead(name) ? step.parameter(name) : method.value(step, name, weightOf);
    await saveClassifierFolder(folder, { family: base.family, config: base.config, kind: "sequence", classes, value });
    await copyTokenizer(base.tokenizerFolder, folder);
    await writeTaskFile(folder, task);
  };
  await writeTaskFile(out, task);
  const heldBatches = held === undefined ? undefined : bucketedEvaluation(held.sequences, batches);
  const evaluate = async (within?: AbortSignal): Promise<Evaluation> => {
    const progress = progressEvents(onEvent);
    const evaluation = await evaluateSequences(step, heldBatches!, ALONE, { signal: within, progress });
    const scoring = { save, scratch: join(out, ".scoring"), threads: device.threads, signal: within };
    return { ...evaluation, metrics: await score(valid, scoring) };
  };
  const trained = await runTraining(
    {
      run: out,
      settings: loop,
      ...{ model, step, source, parallel: ALONE, decays: decayOf(model, method) },
      ...(heldBatches === undefined ? {} : { evaluate }),
      saveModel: save,
      exactWeights: true,
      from: checkpoint?.state,
    },
    context,
  );
  return finished(trained, { run: options.out, averaged: 0 }, context);
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

/** What is learnt and what is evaluated on; texts of the second are left out of the first. */
function readTexts(
  { data, valid: held = [] }: FineTuneClassificationOptions,
  note: (text: string) => void,
): { readonly train: readonly LabelledText[]; readonly valid: readonly LabelledText[] } {
  const valid = held.flatMap(readLabelledTexts);
  const keyOf = ({ text }: LabelledText): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();
  const known = new Set(valid.map(keyOf));
  const all = data.flatMap(readLabelledTexts);
  const train = all.filter((text) => !known.has(keyOf(text)));
  if (train.length < all.length)
    note(`note: ${all.length - train.length} texts are left out, as they are evaluated on`);
  return { train, valid };
}

/** As transformers has it for the family: with a bias or without. */
function headOf({ family, config }: ModelFolder, classes: readonly string[]): TrainingHead {
  const layout = family.heads?.find(({ kind }) => kind === "sequence");
  if (layout === undefined) {
    throw new BiogptError("pretrained/no-classes", {
      what: `A ${family.title} gets no head for whole texts here.`,
      fix: "Start from a BioGPT.",
      kind: "usage",
    });
  }
  const [name] = CLASS_HEAD.weight.split(".");
  return classHead({ name: name!, width: config.width, classes: classes.length, bias: layout.bias !== undefined });
}

/** A head that says the same of every text. */
function zeros({ parameters }: TrainingHead, name: string): Float32Array {
  const { shape } = parameters.find((parameter) => parameter.name === name)!;
  return new Float32Array(shape.reduce((product, size) => product * size, 1));
}

function decayOf(model: ReturnType<typeof withHead>, method: Method): (name: string) => boolean {
  const rule = decayRule(model, "matrices");
  return (name) => rule(name) && method.decays(name);
}

interface Scoring {
  readonly save: (folder: string) => Promise<void>;
  /** Folder that is made and removed. */
  readonly scratch: string;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

async function score(
  valid: readonly LabelledText[],
  { save, scratch, threads, signal }: Scoring,
): Promise<Record<string, number>> {
  try {
    await save(scratch);
    using classifier = await openTextClassifier(scratch, { threads, signal });
    const { accuracy, macroF1 } = await evaluateClassifier(classifier, valid, { signal, draws: 0 });
    return { accuracy, "macro-f1": macroF1 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function some(classes: readonly string[]): string {
  const [first, rest] = [classes.slice(0, 10).join(", "), classes.length - 10];
  return rest > 0 ? `${first} and ${rest} more` : first;
}

const USUAL_WARMUP = 20;

/** What the loop wants; constants of Muon and AdamW are those of the small recipes. Low-rank maps are AdamW's. */
function loopSettings(settings: ClassificationSettings, steps: number, updatesPerEpoch: number): LoopSettings {
  const { method, learningRate, matrixLearningRate, weightDecay, clip } = settings;
  const warmup = settings.warmup ?? Math.min(USUAL_WARMUP, Math.floor(steps / 10));
  return {
    ...{ steps, evaluateEvery: updatesPerEpoch, checkpointEvery: updatesPerEpoch },
    ...{ learningRate, matrixLearningRate, warmup, weightDecay, clip },
    ...{ schedule: "linear", finalShare: 0, optimizer: method === "full" ? "muon" : "adamw", decay: "matrices" },
    ...{ beta1: 0.9, beta2: 0.98, epsilon: 1e-8, keep: 1, patience: 0 },
  };
}
