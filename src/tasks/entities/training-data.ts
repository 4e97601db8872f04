/**
 * What a tagger learns from: windows of annotated documents as sequences, each token of the copy that is tagged with its word's label.
 *
 * All pieces of a word carry its label, though only the last one's scores are read: twice the signal from the same pass.
 */
import type { MentionDocument } from "../../corpora/entities/mention-document.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TrainingSequence } from "../../training/data/training-sequence.ts";
import { IGNORED_LABEL } from "../../training/step/training-step.ts";
import type { EntityReading } from "./entity-reading.ts";
import { type LabelSets, labelSets } from "./labels.ts";
import { readSequence, wordLabels } from "./sequence.ts";
import { textWindows, tokenizeText } from "./text-tokens.ts";

/** Documents in which names of some types are annotated wherever they occur. */
export interface AnnotatedDocuments {
  readonly types: readonly string[];
  readonly documents: readonly MentionDocument[];
}

export interface EntityTrainingData {
  readonly sequences: readonly TrainingSequence[];
  /** What the labels of the sequences allow: `labels` of the head. */
  readonly labels: LabelSets["sets"];
}

/** @param types of the tagger; what a corpus does not annotate of them is left open there */
export function entityTrainingData(
  corpora: readonly AnnotatedDocuments[],
  types: readonly string[],
  tokenizer: Tokenizer,
  reading: EntityReading,
): EntityTrainingData {
  const labels = labelSets(
    types,
    corpora.map((corpus) => corpus.types),
  );
  const sequences = corpora.flatMap(({ documents, types: annotated }) =>
    documents.flatMap((document) => sequencesOf(document, types, labels.outside(annotated), tokenizer, reading)),
  );
  return { sequences, labels: labels.sets };
}

function sequencesOf(
  { id, passages, mentions }: MentionDocument,
  types: readonly string[],
  outside: number,
  tokenizer: Tokenizer,
  reading: EntityReading,
): TrainingSequence[] {
  const text = tokenizeText(passages, tokenizer);
  const { words } = text;
  const ofWords = wordLabels(text, mentions, types, outside);
  return textWindows(text, reading).map((window): TrainingSequence => {
    const { inputs, tagged, positions } = readSequence(text, window, tokenizer.endId, reading);
    const labels = new Int32Array(inputs.length).fill(IGNORED_LABEL);
    const shift = tagged - words[window.start]!;
    for (let word = window.from; word < window.to; word++) {
      labels.fill(ofWords[word]!, shift + words[word]!, shift + words[word + 1]!);
    }
    const places = positions === undefined ? {} : { positions };
    return { name: id, inputs, labels, plannedLength: inputs.length, ...places };
  });
}
