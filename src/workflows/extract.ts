/** Relations of documents, as `biogpt extract` finds them. */
import { BiogptError } from "../base/errors.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { expectMadeFor, isMadeFor } from "../tasks/fine-tuned.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import { type DocumentRelations, extractRelations } from "../tasks/relation-extraction/extract.ts";
import { groundedDecoding } from "../tasks/relation-extraction/grounded.ts";
import { RELATION_SCHEMES, type RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { inputOf } from "../tasks/task-file.ts";
import { type DocumentInput, type DocumentSettings, documentsOf, expectReadable, toldReading } from "./documents.ts";
import { ALL, extractByReading, readerFor } from "./extract-by-reading.ts";
import { countExtraction, type ExtractEvent } from "./extract-events.ts";
import { type ExtractionSettings, planExtraction } from "./extraction-plan.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { namedScheme, schemeOfTask } from "./relation-scheme.ts";
import type { WorkflowContext } from "./workflow.ts";

export type { ExtractEvent, ExtractionSummary } from "./extract-events.ts";

export interface ExtractSettings extends ExtractionSettings, DocumentSettings {
  /**
   * What to look for: `chemical-disease`, `drug-drug`, `drug-target`, the path of a schema file, or a scheme; several of them, or `all`, of a
   * model that reads. Default: the model's own, else chemical-disease.
   */
  readonly scheme?: string | RelationScheme | readonly string[] | undefined;
}

export interface ExtractModelSettings extends Omit<ModelSettings, "model"> {
  /** A model, or the name or folder of one, which is opened for this work alone; or an opened reader. Default: the embedded reader. */
  readonly model?: ModelSettings["model"] | RelationReader;
}

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
  }: ExtractSettings & ExtractModelSettings = {},
  context: WorkflowContext<ExtractEvent> = {},
): AsyncGenerator<DocumentRelations, void, void> {
  const { signal, onEvent } = context;
  const names = typeof wanted === "object" && !("name" in wanted) ? wanted : undefined;
  const named =
    wanted === undefined || names !== undefined || wanted === ALL ? undefined : namedScheme(wanted as string);
  if (settings.decoding === "ranked") planExtraction({}, "", settings); // slips are told before anything is looked for
  await expectReadable(input, inputFormat);
  const schemes = names ?? (typeof wanted === "string" ? [wanted] : named === undefined ? undefined : [named.name]);
  const reader = await readerFor(asked, schemes, settings.decoding, { load, context });
  if (reader !== undefined) {
    using opened = reader;
    yield* extractByReading(input, opened, { limit, inputFormat, strict, standardInput, ...settings }, context);
    return;
  }
  if (names !== undefined || wanted === ALL) throw oneScheme();
  const found = await findModel(
    (asked as ModelSettings["model"]) ?? (await modelFor(named ?? schemeOfTask({}))),
    load,
    context,
  );
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
  const { reading, problems } = toldReading({ inputFormat, limit, standardInput, strict }, onEvent);
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
  const counted = countExtraction(limit, onEvent);
  for await (const result of results) {
    yield result;
    const { unanchored, cutAnswers } = result;
    const windowed = result.windows > 1 && !bySentence ? 1 : 0;
    counted.add({ relations: result.relations.length, unanchored, windowed, cutAnswers });
  }
  counted.end(problems());
}

function oneScheme(): BiogptError {
  return new BiogptError("tasks/option", {
    what: "A model that writes relations looks for one scheme at a time.",
    fix: "Name one with --scheme, or take a model that reads, such as the embedded one.",
  });
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
