/** A classifier held against labelled texts, as `biogpt evaluate classification` does. */
import { readLabelledTexts } from "../corpora/tasks/labelled-texts.ts";
import { type ClassifierEvaluation, evaluateClassifier } from "../evaluation/evaluate-classifier.ts";
import { openTextClassifier } from "../tasks/classification/text-classifier.ts";
import { folderOfModel, type LoadSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface EvaluateClassificationOptions {
  /** Name or folder of a classifier. */
  readonly model: string;
  /** Files of texts with a label each: JSON Lines of {text, label}, CSV or TSV. */
  readonly data: readonly string[];
  readonly load?: LoadSettings | undefined;
  /** First texts of each file that are scored. Default: all. */
  readonly limit?: number | undefined;
  /** Draws of the bootstrap interval. Default 1000; 0 for none. */
  readonly draws?: number | undefined;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number | undefined;
}

export interface ClassificationEvaluation {
  readonly model: string;
  readonly parts: readonly (ClassifierEvaluation & { readonly name: string })[];
}

/**
 * Scores each file: accuracy, macro F1, and precision, recall and F1 of each label.
 *
 * @throws BiogptError `corpora/labelled-text`, `tasks/wrong-model`, `pretrained/…`, `aborted`
 * @example
 *     const { parts } = await evaluateClassification({ model: "run", data: ["test.csv"] });
 */
export async function evaluateClassification(
  { model, data, load = {}, limit, draws, seed }: EvaluateClassificationOptions,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<ClassificationEvaluation> {
  const files = data.map((name) => ({ name, texts: readLabelledTexts(name).slice(0, limit) }));
  const progress = progressEvents(onEvent);
  const folder = await folderOfModel(model, { ...load, signal, progress });
  const { precision, device, threads } = load;
  using classifier = await openTextClassifier(folder, { precision, device, threads, signal, progress });
  const parts = [];
  for (const { name, texts } of files) {
    const unknown = [...new Set(texts.map(({ label }) => label))].filter((label) => !classifier.labels.includes(label));
    if (unknown.length > 0)
      onEvent?.({
        type: "note",
        text: `note: the classifier does not know ${unknown.join(", ")}, which stand in ${name}`,
      });
    const evaluation = await evaluateClassifier(classifier, texts, {
      signal,
      ...(draws === undefined ? {} : { draws }),
      ...(seed === undefined ? {} : { seed }),
      onText: (done) => progress?.({ activity: `classifying ${name}`, done, total: texts.length, unit: "texts" }),
    });
    parts.push({ name, ...evaluation });
  }
  return { model: folder, parts };
}
