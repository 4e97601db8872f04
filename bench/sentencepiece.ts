/**
 * Speed of Llama's tokenizer beside sentencepiece's Python package (C++), in MB of UTF-8 a second of processor time, garbage collection included, so that busy neighbours do not count:
 * ids alone and with offsets; `cold` is the first pass over the texts with empty caches, `warm` the next.
 *
 *     node bench/sentencepiece.ts tokenizer.model FILE.jsonl.gz [PYTHON]          (Node 22.18 on; on 20 compile it first:
 *     npx tsc -p tsconfig.json --noEmit false --outDir node_modules/.bench && node node_modules/.bench/bench/sentencepiece.js ...)
 *
 * PYTHON is one with sentencepiece (default python3). Both take turns, three rounds, the best counts; the numbers of tokens are compared.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseSentencePieceModel } from "../src/tokenizers/sentencepiece/model-file.ts";
import { SentencePieceTokenizer } from "../src/tokenizers/sentencepiece/sentencepiece-tokenizer.ts";

const PEER = `
import sys, time, json, sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
texts = json.load(sys.stdin)
start = time.process_time()
tokens = sum(len(processor.encode(text)) for text in texts)
print(json.dumps([tokens, time.process_time() - start]))
`;

const [model, file, python = "python3"] = process.argv.slice(2);
if (model === undefined || file === undefined)
  throw new Error("usage: sentencepiece.ts tokenizer.model FILE.jsonl.gz [PYTHON]");
const texts = gunzipSync(readFileSync(file))
  .toString("utf8")
  .trimEnd()
  .split("\n")
  .map((line) => (JSON.parse(line) as { abstract: string }).abstract);
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;

const best = new Map<string, number>();
const counts = new Set<number>();
function keep(name: string, tokens: number, seconds: number): void {
  counts.add(tokens);
  best.set(name, Math.max(best.get(name) ?? 0, megabytes / seconds));
}

for (let round = 0; round < 3; round++) {
  const read = parseSentencePieceModel(readFileSync(model), model);
  for (const offsets of [false, true]) {
    const tokenizer = new SentencePieceTokenizer(read);
    for (const state of ["cold", "warm"]) {
      const start = process.cpuUsage();
      let tokens = 0;
      for (const text of texts)
        tokens += (offsets ? tokenizer.encodeWithOffsets(text).ids : tokenizer.encode(text)).length;
      const { user, system } = process.cpuUsage(start);
      keep(`${offsets ? "ids and offsets" : "ids"}, ${state}`, tokens, (user + system) / 1e6);
    }
  }
  const said = execFileSync(python, ["-c", PEER, model], { input: JSON.stringify(texts), encoding: "utf8" });
  const [tokens, seconds] = JSON.parse(said) as [number, number];
  keep("sentencepiece (Python), ids", tokens, seconds);
}
if (counts.size !== 1) throw new Error(`the numbers of tokens differ: ${[...counts].join(", ")}`);
console.log(`${texts.length} texts, ${megabytes.toFixed(2)} MB, ${[...counts][0]} tokens`);
for (const [name, speed] of best) console.log(`${name.padEnd(32)} ${speed.toFixed(1)} MB/s`);
