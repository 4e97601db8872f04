import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BiogptError } from "../base/errors.ts";
import { readProteins } from "./proteins.ts";
import { isMolText, molRecords } from "./sd-file.ts";

const SAMPLES = new URL("../../../shared/data/samples/", import.meta.url);

test("bare residues, FASTA and UniProt text", () => {
  expect(readProteins("MAKEDT\nLEF")).toEqual([{ name: "", sequence: "MAKEDTLEF", notes: [] }]);
  expect(readProteins(">sp|P1|A_B first\r\nMAK\r\nEDT*\r\n>second\nL A G\n")).toEqual([
    { name: "sp|P1|A_B", sequence: "MAKEDT", notes: [] },
    { name: "second", sequence: "LAG", notes: [] },
  ]);
  const entry =
    "ID   IF1_ECOLI  Reviewed;  12 AA.\nAC   P69222;\nSQ   SEQUENCE   12 AA;  8250 MW;\n     MAKEDNIEMQ GT\n//\n";
  expect(readProteins(entry + entry.replace("IF1_ECOLI", "OTHER"))).toEqual([
    { name: "IF1_ECOLI", sequence: "MAKEDNIEMQGT", notes: [] },
    { name: "OTHER", sequence: "MAKEDNIEMQGT", notes: [] },
  ]);
  expect(readProteins("        1 MAKEDTLEFP 10")[0]!.sequence).toBe("MAKEDTLEFP");
});

test("what is changed is noted", () => {
  expect(readProteins("makJjT")).toEqual([
    {
      name: "",
      sequence: "MAKXXT",
      notes: [
        "4 of 6 residues were in lower case and were read as upper case.",
        "J (leucine or isoleucine), 2 times, is read as X.",
      ],
    },
  ]);
});

test.each([
  ["", "molecules/no-protein", /it is empty/],
  [">header only\n", "molecules/no-protein", /no residues/],
  ["ID   X\nAC   Y;\n//", "molecules/no-protein", /entry X has no SQ line/],
  ["MAK1MA?K?K?K?*K", "molecules/residues", /\? at 6, 8, 10 and 1 more; \* at 13/],
  ["acgtacgtnnacgtacgtacgt", "molecules/nucleotides", /looks like DNA or RNA/],
  [">chr1\nACGUACGUACGUACGUACGUACGU", "molecules/nucleotides", /chr1 of the protein looks like/],
  ["MAKE".repeat(10_000), "molecules/too-many-residues", /40000 residues; at most 36000/],
])("%.24j is refused: %s", (text, code, message) => {
  expect.assertions(3);
  try {
    readProteins(text);
  } catch (error) {
    expect(error).toBeInstanceOf(BiogptError);
    expect((error as BiogptError).code).toBe(code);
    expect((error as BiogptError).message).toMatch(message);
  }
});

test("a short peptide of A, C, G and T is a peptide", () => {
  expect(readProteins("GATTACA")[0]!.sequence).toBe("GATTACA");
});

test("records of an SD file", () => {
  const block = "aspirin\n  x\n\n  0  0  0  0  0  0            999 V2000\nM  END\n";
  const text = `${block}> <ID>\n1\n\n$$$$\n${block.replace("aspirin", "other")}$$$$\n`;
  expect(isMolText(text)).toBe(true);
  expect(isMolText("CCO")).toBe(false);
  expect(molRecords(text)).toEqual([
    { name: "aspirin", block },
    { name: "other", block: block.replace("aspirin", "other") },
  ]);
});

describe.skipIf(!existsSync(SAMPLES))("files of ../shared/data/samples", () => {
  const read = (path: string): string => readFileSync(new URL(path, SAMPLES), "utf8");

  test("FASTA and UniProt entries", () => {
    expect(readProteins(read("fasta/uniprot-multi.fasta")).length).toBe(8);
    expect(readProteins(read("fasta/protein_lib.fa")).length).toBe(12);
    const [protein] = readProteins(read("uniprot/P62258.txt"));
    expect(protein).toMatchObject({ name: "1433E_HUMAN" });
    expect(protein!.sequence.length).toBe(255);
  });

  test("a nucleotide library is refused", () => {
    expect(() => readProteins(read("fasta/nucleotide_lib.fa"))).toThrow(/DNA or RNA/);
  });
});
