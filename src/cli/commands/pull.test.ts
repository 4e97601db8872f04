import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { type EmbeddedModel, embeddedModels } from "../../pretrained/hub/hub.ts";
import { fakeHub } from "../../pretrained/hub/hub-server.fixture.ts";
import { run } from "../main.ts";

const VARIABLES = ["HF_HOME", "HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE"];
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

afterEach(() => {
  for (const name of VARIABLES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

async function biogpt(
  args: string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<{ code: number; out: string[]; notes: string[] }> {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await run(args, {
    input: (async function* () {})(),
    write: async (text) => void out.push(text),
    writeLine: async (line) => void out.push(line),
    note: (line) => void notes.push(line),
    progress: () => {},
    signal,
    isTerminal: false,
  });
  return { code, out, notes };
}

test("pull prints the folder, says what was fetched, and fetches nothing twice", async () => {
  await using hub = await fakeHub({ "config.json": "{}", "pytorch_model.bin": Buffer.alloc(5000, 1) });
  process.env.HF_HOME = temporaryFolder();
  process.env.HF_ENDPOINT = hub.endpoint;
  for (const name of VARIABLES.slice(2)) delete process.env[name];
  const first = await biogpt(["pull", "BioGPT"]);
  expect([first.code, first.notes]).toEqual([
    0,
    ["microsoft/biogpt at c0ffee000000: 2 files fetched (5.00 kB), 0 were there."],
  ]);
  expect([first.out.length, existsSync(join(first.out[0]!, "pytorch_model.bin"))]).toEqual([1, true]);
  const again = await biogpt(["pull", "microsoft/biogpt", "--json"]);
  expect(again.notes).toEqual(["microsoft/biogpt at c0ffee000000: 0 files fetched (0 B), 2 were there."]);
  expect(JSON.parse(again.out[0]!)).toMatchObject({
    name: "microsoft/biogpt",
    folder: first.out[0],
    files: [{ cached: true }, { cached: true }],
  });
});

test("pull that is stopped says how to go on", async () => {
  const signal = AbortSignal.abort();
  const { code, notes } = await biogpt(["pull", "biogpt"], signal);
  expect([code, notes]).toEqual([
    130,
    ["biogpt pull: stopped. [aborted]", "  fix   Run `biogpt pull biogpt` again: it goes on where it stopped."],
  ]);
});

test("pull of a model that came with the package asks no network", async () => {
  process.env.HF_ENDPOINT = "http://127.0.0.1:1";
  const [{ name, folder }] = embeddedModels() as readonly EmbeddedModel[] as [EmbeddedModel];
  expect(await biogpt(["pull", name])).toMatchObject({ code: 0, out: [folder] });
});
