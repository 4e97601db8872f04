/** Names in documents, as `biogpt entities` finds them. */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { Document } from "../corpora/document.ts";
import type { OpenEncoderOptions } from "../pretrained/heads/open-encoder.ts";
import type { Precision } from "../pretrained/load/precision.ts";
import type { DeviceName } from "../runtime/device.ts";
import { type FoundMention, openTagger, type Tagger } from "../tasks/entities/tagger.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
} from "./documents.ts";
import { folderOfModel } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface TaggerSettings {
  /** Name or folder of a tagger, which is opened for this work alone; or one that is open, which its owner closes. */
  readonly model: string | Tagger;
  /** Types that are wanted, in any case of letters. Default: `Chemical`, `Disease` and `Gene`, those of them that the tagger knows. */
  readonly types?: readonly string[] | undefined;
  /** Leaves out names of a lower probability; 0 to 1. Default 0. */
  readonly threshold?: number | undefined;
  /** How the blocks' weights are stored. Default `fp32`. */
  readonly precision?: Precision | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

/** One document's names. */
export interface FoundNames {
  readonly document: Document;
  readonly mentions: readonly FoundMention[];
}

export type FindNamesEvent = NoteEvent | ProgressEvent | ProblemEvent;

/** What is written where nobody says which types. */
export const DEFAULT_TYPES: readonly string[] = ["Chemical", "Disease", "Gene"];

/**
 * Finds names in files or documents: for each document, in their order, its mentions.
 *
 * @param input  paths, or documents
 * @throws BiogptError `tasks/unknown-type`, `tasks/tag-classes`, `pretrained/no-classes`, those of `readDocuments`, `aborted`
 * @example
 *     for await (const { document, mentions } of findNames(["abstracts.xml.gz"], { model: "tagger" }))
 *       for (const { text, type, probability } of mentions) console.log(document.id, type, text, probability);
 */
export async function* findNames(
  input: DocumentInput,
  {
    model,
    types,
    threshold = 0,
    precision,
    device,
    threads,
    limit,
    inputFormat,
    strict,
    standardInput,
  }: TaggerSettings & DocumentSettings,
  { signal, onEvent }: WorkflowContext<FindNamesEvent> = {},
): AsyncGenerator<FoundNames, void, void> {
  await expectReadable(input);
  const progress = progressEvents(onEvent);
  using opened = await opening(model, { precision, device, threads, signal, progress });
  const { tagger } = opened;
  const wanted = new Set(wantedTypes(tagger, types));
  const onProblem = strict === true ? undefined : (error: BiogptError): void => onEvent?.({ type: "problem", error });
  const documents = documentsOf(input, { inputFormat, limit, standardInput, onProblem }, signal);
  let done = 0;
  for await (const { document, mentions } of tagger.tag(documents, signal)) {
    yield {
      document,
      mentions: mentions.filter(({ type, probability }) => wanted.has(type) && probability >= threshold),
    };
    progress?.({
      activity: "finding names",
      done: ++done,
      ...(limit === undefined ? {} : { total: limit }),
      unit: "documents",
    });
  }
}

async function opening(
  model: string | Tagger,
  options: OpenEncoderOptions,
): Promise<{ readonly tagger: Tagger } & Disposable> {
  if (typeof model !== "string") return { tagger: model, [Symbol.dispose]: () => {} };
  const tagger = await openTagger(await folderOfModel(model, options), options);
  return { tagger, [Symbol.dispose]: () => tagger[Symbol.dispose]() };
}

/** @throws BiogptError `tasks/unknown-type` for a type that the tagger does not know */
export function wantedTypes({ types: known }: Pick<Tagger, "types">, asked: readonly string[] | undefined): string[] {
  if (asked === undefined) {
    const usual = known.filter((type) => DEFAULT_TYPES.includes(type));
    return usual.length > 0 ? usual : [...known];
  }
  return asked.map((name) => {
    const found = known.find((type) => type.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new BiogptError("tasks/unknown-type", {
      what: `The tagger finds no ${name}.`,
      fix: `It finds ${known.join(", ")}.${didYouMean(name, known)}`,
      kind: "usage",
    });
  });
}
