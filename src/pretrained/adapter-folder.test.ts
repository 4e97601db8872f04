/** An adapter's folder as a model: held against the same model merged by hand, in float64, and every way in which it can be wrong. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { writeAdapter } from "../checkpoints/adapter.ts";
import { openCheckpoint, readFloat32, writeSafetensors } from "../checkpoints/index.ts";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { BIOGPT_BASE, type BioGptConfig } from "../models/biogpt/config.ts";
import { inspectModel } from "./load/inspection.ts";
import { loadModel } from "./load/load.ts";
import { hashOfModelFolder } from "./load/load-folder.ts";
import { openModelFolder, tokenizerFolderOf } from "./load/open-model-folder.ts";
import type { Precision } from "./load/precision.ts";
import { writeRandomCheckpoint } from "./save/random-checkpoint.ts";
import { weightsOfFolder } from "./save/trainable-folder.ts";

const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const pieces = ["<s>", "<pad>", "</s>", "<unk>", ...letters, ...letters.map((letter) => `${letter}</w>`)];
const config: BioGptConfig = {
  ...BIOGPT_BASE,
  ...{ layers: 2, width: 16, heads: 2, mlpWidth: 32, vocabularySize: pieces.length, maxPositions: 32 },
};
const RANK = 3;
const QUERY = "biogpt.layers.1.self_attn.q_proj";
const EXPAND = "biogpt.layers.0.fc1";
const HEAD = "output_projection";
const TEXTS = ["a bc d", "the drug", "x"];

const place = temporaryFolder();
const at = (name: string): string => join(place, name);
const base = at("base");
const cacheFolder = at("cache");
const options = { cacheFolder, offline: true, slots: 4 };

function writeTokenizer(folder: string): void {
  writeFileSync(join(folder, "merges.txt"), "#version: 0.2\n");
  writeFileSync(join(folder, "vocab.json"), JSON.stringify(Object.fromEntries(pieces.map((piece, id) => [piece, id]))));
}

beforeAll(async () => {
  await writeRandomCheckpoint(base, config);
  writeTokenizer(base);
});

type Shapes = Readonly<Record<string, readonly [out: number, inputs: number]>>;
const SHAPES: Shapes = { [QUERY]: [16, 16], [EXPAND]: [32, 16] };

/** Large enough that a wrong sum is far from the right one. */
async function adapterOf(
  name: string,
  { shapes = SHAPES, baseModel = base, seed = 3, isBad = false } = {},
): Promise<string> {
  const random = new Random(seed);
  const draw = (shape: readonly number[]) => {
    const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.3 * random.normal());
    if (isBad) data[1] = Number.NaN;
    return { dtype: "float32" as const, shape, data };
  };
  const layers = new Map(
    Object.entries(shapes).map(([module, [out, inputs]]) => [
      module,
      { a: draw([RANK, inputs]), b: draw([out, RANK]) },
    ]),
  );
  const folder = at(name);
  await writeAdapter(folder, { rank: RANK, alpha: 5, targetModules: ["q_proj"], layers, baseModel });
  return folder;
}

/** The base with B A added by the formula; the head's matrix is the token embedding's where it has none of its own. */
async function mergedByHand(name: string, adapter: string): Promise<string> {
  const [{ tensors }, update] = await Promise.all([openCheckpoint(base), openCheckpoint(adapter)]);
  const names = new Map([...tensors].map(([tensor, entry]) => [tensor, entry]));
  if (update.tensors.has(`base_model.model.${HEAD}.lora_A.weight`))
    names.set(`${HEAD}.weight`, tensors.get("biogpt.embed_tokens.weight")!);
  const merged = [];
  for (const [tensor, entry] of names) {
    const data = await readFloat32(entry);
    const part = (half: string) =>
      update.tensors.get(`base_model.model.${tensor.replace(/\.weight$/, "")}.lora_${half}.weight`);
    if (part("A") !== undefined) {
      const [a, b] = [await readFloat32(part("A")!), await readFloat32(part("B")!)];
      const inputs = entry.shape[1]!;
      for (let i = 0; i < data.length; i++) {
        let sum = 0;
        for (let r = 0; r < RANK; r++) sum += b[Math.floor(i / inputs) * RANK + r]! * a[r * inputs + (i % inputs)]!;
        data[i] = data[i]! + (5 / RANK) * sum;
      }
    }
    merged.push({ name: tensor, dtype: "float32" as const, shape: entry.shape, data });
  }
  cpSync(base, at(name), { recursive: true });
  await writeSafetensors(join(at(name), "model.safetensors"), merged);
  return at(name);
}

