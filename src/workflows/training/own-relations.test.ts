/** The user's own relations as the user runs them: fine-tuned, gone on with, extracted and scored without naming the schema again. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTinyModel } from "../reproduction/raw-tasks.fixture.ts";
import { biogpt, biogptProcess } from "./small-data.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-own-relations-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DRUGS = ["aspirin", "lithium", "warfarin"];
const lines = (tail: string): string =>
  DRUGS.map((drug, id) =>
    JSON.stringify({ id, text: `${drug} causes pain.`, relations: [{ head: drug, tail, relation: "causes" }] }),
  ).join("\n");

beforeAll(async () => {
  await writeTinyModel(folder);
  writeFileSync(
    at("schema.json"),
    JSON.stringify({ name: "drug-effect", head: "Drug", tail: "Effect", relations: ["causes"] }),
  );
  writeFileSync(at("train.jsonl"), lines("pain"));
  writeFileSync(at("wrong.jsonl"), lines("paine"));
});

const finetune = (data: string, out: string, ...more: string[]): string[] => [
  ...["finetune", "relations", "--model", at("base"), "--data", at(data), "--out", at(out), "--threads", "1"],
  ...["--max-source", "100", "--token-budget", "400", "--accumulate", "1", "--steps", "4", "--warmup", "1", ...more],
];

test("fine-tune, go on, extract and evaluate", async () => {
  const args = finetune("train.jsonl", "run", "--schema", at("schema.json"), "--checkpoint-every", "2");
  const killed = await biogptProcess(args, (said, child) => {
    if (/checkpoint step-2 written/.test(said)) child.kill("SIGKILL");
  });
  expect(killed.code, killed.stderr).toBeNull();
  const done = await biogpt(["finetune", "--resume", "--out", at("run"), "--threads", "1", "--json"]);
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout).step).toBe(4);
  const task = JSON.parse(readFileSync(join(at("run"), "task.json"), "utf8"));
  expect([task.task, task.schemes.length]).toEqual(["relations", 1]);
  expect(task.schemes[0]).toEqual({
    ...{ name: "drug-effect", head: "Drug", tail: "Effect", relations: ["causes"], symmetric: false, lowercase: true },
  });
  const found = await biogpt(["extract", at("train.jsonl"), "--model", at("run"), "--threads", "1"]);
  expect(found.code, found.stderr).toBe(0);
  const relations = found.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(relations.length).toBeGreaterThanOrEqual(3);
  for (const { scheme, relation, head, tail } of relations)
    expect([scheme, relation, head.type, tail.type]).toEqual(["drug-effect", "causes", "Drug", "Effect"]);
  const named = ["extract", at("train.jsonl"), "--model", at("run"), "--scheme", at("schema.json"), "--threads", "1"];
  expect((await biogpt(named)).stdout).toBe(found.stdout);
  const scored = await biogpt([
    ...["evaluate", "relations", "--data", at("train.jsonl"), "--model", at("run"), "--threads", "1"],
    ...["--decoding", "grounded", "--json", "--report", at("report.html")],
  ]);
  expect(scored.code, scored.stderr).toBe(0);
  expect(JSON.parse(scored.stdout)).toMatchObject({
    ...{ task: "relations", scheme: "drug-effect", decoding: "grounded", documents: 3, inventedArguments: 0 },
    ...{
      precision: expect.any(Number),
      recall: expect.any(Number),
      byRelation: { causes: { f1: expect.any(Number) } },
    },
  });
  const page = readFileSync(at("report.html"), "utf8");
  expect(scored.stderr).toContain(`Wrote ${at("report.html")}.`);
  expect(page).toContain("<h1>drug-effect: grounded</h1>");
  expect(page).toContain(`<dd>${createHash("sha256").update(lines("pain")).digest("hex")}</dd>`);
  expect(page).toMatch(/<dt>model<\/dt><dd>run, [0-9a-f]{64}/);
  expect(page).toContain("Warfarin".toLowerCase());
});

test("sentence by sentence: the model learns from sentences, says so in its folder, and is asked that way", async () => {
  const two = DRUGS.map((drug, id) =>
    JSON.stringify({
      ...{ id, text: `${drug} causes pain. It is a drug.` },
      relations: [{ head: drug, tail: "pain", relation: "causes" }],
    }),
  ).join("\n");
  writeFileSync(at("two.jsonl"), two);
  const args = finetune("two.jsonl", "sentences", "--schema", at("schema.json"), "--unit", "sentence");
  const done = await biogpt(args);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).toContain("6 examples in "); // three of them without a relation
  expect(JSON.parse(readFileSync(join(at("sentences"), "task.json"), "utf8")).inputUnit).toBe("sentence");
  const found = await biogpt([
    ...["extract", at("two.jsonl"), "--model", at("sentences"), "--decoding", "ranked", "--threshold", "0"],
    ...["--beams", "4", "--threads", "1"],
  ]);
  expect(found.code, found.stderr).toBe(0);
  const relations = found.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(relations.length).toBeGreaterThan(3);
  for (const { head, tail, evidence } of relations) {
    // Nothing says anything of a name and another that it lies inside of.
    if (tail.text.includes(head.text) || head.text.includes(tail.text)) continue;
    expect(evidence, `${head.text}, ${tail.text}: of two sentences`).not.toBeNull();
    expect(evidence.text.split(". ")).toHaveLength(1);
  }
  const scored = await biogpt([
    ...["evaluate", "relations", "--data", at("two.jsonl"), "--model", at("sentences"), "--threads", "1"],
    ...["--decoding", "grounded", "--json"],
  ]);
  expect(scored.code, scored.stderr).toBe(0);
  expect(JSON.parse(scored.stdout).decoding).toBe("grounded, sentences");
  const other = await biogpt([
    "finetune",
    "--config",
    "ddi",
    "--unit",
    "sentence",
    "--model",
    at("base"),
    "--data",
    at("two.jsonl"),
    "--out",
    at("none"),
  ]);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringContaining("Only relations are read sentence by sentence."),
  ]);
});

test("what does not fit is refused, or left out when that is asked for", async () => {
  const wrong = await biogpt(finetune("wrong.jsonl", "none", "--schema", at("schema.json")));
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("line 1 of");
  expect(wrong.stderr).toContain('Did you mean "pain"?');
  const nothing = await biogpt(finetune("wrong.jsonl", "none", "--schema", at("schema.json"), "--skip-unanchored"));
  expect(nothing.stderr).toContain("training/empty-corpus");
  const schemaless = await biogpt(finetune("train.jsonl", "none"));
  expect([schemaless.code, schemaless.stderr]).toEqual([2, expect.stringContaining("--schema is missing.")]);
  const idle = await biogpt(["evaluate", "ddi", "--data", folder, "--gold", "--schema", at("schema.json")]);
  expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining("--schema is only for relations of your own")]);
  const other = await biogpt(["evaluate", "relations", "--data", at("train.jsonl"), "--model", at("base")]);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("evaluation/no-schema")]);
});
