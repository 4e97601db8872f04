/** Counts are those of the spec, section 0; the three readers are held together over the official corpus. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readBc5cdr, readBc5cdrJson } from "./bc5cdr.ts";
import { readPubTator, readPubTatorRelations } from "./bc5cdr-annotations.ts";

const DATA = "../shared/data/tasks/BC5CDR";
const withData = test.skipIf(!existsSync(DATA));

withData("JSON: 500 documents a split, every one with a relation, file order kept", () => {
  const { format, splits, surprises } = readBc5cdr(DATA);
  expect(format).toBe("json");
  const counts = [splits.train!, splits.valid!, splits.test!].map((documents) => [
    documents.length,
    documents.flatMap((document) => document.relations).length,
    documents.filter((document) => document.relations.length === 0).length,
  ]);
  expect(counts).toEqual([
    [500, 1038, 0],
    [500, 1009, 0],
    [500, 1066, 0],
  ]);
  // Neighbours out of numeric order; plain JSON.parse would leave none.
  const inversions = (documents: readonly { id: string }[]): number =>
    documents.filter(({ id }, at) => at > 0 && Number(id) < Number(documents[at - 1]!.id)).length;
  expect([inversions(splits.train!), inversions(splits.test!)]).toEqual([167, 3]);
  const entries = [splits.train!, splits.valid!, splits.test!].flatMap((documents) =>
    documents.flatMap((document) => [...document.chemicals.values(), ...document.diseases.values()]),
  );
  expect([entries.filter((id) => id === "-1").length, entries.length]).toEqual([136, 12721]);
  expect(surprises).toEqual([
    {
      code: "bc5cdr/json-lacks-relations",
      text: "The JSON of valid lacks 3 gold relations of the official corpus, in documents 9022662, 1595783.",
    },
  ]);
});

withData("PubTator and BioC: the same documents, mention tables and relations; offsets point at the mentions", () => {
  const pubtator = readBc5cdr(DATA, { format: "pubtator" });
  const bioc = readBc5cdr(DATA, { format: "bioc" });
  const json = readBc5cdr(DATA, { format: "json" });
  let differing = 0;
  for (const split of ["train", "valid", "test"] as const) {
    const documents = pubtator.splits[split]!;
    expect(documents.flatMap((document) => document.relations).length).toBe(
      { train: 1038, valid: 1012, test: 1066 }[split],
    );
    for (const [at, document] of documents.entries()) {
      const [other, third] = [bioc.splits[split]![at]!, json.splits[split]![at]!];
      expect([third.id, third.title, third.abstract]).toEqual([document.id, document.title, document.abstract]);
      expect([other.id, other.title, other.abstract, other.relations]).toEqual([
        document.id,
        document.title,
        document.abstract,
        document.relations,
      ]);
      expect(other.mentions.length).toBe(document.mentions.length);
      for (const { passage, start, end, text } of document.mentions) {
        expect([document.title, document.abstract][passage]!.slice(start, end)).toBe(text);
      }
      const tables = (one: typeof document): unknown => [[...one.chemicals], [...one.diseases]];
      if (JSON.stringify(tables(document)) !== JSON.stringify(tables(third))) differing++;
    }
  }
  // 3800626, 19211690, 17879945, 15096016, 9578276, 2718706: composites that the JSON's makers resolved by hand.
  expect(differing).toBeLessThanOrEqual(8);
  const mentions = ["train", "valid", "test"].map(
    (split) => pubtator.splits[split as "train"]!.flatMap((document) => document.mentions).length,
  );
  expect(mentions).toEqual([9385, 9591, 9809]);
});

test("PubTator: composite mentions enter the table by their parts", () => {
  const [document] = readPubTator(
    [
      "7|t|Ocular and auditory toxicity.",
      "7|a|Of drug X.",
      "7\t0\t28\tOcular and auditory toxicity\tDisease\tD014786|D006311\tOcular toxicity|auditory toxicity",
      "7\t33\t39\tdrug X\tChemical\t-1",
      "7\tCID\tD1\tD014786",
      "",
    ].join("\n"),
    "t",
  );
  expect([...document!.diseases]).toEqual([
    ["ocular toxicity", "D014786"],
    ["auditory toxicity", "D006311"],
  ]);
  expect([...document!.chemicals]).toEqual([["drug x", "-1"]]);
  expect(document!.mentions[1]).toEqual({ passage: 1, start: 3, end: 9, text: "drug X", type: "Chemical", ids: [] });
  expect(document!.relations).toEqual([{ chemical: "D1", disease: "D014786" }]);
});

test.each([
  ["7|a|text", "line 1: an abstract line without its title line"],
  ["7|t|text\n8\t0\t1\ta\tDisease\tD1", "line 2: an annotation outside its document"],
  ["7|t|text\n7\t0\t1\ta\tGene\t1", 'line 2: a mention of type "Gene"'],
  ["7|t|text\n7\t0\t1", "line 2: 3 columns"],
])("a malformed PubTator file is refused: %j", (text, message) => {
  expect(() => readPubTator(text, "file")).toThrow(message);
});

test("relation lines are told from mention lines", () => {
  const text = "1|t|T\n1\t0\t1\tT\tDisease\tD2\n1\tCID\tD1\tD2\t0.5\n";
  expect(readPubTatorRelations(text)).toEqual([{ documentId: "1", type: "CID", first: "D1", second: "D2" }]);
});

test("JSON: a missing field names the document", () => {
  expect(() => readBc5cdrJson('{"5": {"title": "T"}}', "f.json")).toThrow('f.json, document 5 has no text "abstract"');
});