async function scores(path: string, precision: Precision = "fp32"): Promise<number[]> {
  using model = await loadModel(path, { ...options, precision });
  return (await model.score(TEXTS)).map(({ logLikelihood }) => logLikelihood);
}

function expectClose(got: readonly number[], want: readonly number[], most: number): void {
  for (const [i, value] of got.entries()) expect(Math.abs(value - want[i]!), `text ${i}`).toBeLessThan(most);
}

for (const [what, shapes] of [
  ["linear maps of the blocks", SHAPES],
  ["the tied head", { ...SHAPES, [HEAD]: [pieces.length, 16] }],
  ["names of the bare model", { "layers.1.self_attn.q_proj": [16, 16] }],
] as readonly (readonly [string, Shapes])[]) {
  test(`an adapter on ${what} scores as the model merged by hand`, async () => {
    const adapter = await adapterOf(`on ${what}`, { shapes });
    const original = await scores(base);
    if (what.startsWith("names")) {
      const full = await adapterOf("full names", { shapes: { [QUERY]: [16, 16] } });
      expect(await scores(adapter)).toEqual(await scores(full));
      return;
    }
    const want = await scores(await mergedByHand(`merged: ${what}`, adapter));
    expectClose(await scores(adapter), want, 1e-5);
    expect(Math.abs(want[0]! - original[0]!)).toBeGreaterThan(1e-2); // the adapter matters
  });
}

for (const precision of ["q8", "q4"] as const) {
  test(`${precision} of an adapter is that of the merged model`, async () => {
    const adapter = await adapterOf(`as ${precision}`);
    expectClose(
      await scores(adapter, precision),
      await scores(await mergedByHand(`to ${precision}`, adapter), precision),
      1e-4,
    );
  });
}

test("only the adapted matrices are copied, once; the model is the adapter's folder and has a hash of its own", async () => {
  const adapter = await adapterOf("facts", { seed: 9 });
  const before = new Set(readdirSync(join(cacheFolder, "adapted")));
  const progress: string[] = [];
  const { entries, folder, tokenizerFolder } = await openModelFolder(adapter, {
    ...options,
    progress: ({ activity, done, total }) => void progress.push(`${activity} ${done}/${total}`),
  });
  expect(progress).toEqual(["merging the adapter 1/2", "merging the adapter 2/2"]);
  expect([folder, tokenizerFolder]).toEqual([adapter, base]);
  const elsewhere = [...entries].filter(([, { file }]) => file !== join(base, "model.safetensors"));
  expect(elsewhere.map(([name]) => name)).toEqual(["blocks.0.expand.weight", "blocks.1.query.weight"]);
  const made = (): string[] => readdirSync(join(cacheFolder, "adapted")).filter((name) => !before.has(name));
  expect(made()).toHaveLength(1);
  await openModelFolder(adapter, { ...options, progress: () => expect.unreachable("merged a second time") });
  expect(made()).toHaveLength(1);
  expect(await hashOfModelFolder(adapter, options)).not.toBe(await hashOfModelFolder(base, options));
  using model = await loadModel(adapter, options);
  expect([model.folder, model.name]).toEqual([adapter, "facts"]);
  // Another scale over the same bytes is another model.
  change(adapter, { lora_alpha: 6 });
  await openModelFolder(adapter, options);
  expect(made()).toHaveLength(2);
});

test("two that merge at once, and one that is stopped, leave whole files alone", async () => {
  const adapter = await adapterOf("at once", { seed: 21 });
  const aborted = { ...options, signal: AbortSignal.abort() };
  await expect(openModelFolder(adapter, aborted)).rejects.toMatchObject({
    name: expect.stringMatching(/Abort|BiogptError/),
  });
  const [one, two] = await Promise.all([openModelFolder(adapter, options), openModelFolder(adapter, options)]);
  const [left, right] = [one, two].map(({ entries }) => {
    const { source, ...place } = entries.get("blocks.1.query.weight")!;
    return { ...place, path: source.path };
  });
  expect(left).toEqual(right);
  expect(readdirSync(join(cacheFolder, "adapted")).filter((name) => !name.endsWith(".safetensors"))).toEqual([]);
});

test("the adapter's own tokenizer comes first; a base beside the adapter is found from anywhere", async () => {
  const adapter = await adapterOf("with tokenizer", { baseModel: "../base" });
  expect(await tokenizerFolderOf(adapter, options)).toBe(base);
  writeTokenizer(adapter);
  expect(await tokenizerFolderOf(adapter, options)).toBe(adapter);
  expect((await openModelFolder(adapter, options)).tokenizerFolder).toBe(adapter);
  expect(await openModelFolder(join(adapter, "adapter_model.safetensors"), options)).toMatchObject({ folder: adapter });
});

