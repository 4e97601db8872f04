/** `evaluate wild` as a user runs it on what was printed already, and slips of what is not a task of the paper's. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { embeddedModels } from "../../pretrained/hub/hub-names.ts";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = temporaryFolder();
function file(name: string, lines: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((one) => `${typeof one === "string" ? one : JSON.stringify(one)}\n`).join(""));
  return path;
}
const documents = file(
  "documents.jsonl",
  ["1", "2", "3", "4"].map((pmid) => ({ pmid, title: `Report ${pmid}.`, abstract: "Lithium caused tremor." })),
);
const relation = (documentId: string, probability: number) => ({
  ...{ documentId, scheme: "chemical-disease", relation: "chemical-induced disease", probability },
  ...{ head: { text: "Lithium" }, tail: { text: "tremor" }, evidence: null },
});
const empty = (documentId: string) => ({ documentId, scheme: "chemical-disease", relations: 0 });
const outputs = [
  file("loud.jsonl", [relation("1", 0.9), relation("2", 0.4), relation("3", 0.2), relation("9", 1)]),
  file("quiet.jsonl", [relation("1", 0.8), empty("2"), empty("3"), empty("4")]),
];
const planted = file("planted.jsonl", [
  { ...relation("7", 1), evidence: { text: "Lithium caused tremor." }, right: true },
  { ...relation("8", 1), evidence: { text: "Lithium was given." }, right: false },
]);

async function said(...args: string[]): Promise<string> {
  const terminal = testTerminal();
  expect(await run(["evaluate", ...args], terminal), terminal.notes.join("\n")).toBe(0);
  return terminal.out.join("");
}
async function refused(...args: string[]): Promise<string> {
  const terminal = testTerminal();
  expect(await run(["evaluate", ...args], terminal)).not.toBe(0);
  return terminal.notes.join("\n");
}

test("what is printed is counted by version; the sheet is judged, and the shares come back", async () => {
  const sheet = join(folder, "sheet.tsv");
  const made = ["wild", documents, "--outputs", ...outputs, "--planted", planted, "--seed", "5", "--sheet", sheet];
  const counted = JSON.parse(await said(...made, "--json"));
  expect(counted).toMatchObject({ documents: 4, sheet: { path: sheet, key: `${sheet}.key.json`, lines: 5 } });
  expect(counted.statistics).toEqual([
    {
      version: "loud.jsonl",
      scheme: "chemical-disease",
      documents: 4,
      documentsWithOutput: 3,
      relations: 3,
      probabilitySum: 1.5,
    },
    {
      version: "quiet.jsonl",
      scheme: "chemical-disease",
      documents: 4,
      documentsWithOutput: 1,
      relations: 1,
      probabilitySum: 0.8,
    },
  ]);
  const table = readFileSync(sheet, "utf8");
  expect(table).toContain("Report 2. Lithium caused tremor.");
  // Documents 1 and 7 are right.
  writeFileSync(
    sheet,
    table.replaceAll(/\t(\d)\t$/gm, (_, id: string) => `\t${id}\t${"17".includes(id) ? "right" : "wrong"}`),
  );
  const judged = JSON.parse(await said("wild", "--judged", sheet, "--json"));
  const shares = judged.versions.map(({ version, scheme, right, judged: n }: Record<string, unknown>) => [
    version,
    scheme,
    right,
    n,
  ]);
  expect(shares).toContainEqual(["loud.jsonl", "all", 1, 3]);
  expect(shares).toContainEqual(["quiet.jsonl", "all", 1, 1]);
  expect(judged.judge).toMatchObject({
    wrongCalledRight: { right: 0, judged: 1 },
    rightCalledWrong: { right: 0, judged: 1 },
  });
  expect(judged.unjudged).toBe(0);
  const words = await said("wild", "--judged", sheet);
  expect(words).toMatch(/loud\.jsonl +chemical-disease +75\.0 % +3 +0\.75 +1\.5\n/);
  expect(words).toMatch(/loud\.jsonl +all +1 of 3, 33\.3 % \(6\.1 to 79\.2\); 1\.5\n/);
}, 240_000);

test("what names' probabilities mean is learnt into a model's folder, which finds the same names less sure", async () => {
  const text = "Lithium caused tremor and polyuria in a patient with mania.";
  const found = { Chemical: ["Lithium"], Disease: ["tremor", "polyuria"] };
  const lines = Object.entries(found).flatMap(([type, names]) =>
    names.map((name) => ["1", text.indexOf(name), text.indexOf(name) + name.length, name, type, "-"].join("\t")),
  );
  const data = file("gold.pubtator", [`1|t|${text}`, "1|a|", ...lines, ""]);
  const model = join(folder, "reader");
  cpSync(embeddedModels().find(({ name }) => name === "biogpt-mini-reader")!.folder, model, { recursive: true });
  const scored = ["entities", "--data", data, "--model", model, "--draws", "0", "--json"];
  const learning = [...scored, "--learn-thresholds", join(model, "task.json")];
  const before = JSON.parse(await said(...learning));
  // Mania is found, and is not in the gold.
  expect(before.parts[0].byType.Disease).toMatchObject({ truePositives: 2, falsePositives: 1 });
  expect(before.learnt.file).toBe(join(model, "task.json"));
  expect(JSON.parse(readFileSync(join(model, "task.json"), "utf8")).nameCalibration.Disease).toEqual(
    before.learnt.nameCalibration.Disease,
  );
  const after = JSON.parse(await said(...scored));
  expect(after.learnt).toBeNull();
  expect(after.parts[0].byType).toEqual(before.parts[0].byType);
  expect(after.parts[0].certainty.Disease.right).toBeCloseTo(2 / 3);
  // One name of three is wrong: less sure than tags that were all but certain, and than the model's own map.
  expect(after.parts[0].certainty.Disease.probability).toBeLessThan(before.parts[0].certainty.Disease.probability);
  expect(await said(...scored.slice(0, -1))).toMatch(/Disease: probability +[\d.]+ on average, right +66\.7/);

  // What the folder says is left out, unless the user says otherwise.
  const task = JSON.parse(readFileSync(join(model, "task.json"), "utf8"));
  writeFileSync(join(model, "task.json"), JSON.stringify({ ...task, nameThreshold: 1 }));
  const names = async (...args: string[]): Promise<number> => {
    const terminal = testTerminal();
    expect(await run(["entities", data, "--model", model, ...args], terminal)).toBe(0);
    return JSON.parse(terminal.out.join("")).mentions.length;
  };
  expect(await names()).toBe(0);
  expect(await names("--threshold", "0")).toBe(4);
  expect(JSON.parse(await said(...scored)).parts[0].all.recall).toBe(0);
  expect(JSON.parse(await said(...scored, "--threshold", "0")).parts[0].all.recall).toBe(1);
}, 240_000);

test("slips are told before any work", async () => {
  expect(await refused("wild")).toContain("No document was named.");
  expect(await refused("wild", documents, "--outputs", outputs[0]!, "--scheme", "drug-drug")).toContain(
    "is not extracted again",
  );
  expect(await refused("wild", documents, "--outputs", outputs[0]!, "--planted", planted)).toContain("without --sheet");
  expect(await refused("wild", documents, "--outputs", file("far.jsonl", [relation("77", 1)]))).toContain(
    "other documents",
  );
  expect(await refused("wild", documents, "--beams", "3")).toContain("--beams has no effect with wild");
  expect(await refused("ddi", documents, "--data", folder)).toContain("Files have no effect with ddi");
  expect(await refused("ddi", "--data", folder, "--sheet", "x.tsv")).toContain("--sheet has no effect with ddi");
  expect(await refused("ddi")).toContain("Scoring ddi needs --data.");
  expect(await refused("classification", "--data", documents)).toContain("Scoring classification needs --model.");
  expect(await refused("answers")).toContain("Scoring answers needs --data.");
}, 240_000);
