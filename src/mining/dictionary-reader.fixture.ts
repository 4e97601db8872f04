/**
 * A reader for tests: names of a small dictionary, and a relation where a sentence names a chemical and a disease with "cause" between them. Equal
 * documents give equal results, and what it finds is easy to say.
 */
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../base/cancellation.ts";
import { splitSentences } from "../corpora/sentences.ts";
import type { DocumentReader, ReadDocument, ReadMention, ReadRelation } from "./document-reader.ts";

const NAMES: Readonly<Record<string, string>> = {
  aspirin: "Chemical",
  cisplatin: "Chemical",
  lidocaine: "Chemical",
  bleeding: "Disease",
  "renal failure": "Disease",
  seizures: "Disease",
};
const PATTERN = new RegExp(`\\b(?:${Object.keys(NAMES).join("|")})\\b`, "gi");

/** @param onRead is told of each document that is read, before its result */
export function dictionaryReader(onRead: (id: string) => void | Promise<void> = () => {}): DocumentReader {
  return {
    types: ["Chemical", "Disease"],
    schemes: [{ name: "causes" }],
    hash: "dictionary/1",
    description: "a dictionary",
    async *read(documents, signal) {
      for (const document of documents) {
        throwIfAborted(signal);
        await onRead(document.id);
        await setImmediate();
        yield readDocument(document);
      }
    },
  };
}

function readDocument(document: ReadDocument["document"]): ReadDocument {
  const mentions = document.passages.flatMap(({ text }, passage) =>
    [...text.matchAll(PATTERN)].map(({ 0: name, index }): ReadMention => {
      const type = NAMES[name.toLowerCase()]!;
      return { passage, start: index, end: index + name.length, text: name, type, probability: 0.9 };
    }),
  );
  const relations = document.passages.flatMap(({ text }, passage) =>
    splitSentences(text).flatMap((sentence): ReadRelation[] => {
      const within = [...mentions.entries()].filter(
        ([, one]) => one.passage === passage && one.start >= sentence.start && one.end <= sentence.end,
      );
      const head = within.find(([, { type }]) => type === "Chemical");
      const tail = within.find(([, { type }]) => type === "Disease");
      if (head === undefined || tail === undefined || !/caus/.test(text.slice(sentence.start, sentence.end))) return [];
      const [h, t] = [head[0], tail[0]];
      return [{ scheme: "causes", type: "causes", head: { mentions: [h] }, tail: { mentions: [t] }, probability: 0.8 }];
    }),
  );
  return { document, mentions, relations };
}
