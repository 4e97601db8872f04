import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { BiogptError } from "../../../base/errors.ts";
import type { Document } from "../../document.ts";
import { readDocuments } from "../read.ts";
import { readNbib } from "./nbib.ts";

const SAMPLES = fileURLToPath(new URL("../../../../../shared/data/samples/medline/", import.meta.url));

async function read(
  text: string,
  problem: (error: BiogptError) => void = (error) => {
    throw error;
  },
): Promise<Document[]> {
  async function* bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(text);
  }
  const all: Document[] = [];
  for await (const document of readNbib("f.nbib", { chunks: bytes(), problem })) all.push(document);
  return all;
}

const RECORD = `PMID- 7
OWN - NLM
DP  - 1998 Dec-1999 Jan
TI  - Calcium and the
      heart.
LID - 10.1/x [doi]
LID - S1 [pii]
AB  - BACKGROUND: One. 
      METHODS: Two.
FAU - Roe, Richard
AU  - Roe RA
AU  - van der Berg J
CN  - The Group
LA  - ger
TT  - Kalzium.
PT  - Review
MH  - *Calcium/blood/*metabolism
MH  - Rats
OT  - ion
PMC - PMC9
JT  - The journal
TA  - J
`;

test("a record with lines that go on becomes a document", async () => {
  expect(await read(`\n${RECORD}\nPMID- 8\r\nTI  - Only a title\r\n`)).toEqual([
    {
      id: "7",
      source: "f.nbib",
      passages: [
        { kind: "title", text: "Calcium and the heart." },
        { kind: "abstract", text: "BACKGROUND: One. METHODS: Two." },
      ],
      citation: {
        pmid: "7",
        pmcid: "PMC9",
        doi: "10.1/x",
        journal: "The journal",
        year: 1998,
        vernacularTitle: "Kalzium.",
        languages: ["ger"],
        publicationTypes: ["Review"],
        mesh: [
          {
            name: "Calcium",
            major: true,
            qualifiers: [
              { name: "blood", major: false },
              { name: "metabolism", major: true },
            ],
          },
          { name: "Rats", major: false, qualifiers: [] },
        ],
        keywords: ["ion"],
        authors: ["Roe, RA", "van der Berg, J", "The Group"],
      },
    },
    { id: "8", source: "f.nbib", passages: [{ kind: "title", text: "Only a title" }], citation: { pmid: "8" } },
  ]);
});

test("records without an empty line between them are told by their PMID", async () => {
  expect((await read("PMID- 1\nTI  - A\nPMID- 2\nTI  - B\n")).map(({ id }) => id)).toEqual(["1", "2"]);
});

test("an empty line inside a field goes on, whatever its spaces, and a record may open with any tag", async () => {
  const book = "STAT- Publisher\nPMID- 1\nTI  - A\nAB  - One. \n      \n\n      Two.\n\nLA  - eng\n\n";
  const documents = await read(`${book}STAT- Publisher\nPMID- 2\nTI  - B\n\nPMID- 3\nTI  - C\n`);
  expect(documents.map(({ id }) => id)).toEqual(["1", "2", "3"]);
  expect(documents[0]?.passages.at(-1)?.text).toBe("One. Two.");
  expect(documents[0]?.citation?.languages).toEqual(["eng"]);
});

test("retractions are marked; an English abstract of another party stands in for the missing one", async () => {
  const [document] = await read(
    "PMID- 1\nTI  - A\nOAB - Espanol.\nOABL- spa\nOAB - PIP: English.\nOABL- eng\nPT  - Retracted Publication\nRIN - J. 2010;1:2. PMID: 20\n",
  );
  expect(document?.passages.at(-1)).toEqual({ kind: "abstract", text: "English." });
  expect(document?.citation).toMatchObject({
    retracted: true,
    notices: [{ type: "RetractionIn", pmid: "20", reference: "J. 2010;1:2." }],
  });
});

test("a bad record costs itself", async () => {
  const problems: string[] = [];
  const documents = await read(
    "PMID- 1\nTI  - A\n\nPMID- 2\nTI  - B\nstray\n\nTI  - C\n\nPMID- 4\nTI  - D\n",
    (error) => problems.push(error.what),
  );
  // Behind "stray" the title of the third is one that the second has already, so a record without PMID begins there.
  expect(documents.map(({ id }) => id)).toEqual(["1", "4"]);
  expect(problems).toEqual([
    expect.stringMatching(/^Line 6 of f\.nbib \(PMID 2\)/),
    expect.stringMatching(/^Line 8 of f\.nbib begins a record without PMID/),
  ]);
});

test("a stray line and a record without PMID are named by their line", async () => {
  for (const [text, words] of [
    ["PMID- 1\nTI  - A\nand on without spaces\n", /Line 3 of f\.nbib \(PMID 1\) is no field/],
    ["PMID- 1\nTI  - A\n\nTI  - B\n", /Line 4 of f\.nbib begins a record without PMID/],
  ] as const) {
    const error = (await read(text).catch((reason: unknown) => reason)) as BiogptError;
    expect(error.code).toBe("corpora/nbib");
    expect(error.message).toMatch(words);
  }
});

test.skipIf(!existsSync(SAMPLES))("real exports are recognised and read whole", async () => {
  const wanted: Readonly<Record<string, number>> = {
    "NbibImporterTest.nbib": 1,
    "pubmed_result-40.txt": 40,
    "pubmed_result1.txt": 1,
    "pubmed_result2.txt": 4,
    "pubmed_result3-utf8.txt": 1,
    "restoration_pubmed.nbib.gz": 60,
  };
  for (const [name, count] of Object.entries(wanted)) {
    const ids = new Set<string>();
    for await (const { id, passages, citation } of readDocuments([SAMPLES + name])) {
      ids.add(id);
      expect(passages[0]?.kind).toBe("title");
      expect(citation?.journal).toBeDefined();
      for (const { text } of passages) expect(text).not.toMatch(/\s\s|^\s|\s$/);
    }
    expect(ids.size, name).toBe(count);
  }
});

test("what is wrong with a record whose first line is lost is not the fault of the one before it", async () => {
  const problems: string[] = [];
  const text = "PMID- 1\nTI  - One.\n\nPMID- \0AB  - Two\n      goes on.\n<\nPMID- 3\nTI  - Three.\n";
  const documents = await read(text, ({ message }) => problems.push(message));
  expect(documents.map(({ id }) => id)).toEqual(["1", "3"]);
  expect(problems).toHaveLength(2);
});
