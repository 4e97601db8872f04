/** Documents as they come in, and what was found in them as it goes out. */

import type { BiogptError } from "../base/errors.ts";
import type { Document, Passage } from "../corpora/document.ts";
import type { ClassifiedSentence } from "../workflows/classify.ts";
import type { FoundNames } from "../workflows/find-names.ts";
import type { WireDocument, WireMention, WireProblem, WireSentence } from "./contract.ts";

export function documentOf({ id, title, abstract, text }: WireDocument): Document {
  const body = text === undefined ? [] : typeof text === "string" ? [text] : text;
  const passages: Passage[] = [
    ...(title === undefined ? [] : [{ kind: "title" as const, text: title }]),
    ...(abstract === undefined ? [] : [{ kind: "abstract" as const, text: abstract }]),
    ...body.map((paragraph) => ({ kind: "text" as const, text: paragraph })),
  ];
  return { id, source: "request", passages };
}

export function mentionsOf({ mentions }: FoundNames): WireMention[] {
  return mentions.map(({ passage, start, end, text, type, probability }) => ({
    ...{ passage, start, end, text, type },
    probability: Math.round(probability * 1e4) / 1e4,
  }));
}

export function sentenceOf(sentence: ClassifiedSentence): WireSentence {
  const { document, passage, start, end, text, labels, probabilities, model } = sentence;
  return { documentId: document.id, passage, start, end, text, labels, probabilities, model };
}

export function problemOf({ code, what }: BiogptError): WireProblem {
  return { code, what };
}
