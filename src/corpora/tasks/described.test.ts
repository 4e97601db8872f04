import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { detectDescribed, readDescribed } from "./described.ts";

const CHEBI = new URL("../../../../shared/data/tasks/ChEBI-20/validation.txt.gz", import.meta.url);

test("ChEBI-20: doubled backslashes are halved", () => {
  const text = "CID\tSMILES\tdescription\n12\tC/C=C\\\\C\tThe molecule is an alkene.\n";
  expect(readDescribed(text, "chebi-20", "validation.txt").records).toEqual([
    {
      id: "12",
      kind: "molecule",
      input: "C/C=C\\C",
      question: "Please describe this molecule.",
      answer: "The molecule is an alkene.",
    },
  ]);
});

test("JSON Lines: molecules and proteins, with and without identifiers", () => {
  const text =
    '{"smiles":"CCO","answer":"An alcohol."}\n\n{"id":7,"sequence":"MAK","question":"Q?","answer":"A.","split":"test"}\n';
  expect(readDescribed(text, "json-lines", "pairs.jsonl").records).toEqual([
    { id: "1", kind: "molecule", input: "CCO", question: "Please describe this molecule.", answer: "An alcohol." },
    { id: "7", kind: "protein", input: "MAK", question: "Q?", answer: "A.", split: "test" },
  ]);
});

test("PubChemQA: questions by SMILES, or a list", () => {
  const byMolecule = JSON.stringify({
    CCO: [
      ["Q1", "A1"],
      ["Q2", "A2"],
    ],
    C: [["Q3", "A3"]],
  });
  expect(
    readDescribed(byMolecule, "pubchemqa", "f").records.map(({ id, input, answer }) => [id, input, answer]),
  ).toEqual([
    ["1.1", "CCO", "A1"],
    ["1.2", "CCO", "A2"],
    ["2.1", "C", "A3"],
  ]);
  const list = JSON.stringify([{ smiles: "CCO", question: "Q", answer: "A" }]);
  expect(readDescribed(list, "pubchemqa", "f").records).toMatchObject([{ input: "CCO", question: "Q" }]);
});

test("UniProtQA: sequences come from their own map; what has none is counted", () => {
  const text = JSON.stringify([
    { source: "s", protein_accession: ["P0", "P1"], question: "Q", answer: "A" },
    { source: "s", protein_accession: ["P9"], question: "Q", answer: "B" },
  ]);
  expect(readDescribed(text, "uniprotqa", "f", { sequences: new Map([["P1", "MAK"]]) })).toEqual({
    records: [{ id: "P0", kind: "protein", input: "MAK", question: "Q", answer: "A" }],
    skipped: [{ count: 1, why: "no sequence is known for their accessions" }],
  });
});

test("Mol-Instructions: proteins in a fence, SMILES, SELFIES counted", () => {
  const text = JSON.stringify([
    {
      instruction: "I",
      input: "```\nMAKEDT\nLEF\n```",
      output: "O",
      metadata: { split: "train", protein_accession: "P1" },
    },
    { instruction: "I", input: "C[C@H](N)O", output: "O", metadata: {} },
    { instruction: "I", input: "[C][C][O]", output: "O" },
  ]);
  expect(readDescribed(text, "mol-instructions", "f")).toEqual({
    records: [
      { id: "P1", kind: "protein", input: "MAKEDTLEF", question: "I", answer: "O", split: "train" },
      { id: "2", kind: "molecule", input: "C[C@H](N)O", question: "I", answer: "O" },
    ],
    skipped: [{ count: 1, why: "their molecules are written in SELFIES" }],
  });
});

test.each([
  ["chebi-20", "SMILES\tdescription\n", /its header is not CID/],
  ["chebi-20", "CID\tSMILES\tdescription\n1\tC\n", /Record 2 of f .*three fields/],
  ["json-lines", '{"smiles":"C","sequence":"M","answer":"A"}', /smiles or sequence, and not both/],
  ["json-lines", '{"sequence":"M","answer":"A"}', /no text "question"/],
  ["json-lines", '{"smiles":', /f, line 1 is not JSON/],
  ["pubchemqa", '{"C": 1}', /no list/],
  ["uniprotqa", "{}", /no list of records/],
  ["uniprotqa", '[{"question": "Q"}]', /no protein_accession/],
  ["mol-instructions", '[{"instruction": "I"}]', /no text "input"/],
] as const)("%s: %j is refused", (format, text, message) => {
  expect(() => readDescribed(text, format, "f")).toThrow(message);
});

test("RAPM's proteins: instruction, sequence, description, split", () => {
  const text = JSON.stringify([{ instruction: "Describe it: ", sequence: "MAK", description: "A.", split: "test" }]);
  expect(readDescribed(text, "prot-inst", "f").records).toEqual([
    { id: "1", kind: "protein", input: "MAK", question: "Describe it:", answer: "A.", split: "test" },
  ]);
});

test.each([
  ["chebi-20", "CID\tSMILES\tdescription\r\n1\tC\tA gas.\n"],
  ["json-lines", '{"smiles": "C", "answer": "A"}\n{"smiles": "CC", "answer": "B"}\n'],
  ["pubchemqa", '{\n "C": [["Q", "A"]]}'],
  ["pubchemqa", '[{"smiles": "C", "question": "Q", "answer": "A"}]'],
  ["uniprotqa", '[{"source": "s", "protein_accession": ["P0"], "question": "Q", "answer": "A"}]'],
  ["mol-instructions", '[{"instruction": "I", "input": "C", "output": "O", "metadata": {"protein_accession": "P"}}]'],
  ["prot-inst", '[{"instruction": "I", "sequence": "MAK", "description": "A"}]'],
] as const)("%s is recognised", (format, text) => {
  expect(detectDescribed(`\ufeff${text}`, "f")).toBe(format);
});

test("what begins like none of them is refused", () => {
  expect(() => detectDescribed("SMILES,description\n", "f")).toThrow(/begins like no file of described/);
  expect(() => detectDescribed("", "f")).toThrow(/begins like no file of described/);
});

test.skipIf(!existsSync(CHEBI))("ChEBI-20's validation part is read whole (../shared/data)", () => {
  const { records } = readDescribed(gunzipSync(readFileSync(CHEBI)).toString("utf8"), "chebi-20", "validation.txt.gz");
  expect(records.length).toBe(3301);
  expect(records.some(({ input }) => input.includes("\\\\"))).toBe(false);
});
