/** What files cannot be read is said by their real names, with the next step; prose is told from what is none. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { BiogptError } from "../../base/errors.ts";
import { readContent } from "./input.fixture.ts";
import { isProse } from "./plain-text.ts";

const zip = (name: string): Buffer => Buffer.from(`PK\x03\x04${"\0".repeat(26)}${name}`, "latin1");

const REFUSED: readonly (readonly [name: string, content: string | Buffer, code: string, words: RegExp])[] = [
  [
    "a list of PMIDs",
    "30389048\n30384140\n",
    "corpora/without-abstracts",
    /list of PMIDs \(30389048, 30384140.*efetch.*30389048/s,
  ],
  ["PMIDs with their name", "PMID: 1\r\nPMID: 2", "corpora/without-abstracts", /list of PMIDs/],
  [
    "PubMed's Summary (text)",
    "1: Canelli E, Catella A. Efficacy of a vaccine. Vet Microbiol. 2018;226:89. doi: 10.1/x. PMID: 30389048.\n\n2: Doe J. Other. J. 2018. PMID: 2.\n",
    "corpora/without-abstracts",
    /Summary \(text\).*Abstract \(text\)/s,
  ],
  [
    "PubMed's CSV",
    '"PMID","Title","Authors","Citation","First Author","Journal/Book","Publication Year"\n1,"A","B","C","D","E",2020\n',
    "corpora/without-abstracts",
    /PubMed's CSV.*Save/s,
  ],
  ["a table of titles", "title\tyear\tdoi\nA\t2020\t10.1/x\n", "corpora/without-abstracts", /titles without abstracts/],
  ["a PDF", "%PDF-1.7\n%\xe2", "corpora/not-a-document", /is a PDF.*pdftotext/s],
  ["a PDF in gzip", gzipSync("%PDF-1.7\n"), "corpora/not-a-document", /is a PDF/],
  ["Word", zip("word/document.xml"), "corpora/not-a-document", /Word document.*plain text/s],
  ["Excel", zip("xl/workbook.xml"), "corpora/not-a-document", /Excel workbook.*CSV/s],
  ["PowerPoint", zip("ppt/presentation.xml"), "corpora/not-a-document", /PowerPoint/],
  ["an old Office document", Buffer.from("d0cf11e0a1b11ae1", "hex"), "corpora/not-a-document", /old Office/],
  ["RTF", "{\\rtf1\\ansi Aspirin}", "corpora/not-a-document", /is RTF/],
  ["a PNG", Buffer.from("\x89PNG\r\n\x1a\n\0\0", "latin1"), "corpora/not-a-document", /PNG image/],
  ["Zstandard, broken or not read", Buffer.from("28b52ffd00", "hex"), "corpora/zstd", /Zstandard/],
  ["FASTA", ">sp|P1|X human\nMKVLAAGIVG\nMKV\n", "corpora/not-a-document", /FASTA/],
  ["GenBank", "LOCUS       X 100 bp DNA\n", "corpora/not-a-document", /GenBank/],
  ["LaTeX", "% x\n\\documentclass{article}\n\\begin{document}Text", "corpora/not-a-document", /LaTeX.*pandoc/s],
  ["a web page", "<!DOCTYPE html><html><body>Error</body></html>", "corpora/xml-root", /web page/],
  [
    "an answer of esearch",
    '<?xml version="1.0"?><eSearchResult><IdList/></eSearchResult>',
    "corpora/xml-root",
    /esearch.*efetch/s,
  ],
  [
    "other XML",
    "<?xml version='1.0'?><!-- x --><recipe><p/></recipe>",
    "corpora/xml-root",
    /first element is <recipe>/,
  ],
  ["a table of numbers", "a\tb\n1\t2\n3\t4\n", "corpora/unknown-content", /columns have no known name: a, b/],
  [
    "code",
    "const x = (a) => a + 1;\nif (x(1) !== 2) { y[0] = `x`; }\n",
    "corpora/unknown-content",
    /no prose.*--input-format text/s,
  ],
  [
    "a tagged format that is not known",
    "AA: one word\nBB: two words\nCC: three\nDD: four\n",
    "corpora/unknown-content",
    /no prose/,
  ],
];
for (const [name, content, code, words] of REFUSED) {
  test(`refused by its name: ${name}`, async () => {
    const error = await readContent(content, { name: "x.dat" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BiogptError);
    expect((error as BiogptError).message).toMatch(words);
    expect((error as BiogptError).code).toBe(code);
    expect((error as BiogptError).fix).toBeDefined();
  });
}

test("--input-format text reads what is no prose, and csv titles alone", async () => {
  expect((await readContent("a = b;\n", { format: "text" })).documents).toMatchObject([
    { passages: [{ text: "a = b;" }] },
  ]);
  expect((await readContent("title,year\nA,2020\n", { format: "csv" })).documents).toMatchObject([
    { passages: [{ kind: "title", text: "A" }], citation: { year: 2020 } },
  ]);
});

const PROSE = [
  "Aspirin.",
  "Title, abstract and full text were screened by two reviewers, who agreed in most cases.",
  "In 12 patients (7 men) IL-2 rose from 3.4 to 5.6 ng/ml (P < 0.01); TNF-α fell.",
  "阿司匹林会引起胃出血。",
  "Der Patient erhielt 5 mg Haloperidol und entwickelte ein Parkinson-Syndrom.",
  "Background: One.\nMethods: Two were given to three.\nResults: Four.",
  "1. First item of a list of things\n2. Second item of a list",
  "",
];
for (const text of PROSE) test(`prose: ${text.slice(0, 30)}`, () => expect(isProse(text)).toBe(true));

test("all inputs are looked at before work begins, and their faults told at once", async () => {
  const { checkInputs } = await import("./read.ts");
  const error = (await checkInputs(["none-1.xml", "none-2.xml"]).catch((reason: unknown) => reason)) as BiogptError;
  expect([error.code, error.kind]).toEqual(["corpora/inputs", "not-found"]);
  expect(error.what).toMatch(/^2 of 2 inputs.*none-1\.xml does not exist\. none-2\.xml does not exist\./);
  const one = (await checkInputs(["none-1.xml"]).catch((reason: unknown) => reason)) as BiogptError;
  expect(one.code).toBe("corpora/not-found");
});
