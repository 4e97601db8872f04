import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFloat32 } from "../checkpoints/read-tensor.ts";
import type { BioGptConfig } from "../models/biogpt/config.ts";
import { openModelFolder } from "../pretrained/load/open-model-folder.ts";
import { newWeights, saveModelFiles } from "../pretrained/save/trainable-folder.ts";
import { biogpt, writeSmallData } from "./training/small-data.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-average-"));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE: BioGptConfig = {
  modelType: "biogpt",
  ...{ layers: 1, width: 16, heads: 2, mlpWidth: 32, maxPositions: 32, vocabularySize: 61, scaleEmbedding: true },
  ...{ activation: "gelu", tied: true, dropout: 0, attentionDropout: 0 },
};

beforeAll(async () => {
  const { tokenizer } = writeSmallData(folder);
  for (const [name, seed, layers] of [
    ["one", 1, 1],
    ["two", 2, 1],
    ["three", 3, 1],
    ["deeper", 4, 2],
  ] as const) {
    mkdirSync(at(name));
    const config = { ...SHAPE, layers };
    const { initial } = newWeights(config, seed, "gpt2");
    await saveModelFiles(at(name), async (tensor) => initial(tensor), { config, tokenizer, weights: "float32" });
  }
});

async function values(name: string, tensor: string): Promise<Float32Array> {
  const { entries } = await openModelFolder(at(name));
  return readFloat32(entries.get(tensor)!);
}

test("every tensor is the mean of the models', and the folder is a model that is asked as they are", async () => {
  for (const name of ["one", "two", "three"]) writeFileSync(at(name, "reading.json"), '{"contextWords":5}\n');
  const done = await biogpt(["average", at("one"), at("two"), at("three"), "--out", at("mean")]);
  expect(done.code, done.stderr).toBe(0);
  const { entries } = await openModelFolder(at("mean"));
  const drawn = [...entries.keys()];
  expect(drawn).toContain("tokenEmbedding");
  for (const tensor of drawn) {
    const [mean, one, two, three] = await Promise.all(
      ["mean", "one", "two", "three"].map((name) => values(name, tensor)),
    );
    const error = mean!.map((value, i) => Math.abs(value - (one![i]! + two![i]! + three![i]!) / 3));
    expect(Math.max(...error), tensor).toBeLessThan(1e-7);
  }
  const task = JSON.parse(readFileSync(at("mean", "task.json"), "utf8"));
  expect(task).toEqual({ format: "biogpt-task/1", inputUnit: "document", contextWords: 5 });
  const used = await biogpt(["generate", "--model", at("mean"), "--prompt", "aspirin", "--max-new-tokens", "2"]);
  expect(used.code, used.stderr).toBe(0);
});

test("what has no mean is refused, and nothing is overwritten", async () => {
  const refused = async (args: string[], message: string): Promise<void> => {
    const { code, stderr } = await biogpt(["average", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  };
  await refused([at("one"), "--out", at("none")], "One model has no mean but itself.");
  await refused([at("one"), at("deeper"), "--out", at("none")], "differ in their shape");
  rmSync(at("two", "reading.json"));
  await refused([at("one"), at("two"), "--out", at("none")], "differ in what their task.json says");
  await refused([at("one"), at("three"), "--out", at("one")], "is not empty");
  expect(existsSync(at("none"))).toBe(false);
});
