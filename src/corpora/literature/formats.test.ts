/** Each format by a small input of its own kind: recognised, read, and a bad record of it costs itself. */
import { expect, test } from "vitest";
import { FORMATS, type Format } from "./format-names.ts";
import { readContent } from "./input.fixture.ts";
import { readDocuments } from "./read.ts";

interface Sample {
  readonly format: Format;
  readonly content: string;
  /** Id, title, abstract or text of each document. */
  readonly want: readonly (readonly [id: string, title: string, text: string])[];
  /** The same content with a damaged record before the last one, and what says so. */
  readonly damaged?: readonly [content: string, problem: RegExp];
}

const TITLE = "Aspirin and gastric bleeding.";
const ABSTRACT = "Aspirin causes gastric bleeding in adults.";
const pubmed = (pmid: number, title = TITLE): string =>
  `<PubmedArticle><MedlineCitation><PMID Version="1">${pmid}</PMID><Article><ArticleTitle>${title}</ArticleTitle><Abstract><AbstractText>${ABSTRACT}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>`;
const article = (pmid: number, title = TITLE): string =>
  `<article><front><article-meta><article-id pub-id-type="pmid">${pmid}</article-id><title-group><article-title>${title}</article-title></title-group><abstract><p>${ABSTRACT}</p></abstract></article-meta></front></article>`;
const bioc = (id: number, offset: number | string = 0): string =>
  `<document><id>${id}</id><passage><infon key="type">title</infon><offset>${offset}</offset><text>${TITLE}</text></passage><passage><infon key="type">abstract</infon><offset>30</offset><text>${ABSTRACT}</text></passage></document>`;
const endnote = (title: string): string =>
  `<record><titles><title><style face="normal">${title}</style></title></titles><abstract><style>${ABSTRACT}</style></abstract><accession-num>7</accession-num><remote-database-name>Medline</remote-database-name></record>`;
const biocJson = (id: number, offset: number | string = 0): object => ({
  id: String(id),
  passages: [
    { offset, infons: { type: "title" }, text: TITLE, annotations: [] },
    { offset: 30, infons: { type: "abstract" }, text: ABSTRACT, annotations: [] },
  ],
});
const seven = [["7", TITLE, ABSTRACT]] as const;
const both = [...seven, ["9", TITLE, ABSTRACT]] as const;

