/** Readers of mentions: small files of each form, damaged ones, and the corpora's own counts where they are at hand. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readBc2gm } from "./bc2gm.ts";
import { readBioCMentions } from "./bioc.ts";
import { readBratMentions } from "./brat.ts";
import { ENTITY_CORPORA, ENTITY_SPLITS, type EntitySplit, entityCorpus } from "./corpora.ts";
import { readIobMentions } from "./iob.ts";
import { withoutLeaks } from "./leaks.ts";
import type { MentionCorpus, MentionDocument, MisplacedMention } from "./mention-document.ts";
import { readPubTatorMentions } from "./pubtator.ts";
import { readDrugProtMentions } from "./tables.ts";

const TASKS = fileURLToPath(new URL("../../../../shared/data/tasks", import.meta.url));

const read = new Map<string, MentionCorpus>();

/** A corpus's split, read once for all tests. */
function splitOf(name: string, split: EntitySplit): MentionCorpus {
  const key = `${name} ${split}`;
  const corpus = read.get(key) ?? entityCorpus(name).splits[split]!(TASKS);
  read.set(key, corpus);
  return corpus;
}

function shown({ id, mentions }: MentionDocument): string[] {
  return mentions.map(({ passage, start, end, text, type }) => `${id}: ${passage} ${start}-${end} ${type} ${text}`);
}

test("PubTator: mentions of title and abstract, code points become UTF-16 units, relations are passed over", () => {
  const { documents, misplaced } = readPubTatorMentions(
    [
      "7|t|𝛽-Blockers and asthma",
      "7|a|Propranolol worsens asthma.",
      "7\t0\t10\t𝛽-Blockers\tChemicalEntity\tD000319|D011433",
      "7\t15\t21\tasthma\tDiseaseOrPhenotypicFeature\tD001249",
      "7\t22\t33\tPropranolol\tChemical\t-1",
      "7\t42\t48\tasthma\tDisease\tD001249",
      "7\tCID\tD011433\tD001249",
      "",
    ].join("\r\n"),
    "x.txt",
  );
  expect(documents.flatMap(shown)).toEqual([
    "7: 0 0-11 Chemical 𝛽-Blockers",
    "7: 0 16-22 Disease asthma",
    "7: 1 0-11 Chemical Propranolol",
    "7: 1 20-26 Disease asthma",
  ]);
  expect(documents[0]!.mentions[0]!.ids).toEqual(["D000319", "D011433"]);
  expect(documents[0]!.mentions[2]!.ids).toEqual([]);
  expect(misplaced).toEqual([]);
});

test("PubTator: a mention that is not where it says is left out and counted", () => {
  const { documents, misplaced } = readPubTatorMentions("7|t|aspirin\n7\t1\t7\taspirin\tChemical\tX\n", "x.txt");
  expect(documents[0]!.mentions).toEqual([]);
  expect(misplaced).toEqual([{ documentId: "7", text: "aspirin", start: 1, found: "spirin" }]);
});

test("PubTator: blocks of one article that follow each other are its passages, with offsets of their own", () => {
  const { documents } = readPubTatorMentions(
    "9|t|Of zinc\n9|a|\n9\t3\t7\tzinc\tChemical\tD\n\n9|t|On iron\n9|a|\n9\t3\t7\tiron\tChemical\tD\n\n8|t|x\n",
    "x.txt",
  );
  expect(documents.flatMap(shown)).toEqual(["9: 0 3-7 Chemical zinc", "9: 1 3-7 Chemical iron"]);
  expect(documents.map(({ passages }) => passages.map(({ kind }) => kind))).toEqual([["title", "text"], ["title"]]);
});

test.each([
  ["7|a|abstract first\n", "an abstract line without its title line"],
  ["7|t|x\n8\t0\t1\tx\tGene\t1\n", "an annotation outside its document"],
  ["7|t|x\n7\t0\tone\tx\tGene\t1\n", "a mention without its end"],
  ["some prose\n", "neither text nor an annotation"],
])("PubTator: %j is refused", (text, why) => {
  expect(() => readPubTatorMentions(text, "x.txt")).toThrow(why);
});

