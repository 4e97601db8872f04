import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint, type TensorToWrite, writeSafetensors } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { BIOGPT_BASE, BIOGPT_LARGE, type BioGptConfig, toHuggingFaceConfig } from "../../models/biogpt/config.ts";
import { tensorSpecs } from "../../models/biogpt/tensor-names.ts";
import { parameterCount } from "../../models/family.ts";
import { foldLayers, inspectModel, memoryNeed } from "./inspection.ts";

const config: BioGptConfig = {
  ...BIOGPT_BASE,
  layers: 3,
  width: 8,
  heads: 2,
  mlpWidth: 16,
  vocabularySize: 20,
  maxPositions: 10,
};

/** A tiny BioGPT of ones in Hugging Face's names. */
async function modelFolder({
  says = config,
  extra = [],
  without = "none",
  bad,
}: {
  says?: BioGptConfig;
  extra?: TensorToWrite[];
  without?: string;
  bad?: string;
} = {}): Promise<string> {
  const folder = temporaryFolder();
  const tensors = tensorSpecs(config)
    .filter(({ huggingFace }) => huggingFace !== without)
    .map(({ huggingFace, shape }): TensorToWrite => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
      if (huggingFace === bad) data[1] = Number.NaN;
      return { name: huggingFace, dtype: "float32", shape, data };
    });
  await writeSafetensors(join(folder, "model.safetensors"), [...tensors, ...extra]);
  writeFileSync(join(folder, "config.json"), JSON.stringify(toHuggingFaceConfig(says)));
  return folder;
}

test("a whole model: sizes, parameters, nothing odd", async () => {
  const inspection = await inspectModel(await modelFolder());
  expect(inspection).toMatchObject({
    format: "safetensors",
    model: config,
    parameters: parameterCount(tensorSpecs(config)),
    problems: [],
  });
  expect([inspection.tensors.length, inspection.tensorBytes]).toEqual([
    3 * 16 + 4,
    4 * parameterCount(tensorSpecs(config)),
  ]);
});

const head = (value: number): TensorToWrite => ({
  name: "output_projection.weight",
  dtype: "float32",
  shape: [20, 8],
  data: new Float32Array(160).fill(value),
});
const layerTwo = "biogpt.layers.2.fc1.weight";

for (const [what, options, wanted] of [
  [
    "more layers in config.json",
    { says: { ...config, layers: 5 } },
    ["config.json says 5 layers, but the tensors have 3 layers."],
  ],
  [
    "another width and vocabulary",
    { says: { ...config, width: 16, vocabularySize: 30 } },
    [
      "config.json says a width of 16, but the tensors have a width of 8.",
      "config.json says 30 tokens, but the tensors have 20 tokens.",
    ],
  ],
  [
    "a head stored twice",
    { extra: [head(1)] },
    ["The head is tied to the token embedding but stored a second time: 640 bytes that are not needed."],
  ],
  [
    "a head of its own",
    { extra: [head(2)] },
    [expect.stringContaining("The output projection differs from the token embedding")],
  ],
  ["a NaN", { bad: layerTwo }, [`${layerTwo}[0, 1] is NaN: no output of this model means anything.`]],
  [
    "a tensor that is missing",
    { without: "biogpt.layer_norm.bias" },
    [expect.stringContaining("1 of 52 tensors are missing")],
  ],
  [
    "a tensor that nobody knows",
    { extra: [{ ...head(1), name: "lm_head.weight" }] },
    [expect.stringContaining("lm_head.weight, which is no tensor of BioGPT")],
  ],
] as [string, Parameters<typeof modelFolder>[0], unknown[]][]) {
  test(`${what} is told`, async () => {
    expect((await inspectModel(await modelFolder(options))).problems).toEqual(wanted);
  });
}

test("values are not read when not asked for; parameters of a head stored twice count once", async () => {
  expect((await inspectModel(await modelFolder({ bad: layerTwo }), { values: false })).problems).toEqual([]);
  expect((await inspectModel(await modelFolder({ extra: [head(1)] }))).parameters).toBe(
    parameterCount(tensorSpecs(config)),
  );
});

test("a vocabulary of another model", async () => {
  const folder = await modelFolder();
  const tokens = Object.fromEntries(
    ["<s>", "<pad>", "</s>", "<unk>", ..."abcdefghijklmnop"].map((token, id) => [token, id]),
  );
  writeFileSync(join(folder, "merges.txt"), "#version: 0.2\n");
  writeFileSync(join(folder, "vocab.json"), JSON.stringify({ ...tokens, extra: 20 }));
  expect((await inspectModel(folder)).problems).toEqual([
    "The vocabulary has 1 tokens more than the embedding has rows: it belongs to another model.",
  ]);
  const { p: _, ...fewer } = tokens;
  writeFileSync(join(folder, "vocab.json"), JSON.stringify(fewer));
  expect((await inspectModel(folder)).problems).toEqual([
    expect.stringContaining("The embedding has 1 row more than the vocabulary"),
  ]);
});

test("other checkpoints are listed too, views not counted again", async () => {
  const fixture = join(import.meta.dirname, "../../../test/fixtures/checkpoints/shared.bin");
  const { model, tensorBytes, parameters, problems } = await inspectModel(fixture);
  expect([model, tensorBytes, parameters]).toEqual([undefined, 48, 12]);
  expect(problems).toEqual([expect.stringContaining("2 tensors are views that do not lie in one piece")]);
});

test("layers are folded, and what differs is not", async () => {
  const one = { dtype: "float32", shape: [2], data: new Float32Array(2) } as const;
  const names = ["a.0.w", "a.1.w", "a.2.w", "a.4.w", "a.0.b", "top", "10"];
  const path = join(temporaryFolder(), "model.safetensors");
  await writeSafetensors(path, [
    ...names.map((name) => ({ ...one, name })),
    { ...one, name: "a.3.w", shape: [1], data: new Float32Array(1) },
  ]);
  const groups = foldLayers([...(await openCheckpoint(path)).tensors.values()]);
  expect(groups.map(({ name, count, bytes }) => [name, count, bytes]).sort()).toEqual([
    ["10", 1, 8],
    ["a.0.b", 1, 8],
    ["a.3.w", 1, 4],
    ["a.{0..2,4}.w", 4, 32],
    ["top", 1, 8],
  ]);
});

test("memory of the published models", () => {
  // fp32: parameters of the specification, 4 bytes each. The cache of BioGPT: 2 · 24 · 1024 values a token.
  expect(memoryNeed(BIOGPT_BASE)).toMatchObject({ weights: { fp32: 4 * 346_763_264 }, cachePerToken: 196_608 });
  expect(memoryNeed(BIOGPT_LARGE).weights.fp32).toBe(4 * 1_571_188_800);
  // q4: 302 M weights of layers and the head at 0.53125 bytes (4 bits and a scale of 4 bytes for 128), embeddings, norms and biases at 4.
  const layers = 24 * (4 * 1024 ** 2 + 2 * 4096 * 1024);
  const table = 42_384 * 1024;
  const rest = 346_763_264 - layers;
  expect(memoryNeed(BIOGPT_BASE).weights.q4).toBe(0.53125 * (layers + table) + 4 * rest);
});
