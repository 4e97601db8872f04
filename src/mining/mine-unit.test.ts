/** What becomes of names that a reader found: one type in a document, long forms for short ones, what their sentences say of the experiment. */
import { expect, test } from "vitest";
import type { Document } from "../corpora/document.ts";
import type { DocumentRecord } from "../knowledge-graph/store/document-record.ts";
import type { DocumentReader, ReadRelation } from "./document-reader.ts";
import { mineUnit } from "./mine-unit.ts";
import { NO_VOCABULARY, namesNothing, tidyName } from "./normalizer.ts";

/** A document of these passages in which names were found: each the first place of its text behind the one before. */
async function mined(
  texts: readonly string[],
  names: readonly (readonly [text: string, type: string, probability?: number])[],
  relations: readonly ReadRelation[] = [],
): Promise<DocumentRecord> {
  const document: Document = {
    ...{ id: "1", source: "test" },
    passages: texts.map((text) => ({ kind: "abstract", text })),
  };
  let [passage, from] = [0, 0];
  const mentions = names.map(([text, type, probability = 0.9]) => {
    let start = texts[passage]!.indexOf(text, from);
    while (start < 0) start = texts[++passage]!.indexOf(text);
    from = start + text.length;
    return { passage, start, end: from, text, type, probability };
  });
  const reader: DocumentReader = {
    ...{ types: [], schemes: [], hash: "test", description: "test" },
    async *read() {
      yield { document, mentions, relations };
    },
  };
  const records: DocumentRecord[] = [];
  for await (const record of mineUnit([document], { reader, normalizer: NO_VOCABULARY })) records.push(record);
  return records[0]!;
}

const conceptsOf = ({ mentions }: DocumentRecord): string[] => mentions.map(({ concepts }) => concepts[0]!.id);

test("a name without an identifier is what its document says that it stands for", async () => {
  const record = await mined(
    ["Ventricular tachycardia (VT) was seen. VT patients had more VT."],
    [
      ["Ventricular tachycardia", "Disease"],
      ["VT", "Disease"],
      ["VT patients", "Disease"],
    ],
  );
  expect(conceptsOf(record)).toEqual([
    "name:disease/ventricular_tachycardia",
    "name:disease/ventricular_tachycardia",
    "name:disease/ventricular_tachycardia_patients",
  ]);
  expect(record.mentions[1]).toMatchObject({ text: "VT", concepts: [{ name: "Ventricular tachycardia", score: 0 }] });
  expect(conceptsOf(await mined(["VT was seen."], [["VT", "Disease"]]))).toEqual(["name:disease/vt"]);
});

test("a name is of one type in a document: the likeliest, or that of its relations", async () => {
  const text = ["Polydatin and polydatin and Polydatin."];
  const found = [
    ["Polydatin", "Chemical", 0.5],
    ["polydatin", "Gene", 0.8],
    ["Polydatin", "Chemical", 0.5],
  ] as const;
  expect(new Set(conceptsOf(await mined(text, found)))).toEqual(new Set(["name:chemical/polydatin"]));
  const argument = (...mentions: number[]): { mentions: number[] } => ({ mentions });
  const relation = (head: number, tail: number): ReadRelation => ({
    ...{ scheme: "s", type: "t", head: argument(head), tail: argument(tail), probability: 1 },
  });
  expect(new Set(conceptsOf(await mined(text, found, [relation(1, 1)])))).toEqual(new Set(["name:gene/polydatin"]));
  expect(conceptsOf(await mined(text, found, [relation(0, 1)]))).toEqual([
    "name:chemical/polydatin",
    "name:gene/polydatin",
    "name:chemical/polydatin",
  ]);
});

test("a relation whose arguments stand in two sentences is of the animals that one of them names", async () => {
  const texts = ["Drug was given to rats.", "Harm was seen."];
  const relation: ReadRelation = {
    ...{ scheme: "s", type: "t", head: { mentions: [0] }, tail: { mentions: [1] }, probability: 1 },
    evidence: texts.map((text, passage) => ({ passage, start: 0, end: text.length })),
  };
  const record = await mined(
    texts,
    [
      ["Drug", "Chemical"],
      ["Harm", "Disease"],
    ],
    [relation],
  );
  expect(record.relations).toMatchObject([{ system: "animal", negated: false }]);
});

test("what stands at a name's end by mistake is no part of it", () => {
  for (const [text, name] of [
    ["nausea and", "nausea"],
    ["T2D)", "T2D"],
    ["SARS-", "SARS"],
    ["herpes simplex virus type 1 (", "herpes simplex virus type 1"],
    ["diabetes with the", "diabetes"],
    ["cytochrome P450 (CYP)", "cytochrome P450 (CYP)"],
    ["5-FU", "5-FU"],
    ["in", "in"],
    ["vitamin A", "vitamin A"],
    ["(-)", "(-)"],
    ["DPP)-4", "DPP-4"],
    ["5-HT) receptor", "5-HT receptor"],
    ["poly(vinyl alcohol) (", "poly(vinyl alcohol)"],
    ["EBV and '", "EBV"],
    ["C-4'", "C-4'"],
  ] as const)
    expect(tidyName(text)).toBe(name);
});

test("what is no name is left out, with the relations that have no other, and the rest keeps its places", async () => {
  const relation = (head: number[], tail: number[]): ReadRelation => ({
    ...{ scheme: "s", type: "t", head: { mentions: head }, tail: { mentions: tail }, probability: 1 },
  });
  const record = await mined(
    ["Drug, an inhibitor, chronic, - and NO gave harm."],
    [
      ["an", "Chemical"],
      ["chronic", "Disease"],
      ["-", "Chemical"],
      ["NO", "Chemical"],
      ["harm", "Disease"],
    ],
    [relation([0], [4]), relation([0, 3], [4])],
  );
  expect(conceptsOf(record)).toEqual(["name:chemical/no", "name:disease/harm"]);
  expect(record.relations).toMatchObject([{ head: { mention: 0 }, tail: { mention: 1 } }]);
  for (const name of ["14-3-3", "IN", "11β", "57033", "as needed"]) expect(namesNothing(name)).toBe(false);
});

test("a bracket that a name was cut before belongs to it, and numbers in brackets do not make another name", async () => {
  const record = await mined(
    ["Zinc(II), CaCl(2), CaCl2, vitamin B(12) and poly(vinyl alcohol) were given."],
    [
      ["Zinc(II", "Chemical"],
      ["CaCl(2)", "Chemical"],
      ["CaCl2", "Chemical"],
      ["vitamin B(12)", "Chemical"],
      ["poly(vinyl alcohol)", "Chemical"],
    ],
  );
  expect(conceptsOf(record)).toEqual(
    ["zinc(ii)", "cacl2", "cacl2", "vitamin_b12", "poly(vinyl_alcohol)"].map((name) => `name:chemical/${name}`),
  );
});
