/** What a command writes and what the library gives are the same, for every scheme and every embedded model: labels, answers and scores to the last bit. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import type { Document } from "../corpora/document.ts";
import { readDocuments } from "../corpora/literature/read.ts";
import { embeddedModels } from "../pretrained/hub/hub-names.ts";
import { WRITER, writerOf } from "../tasks/relation-extraction/writer.fixture.ts";
import { schemeNames } from "../tasks/task-file.ts";
import { type BiogptModel, loadModel } from "./biogpt-model.ts";
import { extract } from "./extract.ts";
import { openReader } from "./open-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-same-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXTS = {
  "1": "Lithium and tremor. Two patients had severe pain and tremor from lithium carbonate.",
  "2": "Ketoconazole should not be taken with simvastatin. Rifampin lowers warfarin. Take it with food.",
  "3": "Imatinib is an inhibitor of the tyrosine kinase ABL1. VEGF promotes angiogenesis.",
};
function written(name: string, texts: Partial<typeof TEXTS>): string {
  const lines = Object.entries(texts).map(([id, abstract]) => JSON.stringify({ id, title: "A report.", abstract }));
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  return join(folder, name);
}
const path = written("documents.jsonl", TEXTS);
const question = "Does aspirin cause bleeding?";
const context = "Bleeding occurred in 20 of 100 patients with aspirin and in 5 of 100 with placebo.";
const contextPath = join(folder, "context.txt");
writeFileSync(contextPath, context);

async function command(...args: string[]): Promise<unknown[]> {
  const said = testTerminal();
  expect(await run(args, said), said.notes.join("\n")).toBe(0);
  return said.out.map((line) => JSON.parse(line));
}

/** As JSON has it. */
function plain(values: readonly unknown[]): unknown[] {
  return JSON.parse(JSON.stringify(values));
}

/** Sums of float32 differ in their last bits with where the system's allocator puts what is added up. */
function rounded(values: readonly unknown[]): unknown[] {
  const round = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toFixed(9)) : value);
  return JSON.parse(JSON.stringify(values, round)) as unknown[];
}

async function relationsOf(
  model: BiogptModel,
  input: Parameters<BiogptModel["extract"]>[0],
  settings = {},
): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { relations } of model.extract(input, settings)) found.push(...relations);
  return plain(found);
}

async function sentencesOf(model: BiogptModel, settings = {}): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { document, cut, ...sentence } of model.classify(path, settings))
    found.push({ documentId: document.id, scheme: "hallmarks", ...sentence });
  return plain(found);
}

/** Models that write relations, each of one scheme, and what they are asked about. */
const WRITERS = {
  "chemical-disease": WRITER,
  "drug-drug": writerOf("drug-drug"),
  "drug-target": writerOf("drug-target"),
};
const ABOUT = {
  "chemical-disease": path,
  "drug-drug": written("drugs.jsonl", { "2": TEXTS["2"] }),
  "drug-target": written("targets.jsonl", { "3": TEXTS["3"] }),
};

test.each(Object.keys(WRITERS) as (keyof typeof WRITERS)[])(
  "extract by a model that writes: %s, from paths and from documents, ranked and grounded",
  async (scheme) => {
    const [name, about] = [WRITERS[scheme], ABOUT[scheme]];
    const usual = await command("extract", about, "--model", name);
    expect(usual.length).toBeGreaterThan(0);
    using model = await loadModel(name);
    expect(schemeNames(model.task.schemes!)).toEqual([scheme]);
    expect(await relationsOf(model, about)).toEqual(usual);
    // Prompts that were read before are not read again, which sums in another order: the same within rounding.
    const documents: Document[] = [];
    for await (const document of readDocuments([about])) documents.push(document);
    expectNearly(await relationsOf(model, documents), usual);

    const short = ["--decoding", "grounded", "--threshold", "0", "--max-new-tokens", "40"];
    const grounded = await command("extract", about, "--model", name, ...short);
    expect(grounded.length).toBeGreaterThan(0);
    const called: unknown[] = [];
    const settings = { model: name, scheme, decoding: "grounded", threshold: 0, maxNewTokens: 40 } as const;
    for await (const { relations } of extract([about], settings)) called.push(...relations);
    expect(plain(called)).toEqual(grounded);
  },
  240_000,
);

test("extract by the embedded reader: each scheme, all of them, from paths, documents and an opened reader", async () => {
  using reader = await openReader();
  const documents: Document[] = [];
  for await (const document of readDocuments([path])) documents.push(document);
  for (const scheme of [...Object.keys(WRITERS), "all"]) {
    const usual = await command("extract", path, "--scheme", scheme, "--threshold", "0.01");
    expect(usual.length).toBeGreaterThan(0);
    for (const [input, model] of [
      [[path], undefined],
      [documents, undefined],
      [documents, reader],
    ] as const) {
      const found: unknown[] = [];
      for await (const { relations } of extract(input, { model, scheme, threshold: 0.01 })) found.push(...relations);
      expect(plain(found)).toEqual(usual);
    }
  }
});

function expectNearly(found: readonly unknown[], wanted: readonly unknown[]): void {
  const parts = (relations: readonly unknown[]) =>
    (relations as { probability: number }[]).map(({ probability, ...rest }) => [probability, rest] as const);
  expect(parts(found).map(([, rest]) => rest)).toEqual(parts(wanted).map(([, rest]) => rest));
  for (const [at, [probability]] of parts(found).entries()) expect(probability).toBeCloseTo(parts(wanted)[at]![0], 4);
}

