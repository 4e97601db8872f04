/** A corpus and a tokenizer of a few kilobytes, and ways to run the command, for tests that train through it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../base/random.ts";
import { testTerminal } from "../../cli/commands/test-terminal.fixture.ts";
import { run } from "../../cli/main.ts";

export const COMMAND: string = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

const SUBJECTS = ["aspirin", "warfarin", "the drug", "lithium", "morphine"];
const VERBS = ["inhibits", "causes", "reduces", "raises"];
const OBJECTS = ["pain", "nausea", "tremor", "cox 1", "fever"];

/** Writes `documents.jsonl` and `tokenizer/`. */
export function writeSmallData(folder: string, documents = 200): { readonly data: string; readonly tokenizer: string } {
  const random = new Random(11);
  const pick = (words: readonly string[]): string => words[random.integer(words.length)]!;
  const lines = Array.from({ length: documents }, (_, i) => {
    const sentences = Array.from(
      { length: 2 + random.integer(4) },
      () => `${pick(SUBJECTS)} ${pick(VERBS)} ${pick(OBJECTS)} .`,
    );
    return JSON.stringify({ id: `d${i}`, text: sentences.join(" ") });
  });
  const data = join(folder, "documents.jsonl");
  writeFileSync(data, `${lines.join("\n")}\n`);
  const tokenizer = join(folder, "tokenizer");
  mkdirSync(tokenizer);
  const letters = [..."abcdefghijklmnopqrstuvwxyz.1"];
  const pieces = ["<s>", "<pad>", "</s>", "<unk>", ...letters, ...letters.map((letter) => `${letter}</w>`), "in"];
  writeFileSync(
    join(tokenizer, "vocab.json"),
    JSON.stringify(Object.fromEntries(pieces.map((piece, i) => [piece, i]))),
  );
  writeFileSync(join(tokenizer, "merges.txt"), "i n 10\n");
  return { data, tokenizer };
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `biogpt ARGS…` in this process. */
export async function biogpt(args: readonly string[]): Promise<CommandResult> {
  const terminal = testTerminal();
  const code = await run(args, terminal);
  return { code, stdout: terminal.out.join(""), stderr: terminal.notes.map((line) => `${line}\n`).join("") };
}

/** Runs the built command in a process of its own; `onError` sees standard error as it comes and may kill the process. */
export function biogptProcess(
  args: readonly string[],
  onError: (text: string, child: ChildProcess) => void = () => {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes;
    });
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
      onError(stderr, child);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
