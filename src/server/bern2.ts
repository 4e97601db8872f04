/** Names of a document as BERN2's API answers: one text, places in code points, its words for types. */
import type { FoundNames } from "../workflows/find-names.ts";
import type { PlainResponse } from "./contract.ts";

/** BERN2's names of types where they are not ours in small letters. */
const OBJECTS: Readonly<Record<string, string>> = { Chemical: "drug" };

/** Passages are one text, with a blank between them. */
export function bern2Answer({ document, mentions }: FoundNames): PlainResponse {
  const begins: number[] = [];
  let length = 0;
  for (const { text } of document.passages) {
    begins.push(length);
    length += codePoints(text) + 1;
  }
  const annotations = mentions.map(({ passage, start, end, text: mention, type, probability }) => {
    const begin = begins[passage]! + codePoints(document.passages[passage]!.text.slice(0, start));
    const span = { begin, end: begin + codePoints(document.passages[passage]!.text.slice(start, end)) };
    const obj = OBJECTS[type] ?? type.toLowerCase();
    const prob = Math.round(probability * 1e4) / 1e4;
    return { mention, obj, prob, span, id: ["CUI-less"], is_neural_normalized: false as const };
  });
  const text = document.passages.map((passage) => passage.text).join(" ");
  return { text, annotations, timestamp: new Date().toISOString() };
}

function codePoints(text: string): number {
  return [...text].length;
}