test("classify: fine-tuned with the folder's thresholds and with one's own, and zero-shot", async () => {
  using model = await loadModel("biogpt-mini-hoc");
  expect(rounded(await sentencesOf(model))).toEqual(rounded(await command("classify", path, "--all")));
  using another = await loadModel("biogpt-mini-hoc");
  const strict = await command("classify", path, "--all", "--threshold", "0.9");
  expect(rounded(await sentencesOf(another, { thresholds: 0.9 }))).toEqual(rounded(strict));
  using base = await loadModel("biogpt-mini");
  const zeroShot = await command("classify", path, "--all", "--mode", "zero-shot");
  expect(rounded(await sentencesOf(base))).toEqual(rounded(zeroShot));
}, 240_000);

test("answer: in both settings, and zero-shot", async () => {
  const asked = ["answer", "--question", question, "--context", contextPath, "--json"];
  using model = await loadModel("biogpt-mini-pubmedqa");
  expect([await model.answer(question, context)]).toEqual(await command(...asked));
  const conclusion = "Aspirin causes bleeding.";
  expect([await model.answer(question, context, { conclusion })]).toEqual(
    await command(...asked, "--conclusion", conclusion),
  );
  using base = await loadModel();
  const zeroShot = await command(...asked, "--mode", "zero-shot");
  expect([await base.answer(question, context)]).toEqual(zeroShot);
});

test("every embedded model scores and describes alike", async () => {
  for (const { name } of embeddedModels().filter((one) => one.hasNetwork && !one.name.endsWith("-reader"))) {
    const said = testTerminal("Aspirin prevents stroke.\n");
    expect(await run(["score", "--json", "--model", name], said)).toBe(0);
    using model = await loadModel(name, { slots: 16 });
    expect(plain(await model.score(["Aspirin prevents stroke."]))).toEqual(said.out.map((line) => JSON.parse(line)));
  }
  using model = await loadModel();
  const few = { beams: 2, maxNewTokens: 20 };
  const told = await command("describe", "Aspirin", "--beams", "2", "--max-new-tokens", "20", "--json");
  expect(plain(await model.describe(["Aspirin"], few))).toEqual(told);
});

test("a model that was made for something else is refused, with the one to take", async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const said = testTerminal();
    expect(await run(args, said), said.notes.join("\n")).toBe(2);
    return said.notes.join("\n");
  };
  for (const [args, says] of [
    [["extract", path, "--model", "biogpt-mini-hoc"], "Use biogpt-mini-reader"],
    [["extract", path, "--scheme", "drug-drug", "--model", WRITERS["chemical-disease"]], "Use biogpt-mini-reader"],
    [["classify", path, "--model", WRITERS["drug-drug"]], "Use biogpt-mini-hoc"],
    [
      ["answer", "--question", question, "--context", contextPath, "--model", "biogpt-mini-hoc"],
      "Use biogpt-mini-pubmedqa",
    ],
  ] as const) {
    const notes = await refused(...args);
    expect(notes).toContain("[tasks/wrong-model]");
    expect(notes).toContain(says);
  }
  expect(await refused("extract", path, "--model", "biogpt-mini")).toContain("[tasks/not-fine-tuned]");
});

test("an own scheme that a model was not made for is taken, and told; a byte order mark in its file does not matter", async () => {
  const schema = join(folder, "schema.json");
  writeFileSync(
    schema,
    `\uFEFF${JSON.stringify({ name: "drug-effect", head: "Drug", tail: "Effect", relations: ["causes"] })}`,
  );
  const said = testTerminal();
  const code = await run(["extract", path, "--model", WRITERS["drug-drug"], "--scheme", schema, "--limit", "1"], said);
  expect([code, said.notes.join("\n")]).toEqual([0, expect.stringContaining("was not fine-tuned on drug-effect")]);
});

test("a text without a word is no context", async () => {
  using model = await loadModel("biogpt-mini-pubmedqa");
  await expect(model.answer(question, " \n ")).rejects.toMatchObject({ code: "tasks/no-context", kind: "input" });
  await expect(model.answer("?", context)).rejects.toMatchObject({ code: "tasks/no-question" });
});

test("a bad record ends the work after the documents before it where nobody listens, else it is told and left out", async () => {
  const broken = join(folder, "broken.jsonl");
  writeFileSync(
    broken,
    `{"id": "1", "abstract": "Tremor from lithium."}\n{"id": "2", "abstract": \n{"id": "3", "abstract": "Pain."}\n`,
  );
  using model = await loadModel(WRITER);
  const ids: string[] = [];
  const all = async (context = {}): Promise<void> => {
    ids.length = 0;
    for await (const { document } of model.extract(broken, {}, context)) ids.push(document.id);
  };
  await expect(all()).rejects.toMatchObject({ kind: "input" });
  expect(ids).toEqual(["1"]);
  const events: string[] = [];
  await all({ onEvent: ({ type }: { type: string }) => events.push(type) });
  expect([ids, events.filter((type) => type === "problem").length]).toEqual([["1", "3"], 1]);
});

test("a context that holds no text is told before any document; a closed model is named", async () => {
  const document = { id: "1", source: "test", passages: [{ kind: "text", text: "Tremor from lithium." }] } as const;
  using small = await loadModel(WRITER, { contextLength: 60 });
  await expect(small.extract([document]).next()).rejects.toMatchObject({ code: "tasks/no-room" });
  const closed = await loadModel(WRITER);
  closed.dispose();
  await expect(closed.extract([document]).next()).rejects.toThrow("biogpt-mini-bc5cdr is used after it was disposed");
});
