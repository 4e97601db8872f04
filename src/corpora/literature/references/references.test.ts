/** What exports of databases and reference managers hold beside title and abstract, and their odd ways. */
import { expect, test } from "vitest";
import { readContent } from "../input.fixture.ts";
import { fromLatex } from "./bibtex.ts";
import { tableHeader } from "./table.ts";

const LATEX: readonly (readonly [latex: string, plain: string])[] = [
  ["{TNF}-{$\\alpha$} in {\\'E}tudes by M{\\\"u}ller and {\\AA}s", "TNF-α in Études by Müller and Ås"],
  ["\\emph{E. coli} at 37\\textdegree{}C, 5\\,\\% of $10^{6}$ cells", "E. coli at 37°C, 5% of 10^6 cells"],
  ["Ca$^{2+}$ and H$_{2}$O -- a ``new'' way", 'Ca2+ and H2O – a "new" way'],
  ['na{\\"\\i}ve \\v{S}koda \\c{c}a, Erd{\\H o}s', "naïve Škoda ça, Erdős"],
  ["plain text", "plain text"],
];
for (const [latex, plain] of LATEX) test(`LaTeX: ${plain}`, () => expect(fromLatex(latex)).toBe(plain));

test("BibTeX: quotes, bare numbers, joined strings, brackets of both kinds, comments between", async () => {
  const { documents, problems } = await readContent(
    `Exported by x\n@comment{y}\n@Article ( k1 ,\n title = "A {"} B" # { C}, author = {Doe, J and Roe, R}, year = 2020, doi = {10.1000/a_b}, note={PMID: 77})\n\n@book{k2, title={Two}, keywords = {a; b}, abstract = {With @ sign and \\{brace\\}.},}\n`,
    { format: "bibtex" },
  );
  expect(problems).toEqual([]);
  expect(documents).toMatchObject([
    {
      id: "77",
      passages: [{ text: 'A " B C' }],
      citation: { pmid: "77", year: 2020, doi: "10.1000/a_b", authors: ["Doe, J", "Roe, R"] },
    },
    { id: "k2", passages: [{ text: "Two" }, { text: "With @ sign and brace." }], citation: { keywords: ["a", "b"] } },
  ]);
});

test("RIS keeps what a citation has, and marks what is retracted", async () => {
  const { documents } = await readContent(
    "TY  - JOUR\nT1  - RETRACTED: A study\nA1  - Doe, J\nY1  - 2001/05//\nJF  - J Test\nKW  - one\nKW  - two\nN1  - PMID: 5\nDO  - https://doi.org/10.1000/x\nER  -\n",
  );
  expect(documents[0]?.citation).toEqual({
    ...{ pmid: "5", doi: "10.1000/x", journal: "J Test", year: 2001, keywords: ["one", "two"], authors: ["Doe, J"] },
    retracted: true,
  });
});

test("tables: names of columns as databases write them, quoted line ends, a separator that is a semicolon", async () => {
  for (const header of [
    "EID,Title,Abstract,PubMed ID,Source title",
    '"Article Title";"Abstract";"Pubmed Id"',
    "UT\tTI\tAB\tPM",
    "key,title,abstract_note,pubmed_id",
    "id,sentence",
  ])
    expect(tableHeader(header)?.roles.abstract ?? tableHeader(header)?.roles.text, header).toBeDefined();
  expect(tableHeader("Aspirin, which was given, helped.")).toBeUndefined();
  const { documents } = await readContent(
    'pmid;title;abstract;year\n1;"A ""quoted"" title";"One;\ntwo";2020\n\n2;B;C;\n',
  );
  expect(documents).toMatchObject([
    { id: "1", passages: [{ text: 'A "quoted" title' }, { text: "One;\ntwo" }], citation: { year: 2020 } },
    { id: "2", passages: [{ text: "B" }, { text: "C" }] },
  ]);
});

test("a row of a table that is not UTF-8 is left out, not repaired; those around it are read", async () => {
  const latin = Buffer.from(
    'pmid,title,abstract\n0,Good,A\n1,caf\xe9,A\n2,Good,"A\nB"\n3,Zero,\0\n4,"Fa\xe7ade\nline",A\n5,Good,A\n',
    "latin1",
  );
  const { problems, documents } = await readContent(latin, { format: "csv" });
  expect(documents.map(({ id }) => id)).toEqual(["0", "2", "5"]);
  expect(problems).toEqual([
    expect.stringContaining("byte 34 is 0xe9"),
    expect.stringContaining("is 0xe7"),
    "input is not text: line 6 holds zero bytes.",
  ]);
});
