/** A record that is damaged anywhere costs itself: those before and behind it are read, and what is lost is told. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Format } from "./format-names.ts";
import { readContent } from "./input.fixture.ts";

interface Sample {
  readonly start: string;
  readonly record: (id: number) => string;
  readonly end: string;
  /** Whether reading always finds the next record. Behind an open bracket or quote JSON and TSV may not; it is told then. */
  readonly goesOn: boolean;
  /** Characters at the start of a record that stay whole: without them it is a part of the record before. Default 0. */
  readonly mark?: number;
}

const SAMPLES: readonly (readonly [Format, Sample])[] = [
  [
    "pubmed-xml",
    {
      start: '<?xml version="1.0"?><PubmedArticleSet>\n',
      record: (id) =>
        `<PubmedArticle><MedlineCitation><PMID Version="1">${id}</PMID><Article><ArticleTitle>Title &amp; more.</ArticleTitle><Abstract>` +
        `<AbstractText Label="AIM">Aspirin <i>in</i> rats.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n`,
      end: "</PubmedArticleSet>\n",
      goesOn: true,
    },
  ],
  [
    "bioc-xml",
    {
      start: '<?xml version="1.0"?><collection><source>s</source>\n',
      record: (id) =>
        `<document><id>${id}</id><passage><offset>0</offset><text>Aspirin.</text><annotation id="a"><infon key="type">Chemical</infon>` +
        `<location offset="0" length="7"/><text>Aspirin</text></annotation></passage></document>\n`,
      end: "</collection>\n",
      goesOn: true,
    },
  ],
  [
    "pubtator",
    {
      start: "",
      record: (id) => `${id}|t|A title.\n${id}|a|Aspirin was given.\n${id}\t9\t16\tAspirin\tChemical\tD001241\n\n`,
      end: "",
      goesOn: true,
    },
  ],
  [
    "csv",
    {
      start: "pmid,title,abstract\n",
      record: (id) => `${id},"A title, long","Aspirin ""was"" given."\n`,
      end: "",
      goesOn: true,
    },
  ],
  [
    "tsv",
    {
      start: "pmid\ttitle\tabstract\n",
      record: (id) => `${id}\tA title\tAspirin was given.\n`,
      end: "",
      goesOn: false,
    },
  ],
  [
    "json-lines",
    { start: "", record: (id) => `{"pmid":"${id}","title":"A title","abstract":"Aspirin."}\n`, end: "", goesOn: true },
  ],
  [
    "nbib",
    {
      start: "",
      record: (id) => `PMID- ${id}\nTI  - A title\nAB  - Aspirin was\n      given.\n\n`,
      end: "",
      goesOn: true,
      mark: "PMID- ".length,
    },
  ],
  [
    "bioc-json",
    {
      start: '{"source":"s","documents":[',
      record: (id) =>
        `${id === 1 ? "" : ","}{"id":"${id}","passages":[{"offset":0,"text":"Aspirin.","annotations":[]}]}\n`,
      end: "]}",
      goesOn: false,
    },
  ],
];

const JUNK = [
  "<",
  ">",
  "&",
  '"',
  "'",
  "\n",
  "\r",
  "\t",
  "</",
  "]]>",
  "{",
  "}",
  "[",
  "\\",
  "\0",
  "\ufeff",
  "é",
  "🧪",
  ",",
].concat(["|", "%", "\ud800", "<PubmedArticle>", "</document>", "<document>"]);

/** One or several slips: something put in, cut out, or doubled. */
const slips = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    put: fc.constantFrom(...JUNK, "", ""),
    cut: fc.nat({ max: 20 }),
  }),
  { minLength: 1, maxLength: 3 },
);

for (const [format, { start, record, end, goesOn, mark = 0 }] of SAMPLES) {
  test(`${format}: a damaged record between good ones`, async () => {
    await fc.assert(
      fc.asyncProperty(slips, async (changes) => {
        let damaged = record(2);
        for (const { at, put, cut } of changes) {
          const from = mark + Math.floor(at * (damaged.length - mark));
          damaged = damaged.slice(0, from) + put + damaged.slice(from + cut);
        }
        const content = start + record(1) + damaged + record(3) + record(4) + end;
        const { documents, problems } = await readContent(content, { format, revisions: "all" });
        const ids = documents.map(({ id }) => id);
        expect(ids).toContain("1");
        if (goesOn || problems.length === 0) expect(ids).toContain("4");
      }),
      { numRuns: 250 },
    );
  });
}
