/** Folders with a tiny Llama of random weights and a SentencePiece tokenizer of 480 pieces. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { BIOMEDGPT_LM, type LlamaConfig } from "../models/llama/config.ts";
import { LLAMA } from "../models/llama/family.ts";

const FIXTURES = new URL("../../test/fixtures/tokenizers/", import.meta.url);
const TOKENIZER = readFileSync(new URL("tokenizer.model", FIXTURES));
export const TINY_LLAMA: LlamaConfig = {
  ...BIOMEDGPT_LM,
  ...{
    layers: 2,
    width: 24,
    heads: 4,
    keyValueHeads: 2,
    headWidth: 6,
    mlpWidth: 20,
    vocabularySize: 480,
    maxPositions: 64,
  },
};

export function tinyTensors(
  config: LlamaConfig,
): { name: string; dtype: "float32"; shape: readonly number[]; data: Float32Array }[] {
  return LLAMA.tensors(config).map(({ name, huggingFace, shape }) => {
    const values = LLAMA.initialValues!(config, name, shape, { seed: 5 });
    return {
      name: huggingFace,
      dtype: "float32",
      shape,
      data: values.map((value) => (name.endsWith(".gain") ? value : 20 * value)),
    };
  });
}

export function writeTokenizer(folder: string, settings?: object): void {
  writeFileSync(join(folder, "tokenizer.model"), TOKENIZER);
  if (settings !== undefined) writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(settings));
}

/** @param settings tokenizer_config.json; absent: none */
export async function tinyLlama(settings?: object, config: LlamaConfig = TINY_LLAMA): Promise<string> {
  const folder = temporaryFolder();
  await writeSafetensors(join(folder, "model.safetensors"), tinyTensors(config));
  writeFileSync(join(folder, "config.json"), JSON.stringify(LLAMA.toConfigJson(config)));
  writeTokenizer(folder, settings);
  return folder;
}
