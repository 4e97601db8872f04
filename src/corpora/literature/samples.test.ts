/** Real files of every format, in ../shared: each is read or refused as what it is, with its counts. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BiogptError } from "../../base/errors.ts";
import { checkInputs, readDocuments } from "./read.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

/** Format, documents, those with an abstract, mentions; counted by grep and Python's ElementTree. */
const READ: Readonly<
  Record<string, readonly [format: string, documents: number, abstracts: number, mentions: number]>
> = {
  "bioc/CDR_sample.gold.BioC.xml.gz": ["bioc-xml", 50, 50, 945],
  "bioc/everything.json": ["bioc-json", 2, 0, 4],
  "bioc/everything.xml": ["bioc-xml", 2, 0, 4],
  "bioc/pubtator-sample-docs.xml.gz": ["bioc-xml", 132, 131, 1881],
  "jats/elife00003.xml": ["jats", 1, 1, 0],
  "jats/journal.pbio.1001289.xml": ["jats", 1, 1, 0],
  "jats/pone.0046493.nxml": ["jats", 1, 1, 0],
  "medline/NbibImporterTest.nbib": ["nbib", 1, 1, 0],
  "medline/pubmed_result-40.txt": ["nbib", 40, 39, 0],
  "medline/pubmed_result1.txt": ["nbib", 1, 1, 0],
  "medline/pubmed_result2.txt": ["nbib", 4, 4, 0],
  "medline/pubmed_result3-utf8.txt": ["nbib", 1, 1, 0],
  "medline/restoration_pubmed.nbib.gz": ["nbib", 60, 55, 0],
  "pubmed-xml/medsamp2014.xml.gz": ["pubmed-xml", 161, 102, 0],
  "pubmed-xml/pubmed20n1203-cut.xml.gz": ["pubmed-xml", 10, 1, 0],
  "pubmed-xml/pubmed21n1001-cut.xml.gz": ["pubmed-xml", 37, 26, 0],
  "pubmed-xml/pubmed_result-books-vernacular.xml.gz": ["pubmed-xml", 214, 177, 0],
  // Seven records, of which its own DeleteCitation withdraws one.
  "pubmed-xml/pubmed_sample-deletecitation.xml": ["pubmed-xml", 6, 4, 0],
  "pubtator/CDR_sample.gold.PubTator": ["pubtator", 50, 50, 934],
  "pubtator/bioconcepts2pubtator_offsets.sample.txt": ["pubtator", 60, 51, 644],
  "pubtator/ncbi-disease.txt": ["pubtator", 40, 40, 302],
  "ris/RisImporterTest5a.ris": ["ris", 1, 1, 0],
  "text/ohsumed-1.txt": ["text", 1, 0, 0],
  "text/pubmed-abstract-text.txt": ["pubmed-text", 30, 26, 0],
};
const REFUSED: Readonly<Record<string, RegExp>> = {
  "fasta/nucleotide_lib.fa": /is FASTA/,
  "fasta/protein_lib.fa": /is FASTA/,
  "fasta/uniprot-multi.fasta": /is FASTA/,
  "smiles/ChEBI-20-validation-100.txt": /table whose columns have no known name: CID, SMILES/,
  "smiles/ZINC_first_1000.smi": /no prose/,
  "uniprot/P62258.txt": /flat file of UniProt/,
  "uniprot/Q13639.txt": /flat file of UniProt/,
  "uniprot/Q7Z739.txt": /flat file of UniProt/,
  "uniprot/multi_ex.txt": /flat file of UniProt/,
  "uniprot/multi_ex.xml": /UniProt's XML/,
  "uniprot/uniprot.xml.gz": /UniProt's XML/,
};

test.skipIf(!existsSync(DATA))(
  "no sample is left out, and none has a bad record",
  async () => {
    for (const folder of readdirSync(`${DATA}samples`)) {
      for (const file of readdirSync(`${DATA}samples/${folder}`)) {
        const [name, path] = [`${folder}/${file}`, `${DATA}samples/${folder}/${file}`];
        const refusal = REFUSED[name];
        if (refusal !== undefined) {
          const error = await checkInputs([path]).catch((reason: unknown) => reason);
          expect(error, name).toBeInstanceOf(BiogptError);
          expect((error as BiogptError).message, name).toMatch(refusal);
          expect((error as BiogptError).fix, name).toBeDefined();
          continue;
        }
        const [input] = await checkInputs([path]);
        const counts = await count(path);
        const want = READ[name];
        if (want === undefined) expect([name, input?.format], name).toEqual([name, "pubmed-xml"]);
        else expect([input?.format, ...counts], name).toEqual(want);
      }
    }
  },
  180_000,
);

test.skipIf(!existsSync(DATA))("PubTator 3's documents: every mention is where it says", async () => {
  let mentions = 0;
  for (const file of readdirSync(`${DATA}pubtator3`).filter((name) => name.endsWith(".json"))) {
    const [documents, abstracts, marked] = await count(`${DATA}pubtator3/${file}`);
    expect([documents, abstracts], file).toEqual([1, 1]);
    mentions += marked;
  }
  expect(mentions).toBe(170);
});

/** Documents, abstracts, mentions; a mention in one piece must cut out its own wording but where the file itself is wrong. */
async function count(path: string): Promise<[number, number, number]> {
  let [documents, abstracts, mentions] = [0, 0, 0];
  for await (const { passages, mentions: found = [] } of readDocuments([path])) {
    documents++;
    if (passages.some(({ kind }) => kind === "abstract")) abstracts++;
    mentions += found.length;
    if (/pubtator3|PubTator|ncbi/.test(path)) {
      for (const { passage, start, end, text } of found) expect(passages[passage]?.text.slice(start, end)).toBe(text);
    }
    for (const { text } of passages) expect(text.trim()).not.toBe("");
  }
  return [documents, abstracts, mentions];
}