const SAMPLES: readonly Sample[] = [
  {
    format: "pubmed-xml",
    content: `<?xml version="1.0"?><!DOCTYPE PubmedArticleSet><PubmedArticleSet>${pubmed(7)}</PubmedArticleSet>`,
    want: seven,
    damaged: [
      `<PubmedArticleSet>${pubmed(7)}${pubmed(8, "<i>A")}stray ${pubmed(9)}</PubmedArticleSet>`,
      /not well-formed.*PMID 8|text stands/,
    ],
  },
  {
    format: "jats",
    content: `<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS-archivearticle1.dtd">\n<!-- x --><article xmlns:xlink="http://x"${article(7).slice(8)}`,
    want: seven,
    damaged: [`<pmc-articleset>${article(7)}${article(8, "<i>A")}${article(9)}</pmc-articleset>`, /not well-formed/],
  },
  {
    format: "bioc-xml",
    content: `<?xml version="1.0"?><!DOCTYPE collection SYSTEM "BioC.dtd"><collection><source>x</source>${bioc(7)}</collection>`,
    want: seven,
    damaged: [`<collection>${bioc(7)}${bioc(8, "zero")}${bioc(9)}</collection>`, /<document> 8 at byte \d+.*"zero"/],
  },
  {
    format: "endnote-xml",
    content: `<?xml version="1.0" encoding="UTF-8"?><xml><records>${endnote(TITLE)}</records></xml>`,
    want: seven,
    damaged: [`<xml><records>${endnote(TITLE)}${endnote("<b>")}</records></xml>`, /not well-formed/],
  },
  {
    format: "json-lines",
    content: `\ufeff${JSON.stringify({ pmid: 7, title: TITLE, abstractText: ABSTRACT })}\n`,
    want: seven,
    damaged: [
      [7, "{", 9]
        .map((pmid) => (pmid === "{" ? pmid : JSON.stringify({ pmid, Title: TITLE, AbstractText: ABSTRACT })))
        .join("\n"),
      /line 2 of \S*input is not JSON/,
    ],
  },
  {
    format: "bioc-json",
    content: JSON.stringify({ source: "PubTator", date: "", documents: [biocJson(7)] }, null, 2),
    want: seven,
    damaged: [JSON.stringify({ PubTator3: [biocJson(7), biocJson(8, "zero"), biocJson(9)] }), /offset is no number/],
  },
  {
    format: "json",
    content: JSON.stringify([{ PMID: "7", title: TITLE, paperAbstract: ABSTRACT }], null, 1),
    want: seven,
    damaged: [
      JSON.stringify([
        { id: 7, title: TITLE, abstract: ABSTRACT },
        { x: 1 },
        { id: 9, title: TITLE, abstract: ABSTRACT },
      ]),
      /is no document: its fields are x/,
    ],
  },
  {
    format: "pubtator",
    content: `7|t|${TITLE}\n7|a|${ABSTRACT}\n7\t0\t7\tAspirin\tChemical\tD001241\n7\tCID\tD001241\tD006471\n\n`,
    want: seven,
    damaged: [
      `7|t|${TITLE}\n7|a|${ABSTRACT}\n\n8|t|T\n8|a|A\n8\tx\n\n9|t|${TITLE}\n9|a|${ABSTRACT}\n`,
      /Line 6 .*document 8/,
    ],
  },
  {
    format: "ris",
    content: `Provider: x\n\n1.\nTY  - JOUR\nDB  - PubMed\nAN  - 7\nTI  - Aspirin and\n      gastric bleeding.\nAB  - ${ABSTRACT}\nER  - \n`,
    want: seven,
    damaged: [
      `TY  - JOUR\nID  - x\nER  -\nTI  - lost\n\nTY  - JOUR\nTI  - ${TITLE}\nN2  - ${ABSTRACT}\nDO  - 10.1000/9\nER  - \n`,
      /Line 4 .*no record/,
    ],
  },
  {
    format: "endnote",
    content: `%0 Journal Article\n%T ${TITLE}\n%X Aspirin causes gastric\nbleeding in adults.\n%M 7\n%~ PubMed\n`,
    want: seven,
  },
  {
    format: "bibtex",
    content: `% Encoding: UTF-8\n@string{j = {J}}\n@article{7,\n  title = "Aspirin and {gastric} bleeding.",\n  abstract={${ABSTRACT}}, journal = j, year = 2020\n}\n`,
    want: seven,
    damaged: [
      `@article{7, title={${TITLE}}, abstract={${ABSTRACT}}}\n@article{8, title={A\n\n@article{9,\ntitle={${TITLE}},\nabstract={${ABSTRACT}}}`,
      /entry 8 in line 2/,
    ],
  },
  {
    format: "pubmed-text",
    content: `\n1. J Test. 2020 Jan;1:2. doi: 10.1/7.\n\nAspirin and gastric\nbleeding.\n\nDoe J(1), van der Berg AB.\n\nAuthor information: \n(1)A place.\n\nAspirin causes gastric\nbleeding in adults.\n\nCopyright © 2020 X.\n\nDOI: 10.1/7\nPMID: 7 [Indexed for MEDLINE]\n\n\n`,
    want: seven,
    damaged: [
      `1. J Test. 2020 Jan.\n\n${TITLE}\n\nDoe J.\n\n${ABSTRACT}\n\nPMID: 7\n\n\n2. J Test. 2020.\n\nNo number.\n\n3. J Test. 2021.\n\n${TITLE}\n\n${ABSTRACT}\n\nPMID: 9\n`,
      /record in line 12 .*no PMID/,
    ],
  },
  {
    format: "nbib",
    content: `OWN - NLM\nPMID- 7\nTI  - ${TITLE}\nAB  - ${ABSTRACT}\n`,
    want: seven,
    damaged: [
      `PMID- 7\nTI  - ${TITLE}\nAB  - ${ABSTRACT}\n\nPMID- 8\nx\n\nPMID- 9\nTI  - ${TITLE}\nAB  - ${ABSTRACT}\n`,
      /PMID 8/,
    ],
  },
  {
    format: "tsv",
    content: `TI\tAB\tPM\tPY\n${TITLE}\t${ABSTRACT}\t7\t2020\n`,
    want: seven,
    damaged: [
      `pmid\ttitle\tabstract\n7\t${TITLE}\t${ABSTRACT}\n8\tshort\n9\t${TITLE}\t${ABSTRACT}\n`,
      /Line 3 .*broken row/,
    ],
  },
  {
    format: "csv",
    content: `\ufeff"PubMed ID";"Title";"Abstract"\r\n7;"${TITLE}";"${ABSTRACT}"\r\n`,
    want: seven,
    damaged: [
      `PMID,Title,Abstract\n7,${TITLE},${ABSTRACT}\n8,too,many,columns\n9,${TITLE},"${ABSTRACT}"\n`,
      /Line 3 .*broken row/,
    ],
  },
  { format: "text", content: `${ABSTRACT}\n`, want: [["input", "", ABSTRACT]] },
];

