/**
 * Fine-tuning of a classifier as a program calls it: texts with a label each, a backbone, and the loop; resumable.
 *
 *     texts ─▶ sequences, the last token labelled ─▶ backbone + head of classes ─▶ loop ─▶ the run's folder is BioGptForSequenceClassification
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
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
import { openTextClassifier } from "../../tasks/classification/text-classifier.ts";
import { classificationData, labelsOf } from "../../tasks/classification/training-data.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { bucketedBatches, bucketedEvaluation } from "../../training/data/bucketed-batches.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { type TrainingHead, withHead } from "../../training/step/trainable-model.ts";
import { classHead } from "../../training/step/training-head.ts";
import { noteEvents, type WorkflowContext } from "../workflow.ts";
import { type ClassificationSettings, parseClassificationSettings } from "./classification-settings.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import {
  inRunFolder,
  loopOfPasses,
  namedFiles,
  type PassOptions,
  type PassWork,
  trainInPasses,
} from "./train-in-passes.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneClassificationOptions extends PassOptions<ClassificationSettings> {
  /** Model to start from: a name or a folder; of one with a head the backbone. */
  readonly model: string;
  /** Files of texts with a label each: JSON Lines of {text, label}, CSV or TSV. */
  readonly data: readonly string[];
  /** What is evaluated on, alike; texts of it are never trained on. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: readonly string[] | undefined;
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
  return inRunFolder(options, parseClassificationSettings, prepareAndTrain, context);
}

const prepareAndTrain: PassWork<FineTuneClassificationOptions, ClassificationSettings> = async (
  options,
  settings,
  before,
  context,
) => {
  const { signal, onEvent } = context;
  const note = noteEvents(onEvent);
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
  const optimizer = settings.method === "full" ? "muon" : "adamw"; // which trains low-rank maps
  const loop = loopOfPasses(settings, { updatesPerEpoch: source.updatesPerEpoch, optimizer });
  note(`${train.length} texts, ${classes.length} labels: ${some(classes)}; ${loop.steps} updates`);
  if (data.cut > 0) note(`note: ${data.cut} texts have more than ${reading.tokens} tokens and lose their end`);
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
  const task: ModelTask = { task: "classification", schemes: [], inputUnit: settings.unit, classification: reading };
  return trainInPasses(
    {
      ...{
        work: "classification",
        options,
        settings,
        before,
        model,
        source,
        loop,
        task,
        decays: decayOf(model, method),
      },
      described: {
        settings: { ...settings, classes },
        data: {
          model: base.folder,
          data: namedFiles(options.data),
          valid: namedFiles(options.valid),
          tokenizer: tokenizer.hash,
        },
      },
      initial: () => (name) => (isOfHead(name) ? zeros(head, name) : (method.added(name) ?? weightOf(name))),
      ...(trainable === undefined ? {} : { trainable: (name) => isOfHead(name) || trainable(name) }),
      held: held === undefined ? undefined : bucketedEvaluation(held.sequences, batches),
      save: async (folder, step) => {
        const { family, config } = base;
        const value = (name: string): Promise<Float32Array> =>
          isOfHead(name) ? step.parameter(name) : method.value(step, name, weightOf);
        await saveClassifierFolder(folder, { family, config, kind: "sequence", classes, value });
        await copyTokenizer(base.tokenizerFolder, folder);
      },
      score: async (folder, { threads, signal: within }) => {
        using classifier = await openTextClassifier(folder, { threads, signal: within });
        const { accuracy, macroF1 } = await evaluateClassifier(classifier, valid, { signal: within, draws: 0 });
        return { accuracy, "macro-f1": macroF1 };
      },
    },
    context,
  );
};

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

function some(classes: readonly string[]): string {
  const [first, rest] = [classes.slice(0, 10).join(", "), classes.length - 10];
  return rest > 0 ? `${first} and ${rest} more` : first;
}
