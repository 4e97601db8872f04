/** Relations of documents, as `biogpt extract` finds them. */
import { BiogptError } from "../base/errors.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { expectMadeFor, isMadeFor } from "../tasks/fine-tuned.ts";
import { type DocumentRelations, extractRelations } from "../tasks/relation-extraction/extract.ts";
import { groundedDecoding } from "../tasks/relation-extraction/grounded.ts";
import { RELATION_SCHEMES, type RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { inputOf } from "../tasks/task-file.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
} from "./documents.ts";
import { type ExtractionSettings, planExtraction } from "./extraction-plan.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { namedScheme, schemeOfTask } from "./relation-scheme.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface ExtractSettings extends ExtractionSettings, DocumentSettings {
  /**
   * What to look for: `chemical-disease`, `drug-drug`, `drug-target`, the path of a schema file, or a scheme. Default: the model's own, else
   * chemical-disease.
   */
  readonly scheme?: string | RelationScheme | undefined;
}

/** What an extraction came to, at its end. */
export interface ExtractionSummary {
  readonly documents: number;
  readonly relations: number;
  /** Relations that name something which is not in the text. */
  readonly unanchored: number;
  /** Documents that were longer than the model's window. 0 for a model that reads sentences. */
  readonly windowed: number;
  /** Answers that reached the token limit before their end. */
  readonly cutAnswers: number;
  /** Documents, or records of files, that were left out because of an error. */
  readonly problems: number;
}

export type ExtractEvent =
  | NoteEvent
  | ProgressEvent
  | ProblemEvent
  | ({ readonly type: "summary" } & ExtractionSummary);

/**
 * Extracts relations from files or documents: for each document, in their order, what was found. Everything that is not said is chosen as
 * the command chooses it: the embedded model of the scheme, the decoding and the decision rule of the model's folder, the batch.
 *
 * @param input   paths, or documents
 * @param options where `model` is a name, it is loaded for this call alone; see also `loadModel` and its `extract`
 * @throws BiogptError `tasks/no-model`, `tasks/wrong-model`, `tasks/not-fine-tuned`, `tasks/option`, `tasks/unknown-scheme`, those of
 *         `loadModel` and `readDocuments`, `aborted`
 * @example
 *     import { extract } from "biogpt/workflows";
 *
 *     for await (const { document, relations } of extract(["abstracts.xml.gz"], { scheme: "drug-drug" }))
 *       for (const { head, tail, probability } of relations) console.log(document.id, head.text, tail.text, probability);
 */
export async function* extract(
  input: DocumentInput,
  {
    model: asked,
    load,
    scheme: wanted,
    limit,
    inputFormat,
    strict,
    standardInput,
    ...settings
  }: ExtractSettings & ModelSettings = {},
  context: WorkflowContext<ExtractEvent> = {},
): AsyncGenerator<DocumentRelations, void, void> {
  const { signal, onEvent } = context;
  const named = wanted === undefined ? undefined : namedScheme(wanted);
  if (settings.decoding === "ranked") planExtraction({}, "", settings); // slips are told before anything is looked for
  await expectReadable(input, inputFormat);
  const found = await findModel(asked ?? (await modelFor(named ?? schemeOfTask({}))), load, context);
  const scheme = named ?? schemeOfTask(found.task);
  const plan = planExtraction(found.task, scheme.name, settings);
  using opened = await found.open(plan.slots);
  const { model } = opened;
  checkScheme(scheme, model, onEvent);
  const { decoding, chosen, rule, said, beams, batch } = plan;
  if (decoding === "ranked" && chosen && asked !== undefined) {
    const text = `note: ranked decoding, ${said}, as the model's folder has thresholds; --decoding grounded is the other way.`;
    onEvent?.({ type: "note", text });
  }
  const bySentence = inputOf(model).unit === "sentence";
  let problems = 0;
  const note = (text: string): void => onEvent?.({ type: "note", text });
  const onProblem = (error: BiogptError): void => {
    problems++;
    onEvent?.({ type: "problem", error });
  };
  const reading = {
    ...{ inputFormat, limit, standardInput, note },
    onProblem: strict === true || onEvent === undefined ? undefined : onProblem,
  };
  const results = extractRelations(model, documentsOf(input, reading, signal), {
    scheme,
    beams,
    concurrency: batch,
    maxNewTokens: settings.maxNewTokens,
    draftTokens: settings.draftTokens,
    keepUnanchored: settings.unanchored,
    ...(decoding === "grounded"
      ? { constraint: groundedDecoding(model.tokenizer, scheme, { allowEmpty: bySentence }) }
      : {}),
    ranked: decoding === "ranked",
    keep: rule,
    threshold: decoding === "free" ? settings.threshold : undefined,
    onProblem: reading.onProblem,
    signal,
  });
  const totals = { documents: 0, relations: 0, unanchored: 0, windowed: 0, cutAnswers: 0 };
  const progress = progressEvents(onEvent);
  for await (const result of results) {
    totals.documents++;
    totals.relations += result.relations.length;
    totals.unanchored += result.unanchored;
    totals.windowed += result.windows > 1 && !bySentence ? 1 : 0;
    totals.cutAnswers += result.cutAnswers;
    yield result;
    const total = limit === undefined ? {} : { total: limit };
    progress?.({ activity: "extracting", done: totals.documents, ...total, unit: "documents" });
  }
  onEvent?.({ type: "summary", ...totals, problems });
}

/** @throws BiogptError `tasks/no-model` for a scheme of one's own without a model */
async function modelFor(scheme: RelationScheme): Promise<string> {
  const name = embeddedModelFor(scheme.name);
  if (name !== undefined) return name;
  throw new BiogptError("tasks/no-model", {
    what: `No model for the scheme ${scheme.name} comes with this version.`,
    fix: "Name a fine-tuned one with --model.",
    kind: "usage",
  });
}

/** A scheme of the package has its own models; a schema of the user's own may be another's in other words, so it is only told. */
function checkScheme(
  { name }: RelationScheme,
  model: Parameters<typeof expectMadeFor>[0],
  onEvent: WorkflowContext<ExtractEvent>["onEvent"],
): void {
  if (Object.hasOwn(RELATION_SCHEMES, name)) expectMadeFor(model, name, embeddedModelFor(name));
  else if (isMadeFor(model, name) === false) {
    onEvent?.({
      type: "note",
      text: `note: ${model.name} was not fine-tuned on ${name}; what it says of it is a guess.`,
    });
  }
}
