/**
 * Extraction's throughput, documents a minute, beside the same work in Hugging Face transformers, in turns: BioGPT's shape with random weights,
 * sources as long as abstracts. The road that writes: nine learned tokens, and answers of a forced length, since random weights never end one.
 * The road that reads, `extract`'s default: hidden states of a text that stands there twice.
 *
 *     node tmp/peers/bench/extraction.js [--road write|read] [--rounds 2] [--documents 16] [--new-tokens 64] [--ours q8,fp32] [--peers bf16,fp32] [--batch 8] [--rows 16] [--threads 2]
 *
 * (built as `npm run bench:peers` builds). Ours keeps `--rows` documents in work, as `biogpt extract --batch`; transformers takes `--batch` at a time,
 * sorted by length and padded at the left. Each side runs in a process of its own and answers one JSON line a round. Prints JSON.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import { generate } from "../src/generation/generation.ts";
import { familyOf, presetConfig } from "../src/models/registry.ts";
import { openFolderDecoder } from "../src/pretrained/benchmark.ts";
import { openEncoder } from "../src/pretrained/heads/open-encoder.ts";
import { defaultCacheFolder } from "../src/pretrained/load/cached-copy.ts";
import { openFolderToRun } from "../src/pretrained/load/open-model-folder.ts";
import type { Precision } from "../src/pretrained/load/precision.ts";
import { writeRandomCheckpoint } from "../src/pretrained/save/random-checkpoint.ts";
import { medianOf } from "./peers/task.ts";

const { values: flags } = parseArgs({
  options: {
    road: { type: "string", default: "write" },
    rounds: { type: "string", default: "2" },
    documents: { type: "string", default: "16" },
    "new-tokens": { type: "string", default: "64" },
    ours: { type: "string", default: "q8,fp32" },
    peers: { type: "string", default: "bf16,fp32" },
    batch: { type: "string", default: "8" },
    rows: { type: "string", default: "16" },
    threads: { type: "string", default: "2" },
    /** Set by this program: be the contestant of this precision. */
    as: { type: "string" },
  },
});
const [documents, newTokens, threads] = [flags.documents, flags["new-tokens"], flags.threads].map(Number) as [
  number,
  number,
  number,
];
const reads = flags.road === "read";
const config = presetConfig("biogpt")!;
const { begin } = familyOf(config).specialIds(config);
const folder = join(defaultCacheFolder(), "bench", "biogpt");

if (flags.as !== undefined) await contestant(flags.as as Precision);
else await compare();

/** Source and prompt of each document, other ones each run: a prompt seen before would be found in the cache. About BC5CDR's lengths. */
function prompts(run: number): number[][] {
  const random = new Random(7 + run);
  return Array.from({ length: documents }, () => {
    const source = 180 + random.integer(260);
    if (reads) {
      const text = Array.from({ length: source }, () => 4 + random.integer(config.vocabularySize - 4));
      return [begin!, ...text, begin!, ...text];
    }
    return [begin!, ...Array.from({ length: source + 9 }, () => 4 + random.integer(config.vocabularySize - 4))];
  });
}

async function contestant(precision: Precision): Promise<void> {
  await (reads ? reader(precision) : writer(precision));
}

async function reader(precision: Precision): Promise<void> {
  const name = `hidden.${config.layers}`;
  using opened = await openEncoder(await openFolderToRun(folder), { layers: [config.layers] }, { precision, threads });
  for await (const run of createInterface({ input: process.stdin })) {
    const start = performance.now();
    for (const ids of prompts(Number(run))) {
      const rows = Array.from({ length: (ids.length - 2) / 2 }, (_, i) => ids.length - 1 - i);
      const hidden = (await opened.encoder.run([{ ids: Int32Array.from(ids), rows }])).get(name)!;
      if (hidden.length !== rows.length * config.width) throw new Error(`${hidden.length} values were read`);
    }
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`${JSON.stringify({ documentsPerMinute: (60 * documents) / seconds })}\n`);
  }
}

async function writer(precision: Precision): Promise<void> {
  const { decoder, dispose } = await openFolderDecoder(folder, { precision, threads }, Number(flags.rows));
  for await (const run of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const answers = await generate(decoder, prompts(Number(run)), { maxNewTokens: newTokens, draftTokens: 8 });
    const seconds = (performance.now() - start) / 1000;
    const tokens = answers.reduce((sum, [answer]) => sum + answer!.ids.length, 0);
    if (tokens !== documents * newTokens) throw new Error(`${tokens} tokens were generated`);
    process.stdout.write(`${JSON.stringify({ documentsPerMinute: (60 * documents) / seconds })}\n`);
  }
  dispose();
}

async function compare(): Promise<void> {
  await writeRandomCheckpoint(folder, config);
  const list = (text: string): string[] => text.split(",").filter((name) => name !== "" && name !== "none");
  const here = fileURLToPath(import.meta.url);
  const script = join(process.cwd(), "bench/peers/torch-extraction.py");
  const task = JSON.stringify({
    path: folder,
    threads,
    batch: Number(flags.batch),
    newTokens,
    road: flags.road,
    prompts: [prompts(0), prompts(1)],
  });
  const programs: [string, string[]][] = [
    ...list(flags.ours).map((name): [string, string[]] => [
      `ours ${name}`,
      [process.execPath, here, ...process.argv.slice(2), "--as", name],
    ]),
    ...list(flags.peers).map((name): [string, string[]] => [
      `transformers ${name}`,
      ["python3", "-P", script, name, task],
    ]),
  ];
  const rates = new Map<string, number[]>(programs.map(([name]) => [name, []]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [name, [command, ...rest]] of round % 2 === 0 ? programs : programs.toReversed()) {
      // A process a round: two engines' thread pools would spin against each other, and memory would not hold all four.
      rates.get(name)!.push(await documentsPerMinute(command!, rest));
      console.error(`round ${round + 1}  ${name}  ${rates.get(name)!.at(-1)!.toFixed(1)} documents a minute`);
    }
  }
  const ratios = list(flags.ours).flatMap((own) =>
    list(flags.peers).map((peer): [string, number] => [
      `ours ${own} / transformers ${peer}`,
      medianOf(rates.get(`ours ${own}`)!.map((rate, i) => rate / rates.get(`transformers ${peer}`)![i]!)),
    ]),
  );
  console.log(JSON.stringify({ documentsPerMinute: Object.fromEntries(rates), ratios: Object.fromEntries(ratios) }));
}

/** The second of two runs: the first warms up. */
async function documentsPerMinute(command: string, rest: readonly string[]): Promise<number> {
  const child = spawn(command, rest, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let rate = 0;
  for (let run = 0; run < 2; run++) {
    child.stdin.write(`${run}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${rest[0]} ended`);
    rate = JSON.parse(value).documentsPerMinute;
  }
  child.stdin.end();
  await new Promise((resolve) => child.on("close", resolve));
  return rate;
}
