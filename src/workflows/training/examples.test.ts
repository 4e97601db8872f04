import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { IGNORED_LABEL } from "../../training/step/training-step.ts";
import { type ExampleOptions, readExamples } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "examples.jsonl");

/** Each letter's code is its id. */
const tokenizer = {
  endId: 2,
  unknownId: 3,
  id: (piece: string) => (piece === "..." ? 46 : undefined),
  encode: (text: string) => Int32Array.from(text, (letter) => letter.codePointAt(0)!),
} as unknown as Tokenizer;
const options: ExampleOptions = {
  ...{ tokenizer, prompt: [300, 301], maxSource: 4, maxPositions: 12, tooLong: "error", loss: "all" },
};
const [a, b, x, y] = [97, 98, 120, 121];

test("a sequence is source, prompt, target and </s>, moved by one between inputs and labels", async () => {
  writeFileSync(path, JSON.stringify({ source: "ab", target: "xy" }));
  const { sequences } = await readExamples(path, options);
  expect(Array.from(sequences[0]!.inputs)).toEqual([2, a, b, 300, 301, x, y]);
  expect(Array.from(sequences[0]!.labels)).toEqual([a, b, 300, 301, x, y, 2]);
  expect(sequences[0]!.plannedLength).toBe(5); // fairseq forgets the prompt
});

test("with loss on the target alone, only it and its </s> count", async () => {
  const { sequences } = await readExamples(path, { ...options, loss: "target" });
  expect(Array.from(sequences[0]!.labels)).toEqual([...new Array(4).fill(IGNORED_LABEL), x, y, 2]);
});

test("too long is an error, or cut as fairseq cuts", async () => {
  writeFileSync(path, JSON.stringify({ id: 7, source: "abcdef", target: "xyxyxyxy" }));
  await expect(readExamples(path, options)).rejects.toThrow(
    /7 \(line 1 of .*\): its source has 6 tokens, at most 4 and its target has 9 tokens, at most 6 are taken/,
  );
  const { sequences, cut } = await readExamples(path, { ...options, tooLong: "truncate" });
  expect(cut).toBe(1);
  expect(Array.from(sequences[0]!.labels)).toEqual([a, b, 99, 46, 300, 301, x, y, x, y, 46, 2]);
});
