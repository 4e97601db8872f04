/** KD-DTI's training part of valid: named documents only, no document in two parts, the same for the same seed. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { buildExamples } from "./build-examples.ts";
import { withDrugProt } from "./derived-splits.ts";

const root = temporaryFolder();
const documents = Object.fromEntries(
  Array.from({ length: 12 }, (_, at) => [
    `p${at}`,
    {
      title: `Drug${at} and kinase`,
      abstract: `Drug${at} blocks a kinase.`,
      triples: [{ drug: at < 10 ? `drug${at}` : "DrugBank####DB00040", target: "kinase", interaction: "blocker" }],
    },
  ]),
);
for (const split of ["valid", "test"]) writeFileSync(join(root, `${split}.json`), JSON.stringify(documents));
const ids = (list: readonly { id: string }[] | undefined): string[] => (list ?? []).map(({ id }) => id);

test("a share of the named documents becomes train", () => {
  const { splits, setting, surprises } = buildExamples("kd-dti", root, { trainFromValid: 0.7 });
  const [train, valid] = [ids(splits.train), ids(splits.valid)];
  expect([train.length, valid.length]).toEqual([7, 5]);
  expect([...train, ...valid].sort()).toEqual(Object.keys(documents).sort());
  expect(valid).toEqual(expect.arrayContaining(["p10", "p11"]));
  expect(ids(splits.test).length).toBe(12);
  expect(setting).toBe("rel-is, trained on 0.7 of valid");
  expect(surprises.map(({ code }) => code)).toContain("kd-dti/train-from-valid");
  expect(surprises.map(({ code }) => code)).not.toContain("kd-dti/no-train");
  expect(ids(buildExamples("kd-dti", root, { trainFromValid: 0.7 }).splits.train)).toEqual(train);
  expect(ids(buildExamples("kd-dti", root, { trainFromValid: 0.7, seed: 2 }).splits.train)).not.toEqual(train);
  expect(ids(buildExamples("kd-dti", root, { trainFromValid: 0.999 }).splits.train).length).toBe(9);
});

test("what would leave a part empty, or mean nothing, is refused", () => {
  expect(() => buildExamples("kd-dti", root, { trainFromValid: 1 })).toThrow("leaves a part empty");
  expect(() => buildExamples("kd-dti", root, { seed: 2 })).toThrow("without order random or trainFromValid");
  expect(() => buildExamples("hoc", root, { trainFromValid: 0.5 })).toThrow("means nothing for hoc");
  writeFileSync(join(root, "train.json"), JSON.stringify(documents));
  expect(() => buildExamples("kd-dti", root, { trainFromValid: 0.5 })).toThrow("There is a train.json");
});

test("DrugProt's documents are trained on as well, but for those that KD-DTI has", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "abstracs.tsv"), "1\tA\tB.\n2\tC\tD.\n");
  writeFileSync(join(folder, "entities.tsv"), "");
  writeFileSync(join(folder, "relations.tsv"), "");
  const known = { id: "1", title: "A", abstract: "B.", triples: [], named: true };
  const { splits, surprises, files } = withDrugProt({ splits: { test: [known] }, files: [], surprises: [] }, folder);
  rmSync(folder, { recursive: true });
  expect(splits.train!.map(({ id }) => id)).toEqual(["2"]);
  expect(surprises[0]!.text).toBe("1 documents of DrugProt are trained on as well; 1 more are KD-DTI's.");
  expect(files).toHaveLength(3);
});
