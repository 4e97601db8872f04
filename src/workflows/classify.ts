/** Labels of sentences, as `biogpt classify` gives them. */
import { BiogptError } from "../base/errors.ts";
import { mapInOrder } from "../base/map-in-order.ts";
import type { Document } from "../corpora/document.ts";
import { splitSentences } from "../corpora/sentences.ts";
import { MOST_CONTINUATION_SLOTS } from "../generation/generation.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { expectMadeFor } from "../tasks/fine-tuned.ts";
import { hallmarkSource } from "../tasks/hallmarks/hallmarks.ts";
import {
  chooseHallmarks,
  HALLMARK_TOLERANCE,
  type HallmarkScores,
  type HallmarkThresholds,
  hallmarkScorer,
} from "../tasks/hallmarks/label-scoring.ts";
import { readThresholds, thresholdsOf } from "../tasks/hallmarks/thresholds.ts";
import type { LabelMode } from "../tasks/label-scoring.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
  toldReading,
} from "./documents.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

/** What `classify` labels with: the ten hallmarks of cancer. */
export const HALLMARKS = "hallmarks";
/** Sentences in work at once where nothing is said. */
export const USUAL_SENTENCES = 8;

export interface ClassifySettings extends DocumentSettings {
  /**
   * What a hallmark's probability must reach: one number for all in [0, 1], one for each by name, or the path of a file of them. Default: what
   * the model's folder says, else the most probable set of labels; zero-shot always the latter.
   */
  readonly thresholds?: HallmarkThresholds | string | undefined;
  /** Default: fine-tuned where the model was, else zero-shot, as if the model were a base model. */
  readonly mode?: LabelMode | undefined;
  /** Zero-shot: take off how likely each label is without a sentence. Default true; refused for a fine-tuned model. */
  readonly correctPrior?: boolean | undefined;
  /** Sentences in work at once, 1 to 64. Default 8. */
  readonly batch?: number | undefined;
}

export interface ClassifiedSentence {
  readonly document: Document;
  /** Index of the sentence's passage in the document. */
  readonly passage: number;
  /** UTF-16 offsets in the passage, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Hallmarks that are given, most probable first; empty for none. */
  readonly labels: readonly string[];
  /** Of each hallmark and of "empty", most probable first. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly mode: LabelMode;
  readonly model: string;
  readonly modelHash: string;
  /** The sentence is longer than the model reads and lost its end. */
  readonly cut: boolean;
}

export type ClassifyEvent = NoteEvent | ProgressEvent | ProblemEvent;

/**
 * Labels each sentence of files or documents with the hallmarks of cancer, in the order of the text, with the command's defaults.
 *
 * @param input paths, or documents
 * @throws BiogptError `tasks/wrong-model`, `tasks/thresholds`, `tasks/not-fine-tuned`, `tasks/no-effect`, those of `loadModel` and
 *         `readDocuments`, `aborted`
 * @example
 *     import { classify } from "biogpt/workflows";
 *
 *     for await (const { text, labels } of classify("abstracts.xml.gz")) if (labels.length > 0) console.log(labels, text);
 */
export async function* classify(
  input: DocumentInput,
  {
    model: asked,
    load,
    limit,
    inputFormat,
    strict = false,
    standardInput,
    thresholds: given,
    mode,
    correctPrior,
    batch = USUAL_SENTENCES,
  }: ClassifySettings & ModelSettings = {},
  context: WorkflowContext<ClassifyEvent> = {},
): AsyncGenerator<ClassifiedSentence, void, void> {
  const { signal, onEvent } = context;
  const read = typeof given === "string" ? readThresholds(given) : given;
  await expectReadable(input, inputFormat);
  const zeroShot = mode === "zero-shot";
  const found = await findModel(asked ?? (zeroShot ? undefined : embeddedModelFor(HALLMARKS)), load, context);
  using opened = await found.open(hallmarkSlots(batch));
  const { model } = opened;
  if (!zeroShot) expectMadeFor(model, HALLMARKS, embeddedModelFor(HALLMARKS));
  const thresholds = read ?? (zeroShot ? undefined : thresholdsOf(model));
  const prior = correctPrior === undefined ? {} : { correctPrior };
  const scorer = hallmarkScorer(model, { mode, thresholds, tolerance: HALLMARK_TOLERANCE, signal, ...prior });
  const { reading } = toldReading({ inputFormat, limit, standardInput, strict }, onEvent);
  const { onProblem } = reading;
  const work = async (sentence: Sentence): Promise<readonly [Sentence, HallmarkScores | BiogptError]> => {
    try {
      return [sentence, await scorer(hallmarkSource(sentence.text))];
    } catch (error) {
      if (onProblem === undefined || !(error instanceof BiogptError) || error.kind === "aborted") throw error;
      return [sentence, error];
    }
  };
  const sentences = sentencesOf(documentsOf(input, { ...reading, progress: progressEvents(onEvent) }, signal));
  for await (const [sentence, scores] of mapInOrder(sentences, work, { concurrency: batch, signal })) {
    if (scores instanceof BiogptError) {
      onProblem?.(scores);
      continue;
    }
    yield {
      ...sentence,
      labels: chooseHallmarks(scores, thresholds).filter((label) => label !== "empty"),
      probabilities: Object.fromEntries(scores.labels.map(({ label, probability }) => [label, probability])),
      ...{ mode: scores.mode, model: model.name, modelHash: model.hash, cut: scores.sourceCut },
    };
  }
}

/** Sequences that so many sentences need at once: the label strings of each are scored together. */
export function hallmarkSlots(batch: number = USUAL_SENTENCES): number {
  return batch * MOST_CONTINUATION_SLOTS;
}

type Sentence = Pick<ClassifiedSentence, "document" | "passage" | "start" | "end" | "text">;

async function* sentencesOf(documents: AsyncIterable<Document>): AsyncGenerator<Sentence, void, void> {
  for await (const document of documents) {
    for (const [passage, { text }] of document.passages.entries()) {
      for (const { start, end } of splitSentences(text))
        yield { document, passage, start, end, text: text.slice(start, end) };
    }
  }
}
