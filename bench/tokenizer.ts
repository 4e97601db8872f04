/**
 * Speed of BioGPT's tokenizer in MB of UTF-8 a second of processor time, garbage collection included, so that busy neighbours do not count: ids alone, with offsets, with punctuation normalised; `cold` is
 * the first pass over the texts with empty caches, `warm` the next. Beside them the slow twin (Moses by regular expressions), on a tenth.
 *
 *     node bench/tokenizer.ts TOKENIZER-FOLDER FILE.jsonl.gz...          (Node 22.18 on; on 20 compile it first:
 *     npx tsc -p tsconfig.json --noEmit false --outDir node_modules/.bench && node node_modules/.bench/bench/tokenizer.js ...)
 *
 * The variants take turns, each round with tokenizers of its own; the best of three rounds counts; tokens are summed and compared.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { openTokenizerFolder } from "../src/pretrained/load/tokenizer-folder.ts";
import type { BioGptTokenizer } from "../src/tokenizers/moses-bpe/biogpt-tokenizer.ts";
import { mosesTokens } from "../src/tokenizers/moses-bpe/moses.ts";

const [folder, ...files] = process.argv.slice(2);
if (folder === undefined || files.length === 0)
  throw new Error("usage: tokenizer.ts TOKENIZER-FOLDER FILE.jsonl.gz...");

const texts = files.flatMap((file) => {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { title, abstract, text } = JSON.parse(line) as { title?: string; abstract?: string; text?: string };
    return [title, abstract, text].filter((part) => part !== undefined).join(" ");
  });
});
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
const tenth = texts.slice(0, Math.ceil(texts.length / 10));
const tenthMegabytes = tenth.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;

type Pass = (tokenizer: BioGptTokenizer) => number;
const ids: Pass = (tokenizer) => texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
const offsets: Pass = (tokenizer) =>
  texts.reduce((sum, text) => sum + tokenizer.encodeWithOffsets(text).ends.length, 0);
const variants: readonly (readonly [name: string, normalizePunctuation: boolean, pass: Pass])[] = [
  ["ids", false, ids],
  ["ids and offsets", false, offsets],
  ["ids, punctuation normalised", true, ids],
  ["ids and offsets, punctuation normalised", true, offsets],
];

const best = new Map<string, number>();
function time(name: string, size: number, work: () => number): number {
  const start = process.cpuUsage();
  const tokens = work();
  const { user, system } = process.cpuUsage(start);
  const speed = size / ((user + system) / 1e6);
  best.set(name, Math.max(best.get(name) ?? 0, speed));
  return tokens;
}

const counts = new Map<string, number>();
for (let round = 0; round < 3; round++) {
  for (const [name, normalizePunctuation, pass] of variants) {
    const tokenizer = await openTokenizerFolder(folder, { normalizePunctuation });
    const cold = time(`${name}, cold`, megabytes, () => pass(tokenizer));
    const warm = time(`${name}, warm`, megabytes, () => pass(tokenizer));
    if (cold !== warm || (counts.get(name) ?? cold) !== cold)
      throw new Error(`${name}: the tokens differ from pass to pass`);
    counts.set(name, cold);
  }
  time("the slow twin: Moses tokens only", tenthMegabytes, () =>
    tenth.reduce((sum, text) => sum + mosesTokens(text, "perl").length, 0),
  );
}
console.log(`${texts.length} texts, ${megabytes.toFixed(1)} MB, ${counts.get("ids")} tokens, node ${process.version}`);
for (const [name, speed] of best) console.log(`${speed.toFixed(1).padStart(7)} MB/s  ${name}`);
