/** Folders with a tiny BioGPT of random weights, in the layouts that people have. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../base/random.ts";
import { type TensorToWrite, writeSafetensors } from "../checkpoints/index.ts";
import { pickleBytes, temporaryFolder, tensorPickle, torchBytes, unicode } from "../files/scratch.fixture.ts";
import { elementCount } from "../graph/data-type.ts";
import { BIOGPT_BASE, type BioGptConfig, toHuggingFaceConfig } from "../models/biogpt/config.ts";
import { tensorSpecs } from "../models/biogpt/tensor-names.ts";

export const LETTERS: readonly string[] = ["<s>", "<pad>", "</s>", "<unk>", ..."abcdefghijklmnopqrstuvwxyz"].map(
  (piece, id) => (id < 4 ? piece : `${piece}</w>`),
);

export const TINY: BioGptConfig = {
  ...BIOGPT_BASE,
  layers: 2,
  width: 8,
  heads: 2,
  mlpWidth: 16,
  vocabularySize: LETTERS.length,
  maxPositions: 24,
};

export interface TinyOptions {
  readonly config?: BioGptConfig;
  readonly seed?: number;
  /** From Hugging Face's name to the file's. */
  readonly rename?: (name: string) => string;
  readonly dtype?: "float32" | "float64";
  /** Pieces of vocab.json; none: no tokenizer at all. Default `LETTERS`. */
  readonly vocabulary?: readonly string[] | undefined;
  readonly folder?: string;
  /** Default model.safetensors. */
  readonly file?: string;
}

/** Values of one tensor; each is the same whatever the other tensors are. */
function valuesOf(name: string, shape: readonly number[], seed: number): Float32Array {
  const random = new Random(
    1000 * seed + [...name].reduce((sum, letter) => Math.imul(31, sum) ^ letter.charCodeAt(0), 7),
  );
  const values = new Float32Array(elementCount(shape));
  return name.endsWith(".gain") ? values.fill(1) : values.map(() => 0.3 * random.normal());
}

export async function tinyFolder(options: TinyOptions = {}): Promise<string> {
  const {
    config = TINY,
    seed = 1,
    rename = (name) => name,
    dtype = "float32",
    folder = temporaryFolder(),
    file = "model.safetensors",
  } = options;
  mkdirSync(folder, { recursive: true });
  const tensors = tensorSpecs(config).map(({ name, huggingFace, shape }): TensorToWrite => {
    const values = valuesOf(name, shape, seed);
    const data = dtype === "float32" ? values : Float64Array.from(values);
    return { name: rename(huggingFace), dtype, shape, data };
  });
  await writeSafetensors(join(folder, file), tensors);
  writeFileSync(join(folder, "config.json"), JSON.stringify(toHuggingFaceConfig(config)));
  const vocabulary = "vocabulary" in options ? options.vocabulary : LETTERS;
  if (vocabulary !== undefined) writeVocabulary(folder, vocabulary);
  return folder;
}

export function writeVocabulary(folder: string, vocabulary: readonly string[]): void {
  writeFileSync(
    join(folder, "vocab.json"),
    JSON.stringify(Object.fromEntries(vocabulary.map((piece, id) => [piece, id]))),
  );
  writeFileSync(join(folder, "merges.txt"), "#version: 0.2\n");
}

/** A fairseq checkpoint as fine-tuning leaves it: `cfg.task.learned_prompt` and no config.json; the dictionary does not name the prompt. */
export function fairseqFolder(config: BioGptConfig, learnedPrompt: number, dictionary: readonly string[]): string {
  const folder = temporaryFolder();
  const storages: Record<string, Uint8Array> = {};
  const tensors = tensorSpecs(config).map(({ name, fairseq, shape }, index) => {
    const values = valuesOf(name, shape, 1);
    storages[index] = new Uint8Array(values.buffer);
    const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
    return `${unicode(fairseq!)}${tensorPickle({ key: String(index), length: values.length, shape: [...shape], strides })}s`;
  });
  const integer = (value: number): string => `K${String.fromCharCode(value)}`; // BININT1
  const task = `}${unicode("learned_prompt")}${integer(learnedPrompt)}s`;
  const model = `}${unicode("decoder_attention_heads")}${integer(config.heads)}s`;
  const cfg = `}${unicode("task")}${task}s${unicode("model")}${model}s`;
  const pickle = pickleBytes("}", unicode("cfg"), cfg, "s", unicode("model"), "}", ...tensors, "s");
  writeFileSync(join(folder, "checkpoint_avg.pt"), torchBytes(pickle, storages));
  const lines = dictionary.slice(4).map((piece) => `${piece.replace("</w>", "")} 1\n`);
  writeFileSync(join(folder, "dict.txt"), lines.join(""));
  writeFileSync(join(folder, "bpecodes"), "");
  return folder;
}
