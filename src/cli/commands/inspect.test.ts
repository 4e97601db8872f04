import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../main.ts";
import type { Terminal } from "../terminal.ts";

const fixture = (name: string): string => join(import.meta.dirname, "../../../test/fixtures/checkpoints", name);

async function biogpt(...args: string[]): Promise<{ code: number; out: string[]; notes: string[] }> {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal: Terminal = {
    input: (async function* () {})(),
    write: async (text) => void out.push(text),
    writeLine: async (line) => void out.push(line),
    note: (line) => void notes.push(line),
    progress: () => {},
    signal: new AbortController().signal,
    isTerminal: false,
  };
  return { code: await run(args, terminal), out, notes };
}

test("inspect: facts first, then an aligned table", async () => {
  const { code, out } = await biogpt("inspect", fixture("upstream.safetensors"));
  expect(code).toBe(0);
  expect(out.slice(1)).toEqual([
    "tensors          2, 30 B",
    "parameters       9",
    "metadata format  pt",
    "odd              nothing",
    "",
    "tensor  dtype    shape  count  size",
    "weight  float32  2 × 3      1  24 B",
    "bias    float16      3      1   6 B",
  ]);
});

test("inspect --json: one object", async () => {
  const { out } = await biogpt("inspect", "--json", fixture("types.bin"));
  expect(out.length).toBe(1);
  expect(JSON.parse(out[0]!)).toMatchObject({
    format: "pytorch",
    parameters: 28,
    problems: [],
    tensors: expect.arrayContaining([
      expect.objectContaining({ name: "brain", dtype: "bfloat16", shape: [2, 3], bytes: 12 }),
    ]),
  });
});

test("inspect and pull: what is not there is said, with the nearest name", async () => {
  const legacy = await biogpt("inspect", fixture("legacy.bin"));
  expect([legacy.code, legacy.notes[0]]).toEqual([1, "biogpt inspect: failed. [checkpoints/legacy-torch]"]);
  const slip = await biogpt("inspect", "biogtp");
  expect([slip.code, slip.notes.at(-1)]).toEqual([1, '  fix   Check the name. Did you mean "biogpt"?']);
  const pull = await biogpt("pull", "a//b");
  expect([pull.code, pull.notes[0]]).toEqual([2, "biogpt pull: failed. [pretrained/bad-name]"]);
});

test("inspect: a model without a network shows what it knows", async () => {
  const { code, out } = await biogpt("inspect", "biomedgpt-mini");
  expect(code).toBe(0);
  expect(out[0]).toMatch(/^checkpoint +biomedgpt-mini: known answers, known\.jsonl\.gz, 9\d\d\.\d kB on disk$/);
  expect(out.join("\n")).toMatch(/molecules +3,301[\s\S]*source +ChEBI[\s\S]*CC BY 4\.0/);
  expect(out.join("\n")).not.toMatch(/tensor|parameters/);
});
