/** `embed`, and `--ids` of it, `classify` and `entities`, as a user runs them. Wanted values of ids: golden-heads.fixture.ts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { expectClose, folderOf, golden } from "../../pretrained/heads/golden-heads.fixture.ts";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const { texts, token, sequence } = golden;
const tagger = await folderOf(token.order);
const classifier = await folderOf(sequence.order);
const lines = `${texts.map((ids) => JSON.stringify(ids)).join("\n")}\n`;

async function said(args: readonly string[], input = ""): Promise<{ lines: Record<string, unknown>[]; notes: string }> {
  const terminal = testTerminal(input);
  expect(await run(args, terminal), terminal.notes.join("\n")).toBe(0);
  const out = terminal.out.join("").split("\n").filter(Boolean);
  return { lines: out.map((line) => JSON.parse(line)), notes: terminal.notes.join("\n") };
}

test("classify --ids gives a classifier's logits, entities --ids a tagger's for each token", async () => {
  const whole = await said(["classify", "--ids", "-", "--model", classifier, "--threads", "1"], lines);
  for (const [at, line] of whole.lines.entries()) {
    expect(Object.keys(line)).toEqual(["logits"]);
    expectClose(line["logits"] as number[], sequence.logits[at]!);
  }
  const each = await said(["entities", "--ids", "-", "--model", tagger, "--threads", "1"], lines);
  for (const [at, line] of each.lines.entries()) {
    const rows = line["logits"] as number[][];
    expect(rows).toHaveLength(texts[at]!.length);
    expectClose(rows.flat(), token.logits[at]!);
  }
});

test("embed --ids gives the mean or the last, of a layer; --npy the same as an array", async () => {
  const last = await said(["embed", "--ids", "-", "--model", tagger, "--pooling", "last", "--threads", "1"], lines);
  const wanted = token.hidden.at(-1)!.map((states) => (states as unknown as number[]).slice(-12));
  for (const [at, line] of last.lines.entries()) {
    expect(Object.keys(line)).toEqual(["embedding"]);
    expectClose(line["embedding"] as number[], wanted[at]!);
  }
  const terminal = testTerminal(lines);
  const bytes: Uint8Array[] = [];
  const binary = { ...terminal, writeBytes: async (some: Uint8Array) => void bytes.push(some) };
  expect(await run(["embed", "--ids", "-", "--npy", "--model", tagger, "--pooling", "last"], binary)).toBe(0);
  const file = Buffer.concat(bytes);
  expect(file.toString("latin1", 10, 70)).toContain("'shape': (2, 12)");
  const values = file.subarray(128);
  expectClose(
    Array.from({ length: values.length / 4 }, (_, i) => values.readFloatLE(4 * i)),
    wanted.flat(),
  );
});

test("a document's vector is that of its tokens; one longer than the model's positions is read in parts", async () => {
  const text = "Aspirin reduces pain.";
  const [short, long] = ["short.txt", "long.txt"].map((name) => join(temporaryFolder(), name)) as [string, string];
  writeFileSync(short, text);
  writeFileSync(long, `${text} `.repeat(300));
  const documents = await said(["embed", short, long]);
  const [one, many] = documents.lines;
  expect(Object.keys(one!)).toEqual(["documentId", "embedding", "tokens", "windows", "layer", "pooling", "model"]);
  expect(one).toMatchObject({ windows: 1, layer: 6, pooling: "mean", model: "biogpt-mini" });
  const tokens = await said(["tokenize", "--tokenizer", "biogpt-mini", "--special"], `${text}\n`);
  const ids = tokens.lines[0] as unknown as number[];
  expect(one!["tokens"]).toBe(ids.length);
  const same = await said(["embed", "--ids", "-"], `${JSON.stringify(ids)}\n`);
  expectClose(one!["embedding"] as number[], same.lines[0]!["embedding"] as number[]);
  expect(many!["windows"]).toBe(Math.ceil((300 * (ids.length - 1)) / 1023));
  expect(many!["tokens"]).toBe(300 * (ids.length - 1) + (many!["windows"] as number));
});

test("slips are told before any work", async () => {
  const refused = async (args: readonly string[], input = ""): Promise<string> => {
    const terminal = testTerminal(input);
    expect(await run(args, terminal)).toBe(2);
    return terminal.notes.join("\n");
  };
  expect(await refused(["embed", "--ids", "file.txt"])).toContain("Ids are read from standard input alone.");
  expect(await refused(["embed"])).toContain("No file was named.");
  expect(await refused(["embed", "a.txt", "--npy", "--json"])).toContain("contradict");
  expect(await refused(["embed", "--ids", "--limit", "3"])).toContain("--limit has no effect with ids");
  expect(await refused(["embed", "--ids", "-"], "[2, -1]\n")).toContain("Line 1 is not a list of token ids");
  expect(await refused(["classify", "--ids", "-", "--model", tagger], lines)).toContain("biogpt entities --ids");
  expect(await refused(["entities", "--ids", "-", "--model", classifier], lines)).toContain("biogpt classify --ids");
  expect(await refused(["classify", "--ids", "-", "--model", classifier, "--all"])).toContain("--all has no effect");
});