test("BioC, XML and JSON: offsets of the document become those of passages, parts of composite mentions are left out", () => {
  const xml = `<collection><document><id>7</id>
    <passage><infon key="type">title</infon><offset>0</offset><text>Of zinc</text>
      <annotation id="1"><infon key="type">Chemical</infon><infon key="MESH">D015032</infon><location offset="3" length="4"/><text>zinc</text></annotation></passage>
    <passage><infon key="type">abstract</infon><offset>8</offset><text>Ovarian and breast cancer</text>
      <annotation id="2"><infon key="type">Disease</infon><infon key="MESH">D1|D2</infon><location offset="8" length="25"/><text>Ovarian and breast cancer</text></annotation>
      <annotation id="3"><infon key="type">Disease</infon><infon key="CompositeRole">IndividualMention</infon><location offset="8" length="7"/><location offset="27" length="6"/><text>Ovarian cancer</text></annotation></passage>
    <relation id="R"><infon key="type">CID</infon></relation></document></collection>`;
  const json = JSON.stringify({
    PubTator3: [
      {
        id: 7,
        passages: [
          { infons: { type: "title" }, offset: 0, text: "Of zinc", annotations: [] },
          {
            infons: { type: "abstract" },
            offset: 8,
            text: "TP53 is lost",
            annotations: [
              { infons: { type: "Gene", identifier: "7157" }, text: "TP53", locations: [{ offset: 8, length: 4 }] },
            ],
          },
        ],
      },
    ],
  });
  expect(readBioCMentions(xml, "x").documents.flatMap(shown)).toEqual([
    "7: 0 3-7 Chemical zinc",
    "7: 1 0-25 Disease Ovarian and breast cancer",
  ]);
  const [document] = readBioCMentions(json, "x").documents;
  expect(shown(document!)).toEqual(["7: 1 0-4 Gene TP53"]);
  expect(document!.mentions[0]!.ids).toEqual(["7157"]);
  expect(() => readBioCMentions("{", "x")).toThrow("is not JSON");
  expect(() => readBioCMentions("[1]", "x")).toThrow("has no passages");
  expect(() => readBioCMentions("<collection><document>", "x")).toThrow("not well-formed");
});

test("IOB: typed and bare tags, IOBES, an I that nothing began", () => {
  const { documents } = readIobMentions(
    "Aspirin\tB-Chemical\nand\tO\nbreast\tB-Disease\ncancer\tI-Disease\nrisk\tI-Chemical\n\n-DOCSTART- O\n\np53 S\n. O\n",
    "x",
    { untyped: "Gene" },
  );
  expect(documents.flatMap(shown)).toEqual([
    "x:1: 0 0-7 Chemical Aspirin",
    "x:1: 0 12-25 Disease breast cancer",
    "x:1: 0 26-30 Chemical risk",
    "x:2: 0 0-3 Gene p53",
  ]);
  expect(() => readIobMentions("word\tX-Gene\n", "x")).toThrow('line 1: "word');
});

test("BRAT: pieces are taken from the first to the last, line breaks keep their place", () => {
  const misplaced: MisplacedMention[] = [];
  const document = readBratMentions(
    "Beta- and\nalpha-blockers\n",
    "T1\tDrug 0 5;16 24\tBeta- blockers\nR1\tx Arg1:T1 Arg2:T1\nT2\tCell 10 15\tbetas\n",
    "7",
    "x",
    misplaced,
  );
  expect(shown(document)).toEqual(["7: 0 0-24 Chemical Beta- and alpha-blockers"]);
  expect(misplaced.map(({ found }) => found)).toEqual(["alpha"]);
  expect(() => readBratMentions("a", "T1\tDrug x\ta\n", "7", "x", [])).toThrow("is no mention");
});

test("BC2GM: offsets leave out spaces, the last is inclusive; alternatives stand apart", () => {
  const { documents, misplaced } = readBc2gm(
    {
      sentences: "S1 Comparison with alkaline phosphatases and 5-nucleotidase\nS2 No gene\n",
      genes: "S1|14 33|alkaline phosphatases\nS2|0 1|xx\n",
      alternatives: "S1|22 33|phosphatases\n",
    },
    "x",
  );
  expect(documents.flatMap(shown)).toEqual(["S1: 0 16-37 Gene alkaline phosphatases"]);
  expect(documents[0]!.alternatives.map(({ text }) => text)).toEqual(["phosphatases"]);
  expect(misplaced.length).toBe(1);
  expect(() => readBc2gm({ sentences: "S1 x\n", genes: "S9|0 1|x\n", alternatives: "" }, "x")).toThrow(
    "not of BC2GM's form",
  );
});

test("DrugProt: two tables, one character between title and abstract", () => {
  const { documents } = readDrugProtMentions(
    "5\tOf zinc\tZinc binds p53.\n",
    "5\tT1\tCHEMICAL\t3\t7\tzinc\n5\tT2\tGENE-N\t19\t22\tp53\n6\tT1\tGENE\t0\t1\tx\n",
    "x",
  );
  expect(documents.flatMap(shown)).toEqual(["5: 0 3-7 Chemical zinc", "5: 1 11-14 Gene p53"]);
  expect(() => readDrugProtMentions("5\tx\n", "", "x")).toThrow("2 columns");
});

test("documents of an evaluation split are left out, by id or by their text", () => {
  const words = Array.from({ length: 30 }, (_, i) => `word${i}`).join(" ");
  const document = (id: string, text: string): MentionDocument => ({
    id,
    passages: [{ kind: "text", text }],
    mentions: [],
  });
  const training = [document("1", "a b c"), document("2", `Before: ${words}`), document("3", words.slice(0, 60))];
  const kept = withoutLeaks(training, [document("1", "other"), document("9", words)]);
  expect(kept.map(({ id }) => id)).toEqual(["3"]);
});

