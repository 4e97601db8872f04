/** The commands as a user runs them, with a terminal of the test's own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../main.ts";
import type { Terminal } from "../terminal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-tokenize-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly lines: string[];
  readonly notes: string;
}

async function biogpt(
  args: string[],
  input: string | Uint8Array = "",
  signal = new AbortController().signal,
): Promise<Outcome> {
  let output = "";
  const notes: string[] = [];
  const write = async (text: string): Promise<void> => {
    output += text;
  };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const all = typeof input === "string" ? new TextEncoder().encode(input) : input;
    for (let at = 0; at < all.length; at += 3) yield all.subarray(at, at + 3); // so that characters are cut
    if (signal.aborted || input === "wait") await new Promise(() => {});
  }
  const terminal: Terminal = {
    input: bytes(),
    write,
    writeLine: (line) => write(`${line}\n`),
    note: (line) => notes.push(line),
    progress: () => {},
    signal,
    isTerminal: false,
  };
  const code = await run(args, terminal);
  return { code, lines: output === "" ? [] : output.trimEnd().split("\n"), notes: notes.join("\n") };
}

const ABSTRACTS = [
  { pmid: "1", title: "Aspirin and platelets.", abstract: "Aspirin inhibits COX-1 in platelets’ plasma." },
  { pmid: "2", title: "COX-2 inhibitors", abstract: null },
];

let trained: string;
beforeAll(async () => {
  const data = join(folder, "data");
  const { mkdir } = await import("node:fs/promises");
  await mkdir(data);
  const lines = ABSTRACTS.map((abstract) => JSON.stringify(abstract)).join("\n");
  await writeFile(join(data, "a.jsonl.gz"), gzipSync(`${lines}\n`));
  await writeFile(join(data, "b.txt"), "Aspirin is acetylsalicylic acid.\n");
  await writeFile(join(data, "heldout.jsonl"), '{"text":"ßßßßßßßß"}\n');
  trained = join(folder, "tokenizer");
  const {
    code,
    lines: output,
    notes,
  } = await biogpt([
    ...["tokenizer", "train", data, "--merges", "60", "--minimum-character-count", "1", "--out", trained],
  ]);
  expect(notes).toContain("heldout.jsonl is left out");
  expect(notes).toContain("gave only 26 of the 60 merges");
  expect(code).toBe(0);
  expect(JSON.parse(output[0]!)).toMatchObject({ documents: 3, merges: 26, folder: trained });
});

test("pieces, ids, offsets, and </s> in front", async () => {
  const pieces = await biogpt(["tokenize", "--tokenizer", trained, "--format", "pieces"], "Aspirin’s COX-1\r\n\nß");
  expect(pieces.lines.map((line) => (JSON.parse(line) as string[]).join("").replaceAll("@@", ""))).toEqual([
    "Aspirin&apos;sCOX@-@1",
    "",
    "<unk>",
  ]);
  const ids = await biogpt(["tokenize", "--tokenizer", trained, "--special"], "Aspirin\n");
  expect(ids.lines).toHaveLength(1);
  expect(ids.lines[0]).toMatch(/^\[2(,\d+)+\]$/);
  const offsets = await biogpt(["tokenize", "--tokenizer", trained, "--offsets", "--format", "pieces"], "𝑎 COX-1");
  const [unknown, ...rest] = JSON.parse(offsets.lines[0]!) as [string, number, number][];
  expect(unknown).toEqual(["<unk>", 0, 2]);
  expect(rest.at(-1)).toEqual(["1", 7, 8]);
});

test("the folder's punctuation rule holds unless told otherwise; special tokens on request", async () => {
  const raw = await biogpt(["tokenize", "--tokenizer", trained, "--no-normalize-punctuation"], "’");
  expect(raw.lines).toEqual(["[3]"]);
  const special = await biogpt(["tokenize", "--tokenizer", trained, "--recognize-special"], "</s>");
  expect(special.lines).toEqual(["[2]"]);
});

test("text that is not UTF-8, an unknown option and a missing folder end with what, why and fix", async () => {
  const broken = await biogpt(["tokenize", "--tokenizer", trained], Uint8Array.of(0x61, 0x0a, 0xff, 0x0a));
  expect(broken.code).toBe(1);
  expect(broken.notes).toContain("not UTF-8");
  expect((await biogpt(["tokenize", "--tokenizer", trained, "--format", "words"])).code).toBe(2);
  expect((await biogpt(["tokenize"])).notes).toContain("--tokenizer");
  const again = await biogpt(["tokenizer", "train", join(folder, "data"), "--out", trained]);
  expect(again.code).toBe(2);
  expect(again.notes).toContain("is not empty");
});

test("Ctrl-C ends it with 130, even while nothing comes in", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const { code } = await biogpt(["tokenize", "--tokenizer", trained], "wait", controller.signal);
  expect(code).toBe(130);
});

test("a folder without texts is named", async () => {
  const empty = await mkdtemp(join(folder, "empty-"));
  const { code, notes } = await biogpt(["tokenizer", "train", empty, "--out", join(folder, "never")]);
  expect(code).toBe(1);
  expect(notes).toContain("holds no .jsonl or .txt files");
});
