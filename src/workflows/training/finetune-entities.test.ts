/** A tiny model is taught drugs and effects from annotated sentences: the run's folder is a tagger, a killed run is resumed to the bit. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { writeRandomCheckpoint } from "../../pretrained/save/random-checkpoint.ts";
import { openTagger } from "../../tasks/entities/tagger.ts";
import { taskOfFolder } from "../../tasks/task-file.ts";
import { evaluateTagger } from "../evaluate-tagger.ts";
import { type FoundNames, findNames } from "../find-names.ts";
import { finetune } from "./finetune.ts";
import { finetuneEntities } from "./finetune-entities.ts";
import { writeSmallData } from "./small-data.fixture.ts";
import type { TrainingEvent } from "./training-events.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

const DRUGS = ["aspirin", "lithium", "morphine", "warfarin"];
const EFFECTS = ["pain", "tremor", "fever", "breast pain"];

/** Sentences in PubTator's form; only the types asked for are marked. */
function pubTator(first: number, count: number, types: readonly string[]): string {
  const blocks = Array.from({ length: count }, (_, i) => {
    const id = String(first + i);
    const [drug, effect] = [DRUGS[i % 4]!, EFFECTS[(i >> 2) % 4]!];
    const text = i % 2 === 0 ? `the ${drug} causes ${effect} .` : `of ${effect} by ${drug} .`;
    const mention = (words: string, type: string): string[] =>
      types.includes(type)
        ? [`${id}\t${text.indexOf(words)}\t${text.indexOf(words) + words.length}\t${words}\t${type}\tX`]
        : [];
    return [`${id}|t|${text}`, ...mention(drug, "Chemical"), ...mention(effect, "Disease"), ""].join("\n");
  });
  return `${blocks.join("\n")}\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-entities-"));
  const { tokenizer } = writeSmallData(folder);
  const shape = { layers: 2, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 61, maxPositions: 96 };
  await writeRandomCheckpoint(at("base"), { ...BIOGPT_BASE, ...shape, dropout: 0, attentionDropout: 0 });
  cpSync(tokenizer, at("base"), { recursive: true });
  writeFileSync(at("both.txt"), pubTator(1, 64, ["Chemical", "Disease"]));
  writeFileSync(at("diseases.txt"), pubTator(101, 32, ["Disease"]));
  writeFileSync(at("valid.txt"), pubTator(60, 16, ["Chemical", "Disease"]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = {
  epochs: 12,
  accumulate: 1,
  windowTokens: 40,
  scoreDocuments: 8,
  learningRate: 0.01,
  matrixLearningRate: 0.02,
  warmup: 2,
};

function options(out: string) {
  return {
    model: at("base"),
    data: [at("both.txt"), at("diseases.txt")],
    valid: [at("valid.txt")],
    out: at(out),
    settings,
    threads: 1,
  };
}

test("a tagger is made, of two corpora of which one marks diseases alone; documents of the validation part are not learnt", async () => {
  const events: TrainingEvent[] = [];
  const result = await finetuneEntities(options("run"), { onEvent: (event) => events.push(event) });
  const notes = events.flatMap((event) => (event.type === "note" ? event.text : []));
  expect(notes).toContain(`note: 5 documents of ${at("both.txt")} are left out, as they are evaluated on`);
  expect(notes).toContainEqual(expect.stringMatching(/^91 windows, Chemical, Disease; \d+ updates$/));
  expect(taskOfFolder(at("run"))).toMatchObject({ task: "entities", entities: { copies: 2, tokens: 40 } });
  expect(result.heldOut!.metrics).toMatchObject({ "f1-Chemical": 1, "f1-Disease": 1 });
  expect(existsSync(at("run/.scoring"))).toBe(false);

  using tagger = await openTagger(at("run"), { threads: 1 });
  expect(tagger.types).toEqual(["Chemical", "Disease"]);
  const evaluation = await evaluateTagger({ model: at("run"), data: [at("valid.txt")], threads: 1 });
  expect(evaluation.parts[0]).toMatchObject({ documents: 16, all: { f1: 1 }, types: ["Chemical", "Disease"] });

  writeFileSync(
    at("plain.jsonl"),
    `${JSON.stringify({ pmid: "7", title: "the lithium causes breast pain .", abstract: "" })}\n`,
  );
  const lines: FoundNames[] = [];
  for await (const line of findNames([at("plain.jsonl")], { model: at("run"), threads: 1 })) lines.push(line);
  expect(lines[0]!.mentions.map(({ passage, start, end, text, type }) => [passage, start, end, text, type])).toEqual([
    [0, 4, 11, "lithium", "Chemical"],
    [0, 19, 30, "breast pain", "Disease"],
  ]);
  expect(lines[0]!.mentions[0]!.probability).toBeGreaterThan(0.5);
  const few: FoundNames[] = [];
  for await (const line of findNames([at("plain.jsonl")], { model: at("run"), types: ["disease"], threads: 1 }))
    few.push(line);
  expect(few[0]!.mentions.map(({ type }) => type)).toEqual(["Disease"]);
});

test("a run that was stopped is resumed, and ends with the same weights", async () => {
  const stop = new AbortController();
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === "checkpoint") stop.abort();
  };
  await expect(finetuneEntities(options("again"), { signal: stop.signal, onEvent })).rejects.toMatchObject({
    kind: "aborted",
  });
  await expect(finetune({ out: at("again"), resume: true, data: at("train.txt") })).rejects.toThrow(
    "--data has no effect: the run in",
  );
  await expect(finetune({ out: at("again"), resume: true, task: "hoc" })).rejects.toThrow(
    "is one of entities or relations, not of hoc",
  );
  const resumed = await finetune({ out: at("again"), resume: true, threads: 1 });
  expect(resumed.step).toBeGreaterThan(0);
  expect(readFileSync(at("again/model.safetensors")).equals(readFileSync(at("run/model.safetensors")))).toBe(true);
  await expect(
    finetuneEntities({ ...options("again"), resume: true, settings: { ...settings, seed: 2 } }),
  ).rejects.toThrow(/seed/);
});

test("slips are told before any work", async () => {
  await expect(finetuneEntities({ ...options("x"), types: ["Gene"] })).rejects.toThrow("The data mark no Gene.");
  await expect(finetuneEntities({ ...options("x"), settings: { epoch: 3 } as object })).rejects.toThrow(
    'no setting "epoch"',
  );
  await expect(finetuneEntities({ ...options("x"), settings: { windowTokens: 60 } })).rejects.toThrow(
    "take 122 positions",
  );
  await expect(finetuneEntities({ ...options("x"), data: ["BC5CDR:train"] })).rejects.toThrow("folder of the corpora");
  await expect(finetuneEntities({ ...options("x"), data: ["no-file"] })).rejects.toThrow("There is no file no-file");
});
