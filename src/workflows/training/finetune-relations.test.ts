/** A tiny model is taught which drug causes what: it finds names and relations from one reading, says nothing where nothing is stated, and goes on from where it is. */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { writeRandomCheckpoint } from "../../pretrained/save/random-checkpoint.ts";
import type { DocumentRelations } from "../../tasks/relation-extraction/extract.ts";
import { taskOfFolder } from "../../tasks/task-file.ts";
import { extract } from "../extract.ts";
import { finetuneRelations } from "./finetune-relations.ts";
import { writeSmallData } from "./small-data.fixture.ts";
import type { TrainingEvent } from "./training-events.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

const DRUGS = ["aspirin", "lithium", "morphine", "warfarin"];
const EFFECTS = ["pain", "tremor", "fever", "breast pain"];

/** "causes" is a relation, "of … by …" is none. */
function pubTator(first: number, count: number): string {
  const blocks = Array.from({ length: count }, (_, i) => {
    const id = String(first + i);
    const [drug, effect] = [DRUGS[(i >> 1) % 4]!, EFFECTS[(i >> 3) % 4]!];
    const text = i % 2 === 0 ? `the ${drug} causes ${effect} .` : `of ${effect} by ${drug} .`;
    const mention = (words: string, type: string, concept: string): string =>
      `${id}\t${text.indexOf(words)}\t${text.indexOf(words) + words.length}\t${words}\t${type}\t${concept}`;
    return [
      ...[`${id}|t|${text}`, mention(drug, "Chemical", "D1"), mention(effect, "Disease", "D2")],
      ...(i % 2 === 0 ? [`${id}\tchemical-induced disease\tD1\tD2`] : []),
      "",
    ].join("\n");
  });
  return `${blocks.join("\n")}\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-relations-"));
  const { tokenizer } = writeSmallData(folder);
  const shape = { layers: 2, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 61, maxPositions: 96 };
  await writeRandomCheckpoint(at("base"), { ...BIOGPT_BASE, ...shape, dropout: 0, attentionDropout: 0 });
  cpSync(tokenizer, at("base"), { recursive: true });
  writeFileSync(at("train.txt"), pubTator(1, 96));
  const plain = ["the lithium causes breast pain .", "of tremor by aspirin .", "the the the ."].map((title, i) =>
    JSON.stringify({ pmid: String(900 + i), title, abstract: "" }),
  );
  writeFileSync(at("plain.jsonl"), `${plain.join("\n")}\n`);
  const events: TrainingEvent[] = [];
  await finetuneRelations(options("run"), { onEvent: (event) => events.push(event) });
  notes = events.flatMap((event) => (event.type === "note" ? event.text : []));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let notes: string[];

function options(out: string) {
  const settings = {
    epochs: 30,
    accumulate: 1,
    scoreDocuments: 0,
    learningRate: 0.003,
    matrixLearningRate: 0.02,
    warmup: 2,
  };
  return {
    model: at("base"),
    data: [at("train.txt")],
    schemes: ["chemical-disease"],
    out: at(out),
    settings,
    threads: 1,
  };
}

async function found(settings: Parameters<typeof extract>[1] = {}): Promise<DocumentRelations[]> {
  const all: DocumentRelations[] = [];
  for await (const one of extract([at("plain.jsonl")], { model: at("run"), load: { threads: 1 }, ...settings }))
    all.push(one);
  return all;
}

test("pairs without a relation are examples too, and the run's folder is a reader", () => {
  expect(notes).toContainEqual(
    expect.stringMatching(/^96 windows, Chemical, Disease, 96 pairs of which 48 are in a relation; /),
  );
  expect(taskOfFolder(at("run"))).toMatchObject({
    task: "relations",
    schemes: ["chemical-disease"],
    reader: [{ name: "chemical-disease", head: "Chemical", tail: "Disease", scope: "document" }],
    entities: { copies: 2, tokens: 47 },
  });
  expect(existsSync(at("run/pairs.safetensors"))).toBe(true);
});

test("what is stated is found, anchored, with its sentence; what is not is passed over in silence", async () => {
  const [stated, unstated, empty] = await found();
  expect(stated!.relations).toHaveLength(1);
  expect(stated!.relations[0]).toMatchObject({
    documentId: "900",
    relation: "chemical-induced disease",
    head: { text: "lithium", type: "Chemical", spans: [{ passage: 0, start: 4, end: 11 }] },
    tail: { text: "breast pain", type: "Disease", spans: [{ passage: 0, start: 19, end: 30 }] },
    evidence: { passage: 0, start: 0, end: 32, head: { start: 4 }, tail: { start: 19 } },
    model: "run",
  });
  expect(stated!.relations[0]!.probability).toBeGreaterThan(0.5);
  expect([unstated!.relations, empty!.relations]).toEqual([[], []]);
  const [, all] = await found({ threshold: 0 });
  expect(all!.relations[0]!.probability).toBeLessThan(0.5);
});

test("the command gives the same, and a line for documents that state nothing", async () => {
  const said = testTerminal();
  const args = [
    "extract",
    at("plain.jsonl"),
    "--model",
    at("run"),
    "--threads",
    "1",
    "--with-empty",
    "--scheme",
    "all",
  ];
  expect(await run(args, said), said.notes.join("\n")).toBe(0);
  const lines = said.out.map((line) => JSON.parse(line));
  const [first] = await found();
  expect(lines[0]).toEqual(JSON.parse(JSON.stringify(first!.relations[0])));
  expect(lines.slice(1)).toEqual(
    ["901", "902"].map((documentId) => ({ documentId, scheme: "chemical-disease", relations: 0 })),
  );
});

test("options of models that write, and schemes that it does not have, are refused", async () => {
  await expect(found({ beams: 4 })).rejects.toThrow("--beams has no effect");
  await expect(found({ decoding: "ranked" })).rejects.toThrow("no ranked decoding");
  await expect(found({ scheme: "drug-drug" })).rejects.toThrow("does not look for drug-drug");
});
