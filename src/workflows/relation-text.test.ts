import { expect, test } from "vitest";
import { relationText } from "./relation-text.ts";

const span = (start: number, end: number) => ({ passage: 0, start, end });
const argument = (text: string, start: number) => ({
  ...{ text, type: "Chemical", otherNames: [] },
  spans: [span(start, start + text.length)],
});
const marks = {
  bold: (text: string) => `*${text}*`,
  dim: (text: string) => text,
  underline: (text: string) => `_${text}_`,
};
const document = { id: "7", source: "-", passages: [{ kind: "title" as const, text: "Lithium caused tremor." }] };
const evidence = { ...span(0, 22), text: "Lithium caused tremor.", head: span(0, 7), tail: span(15, 21) };
const relation = {
  ...{ documentId: "7", scheme: "own", relation: "causes", probability: 0.456, model: "m", pipeline: "p", evidence },
  head: argument("Lithium", 0),
  tail: argument("tremor", 15),
};
const found = { document, scheme: "own", pipeline: "p", unanchored: 0, windows: 1, cutAnswers: 0 };

test("arguments, probability and places, then the sentence with both marked", () => {
  expect(relationText({ ...found, relations: [relation] }, marks)).toEqual([
    "",
    "PMID 7  Lithium caused tremor.",
    "  *Lithium* ─ causes ▶ *tremor*   probability 0.46, title 0–7 and title 15–21",
    "    “_Lithium_ caused _tremor_.”",
  ]);
});

test("a document that states nothing says so", () => {
  expect(relationText({ ...found, relations: [] }, marks).at(-1)).toBe("  no relation is stated");
});
