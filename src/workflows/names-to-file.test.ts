/** Names in a file: whole or not at all, gone on with after an interruption, never mixed with another run's. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import type { Document } from "../corpora/document.ts";
import { temporaryFile, temporaryFolder } from "../files/scratch.fixture.ts";
import { wordTagger } from "../tasks/entities/word-tagger.fixture.ts";
import type { FindNamesEvent } from "./find-names.ts";
import { namesToFile } from "./names-to-file.ts";

const documents: readonly Document[] = Array.from({ length: 6 }, (_, index) => ({
  id: String(index + 1),
  source: "test",
  passages: [{ kind: "abstract", text: index === 3 ? "none" : `a letters words b ${"seven77 ".repeat(index)}` }],
}));

test("an interrupted run is gone on with, to the same lines", async () => {
  const folder = temporaryFolder();
  const model = wordTagger({ hash: "one" });
  const whole = join(folder, "whole.tsv");
  expect(await namesToFile(whole, documents, { model, format: "tsv" })).toEqual({ before: 0, documents: 6, names: 14 });
  const lines = readFileSync(whole, "utf8");

  const out = join(folder, "stopped.tsv");
  const stop = new AbortController();
  async function* stopping(): AsyncGenerator<Document> {
    for (const [index, document] of documents.entries()) {
      if (index === 3) stop.abort();
      yield document;
    }
  }
  const stopped = namesToFile(out, stopping(), { model, format: "tsv" }, { signal: stop.signal });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect(existsSync(out)).toBe(false);
  const partial = readFileSync(`${out}.partial`, "utf8");
  expect(lines.startsWith(partial) && partial.length < lines.length && partial.includes("\n3\t")).toBe(true);

  const again = (more: object): Promise<unknown> => namesToFile(out, documents, { model, format: "tsv", ...more });
  await expect(again({})).rejects.toMatchObject({ code: "workflows/partial-results", kind: "usage" });
  await expect(again({ resume: true, types: ["gene"] })).rejects.toThrow("another types");
  await expect(again({ resume: true, model: wordTagger({ hash: "other" }) })).rejects.toThrow("another model");
  const done: number[] = [];
  const onEvent = (event: FindNamesEvent): void => {
    if (event.type === "progress" && event.unit === "documents") done.push(event.done);
  };
  const settings = { model, format: "tsv", resume: true } as const;
  expect(await namesToFile(out, documents, settings, { onEvent })).toMatchObject({ before: 3, documents: 3 });
  expect(done).toEqual([4, 5, 6]);
  expect(readFileSync(out, "utf8")).toBe(lines);
  expect(await again({ resume: true })).toBeUndefined();
});

test("the command says what it wrote, and refuses --resume without a file before any work; a slip leaves no rest behind", async () => {
  const terminal = testTerminal();
  const text = temporaryFile("one.txt", "Aspirin inhibits cyclooxygenase.");
  expect(await run(["entities", text, "--resume"], terminal)).toBe(2);
  const out = join(temporaryFolder(), "names.jsonl");
  expect(await run(["entities", text, "--out", out, "--types", "planet"], terminal)).toBe(2);
  expect(existsSync(`${out}.partial`) || existsSync(`${out}.partial.json`)).toBe(false);
  expect(await run(["entities", text, "--out", out], terminal)).toBe(0);
  expect(await run(["entities", text, "--out", out, "--resume"], terminal)).toBe(0);
  expect(terminal.notes.join("\n")).toMatch(
    /--resume has no effect without --out[\s\S]*Wrote .*names.jsonl[\s\S]*is whole already/,
  );
  const printed = testTerminal();
  expect(await run(["entities", text], printed)).toBe(0);
  expect(readFileSync(out, "utf8")).toBe(printed.out.join(""));
});
