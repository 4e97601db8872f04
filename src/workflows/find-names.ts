/** Names in documents, as `biogpt entities` finds them. */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { Document } from "../corpora/document.ts";
import type { OpenEncoderOptions } from "../pretrained/heads/open-encoder.ts";
import type { Precision } from "../pretrained/load/precision.ts";
import type { DeviceName } from "../runtime/device.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { type FoundMention, openTagger, Tagger } from "../tasks/entities/tagger.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import { READING_VERSION } from "../tasks/reading-version.ts";
import { sha256 } from "../tokenizers/sha256.ts";
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  type ProblemEvent,
  toldReading,
} from "./documents.ts";
import { folderOfModel } from "./open-model.ts";
import { USUAL_SCHEME } from "./relation-scheme.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface TaggerSettings {
  /** Name or folder of a tagger; or a tagger or reader that is open, which its owner closes. Default: the embedded reader. */
  readonly model?: string | Tagger | RelationReader | undefined;
  /** Types that are wanted, in any case of letters. Default: `Chemical`, `Disease` and `Gene`, those of them that the tagger knows. */
  readonly types?: readonly string[] | undefined;
  /** Leaves out names of a lower probability; 0 to 1. Default: what the model's folder says, else 0. */
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
  /** First 16 digits of a hash over all that decides what is found: the model, types, threshold and rules. */
  readonly pipeline: string;
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
 *     for await (const { document, mentions } of findNames(["abstracts.xml.gz"]))
 *       for (const { text, type, probability } of mentions) console.log(document.id, type, text, probability);
 */
export async function* findNames(
  input: DocumentInput,
  {
    model,
    types,
    threshold: asked,
    precision,
    device,
    threads,
    limit,
    inputFormat,
    strict,
    standardInput,
  }: TaggerSettings & DocumentSettings = {},
  { signal, onEvent }: WorkflowContext<FindNamesEvent> = {},
): AsyncGenerator<FoundNames, void, void> {
  await expectReadable(input);
  const progress = progressEvents(onEvent);
  using tagger = await taggerOf(model, { precision, device, threads, signal, progress });
  const threshold = asked ?? tagger.nameThreshold;
  const wanted = new Set(wantedTypes(tagger, types));
  const decisive = [READING_VERSION, tagger.hash, [...wanted].sort(), threshold];
  const pipeline = sha256(JSON.stringify(decisive)).slice(0, 16);
  const { reading } = toldReading({ inputFormat, limit, standardInput, strict }, onEvent);
  const documents = documentsOf(input, reading, signal);
  let done = 0;
  for await (const { document, mentions } of tagger.tag(documents, signal)) {
    yield {
      document,
      mentions: mentions.filter(({ type, probability }) => wanted.has(type) && probability >= threshold),
      pipeline,
    };
    progress?.({
      activity: "finding names",
      done: ++done,
      ...(limit === undefined ? {} : { total: limit }),
      unit: "documents",
    });
  }
}

interface OpenedTagger extends Disposable {
  readonly hash: string;
  readonly types: readonly string[];
  readonly nameThreshold: number;
  tag(documents: AsyncIterable<Document>, signal?: AbortSignal): AsyncGenerator<Omit<FoundNames, "pipeline">>;
}

async function taggerOf(model: TaggerSettings["model"], options: OpenEncoderOptions): Promise<OpenedTagger> {
  if (typeof model === "object") {
    return {
      hash: model.hash,
      types: model.types,
      nameThreshold: model.nameThreshold,
      tag: (documents, signal) =>
        model instanceof Tagger ? model.tag(documents, signal) : model.read(documents, { schemes: [], signal }),
      [Symbol.dispose]: () => {}, // its owner closes it
    };
  }
  return openTagger(await folderOfModel(model ?? usualTagger(), options), options);
}

/** What finds names where no model is named: the embedded reader. @throws BiogptError `tasks/no-model` where none is embedded */
export function usualTagger(): string {
  const name = embeddedModelFor(USUAL_SCHEME);
  if (name !== undefined) return name;
  throw new BiogptError("tasks/no-model", {
    what: "No tagger comes with this version.",
    fix: "Name one with --model.",
  });
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
