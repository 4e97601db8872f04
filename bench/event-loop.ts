/**
 * How long 64 sequences that are drawn at once hold the main thread: delays of timers while an engine runs, with turns given away between rows and
 * without, one after the other. The model is none: rows of BioGPT's vocabulary (42,384 logits) are there at once, so that what is measured is
 * choosing tokens alone.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/event-loop.js
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Breath } from "../src/base/breath.ts";
import { Random } from "../src/base/random.ts";
import { generate } from "../src/generation/generation.ts";
import type { CachedModel } from "../src/generation/index.ts";

const ROWS = 64;
const VOCABULARY = 42_384;
const TOKENS = 12;
const ROUNDS = 3;

const random = new Random(1);
const logits = Array.from({ length: ROWS }, () => Float32Array.from({ length: VOCABULARY }, () => random.normal() * 3));

function model(): CachedModel {
  return {
    vocabularySize: VOCABULARY,
    maxLength: 64,
    slotCount: ROWS,
    forward: async (rows) => {
      await new Promise((resolve) => setTimeout(resolve, 1)); // as a model does, it lets others have their turn
      return rows.map((_, i) => logits[i % ROWS]!);
    },
    copy: () => {},
  };
}

/** @returns the 50th and 99th percentile and the longest delay, milliseconds, and the time of a step */
async function measure(givesTurns: boolean): Promise<readonly number[]> {
  const take = Breath.prototype.take;
  if (!givesTurns) Breath.prototype.take = async () => {};
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const began = performance.now();
  const prompts = Array.from({ length: ROWS }, (_, i) => [2, i]);
  await generate(model(), prompts, { maxNewTokens: TOKENS, temperature: 1, topP: 0.9, seed: 1 });
  const step = (performance.now() - began) / TOKENS;
  delays.disable();
  Breath.prototype.take = take;
  return [...[50, 99, 100].map((percentile) => delays.percentile(percentile) / 1e6), step];
}

for (let round = 0; round < ROUNDS; round++) {
  for (const givesTurns of [false, true]) {
    const [middle, high, most, step] = (await measure(givesTurns)).map((value) => value.toFixed(1));
    const name = givesTurns ? "turns given away" : "held to the end ";
    process.stdout.write(`${name}  delay p50 ${middle} ms, p99 ${high} ms, longest ${most} ms; a step ${step} ms\n`);
  }
}
