/** The road of `extract` over a reader: names are recognised, and pairs of them are scored against none. */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { openRelationReader } from "../tasks/mention-relations/open-relation-reader.ts";
import { readRelations } from "../tasks/mention-relations/read-relations.ts";
import { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import type { DocumentRelations } from "../tasks/relation-extraction/extract.ts";
import { schemeNames, taskOfFolder } from "../tasks/task-file.ts";
import { type DocumentInput, type DocumentSettings, documentsOf, toldReading } from "./documents.ts";
import { countExtraction, type ExtractEvent } from "./extract-events.ts";
import type { ExtractionSettings } from "./extraction-plan.ts";
import { folderOfModel, type LoadSettings, type ModelSettings, readingOptions } from "./open-model.ts";
import { schemeOfTask } from "./relation-scheme.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

/** In place of a scheme: all that the reader has. */
export const ALL = "all";

export interface OpenedReader extends Disposable {
  readonly reader: RelationReader;
  readonly task: ModelTask;
  readonly schemes: readonly string[];
}

/**
 * The reader that is meant; undefined where a model that writes is.
 *
 * @param asked   a model, its name or folder; default the embedded one of the first scheme
 * @param schemes names; default the reader's first
 * @throws BiogptError `tasks/wrong-model` for a scheme that the reader does not have, `tasks/option`; those of `resolveModel`
 */
export async function readerFor(
  asked: ModelSettings["model"] | RelationReader,
  schemes: readonly string[] | undefined,
  decoding: string | undefined,
  { load, context }: { readonly load: LoadSettings | undefined; readonly context: WorkflowContext },
): Promise<OpenedReader | undefined> {
  if (asked instanceof RelationReader) {
    const all = asked.schemes.map(({ name }) => name);
    return { reader: asked, task: asked.task, schemes: chosen(asked.name, all, schemes), [Symbol.dispose]: () => {} };
  }
  if (typeof asked === "object") return refuseDecoding(decoding);
  const { signal, onEvent } = context;
  const progress = progressEvents(onEvent);
  const usual = schemes === undefined || schemes[0] === ALL ? schemeOfTask({}).name : schemes[0]!;
  const name = asked ?? embeddedModelFor(usual);
  if (name === undefined) return undefined;
  const folder = await folderOfModel(name, { ...load, signal, progress });
  const task = taskOfFolder(folder);
  if (task.reader === undefined) return refuseDecoding(decoding);
  if (decoding !== undefined && decoding !== "pairs") {
    throw new BiogptError("tasks/option", {
      what: `${name} recognises names and scores pairs of them; it writes nothing, so there is no ${decoding} decoding.`,
      fix: "Leave --decoding out, or name a model that was fine-tuned to write relations.",
    });
  }
  const wanted = chosen(
    name,
    task.reader.map((scheme) => scheme.name),
    schemes,
  );
  const reader = await openRelationReader(folder, { ...readingOptions(load), signal, progress });
  return { reader, task, schemes: wanted, [Symbol.dispose]: () => reader[Symbol.dispose]() };
}

/** @throws BiogptError `tasks/option` */
function refuseDecoding(decoding: string | undefined): undefined {
  if (decoding !== "pairs") return undefined;
  throw new BiogptError("tasks/option", {
    what: "The model writes relations; it does not score pairs of names.",
    fix: "Name a model that `biogpt finetune relations` made of marked names, or leave --decoding out.",
  });
}

function chosen(model: string, has: readonly string[], schemes: readonly string[] | undefined): readonly string[] {
  if (schemes === undefined) return has.slice(0, 1);
  if (schemes.includes(ALL)) return has;
  for (const scheme of schemes) {
    if (has.includes(scheme)) continue;
    throw new BiogptError("tasks/wrong-model", {
      what: `${model} does not look for ${scheme}.`,
      why: `It looks for ${schemeNames(has).join(", ")}.`,
      fix: `Name one of these, or a model that was fine-tuned for it.${didYouMean(scheme, has)}`,
    });
  }
  return schemes;
}

/** Settings of models that write, which mean nothing here. */
const OF_WRITING = ["beams", "maxNewTokens", "draftTokens", "unanchored"] as const;

/** @throws BiogptError `tasks/option` for settings without effect */
export async function* extractByReading(
  input: DocumentInput,
  { reader, task, schemes }: OpenedReader,
  { threshold, batch, limit, inputFormat, strict, standardInput, ...settings }: ExtractionSettings & DocumentSettings,
  { signal, onEvent }: WorkflowContext<ExtractEvent>,
): AsyncGenerator<DocumentRelations, void, void> {
  const idle = OF_WRITING.find((name) => settings[name] !== undefined);
  if (idle !== undefined) {
    throw new BiogptError("tasks/option", {
      what: `--${idle.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} has no effect: ${reader.name} recognises names and writes nothing.`,
      fix: "Leave it out.",
    });
  }
  const { reading, problems } = toldReading({ limit, inputFormat, strict, standardInput }, onEvent);
  const counted = countExtraction(limit, onEvent);
  const documents = documentsOf(input, reading, signal);
  for await (const { found } of readRelations(documents, { reader, task, schemes, threshold, batch, signal })) {
    const relations = found.flatMap((one) => one.relations);
    yield { ...found[0]!, schemes, relations };
    counted.add({ relations: relations.length, unanchored: 0, windowed: 0, cutAnswers: 0 });
  }
  counted.end(problems());
}
