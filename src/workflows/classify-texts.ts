/** Labels by a classifier of the user's own, as `biogpt classify --model RUN` gives them: of documents, or of sentence after sentence. */
import { inGroups } from "../base/in-groups.ts";
import { type Document, joinedText } from "../corpora/document.ts";
import { splitSentences } from "../corpora/sentences.ts";
import { holdsClassHead } from "../pretrained/heads/classifier-folder.ts";
import { isAdapter } from "../pretrained/load/model-folder.ts";
import {
  type ClassProbability,
  openTextClassifier,
  type TextClassifier,
} from "../tasks/classification/text-classifier.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
  toldReading,
} from "./documents.ts";
import { folderOfModel, type LoadSettings, openByName } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface ClassifyTextsSettings extends DocumentSettings {
  /** Name or folder of a classifier. */
  readonly model: string;
  readonly load?: LoadSettings | undefined;
  /** Gives every label of this probability, which may be none. Default: the most probable one. */
  readonly threshold?: number | undefined;
}

export interface ClassifiedText {
  readonly document: Document;
  /** Of a sentence: where it stands; absent where whole documents are classified. */
  readonly place?: { readonly passage: number; readonly start: number; readonly end: number; readonly text: string };
  /** Most probable first. */
  readonly labels: readonly string[];
  readonly classes: readonly ClassProbability[];
  readonly cut: boolean;
  readonly model: string;
}

const GROUP = 64;

/** Whether a name or folder is that of a model with a head of classes, which is asked otherwise than one that writes. */
export async function isClassifier(
  model: string | undefined,
  { load = {} }: { readonly load?: LoadSettings | undefined },
  { signal }: WorkflowContext = {},
): Promise<boolean> {
  if (model === undefined) return false;
  const folder = await folderOfModel(model, { ...load, signal, progress: undefined });
  return !(await isAdapter(folder)) && (await holdsClassHead(folder, { signal }));
}

/**
 * Classifies documents, or their sentences where the model was trained on sentences, in the order of the text.
 *
 * @throws BiogptError `tasks/wrong-model`, `pretrained/…`, those of `readDocuments`, `aborted`
 * @example
 *     for await (const { document, labels } of classifyTexts("abstracts.xml.gz", { model: "run" })) console.log(document.id, labels);
 */
export async function* classifyTexts(
  input: DocumentInput,
  { model, load, threshold, limit, inputFormat, strict, standardInput }: ClassifyTextsSettings,
  context: WorkflowContext<NoteEvent | ProgressEvent | ProblemEvent> = {},
): AsyncGenerator<ClassifiedText, void, void> {
  await expectReadable(input, inputFormat);
  const { signal, onEvent } = context;
  using classifier = await openByName(model, load, context, openTextClassifier);
  const { reading } = toldReading({ inputFormat, limit, standardInput, strict }, onEvent);
  const documents = documentsOf(input, { ...reading, progress: progressEvents(onEvent) }, signal);
  for await (const group of inGroups(textsOf(documents, classifier), GROUP)) {
    const found = await classifier.classify(
      group.map(({ text }) => text),
      signal,
    );
    for (const [at, { classes, cut }] of found.entries()) {
      const { document, place } = group[at]!;
      const kept =
        threshold === undefined ? classes.slice(0, 1) : classes.filter((one) => one.probability >= threshold);
      const labels = kept.map(({ label }) => label);
      yield { document, ...(place === undefined ? {} : { place }), labels, classes, cut, model };
    }
  }
}

interface TextToClassify extends Pick<ClassifiedText, "document" | "place"> {
  readonly text: string;
}

async function* textsOf(
  documents: AsyncIterable<Document>,
  { unit }: Pick<TextClassifier, "unit">,
): AsyncGenerator<TextToClassify, void, void> {
  for await (const document of documents) {
    if (unit === "document") {
      yield { document, text: joinedText(document) };
      continue;
    }
    for (const [passage, { text: whole }] of document.passages.entries()) {
      for (const { start, end } of splitSentences(whole)) {
        const text = whole.slice(start, end);
        yield { document, text, place: { passage, start, end, text } };
      }
    }
  }
}
