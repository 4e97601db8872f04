/** What a classifier learns from: each text as a sequence whose last token, and no other, carries the number of its class. */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { LabelledText } from "../../corpora/tasks/labelled-texts.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TrainingSequence } from "../../training/data/training-sequence.ts";
import { IGNORED_LABEL } from "../../training/step/training-step.ts";
import { type ClassificationReading, readText } from "./reading.ts";

export interface ClassificationData {
  readonly sequences: readonly TrainingSequence[];
  /** Texts that lost their end. */
  readonly cut: number;
}

/**
 * @param classes in the head's order
 * @throws BiogptError `tasks/unknown-label` for a text whose label is none of them
 */
export function classificationData(
  texts: readonly LabelledText[],
  classes: readonly string[],
  tokenizer: Tokenizer,
  reading: ClassificationReading,
): ClassificationData {
  const numbers = new Map(classes.map((label, at) => [label, at]));
  let cut = 0;
  const sequences = texts.map(({ text, label, name }): TrainingSequence => {
    const number = numbers.get(label);
    if (number === undefined) {
      throw new BiogptError("tasks/unknown-label", {
        what: `${name} has the label ${JSON.stringify(label)}, which the classifier does not know.`,
        fix: `It knows ${classes.join(", ")}.${didYouMean(label, classes)}`,
      });
    }
    const read = readText(text, tokenizer, reading);
    if (read.cut) cut++;
    const labels = new Int32Array(read.ids.length).fill(IGNORED_LABEL);
    labels[labels.length - 1] = number;
    return { name, inputs: read.ids, labels, plannedLength: labels.length };
  });
  return { sequences, cut };
}

/** The labels of texts, in the order of their code units. @throws BiogptError `tasks/labels` where there are fewer than two, or too many */
export function labelsOf(texts: readonly LabelledText[]): string[] {
  const labels = [...new Set(texts.map(({ label }) => label))].sort();
  if (labels.length > 1 && labels.length <= MOST_CLASSES) return labels;
  throw new BiogptError("tasks/labels", {
    what: `The texts have ${labels.length} different labels; a classifier has 2 to ${MOST_CLASSES}.`,
    fix: "Give each text the name of its class.",
  });
}

/** More are no classes but ids, or texts in the wrong column. */
const MOST_CLASSES = 1000;
