/** Counts are those of the spec, sections 0 and 4.4; the original files are held against BioGPT's JSON. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { archiveEntries } from "../../files/archive.ts";
import { type InteractionTriple, readDdi, readDdiJson } from "./ddi.ts";
import { readBrat, readDdiXml } from "./ddi-original.ts";

const DATA = "../shared/data/tasks/DDI";
const withData = test.skipIf(!existsSync(DATA));
const SPLITS = ["train", "valid", "test"] as const;

withData("JSON: documents, those with triples, triples, labels", () => {
  const { format, splits } = readDdi(DATA);
  expect(format).toBe("json");
  expect(
    SPLITS.map((split) => [
      splits[split]!.length,
      splits[split]!.filter((document) => document.triples.length > 0).length,
      splits[split]!.flatMap((document) => document.triples).length,
    ]),
  ).toEqual([
    [664, 469, 3572],
    [50, 41, 305],
    [191, 191, 949],
  ]);
  const labels = SPLITS.map((split) =>
    ["effect", "advise", "mechanism", "int"].map(
      (label) =>
        splits[split]!.flatMap(({ triples }) => triples).filter(({ interaction }) => interaction === label).length,
    ),
  );
  expect(labels).toEqual([
    [1481, 740, 1165, 186],
    [144, 71, 88, 2],
    [342, 216, 295, 96],
  ]);
});

withData("the original XML and BRAT files give the JSON's documents, splits and triples", () => {
  const json = readDdi(DATA);
  const xml = readDdi(DATA, { format: "xml" });
  const brat = readDdi(DATA, { format: "brat" });
  const key = (triples: readonly InteractionTriple[]): string =>
    JSON.stringify(triples.map(({ drug, target, interaction }) => [drug, target, interaction]));
  const flat = (text: string): string => text.replace(/\s+/g, " ").trim();
  for (const split of SPLITS) {
    expect(xml.splits[split]!.length).toBe(json.splits[split]!.length);
    expect(brat.splits[split]!.length).toBe(json.splits[split]!.length);
    const byId = new Map(xml.splits[split]!.map((document) => [document.id, document]));
    const bratKeys = new Set(brat.splits[split]!.map(({ triples }) => key(triples)));
    let otherTriples = 0;
    let otherText = 0;
    for (const document of json.splits[split]!) {
      const original = byId.get(document.id)!;
      if (key(original.triples) !== key(document.triples)) otherTriples++;
      else expect(bratKeys.has(key(original.triples))).toBe(true);
      if (flat(original.text) !== flat(document.text)) otherText++;
      for (const { start, end, text } of original.mentions) {
        // A name in two places is listed by its words, the stretch holds what lies between as well.
        if (original.text.slice(start, end) !== text) expect(end - start).not.toBe(text.length);
      }
    }
    expect(otherTriples).toBe({ train: 2, valid: 0, test: 0 }[split]);
    expect(otherText).toBeLessThanOrEqual({ train: 12, valid: 2, test: 2 }[split]);
  }
  expect(xml.surprises).toEqual([
    { code: "ddi/untyped-pair", text: expect.stringContaining('without a type are read as "int": DrugBank/') },
  ]);
});

test("XML: positive pairs by wording, once; offsets into the joined sentences", () => {
  const document = readDdiXml(
    `<document id="d"><sentence id="s0" text="Title.&#13;&#10;"/><sentence id="s1" text="A raises B &amp; C.">
     <entity id="e0" charOffset="0-0" type="drug" text="A"/><entity id="e1" charOffset="9-9" type="drug" text="B"/>
     <entity id="e2" charOffset="0-0;9-9" type="drug" text="A B"/><entity id="e3" charOffset="90-95" type="drug" text="x"/>
     <pair e1="e0" e2="e1" ddi="true" type="effect"/><pair e1="e0" e2="e1" ddi="true" type="effect"/>
     <pair e1="e1" e2="e2" ddi="false"/></sentence><sentence id="s2" text="A and B.">
     <entity id="f0" charOffset="0-0" type="drug" text="A"/><entity id="f1" charOffset="6-6" type="drug" text="B"/>
     <pair e1="f0" e2="f1" ddi="true" type="effect"/></sentence></document>`,
    "f.xml",
  );
  expect(document).toEqual({
    id: "d",
    text: "Title. A raises B & C. A and B.",
    triples: [
      {
        ...{ drug: "A", target: "B", interaction: "effect" },
        sentences: [
          { passage: 0, start: 7, end: 22 },
          { passage: 0, start: 23, end: 31 },
        ],
      },
    ],
    mentions: [
      { start: 7, end: 8, text: "A", type: "drug" },
      { start: 16, end: 17, text: "B", type: "drug" },
      { start: 7, end: 17, text: "A B", type: "drug" },
      { start: 23, end: 24, text: "A", type: "drug" },
      { start: 29, end: 30, text: "B", type: "drug" },
    ],
  });
  expect(() => readDdiXml("<document>", "f.xml")).toThrow("f.xml is not well-formed XML");
});

test("BRAT: mentions and relations; a relation to nowhere is refused", () => {
  const annotations = "T1\tDRUG 0 1\tA\nT2\tDRUG_N 9 10;12 13\tB C\nR1\tEFFECT Arg1:T1 Arg2:T2\n";
  expect(readBrat("A raises B-C.", annotations, "d", "d.ann").triples).toEqual([
    { drug: "A", target: "B C", interaction: "effect" },
  ]);
  expect(() => readBrat("A", "R1\tINT Arg1:T1 Arg2:T2", "d", "d.ann")).toThrow("d.ann, line 1");
});

test("JSON: triples may be null", () => {
  expect(readDdiJson('{"d": {"abstract": "x", "triples": null}}', "f")).toEqual([
    { id: "d", text: "x", triples: [], mentions: [] },
  ]);
});

test("a damaged archive is refused", () => {
  expect(() => archiveEntries(Buffer.from("PK\x03\x04 cut"), "f.zip")).toThrow("its directory is missing");
  expect(() => archiveEntries(Buffer.from("hello"), "f.zip")).toThrow("neither a zip nor a tar file");
});
