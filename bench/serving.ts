/**
 * What the server makes of many clients: tokens/s of 16 streams at once against one, time to the first token at 16 clients against serving one at a time,
 * and how long 64 rows hold the main thread. Over HTTP: the server is this process, the clients another one.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     cp -r package.json models tmp/bench/
 *     node tmp/bench/bench/serving.js [--model biogpt-mini | --shape biogpt] [--dtype q8] [--clients 16] [--prompt 256] [--tokens 128] [--rounds 2] [--parts streams,first,rows]
 *
 * A shape (biogpt, biogpt-large) has random weights, which stay in the cache folder (`biogpt bench --shape`), and its vocabulary from ../shared/data. Prompts are ids, each another; the end token is forbidden, so that
 * every answer has its length. Tokens are drawn (temperature 1, top_p 0.9), as clients do. Prints a line of JSON a part and round. Of a shape
 * `ofCeiling` is what the products of all prompts and tokens would take at the processor's best rate (int8-rate.ts), over the time that 16 streams took.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { elementCount } from "../src/graph/data-type.ts";
import { HEAD } from "../src/models/family.ts";
import { familyOf, presetConfig } from "../src/models/registry.ts";
import { defaultCacheFolder } from "../src/pretrained/load/cached-copy.ts";
import type { Precision } from "../src/pretrained/load/precision.ts";
import { writeRandomCheckpoint } from "../src/pretrained/save/random-checkpoint.ts";
import { serve } from "../src/server/serve.ts";
import { int8Rate } from "./int8-rate.ts";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string", default: "biogpt-mini" },
    shape: { type: "string" },
    dtype: { type: "string", default: "q8" },
    clients: { type: "string", default: "16" },
    prompt: { type: "string", default: "256" },
    tokens: { type: "string", default: "128" },
    rounds: { type: "string", default: "2" },
    parts: { type: "string", default: "streams,first,rows" },
    /** Set by this program: be the clients of the server at this address, from the given request on. */
    url: { type: "string" },
    first: { type: "string", default: "0" },
  },
});
const [clients, promptTokens, tokens, rounds] = [flags.clients, flags.prompt, flags.tokens, flags.rounds].map(
  Number,
) as [number, number, number, number];
const ROWS = 64;
const ROW_TOKENS = 32;

/** What the clients saw. */
interface Seen {
  /** From the first request to the last token. */
  readonly seconds: number;
  readonly tokens: number;
  /** Of each client, milliseconds. */
  readonly firstToken: readonly number[];
}

if (flags.url === undefined) await measure();
else process.stdout.write(JSON.stringify(await ask(flags.url, Number(flags.first))));

async function measure(): Promise<void> {
  const folder = flags.shape === undefined ? flags.model : await randomFolder(flags.shape);
  let asked = 0;
  /** Clients of another process, so that their work is not the server's. */
  const clientsOf = async (url: string, count: number, length: number): Promise<Seen> => {
    const args = ["--url", url, "--clients", count, "--prompt", promptTokens, "--tokens", length, "--first", asked];
    asked += count;
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    if (code !== 0) throw new Error(`the clients ended with ${String(code)}`);
    return JSON.parse(said) as Seen;
  };
  const withServer = async (sequences: number, work: (url: string) => Promise<void>): Promise<void> => {
    const load = { precision: flags.dtype as Precision };
    const server = await serve({ port: 0, models: [folder], sequences, mostWaiting: 256, load });
    try {
      await server.ready;
      await clientsOf(server.url, 1, 4); // what is made at the first request is made
      await work(server.url);
    } finally {
      await server.close();
    }
  };
  const tell = (part: string, round: number, figures: object): void =>
    void process.stdout.write(`${JSON.stringify({ part, round, ...figures })}\n`);
  const parts = flags.parts.split(",");
  if (parts.includes("streams") || parts.includes("rows"))
    await withServer(ROWS, async (url) => {
      for (let round = 0; round < rounds; round++) {
        if (parts.includes("streams")) {
          const one = await clientsOf(url, 1, tokens);
          const many = await clientsOf(url, clients, tokens);
          const ceiling =
            flags.shape === undefined ? {} : { ofCeiling: ofCeiling(flags.shape, many, await int8Rate()) };
          tell("streams", round, {
            one: perSecond(one),
            many: perSecond(many),
            times: rounded(perSecond(many) / perSecond(one)),
            firstTokenP95: rounded(percentile(many.firstToken, 0.95)),
            ...ceiling,
          });
        }
        if (parts.includes("rows")) {
          const delays = monitorEventLoopDelay({ resolution: 1 });
          delays.enable();
          const seen = await clientsOf(url, ROWS, ROW_TOKENS);
          delays.disable();
          const [middle, high] = [50, 99].map((at) => rounded(delays.percentile(at) / 1e6));
          tell("rows", round, {
            rows: ROWS,
            delayP50: middle,
            delayP99: high,
            longest: rounded(delays.max / 1e6),
            total: perSecond(seen),
          });
        }
      }
    });
  if (parts.includes("first"))
    for (const sequences of [1, clients])
      await withServer(sequences, async (url) => {
        const { firstToken } = await clientsOf(url, clients, tokens);
        const [middle, high] = [0.5, 0.95].map((at) => rounded(percentile(firstToken, at)));
        tell("first", 0, { atOnce: sequences, firstTokenP50: middle, firstTokenP95: high });
      });
  if (flags.shape !== undefined) await rm(dirname(folder), { recursive: true });
}

