/**
 * A model's folder of seven billion weights or more, drawn at random, in shards with an index as Hugging Face publishes them: what the commands are
 * tried on at full size. One tensor is in memory at a time (524 MB for the largest of Llama-2-7B); shards that are there are kept.
 *
 *     node tmp/bench/bench/large-checkpoint.js --out FOLDER [--shape llama-7b|esm2-3b] [--layers N] [--dtype float32|float16] [--shard-bytes 10e9] [--tokenizer FILE]
 *
 * Llama-2-7B has 27 GB in float32, 13.5 GB in float16. `esm2-3b` is a BioMedGPT whose language model is a tiny Llama: the protein encoder of
 * BioMedGPT-10B by itself, 11.4 GB in float32.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { BioMedGptConfig } from "../src/models/biomedgpt/config.ts";
import { ESM2_3B } from "../src/models/esm2/config.ts";
import { BIOMEDGPT_LM, type LlamaConfig } from "../src/models/llama/config.ts";
import { writeShards } from "./shards.ts";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string" },
    shape: { type: "string", default: "llama-7b" },
    layers: { type: "string" },
    dtype: { type: "string", default: "float32" },
    "shard-bytes": { type: "string", default: "10e9" },
    tokenizer: { type: "string", default: "../shared/data/llama/llama-2/tokenizer.model" },
  },
});
const { out, shape, dtype, tokenizer } = flags;
const tiny: LlamaConfig = {
  ...BIOMEDGPT_LM,
  layers: 2,
  width: 256,
  heads: 4,
  keyValueHeads: 4,
  headWidth: 64,
  mlpWidth: 768,
};
const proteins: BioMedGptConfig = { ...tiny, modelType: "biomedgpt-llama", text: tiny, protein: ESM2_3B };
const config = { "llama-7b": BIOMEDGPT_LM, "esm2-3b": proteins }[shape];
if (out === undefined) throw new Error("say --out FOLDER");
if (config === undefined) throw new Error(`there is no shape ${shape}`);
if (dtype !== "float32" && dtype !== "float16") throw new Error("--dtype float32 or float16");

await mkdir(out, { recursive: true });
const started = performance.now();
const layers = flags.layers === undefined ? {} : { layers: Number(flags.layers) };
const bytes = await writeShards(out, { ...config, ...layers }, { dtype, shardBytes: Number(flags["shard-bytes"]) });
await copyFile(tokenizer, join(out, basename(tokenizer)));
await writeFile(join(out, "LICENSE"), "Random weights: nobody's.\n");
const seconds = (performance.now() - started) / 1000;
console.log(
  `${(bytes / 1e9).toFixed(1)} GB in ${seconds.toFixed(0)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s: ${out}`,
);
