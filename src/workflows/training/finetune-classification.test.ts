/** A tiny model is taught two labels from a table: the run's folder is a classifier, by all weights or by low-rank summands; a killed run is resumed to the bit. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { writeRandomCheckpoint } from "../../pretrained/save/random-checkpoint.ts";
import { taskOfFolder } from "../../tasks/task-file.ts";
import { classifyTexts, isClassifier } from "../classify-texts.ts";
import { evaluateClassification } from "../evaluate-classifier.ts";
import { finetuneClassification } from "./finetune-classification.ts";
import { writeSmallData } from "./small-data.fixture.ts";
import type { TrainingEvent } from "./training-events.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
const DRUGS = ["aspirin", "lithium", "morphine", "warfarin"];
const EFFECTS = ["pain", "tremor", "fever", "breast pain"];

/** What begins with the drug is "drug first", the rest "effect first". */
function texts(first: number, count: number): { text: string; label: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const [drug, effect] = [DRUGS[(first + i) % 4]!, EFFECTS[((first + i) >> 2) % 4]!];
    const isFirst = (first + i) % 3 === 0;
    return isFirst
      ? { text: `the ${drug} causes ${effect} .`, label: "drug first" }
      : { text: `of ${effect} by ${drug} .`, label: "effect first" };
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-classification-"));
  const { tokenizer } = writeSmallData(folder);
  const shape = { layers: 2, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 61, maxPositions: 96 };
  await writeRandomCheckpoint(at("base"), { ...BIOGPT_BASE, ...shape, dropout: 0, attentionDropout: 0 });
  cpSync(tokenizer, at("base"), { recursive: true });
  const rows = texts(0, 48).map(({ text, label }) => `"${text}","${label}"`);
  writeFileSync(at("train.csv"), `text,label\n${rows.join("\n")}\n`);
  const valid = texts(7, 12).map((one) => JSON.stringify(one));
  writeFileSync(at("valid.jsonl"), `${valid.join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { epochs: 10, accumulate: 1, learningRate: 0.01, matrixLearningRate: 0.02, warmup: 1 };
function options(out: string, more: object = {}) {
  const own = { ...settings, ...more };
  return {
    model: at("base"),
    data: [at("train.csv")],
    valid: [at("valid.jsonl")],
    out: at(out),
    settings: own,
    threads: 1,
  };
}

test("a classifier is made in transformers' layout; texts that are evaluated on are not learnt", async () => {
  const notes: string[] = [];
  const onEvent = (event: TrainingEvent): void => void (event.type === "note" && notes.push(event.text));
  const result = await finetuneClassification(options("run"), { onEvent });
  expect(notes[0]).toMatch(/^note: \d+ texts are left out, as they are evaluated on$/);
  expect(notes[1]).toMatch(/^\d+ texts, 2 labels: drug first, effect first; \d+ updates$/);
  expect(result.heldOut!.metrics).toEqual({ accuracy: 1, "macro-f1": 1 });
  const config = JSON.parse(readFileSync(at("run/config.json"), "utf8"));
  expect(config.architectures).toEqual(["BioGptForSequenceClassification"]);
  expect(config.id2label).toEqual({ 0: "drug first", 1: "effect first" });
  expect(taskOfFolder(at("run"))).toEqual({
    task: "classification",
    schemes: [],
    inputUnit: "document",
    classification: { tokens: 96 },
  });
  expect(await isClassifier(at("run"), {})).toBe(true);
  expect(await isClassifier(at("base"), {})).toBe(false);
  const { parts } = await evaluateClassification({ model: at("run"), data: [at("valid.jsonl")], draws: 10 });
  expect(parts[0]).toMatchObject({ texts: 12, accuracy: 1, macroF1: 1, cut: 0, interval: { low: 1, high: 1 } });
  expect(parts[0]!.mostFrequent).toEqual({ label: "effect first", accuracy: 8 / 12 });

  writeFileSync(
    at("two.jsonl"),
    '{"pmid": "1", "text": "the lithium causes fever ."}\n{"pmid": "2", "text": "of fever by lithium ."}\n',
  );
  const found = [];
  for await (const one of classifyTexts([at("two.jsonl")], { model: at("run") })) found.push(one);
  expect(found.map(({ document, labels }) => [document.id, ...labels])).toEqual([
    ["1", "drug first"],
    ["2", "effect first"],
  ]);
  expect(found[0]!.classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
}, 240_000);

test("by low-rank summands only they and the head are trained; what is saved is a whole classifier", async () => {
  const lora = {
    method: "lora",
    rank: 4,
    learningRate: 0.02,
    targets: ["q_proj", "v_proj", "fc1", "fc2"],
    matrixLearningRate: undefined,
  };
  const { matrixLearningRate: _, ...rest } = { ...settings, ...lora, epochs: 8 } as const;
  await finetuneClassification({ ...options("lora"), valid: [], settings: rest as object });
  const { parts } = await evaluateClassification({ model: at("lora"), data: [at("valid.jsonl")], draws: 0 });
  expect(parts[0]!.accuracy).toBeGreaterThanOrEqual(0.75);
  const tensor = (model: string, name: string): Buffer => tensorBytes(at(model), name);
  const table = "biogpt.embed_tokens.weight";
  expect(tensor("lora", table).equals(tensor("base", table))).toBe(true);
  const map = "biogpt.layers.0.self_attn.q_proj.weight";
  expect(tensor("lora", map).equals(tensor("base", map))).toBe(false);
}, 240_000);

function tensorBytes(model: string, name: string): Buffer {
  const file = readFileSync(join(model, "model.safetensors"));
  const length = Number(file.readBigUInt64LE(0));
  const [from, to] = JSON.parse(file.toString("utf8", 8, 8 + length))[name].data_offsets as [number, number];
  return file.subarray(8 + length + from, 8 + length + to);
}

test("a run that was stopped is resumed, and ends with the same weights", async () => {
  const short = (out: string) => ({ ...options(out, { epochs: 2 }), valid: [] });
  await finetuneClassification(short("whole"));
  const stop = new AbortController();
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === "checkpoint") stop.abort();
  };
  await expect(finetuneClassification(short("again"), { signal: stop.signal, onEvent })).rejects.toMatchObject({
    kind: "aborted",
  });
  const said = testTerminal();
  const args = ["finetune", "classification", "--resume", "--out", at("again"), "--threads", "1"];
  expect(await run(args, said), said.notes.join("\n")).toBe(0);
  expect(readFileSync(at("again/model.safetensors")).equals(readFileSync(at("whole/model.safetensors")))).toBe(true);
}, 240_000);

test("slips are told before any work", async () => {
  await expect(finetuneClassification(options("x", { epoch: 3 }))).rejects.toThrow('no setting "epoch"');
  await expect(finetuneClassification(options("x", { rank: 3 }))).rejects.toThrow(
    "rank has no effect with the method full",
  );
  writeFileSync(at("one.csv"), "text,label\nof fever by lithium .,a\n");
  await expect(finetuneClassification({ ...options("x"), data: [at("one.csv")] })).rejects.toThrow(
    "1 different labels",
  );
  writeFileSync(at("other.jsonl"), '{"text": "of fever", "label": "drug frist"}\n');
  await expect(finetuneClassification({ ...options("x"), valid: [at("other.jsonl")] })).rejects.toThrow(
    /drug frist.*does not know/,
  );
});
