/**
 * A model's folder of seven billion weights or more, drawn at random, in shards with an index as Hugging Face publishes them: what the commands are
 * tried on at full size. One tensor is in memory at a time (524 MB for the largest of Llama-2-7B); shards that are there are kept.
 *
 *     node tmp/bench/bench/large-checkpoint.js --out FOLDER [--shape biomedgpt-lm-7b] [--dtype float32|float16] [--shard-bytes 10e9] [--tokenizer FILE]
 *
 * 27 GB in float32, 13.5 GB in float16.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { presetConfig } from "../src/models/registry.ts";
import { writeShards } from "./shards.ts";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string" },
    shape: { type: "string", default: "biomedgpt-lm-7b" },
    dtype: { type: "string", default: "float32" },
    "shard-bytes": { type: "string", default: "10e9" },
    tokenizer: { type: "string", default: "../shared/data/llama/llama-2/tokenizer.model" },
  },
});
const { out, shape, dtype, tokenizer } = flags;
const config = presetConfig(shape);
if (out === undefined) throw new Error("say --out FOLDER");
if (config === undefined) throw new Error(`there is no shape ${shape}`);
if (dtype !== "float32" && dtype !== "float16") throw new Error("--dtype float32 or float16");

await mkdir(out, { recursive: true });
const started = performance.now();
const bytes = await writeShards(out, config, { dtype, shardBytes: Number(flags["shard-bytes"]) });
await copyFile(tokenizer, join(out, basename(tokenizer)));
await writeFile(join(out, "LICENSE"), "Random weights: nobody's.\n");
const seconds = (performance.now() - started) / 1000;
console.log(
  `${(bytes / 1e9).toFixed(1)} GB in ${seconds.toFixed(0)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s: ${out}`,
);