test("every format that is recognised has a sample here", () => {
  expect(SAMPLES.map(({ format }) => format).sort()).toEqual(FORMATS.filter((name) => name !== "text-lines").sort());
});

for (const { format, content, want, damaged } of SAMPLES) {
  const texts = (
    documents: Awaited<ReturnType<typeof readContent>>["documents"],
  ): (readonly [string, string, string])[] =>
    documents.map(({ id, passages }) => [
      id,
      passages.find(({ kind }) => kind === "title")?.text ?? "",
      passages.find(({ kind }) => kind !== "title")?.text ?? "",
    ]);

  test(`${format} is recognised and read, also by its name`, async () => {
    const told = await readContent(content);
    expect(told.format).toBe(format);
    expect(texts(told.documents)).toEqual(want);
    expect(told.problems).toEqual([]);
    expect((await readContent(content, { format })).documents).toEqual(told.documents);
  });

  if (damaged === undefined) continue;
  test(`${format}: a bad record costs itself, and ends the reading where nobody takes it`, async () => {
    const [bad, problem] = damaged;
    const { documents, problems } = await readContent(bad);
    const good = texts(documents).filter(([, title]) => title === TITLE);
    const wanted = format === "endnote-xml" ? seven : format === "ris" ? [["10.1000/9", TITLE, ABSTRACT]] : both;
    expect(good).toEqual(wanted);
    expect(problems.length).toBeGreaterThan(0);
    for (const text of problems) expect(text).toMatch(problem);
    await expect(readContent(bad, { onProblem: undefined })).rejects.toThrow(problem);
  });
}

test("however the bytes are cut, the documents and problems are the same", async () => {
  for (const { format, content, damaged } of SAMPLES) {
    for (const text of [content, damaged?.[0] ?? ""].filter((each) => each !== "")) {
      const outcomes: string[] = [];
      for (const size of [1, 5, 64, 1 << 20]) {
        const bytes = Buffer.from(text);
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const seen: unknown[] = [];
        const options = {
          format,
          standardInput: pieces(),
          onProblem: ({ what }: Error & { what: string }) => seen.push(what),
        };
        for await (const document of readDocuments(["-"], options)) seen.push(document);
        // A table's bad rows are told behind the rows of the same piece.
        outcomes.push(
          seen
            .map((each) => JSON.stringify(each))
            .sort()
            .join("\n"),
        );
      }
      expect(new Set(outcomes).size, format).toBe(1);
    }
  }
});