/** @param rate operations a second */
function ofCeiling(shape: string, { seconds }: Seen, rate: number): number {
  const config = presetConfig(shape)!;
  const maps = familyOf(config).tensors({ ...config, tied: false });
  const operations = (isHead: boolean): number =>
    maps
      .filter(({ name, kind }) => kind === "linear" && (name === HEAD) === isHead)
      .reduce((sum, tensor) => sum + 2 * elementCount(tensor.shape), 0);
  // The last token of an answer is not fed, and a prompt's first token comes with its last one: a head for each token of the answer.
  const all = clients * ((promptTokens + tokens - 1) * operations(false) + tokens * operations(true));
  return Math.round((100 * all) / rate / seconds) / 100;
}

async function randomFolder(shape: string): Promise<string> {
  const config = presetConfig(shape);
  if (config === undefined) throw new Error(`No model family has the shape ${shape}.`);
  const folder = join(defaultCacheFolder(), "bench", shape);
  await writeRandomCheckpoint(folder, config, {});
  // The server makes texts of ids, so it wants a vocabulary.
  const served = join(await mkdtemp(join(tmpdir(), "biogpt-serving-")), shape);
  await mkdir(served);
  for (const name of await readdir(folder)) await symlink(join(folder, name), join(served, name));
  const vocabulary = resolve("../shared/data/tokenizer", shape);
  for (const name of ["dict.txt", "bpecodes"]) await symlink(join(vocabulary, name), join(served, name));
  return served;
}

/** All clients at once. @param first number of the first prompt, so that none comes twice */
async function ask(url: string, first: number): Promise<Seen> {
  const began = performance.now();
  const firstToken: number[] = [];
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const prompt = Array.from({ length: promptTokens }, (_, i) =>
        i === 0 ? 2 : 4 + (((first + number) * 977 + i * 7919) % 8000),
      );
      const body = { prompt, max_tokens: tokens, temperature: 1, top_p: 0.9, seed: number, stream: true };
      const request = http.request(`${url}/v1/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
      });
      request.end(JSON.stringify({ ...body, logit_bias: { 2: -100 }, stream_options: { include_usage: true } }));
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      // What comes is looked at once it is all there: on the server's machine each look is taken from the server.
      const pieces: Buffer[] = [];
      for await (const piece of response) {
        if (pieces.length === 0) firstToken.push(performance.now() - began);
        pieces.push(piece as Buffer);
      }
      const rest = Buffer.concat(pieces).toString();
      if (response.statusCode !== 200) throw new Error(rest);
      const usage = /"completion_tokens":(\d+)/.exec(rest);
      count += Number(usage![1]);
    }),
  );
  return { seconds: (performance.now() - began) / 1000, tokens: count, firstToken };
}

function perSecond({ tokens: count, seconds }: Seen): number {
  return rounded(count / seconds);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
