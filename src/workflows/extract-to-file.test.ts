/** Results in a file: whole or not at all, gone on with after an interruption, as tables, and what bad records cost. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import type { Document } from "../corpora/document.ts";
import { WRITER } from "../tasks/relation-extraction/writer.fixture.ts";
import { type BiogptModel, loadModel } from "./biogpt-model.ts";
import { extractToFile } from "./extract-to-file.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-results-"));
const at = (name: string): string => join(folder, name);
let model: BiogptModel;
beforeAll(async () => {
  model = await loadModel(WRITER);
});
afterAll(() => {
  model.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const documents: readonly Document[] = ["lithium", "cisplatin", "aspirin", "", "morphine", "lidocaine"].map(
  (drug, index) => ({
    id: String(index + 1),
    source: "test",
    passages:
      drug === "" ? [] : [{ kind: "abstract", text: `Two patients had tremor, "pain" and\tseizures from ${drug}.` }],
  }),
);

/** The documents, and a signal that fires once so many have been read. */
function stoppingAfter(count: number): { input: AsyncGenerator<Document>; signal: AbortSignal } {
  const controller = new AbortController();
  async function* input(): AsyncGenerator<Document> {
    for (const [index, document] of documents.entries()) {
      if (index === count) controller.abort();
      yield document;
    }
  }
  return { input: input(), signal: controller.signal };
}

const settings = { batch: 2, withEmpty: true } as const;

test("an interrupted run is gone on with, to the same lines; its rest is never overwritten, nor mixed with another's", async () => {
  const whole = at("whole.jsonl");
  await extractToFile(whole, documents, { ...settings, model });
  const lines = readFileSync(whole, "utf8");
  expect(lines.split("\n").map((line) => line && JSON.parse(line))).toContainEqual({
    ...{ documentId: "4", scheme: "chemical-disease", relations: 0 },
  });
  const out = at("stopped.jsonl");
  const { input, signal } = stoppingAfter(4);
  await expect(extractToFile(out, input, { ...settings, model }, { signal })).rejects.toMatchObject({
    code: "aborted",
  });
  expect(existsSync(out)).toBe(false);
  const partial = readFileSync(`${out}.partial`, "utf8");
  expect(partial.length).toBeGreaterThan(0);
  expect(lines.startsWith(partial)).toBe(true);
  const again = (more: Parameters<typeof extractToFile>[2], input = documents): Promise<unknown> =>
    extractToFile(out, input, { ...settings, model, ...more });
  await expect(again({})).rejects.toMatchObject({ code: "workflows/partial-results", kind: "usage" });
  await expect(again({ resume: true, threshold: 0.5 })).rejects.toThrow("another threshold");
  await expect(again({ resume: true }, documents.slice(1))).rejects.toThrow(
    "are not those that the interrupted run has done",
  );

  writeFileSync(`${out}.partial`, `${partial}{"half`); // a kill in the middle of a line
  const { before, documents: done } = (await again({ resume: true })) as { before: number; documents: number };
  expect([before > 0, before + done]).toEqual([true, documents.length]);
  const rounded = (text: string): string => text.replace(/"probability":[\d.e-]+/g, (one) => one.slice(0, 18));
  expect(rounded(readFileSync(out, "utf8"))).toBe(rounded(lines));
  expect(readdirSync(folder).sort()).toEqual(["stopped.jsonl", "whole.jsonl"]);
  expect(await again({ resume: true })).toBeUndefined(); // whole already
});

test("tables: a row a relation, cells as they were, with what Excel needs", async () => {
  for (const format of ["csv", "tsv"] as const) {
    const path = at(`table.${format}`);
    const summary = await extractToFile(path, documents, { ...settings, model, format, withEmpty: false });
    const text = readFileSync(path, "utf8");
    expect(text.startsWith("\uFEFF")).toBe(format === "csv");
    const rows = parse(text, { bom: true, columns: true, delimiter: format === "csv" ? "," : "\t" }) as Record<
      string,
      string
    >[];
    expect(rows.length).toBe(summary!.relations);
    expect(Object.keys(rows[0]!).slice(0, 8)).toEqual([
      "documentId",
      "relation",
      "head",
      "headType",
      "tail",
      "tailType",
      "probability",
      "sentence",
    ]);
    for (const { documentId, sentence, head, headSpans } of rows) {
      expect(sentence).toBe(documents[Number(documentId) - 1]!.passages[0]!.text);
      const [, start, end] = /0:(\d+)-(\d+)/.exec(headSpans!)!;
      expect(sentence!.slice(Number(start), Number(end))).toBe(head);
    }
  }
});

async function command(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const said = testTerminal();
  const code = await run(args, said);
  return { code, out: said.out.join(""), notes: said.notes.join("\n") };
}

test("the command: --out, formats of output and input, and options without effect", async () => {
  const text = at("text.txt");
  writeFileSync(text, "Two patients had tremor from lithium.");
  const out = at("command.tsv");
  const written = await command("extract", text, "--format", "tsv", "--out", out, "--resume", "--input-format", "text");
  expect([written.code, written.out, written.notes]).toEqual([
    0,
    "",
    expect.stringMatching(/^Wrote .*\n1 document, \d relation/m),
  ]);
  expect((await command("extract", text, "--format", "tsv")).out).toBe(readFileSync(out, "utf8"));
  expect((await command("extract", text, "--format", "tsv", "--out", out, "--resume")).notes).toContain(
    "is whole already",
  );
  for (const [args, message] of [
    [["--format", "pubmed-xml"], "--input-format"],
    [["--input-format", "pubmed"], "pubmed-xml"],
    [["--resume"], "Name the file with --out"],
    [["--json", "--format", "csv"], "contradict each other"],
    [["--with-empty", "--format", "csv"], "--with-empty has no effect in csv"],
  ] as const) {
    const refused = await command("extract", text, ...args);
    expect([refused.code, refused.out, refused.notes], message).toEqual([2, "", expect.stringContaining(message)]);
  }
});

test("a bad record costs none before it; a missing or empty file is seen before any work", async () => {
  const path = at("long.jsonl");
  const line = (id: string, text: string): string => `${JSON.stringify({ id, abstract: text })}\n`;
  writeFileSync(
    path,
    `${line("1", "Tremor from lithium.")}${line("2", "Pain from aspirin.")}{"id": "3", "abstract": \n`,
  );
  const broken = await command("extract", path, "--with-empty");
  expect(broken.code).toBe(1);
  expect(
    broken.out
      .trimEnd()
      .split("\n")
      .map((one) => JSON.parse(one).documentId),
  ).toEqual(expect.arrayContaining(["1", "2"]));
  expect(broken.notes).toMatch(/json/i);
  const missing = await command("extract", path, at("nowhere.xml"));
  expect([missing.code, missing.out]).toEqual([1, ""]); // seen before any work
  writeFileSync(at("empty.txt"), "");
  expect((await command("extract", path, at("empty.txt"))).notes).toContain("corpora/empty");
});
