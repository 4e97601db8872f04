import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { readDrugProt } from "./drugprot.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-drugprot-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (relations: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "part_abstracs.tsv"),
    "1\tABC blocks X1.\tABC lowered X1. ABC is a part of YY.\n2\tNothing\tNone.\n",
  );
  const entities = [
    "1\tT1\tCHEMICAL\t0\t3\tABC",
    "1\tT2\tGENE-Y\t11\t13\tX1",
    "1\tT3\tCHEMICAL\t15\t18\tABC",
    "1\tT4\tGENE\t27\t29\tX1",
    "1\tT5\tGENE\t50\t52\tYY",
  ];
  writeFileSync(join(folder, "part_entities.tsv"), `${entities.join("\n")}\n`);
  writeFileSync(join(folder, "part_relations.tsv"), relations);
};
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

test("a relation of a document stands once, with every stretch that states it; what is no target of a drug is left out", () => {
  write(
    [
      ...["1\tINHIBITOR\tArg1:T1\tArg2:T2", "1\tINHIBITOR\tArg1:T3\tArg2:T4", "1\tPART-OF\tArg1:T3\tArg2:T5"],
      "1\tAGONIST\tArg1:T1\tArg2:T4", // across title and abstract
    ].join("\n"),
  );
  const { documents, files } = readDrugProt(folder);
  expect(files).toHaveLength(3);
  expect(documents).toEqual([
    {
      ...{ id: "1", title: "ABC blocks X1.", abstract: "ABC lowered X1. ABC is a part of YY.", named: true },
      triples: [
        {
          ...{ drug: "ABC", target: "X1", interaction: "inhibitor" },
          sentences: [
            { passage: 0, start: 0, end: 13 },
            { passage: 1, start: 0, end: 14 },
          ],
        },
      ],
    },
    { id: "2", title: "Nothing", abstract: "None.", named: true, triples: [] },
  ]);
});

test("missing files, unknown mentions and unknown types are refused by name", () => {
  expect(() => readDrugProt(join(tmpdir(), "none-of-it"))).toThrow();
  write("1\tINHIBITOR\tArg1:T9\tArg2:T2");
  expect(() => readDrugProt(folder)).toThrow("1 INHIBITOR Arg1:T9 Arg2:T2");
  write("1\tEATS\tArg1:T1\tArg2:T2");
  expect(() => readDrugProt(folder)).toThrow("EATS");
  rmSync(join(folder, "part_entities.tsv"));
  expect(() => readDrugProt(folder)).toThrow("DrugProt");
});
