import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { DescribedRecord } from "./described.ts";
import { joinTruths, readPredictions } from "./described-predictions.ts";

const MOLECULE = { kind: "molecule", question: "Q" } as const;
const record = (id: string, input: string, answer: string, question = "Q"): DescribedRecord => ({
  ...{ id, kind: "molecule", input, question, answer },
});

test("MolT5's columns: truths of the file's own", () => {
  const text = 'SMILES\tground truth\toutput\nC\tMethane "gas".\tA gas.\nCC\tEthane.\t\n';
  expect(joinTruths(readPredictions(text, "f"), MOLECULE, "f")).toEqual([
    { record: record("2", "C", 'Methane "gas".'), output: "A gas." },
    { record: record("3", "CC", "Ethane."), output: "" },
  ]);
});

test("MolReGPT's columns: truths of the data, by CID; by SMILES where there is none", () => {
  const data = [record("7", "C", "Methane."), record("8", "CC", "Ethane.")];
  const byId = readPredictions("CID\tmolecule2caption\tcaption2molecule\n8\tE.\tCC\n7\tM.\tC\n", "f");
  expect(
    joinTruths(byId, { ...MOLECULE, data }, "f").map(({ record: { answer }, output }) => [answer, output]),
  ).toEqual([
    ["Ethane.", "E."],
    ["Methane.", "M."],
  ]);
  const byInput = readPredictions("output\tsmiles\nE.\tCC\n", "f");
  expect(joinTruths(byInput, { ...MOLECULE, data }, "f")[0]!.record).toBe(data[1]);
});

test("several questions of one molecule are told apart by their question, and refused without", () => {
  const data = [record("1", "C", "A1", "Q1"), record("1", "C", "A2", "Q2")];
  const asked = readPredictions("smiles\tquestion\toutput\nC\tQ2\tx\n", "f");
  expect(joinTruths(asked, { ...MOLECULE, data }, "f")[0]!.record.answer).toBe("A2");
  const unasked = readPredictions("smiles\toutput\nC\tx\n", "f");
  expect(() => joinTruths(unasked, { ...MOLECULE, data }, "f")).toThrow(/line 2 of f could belong to several records/);
});

test.each([
  ["SMILES\tground truth\toutputs\nC\ta\tb\n", /no column "output".*\n?/],
  ["SMILES\toutput\nC\ta\tb\n", /Line 2 of f has 3 fields, its header 2/],
  ["SMILES\toutput\n", /holds no output/],
])("%j is refused", (text, message) => {
  expect(() => readPredictions(text, "f")).toThrow(message);
});

test("an output without a truth is refused", () => {
  const predictions = readPredictions("SMILES\toutput\nC\ta\n", "f");
  expect(() => joinTruths(predictions, MOLECULE, "f")).toThrow(/no column "ground truth"/);
  expect(() => joinTruths(predictions, { ...MOLECULE, data: [record("1", "CC", "E")] }, "f")).toThrow(
    /belongs to no record of the data/,
  );
});

test("what has no tab and no line break comes back as it was written", () => {
  const cell = fc.string().map((text) => text.replace(/[\t\r\n\ufeff]/g, ""));
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          cell,
          cell,
          cell.map((text) => `${text}.`),
        ),
        { minLength: 1 },
      ),
      (rows) => {
        const text = ["output\tground truth\tsmiles", ...rows.map((row) => row.join("\t"))].join("\n");
        const read = readPredictions(text, "f").map(({ output, truth, input }) => [output, truth, input]);
        expect(read).toEqual(rows);
      },
    ),
  );
});