test("training starts from the merged matrices", async () => {
  const adapter = await adapterOf("to train");
  const merged = await openCheckpoint(await mergedByHand("trained", adapter));
  const { initial } = await weightsOfFolder(adapter, { vocabularySize: pieces.length, seed: 1, ...options });
  const [got, want] = [
    await initial("blocks.1.query.weight"),
    await readFloat32(merged.tensors.get(`${QUERY}.weight`)!),
  ];
  expectClose([...got], [...want], 1e-6);
});

test("the command scores with an adapter, and inspect says what it is", async () => {
  const adapter = await adapterOf("of the command");
  const terminal = testTerminal("a bc d\n");
  expect(await run(["score", "--model", adapter, "--json"], terminal), terminal.notes.join()).toBe(0);
  expect(JSON.parse(terminal.out[0]!).logLikelihood).toBeCloseTo((await scores(adapter))[0]!, 5);
  expect(await inspectModel(adapter)).toMatchObject({
    adapter: { rank: RANK, baseModel: base, modules: [EXPAND, QUERY] },
    problems: [],
  });
  const inspect = testTerminal();
  await run(["inspect", adapter], inspect);
  expect(inspect.out.join("")).toContain(`LoRA of rank 3, scale ${5 / 3}, on 2 linear maps of ${base}`);
  change(adapter, { use_dora: true });
  expect((await inspectModel(adapter)).problems).toEqual([expect.stringContaining("DoRA is not read")]);
});

for (const [what, adapterOptions, code, text] of [
  ["no base", { baseModel: "" }, "pretrained/adapter-without-base", '"base_model_name_or_path"'],
  ["an unknown base", { baseModel: "biogpt-mni" }, "pretrained/adapter-base", 'Did you mean "biogpt-mini"?'],
  ["a base that is not here", { baseModel: "some/model" }, "pretrained/adapter-base", "network may not be used"],
  [
    "a folder that is gone",
    { baseModel: "/none/here" },
    "pretrained/adapter-base",
    "There is no folder or file /none/here",
  ],
  ["itself as base", { baseModel: "." }, "pretrained/adapter-of-adapter", "which is an adapter itself"],
  [
    "a module that no BioGPT has",
    { shapes: { "biogpt.layers.1.self_attn.q_prj": [16, 16] } },
    "pretrained/adapter-mismatch",
    `Did you mean "${QUERY}"?`,
  ],
  [
    "a norm",
    { shapes: { "biogpt.layers.1.final_layer_norm": [16, 16] } },
    "pretrained/adapter-mismatch",
    "which is no linear map of BioGPT",
  ],
  [
    "an embedding",
    { shapes: { "biogpt.embed_tokens": [pieces.length, 16] } },
    "pretrained/adapter-mismatch",
    "which is no linear map of BioGPT",
  ],
  [
    "a layer that the base lacks",
    { shapes: { "biogpt.layers.2.fc1": [32, 16] } },
    "pretrained/adapter-mismatch",
    "has 2 layers and lacks it",
  ],
  ["another width", { shapes: { [QUERY]: [16, 8] } }, "pretrained/adapter-mismatch", "as a matrix of 16 x 8"],
  [
    "a module twice",
    { shapes: { [QUERY]: [16, 16], "layers.1.self_attn.q_proj": [16, 16] } },
    "pretrained/adapter-mismatch",
    "twice, under different names",
  ],
  ["a NaN", { isBad: true, seed: 77 }, "checkpoints/not-finite", "is NaN"],
] as readonly (readonly [string, Parameters<typeof adapterOf>[1], string, string])[]) {
  test(`an adapter with ${what} is refused`, async () => {
    const adapter = await adapterOf(`with ${what}`, adapterOptions);
    await expect(loadModel(adapter, options)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });
}

test("a run without an adapter says where its model is; half an adapter says what is missing", async () => {
  await expect(loadModel(join(base, "adapter"), options)).rejects.toMatchObject({
    code: "pretrained/no-adapter",
    fix: expect.stringContaining(`--model ${base}`),
  });
  mkdirSync(at("half"));
  writeFileSync(join(at("half"), "adapter_config.json"), "{}");
  await expect(loadModel(at("half"), options)).rejects.toThrow("Missing: weights (adapter_model.safetensors");
  mkdirSync(at("other half"));
  cpSync(join(at("facts"), "adapter_model.safetensors"), join(at("other half"), "adapter_model.safetensors"));
  await expect(loadModel(at("other half"), options)).rejects.toThrow("Missing: adapter_config.json");
});

function change(folder: string, fields: Record<string, unknown>): void {
  const path = join(folder, "adapter_config.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...fields }));
}
