/**
 * The package's own extraction as mining's reader: one model a scheme, each as `extract` would choose it. Names are the arguments of relations, since
 * these models find no others.
 */
import { createHash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import type { Document } from "../../corpora/document.ts";
import { entityType } from "../../corpora/entities/mention-document.ts";
import type {
  DocumentReader,
  ReadArgument,
  ReadDocument,
  ReadMention,
  ReadRelation,
} from "../../mining/document-reader.ts";
import type { Model } from "../../pretrained/model.ts";
import { embeddedModelFor } from "../../tasks/embedded-models.ts";
import type { Argument, ExtractedRelation } from "../../tasks/relation-extraction/extract.ts";
import { RELATION_SCHEMES, type RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { extract } from "../extract.ts";
import { planExtraction } from "../extraction-plan.ts";
import { findModel, type LoadSettings } from "../open-model.ts";
import { namedScheme } from "../relation-scheme.ts";
import type { WorkflowContext } from "../workflow.ts";

export interface ExtractionReaderSettings {
  /** Names of relation schemes, or `all`. Default chemical-disease. */
  readonly schemes?: readonly string[] | undefined;
  /** A model in place of the embedded ones; then one scheme at a time. */
  readonly model?: string | undefined;
  readonly load?: LoadSettings | undefined;
}

/** Documents that all schemes are done with before their results are given: enough for a model's slots. */
const GROUP = 32;

interface SchemeModel {
  readonly scheme: RelationScheme;
  readonly model: Model;
  readonly hash: string;
}

/** @throws BiogptError `tasks/unknown-scheme`, `tasks/no-model`, `tasks/option`, those of `loadModel`, `aborted` */
export async function openExtractionReader(
  { schemes = ["chemical-disease"], model: asked, load }: ExtractionReaderSettings,
  context: WorkflowContext = {},
): Promise<DocumentReader & Disposable> {
  const wanted = (schemes.includes("all") ? Object.keys(RELATION_SCHEMES) : [...new Set(schemes)]).map(namedScheme);
  if (asked !== undefined && wanted.length > 1) {
    throw new BiogptError("tasks/option", {
      what: `--model names one model, and ${wanted.length} schemes are asked for.`,
      fix: "Leave it out, which takes the embedded model of each, or name one scheme.",
    });
  }
  const opened: (SchemeModel & { close(): void })[] = [];
  const close = (): void => {
    for (const one of opened) one.close();
  };
  try {
    for (const scheme of wanted) opened.push(await openScheme(scheme, asked, load, context));
  } catch (error) {
    close();
    throw error;
  }
  return {
    types: [...new Set(wanted.flatMap(({ headType, tailType }) => [typeOf(headType), typeOf(tailType)]))],
    schemes: wanted.map(({ name, symmetric }) => ({ name, symmetric })),
    hash: createHash("sha256")
      .update(JSON.stringify(opened.map(({ hash }) => hash)))
      .digest("hex"),
    description: opened.map(({ scheme, model }) => `${scheme.name} by ${model.name}`).join(", "),
    read: (documents, signal) => readInGroups(opened, documents, signal),
    [Symbol.dispose]: close,
  };
}

async function openScheme(
  scheme: RelationScheme,
  asked: string | undefined,
  load: LoadSettings | undefined,
  context: WorkflowContext,
): Promise<SchemeModel & { close(): void }> {
  const name = asked ?? embeddedModelFor(scheme.name);
  if (name === undefined) {
    throw new BiogptError("tasks/no-model", {
      what: `No model for the scheme ${scheme.name} comes with this version.`,
      fix: "Name a fine-tuned one with --model.",
      kind: "usage",
    });
  }
  const found = await findModel(name, load, context);
  const plan = planExtraction(found.task, scheme.name, {});
  const opened = await found.open(plan.slots);
  const { decoding, rule, beams, batch } = plan;
  const hash = JSON.stringify([opened.model.hash, scheme.name, decoding, rule ?? null, beams ?? null, batch]);
  return { scheme, model: opened.model, hash, close: () => opened[Symbol.dispose]() };
}

async function* readInGroups(
  models: readonly SchemeModel[],
  documents: readonly Document[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadDocument, void, void> {
  for (let at = 0; at < documents.length; at += GROUP) {
    const group = documents.slice(at, at + GROUP);
    const found = new Map(group.map((document) => [document, [] as ExtractedRelation[]] as const));
    const problems = new Map<Document, BiogptError>();
    for (const { scheme, model } of models) {
      // A document that fails is left out, and its error told, between its neighbours.
      const failed: BiogptError[] = [];
      const missing = new Set(group);
      const onEvent = (event: { readonly type: string; readonly error?: BiogptError }): void => {
        if (event.type === "problem" && event.error !== undefined) failed.push(event.error);
      };
      for await (const { document, relations } of extract(group, { scheme, model }, { signal, onEvent })) {
        missing.delete(document);
        found.get(document)?.push(...relations);
      }
      for (const document of missing) problems.set(document, failed.shift() ?? unread(document));
    }
    for (const document of group)
      yield { ...resultOf(document, found.get(document)!), problem: problems.get(document) };
  }
}

function unread({ id }: Document): BiogptError {
  return new BiogptError("mining/unread", {
    what: `Document ${id} could not be read.`,
    fix: "Look at its text: it may be empty.",
  });
}

function resultOf(document: Document, relations: readonly ExtractedRelation[]): ReadDocument {
  const mentions = new Map<string, ReadMention>();
  for (const { head, tail, probability } of relations) {
    for (const { type, spans } of [head, tail]) {
      for (const { passage, start, end } of spans) {
        const key = placeKey({ passage, start, end }, typeOf(type));
        const text = document.passages[passage]!.text.slice(start, end);
        const known = Math.max(mentions.get(key)?.probability ?? 0, probability);
        mentions.set(key, { passage, start, end, text, type: typeOf(type), probability: known });
      }
    }
  }
  const ordered = [...mentions.entries()].sort(
    ([, a], [, b]) => a.passage - b.passage || a.start - b.start || a.end - b.end,
  );
  const indexes = new Map(ordered.map(([key], index) => [key, index]));
  const argument = ({ type, spans }: Argument): ReadArgument => ({
    mentions: spans.map((span) => indexes.get(placeKey(span, typeOf(type)))!),
  });
  return {
    document,
    mentions: ordered.map(([, mention]) => mention),
    relations: relations.map(({ scheme, relation, head, tail, probability, evidence }): ReadRelation => {
      const ends = { head: argument(head), tail: argument(tail) };
      const places = evidence === null ? [] : [{ passage: evidence.passage, start: evidence.start, end: evidence.end }];
      return { scheme, type: relation, ...ends, probability, ...(places.length === 0 ? {} : { evidence: places }) };
    }),
  };
}

/** One word for one kind of thing, whatever a scheme calls it. */
function typeOf(type: string): string {
  return type === "Target" ? "Gene" : entityType(type);
}

function placeKey({ passage, start, end }: { passage: number; start: number; end: number }, type: string): string {
  return `${passage}:${start}:${end}:${type}`;
}
