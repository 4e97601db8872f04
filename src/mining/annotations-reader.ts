/**
 * The reader of what documents state themselves: names, concepts and relations that PubTator or BioC files mark. No model reads anything,
 * and documents of a format without annotations are refused.
 *
 * A relation of two concepts stands for all of their mentions; which pair is its evidence is decided as for any relation.
 */

import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { Document, Mention, StatedArgument } from "../corpora/document.ts";
import type { DocumentReader, ReadArgument, ReadDocument } from "./document-reader.ts";
import { statedCurie } from "./stated-identifiers.ts";

export const STATED = "stated";

export const ANNOTATIONS_READER: DocumentReader = {
  types: [],
  schemes: [{ name: STATED }],
  hash: "annotations/1",
  description: "annotations of the files",
  async *read(documents, signal) {
    for (const document of documents) {
      throwIfAborted(signal);
      if (document.mentions === undefined) throw unannotated(document);
      yield readAnnotations(document);
    }
  },
};

function unannotated({ id, source }: Document): BiogptError {
  return new BiogptError("workflows/no-mentions", {
    what: `Document ${id} of ${source} has no annotated mentions: its format holds none.`,
    why: "Without a model only what files state themselves is mined.",
    fix: "Give PubTator or BioC, or leave out --annotations.",
  });
}

function readAnnotations(document: Document): ReadDocument {
  const { mentions = [], relations = [] } = document;
  const typeOf = typesOfIdentifiers(mentions);
  const concepts = mentions.map(({ identifiers, type }) => identifiers.map((id) => statedCurie(id, type)));
  const argument = ({ identifier, mention }: StatedArgument): ReadArgument => {
    if (identifier === undefined) return { mentions: mention === undefined ? [] : [mention] };
    const concept = statedCurie(identifier, typeOf.get(identifier) ?? "");
    const places =
      mention === undefined ? mentions.flatMap((_, m) => (concepts[m]!.includes(concept) ? [m] : [])) : [mention];
    return { mentions: places, concept };
  };
  return {
    document,
    mentions: mentions.map(({ passage, start, end, text, type, probability = 1 }, m) => ({
      ...{ passage, start, end, text, type, probability },
      concepts: concepts[m]!,
    })),
    relations: relations.map(({ type, head, tail, probability = 1 }) => ({
      ...{ scheme: STATED, type, probability, negated: false },
      head: argument(head),
      tail: argument(tail),
    })),
  };
}

/** What a relation's bare `6331` is, is said by the names of the document that have it. */
function typesOfIdentifiers(mentions: readonly Mention[]): ReadonlyMap<string, string> {
  return new Map(mentions.flatMap(({ identifiers, type }) => identifiers.map((id) => [id, type] as const)));
}
