import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { buildExamples } from "./build-examples.ts";
import { openTaskData, readTaskData, writeTaskData } from "./task-data.ts";

function rawDdi(): string {
  const root = temporaryFolder();
  const triples = [{ drug: "Aspirin", target: "warfarin", interaction: "effect" }];
  const documents = {
    "10": { abstract: "Aspirin raises warfarin.", triples },
    "9": { abstract: "None.", triples: null },
  };
  writeFileSync(
    join(root, "train.json"),
    `{"10": ${JSON.stringify(documents["10"])}, "9": ${JSON.stringify(documents["9"])}}`,
  );
  return root;
}

test("what is written is read back, with counts, hashes and the documents without relations", () => {
  const root = rawDdi();
  const out = join(root, "out", "ddi");
  const data = buildExamples("ddi", root);
  const manifest = writeTaskData(data, out, root);
  expect(manifest.splits.train).toMatchObject({ examples: 1, items: 1, withoutRelations: 1 });
  expect(manifest.files[0]!.name).toBe("train.json");
  expect(readdirSync(out).sort()).toEqual(["manifest.json", "train.jsonl", "train.without-relations.jsonl"]);
  const line = JSON.parse(readFileSync(join(out, "train.jsonl"), "utf8"));
  expect(line).toMatchObject({
    source: "aspirin raises warfarin.",
    target: "the interaction between aspirin and warfarin is effect.",
  });
  expect(readTaskData(out).splits).toEqual(data.splits);
  expect(openTaskData("ddi", out).withoutRelations.train!.length).toBe(1);
  writeTaskData(data, out, root); // an earlier import is replaced
  expect(readdirSync(join(root, "out"))).toEqual(["ddi"]);
});

test("changed data, another task, an option without effect, and a folder in use are refused", () => {
  const root = rawDdi();
  const out = join(root, "ddi");
  writeTaskData(buildExamples("ddi", root), out, root);
  expect(() => openTaskData("bc5cdr", out)).toThrow("holds ddi, not bc5cdr");
  expect(() => openTaskData("ddi", out, { template: "2type" })).toThrow("template would have no effect");
  appendFileSync(join(out, "train.jsonl"), "\n");
  expect(() => readTaskData(out)).toThrow("its hash differs");
  writeFileSync(join(out, "manifest.json"), "{}");
  expect(() => readTaskData(out)).toThrow("is not the manifest of an imported task: format");
  mkdirSync(join(root, "mine"));
  writeFileSync(join(root, "mine", "file"), "");
  expect(() => writeTaskData(buildExamples("ddi", root), join(root, "mine"), root)).toThrow("is no imported task");
  expect(existsSync(join(root, "mine", "file"))).toBe(true);
});

test("examples with placeholders stand in a file of their own and come back in their places", () => {
  const root = temporaryFolder();
  const document = (drug: string) => ({
    title: "T",
    abstract: "A",
    triples: [{ drug, target: "DRD2", interaction: "agonist" }],
  });
  const drugs = ["a", "DrugBank####DB00001", "b", "DrugBank####DB00002", "DrugBank####DB00003"];
  writeFileSync(
    join(root, "valid.json"),
    `{${drugs.map((drug, at) => `"${9 - at}": ${JSON.stringify(document(drug))}`).join()}}`,
  );
  const data = buildExamples("kd-dti", root);
  const out = join(root, "out");
  expect(writeTaskData(data, out, root).splits.valid).toMatchObject({ examples: 5, withPlaceholders: 3 });
  expect(readFileSync(join(out, "valid.jsonl"), "utf8").trim().split("\n").length).toBe(2);
  expect(readFileSync(join(out, "valid.jsonl"), "utf8")).not.toContain("####");
  expect(readTaskData(out).splits).toEqual(data.splits);
});