/** Documents, mentions by type, mentions left out: those of the data's own description. */
const COUNTS: Readonly<
  Record<string, readonly [documents: number, mentions: Readonly<Record<string, number>>, misplaced?: number]>
> = {
  "BC5CDR train": [500, { Chemical: 5203, Disease: 4182 }],
  "NCBI-disease train": [593, { Disease: 5145 }], // 592, one of which stands there twice
  "NCBI-disease development": [100, { Disease: 787 }],
  "NCBI-disease test": [100, { Disease: 960 }],
  "DrugProt train": [1444, { Chemical: 18_994, Gene: 17_888 }],
  "DrugProt development": [750, { Chemical: 9853, Gene: 9005 }],
  "BC2GM train": [15_000, { Gene: 18_264 }, 1],
  "BC2GM test": [5000, { Gene: 6331 }],
  "NLMchem test": [50, { Chemical: 11_772 }],
  "NLMgene train": [450, { Gene: 11_223 }, 11],
  "NLMgene test": [100, { Gene: 2365 }],
  "GNormPlus train": [432, { Gene: 4232 }, 35],
  "GNormPlus test": [262, { Gene: 3285 }, 4],
  "tmVar3 train": [342, {}, 21],
  "tmVar3 test": [158, {}],
  "Linnaeus train": [80, { Species: 2321 }],
  "Linnaeus test": [20, { Species: 576 }],
  "SPECIES train": [639, { Species: 3053 }],
  "SPECIES test": [160, { Species: 739 }],
  "BioID train": [9704, { CellLine: 4136 }, 1],
  "BioID test": [3993, { CellLine: 1453 }],
  "JNLPBA train": [14_690, { Entity: 32_178 }],
  "JNLPBA development": [3856, { Entity: 8575 }],
  "JNLPBA test": [3856, { Entity: 6241 }],
  "BC5CDR-IOB train": [4560, { Chemical: 5203, Disease: 4182 }],
  "BC5CDR-IOB development": [4581, { Chemical: 5347, Disease: 4246 }],
  "BC5CDR-IOB test": [4797, { Chemical: 5385, Disease: 4424 }],
  "AnatEM train": [606, {}],
  "AnatEM development": [202, {}],
  "AnatEM test": [404, {}],
  "BioNLP13CG train": [3033, {}],
  "BioNLP13CG test": [1906, {}],
};

const splits = ENTITY_CORPORA.flatMap((corpus) =>
  ENTITY_SPLITS.flatMap((split) => (corpus.splits[split] === undefined ? [] : [{ corpus, split }])),
);

test.skipIf(!existsSync(TASKS)).each(splits)(
  "$corpus.name $split has what its description says",
  ({ corpus, split }) => {
    const { documents, misplaced } = splitOf(corpus.name, split);
    const found: Record<string, number> = {};
    for (const { mentions, passages } of documents) {
      for (const { passage, start, end, text, type } of mentions) {
        found[type] = (found[type] ?? 0) + 1;
        expect(passages[passage]!.text.slice(start, end)).toBe(text);
      }
    }
    // ADE marks what stands in a relation, and so no type wherever it occurs.
    const may = corpus.types.length === 0 ? ["Chemical", "Disease"] : corpus.types;
    expect(Object.keys(found).filter((type) => !may.includes(type))).toEqual([]);
    const [count, wanted, left = 0] = COUNTS[`${corpus.name} ${split}`] ?? [documents.length, {}, misplaced.length];
    expect([documents.length, misplaced.length]).toEqual([count, left]);
    expect(found).toMatchObject(wanted);
  },
);

test.skipIf(!existsSync(TASKS))("BioRED: mentions of all six types in the three splits", () => {
  const counts = ENTITY_SPLITS.map((split) =>
    splitOf("BioRED", split).documents.reduce((sum, { mentions }) => sum + mentions.length, 0),
  );
  expect(counts).toEqual([13_351, 3533, 3535]);
});

/** Shared documents, by PMID: those of the data's own table of leaks. */
const SHARED = [
  ["BioRED", "train", "BC5CDR", "test", 53],
  ["BioRED", "train", "BC5CDR", "development", 44],
  ["BC5CDR", "train", "BioRED", "test", 10],
  ["tmVar3", "train", "BioRED", "test", 24],
  ["NLMgene", "train", "BioRED", "test", 21],
  ["NCBI-disease", "train", "BioRED", "test", 1],
] as const;

test.skipIf(!existsSync(TASKS)).each(SHARED)(
  "%s %s shares documents with %s %s",
  (from, part, corpus, split, shared) => {
    const training = splitOf(from, part).documents;
    const evaluation = splitOf(corpus, split).documents;
    const ids = new Set(evaluation.map(({ id }) => id));
    const kept = withoutLeaks(training, evaluation);
    expect(training.filter(({ id }) => ids.has(id)).length).toBe(shared);
    expect(training.length - kept.length).toBeGreaterThanOrEqual(shared);
    expect(training.length - kept.length).toBeLessThanOrEqual(shared + 5);
    expect(kept.filter(({ id }) => ids.has(id))).toEqual([]);
  },
);
