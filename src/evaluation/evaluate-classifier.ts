/** A classifier held against texts with known labels: accuracy, F1 of each class and their mean, with an interval over texts. */
import type { LabelledText } from "../corpora/tasks/labelled-texts.ts";
import type { TextClassifier } from "../tasks/classification/text-classifier.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./scorers/bootstrap.ts";
import { scoreAnswers } from "./scorers/classification.ts";
import { type Counts, type PrecisionRecall, ratio } from "./scorers/counts.ts";

export interface ClassifierEvaluation {
  readonly texts: number;
  readonly accuracy: number;
  /** Mean F1 of the labels that occur in gold or answers. */
  readonly macroF1: number;
  readonly byLabel: Readonly<Record<string, PrecisionRecall & Counts>>;
  /** Accuracy of the label that is most frequent here. */
  readonly mostFrequent: { readonly label: string; readonly accuracy: number };
  /** Of the accuracy; undefined without texts or draws. */
  readonly interval: ConfidenceInterval | undefined;
  /** Texts that lost their end. */
  readonly cut: number;
  readonly seconds: number;
}

/** Texts in work at once. */
const GROUP = 64;

/** @throws BiogptError `aborted` */
export async function evaluateClassifier(
  classifier: Pick<TextClassifier, "classify">,
  texts: readonly LabelledText[],
  {
    signal,
    onText,
    ...draws
  }: BootstrapOptions & { readonly signal?: AbortSignal | undefined; readonly onText?: (done: number) => void } = {},
): Promise<ClassifierEvaluation> {
  const start = performance.now();
  const items: { readonly predicted: string; readonly gold: string }[] = [];
  let cut = 0;
  for (let from = 0; from < texts.length; from += GROUP) {
    const group = texts.slice(from, from + GROUP);
    const found = await classifier.classify(
      group.map(({ text }) => text),
      signal,
    );
    for (const [at, { classes, cut: isCut }] of found.entries()) {
      items.push({ predicted: classes[0]!.label, gold: group[at]!.label });
      if (isCut) cut++;
    }
    onText?.(items.length);
  }
  const seconds = (performance.now() - start) / 1000;
  const { accuracy, macroF1, correct, byAnswer } = scoreAnswers(items);
  const interval = bootstrap(correct, (sample) => ratio(sample.filter(Boolean).length, sample.length), draws);
  const byLabel = Object.fromEntries(byAnswer);
  return { texts: texts.length, accuracy, macroF1, byLabel, mostFrequent: mostFrequent(texts), interval, cut, seconds };
}

function mostFrequent(texts: readonly LabelledText[]): ClassifierEvaluation["mostFrequent"] {
  const counts = new Map<string, number>();
  for (const { label } of texts) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ["", 0]);
  return { label, accuracy: ratio(count, texts.length) };
}
