/**
 * A large model by itself: load to first token, a long prompt, decoding behind it, and the memory of each, in a process of its own. Weights are those
 * of large-checkpoint.ts, as they are or converted.
 *
 *     node tmp/bench/bench/large-model.js FOLDER --dtype q4 [--positions 2048] [--steps 16] [--threads 2] [--cold]
 *
 * `--cold` first has the system drop its page cache (Linux, as root), so that loading reads the disk.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openFolderDecoder } from "../src/pretrained/benchmark.ts";
import { PRECISIONS } from "../src/pretrained/load/precision.ts";
import { watchMemory } from "./private-memory.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dtype: { type: "string", default: "q4" },
    positions: { type: "string", default: "2048" },
    steps: { type: "string", default: "16" },
    threads: { type: "string", default: "2" },
    cold: { type: "boolean", default: false },
  },
});
const folder = positionals[0];
const precision = PRECISIONS.find((name) => name === flags.dtype);
if (folder === undefined || precision === undefined) throw new Error("say FOLDER --dtype fp32|q8|q4");
const [positions, steps, threads] = [Number(flags.positions), Number(flags.steps), Number(flags.threads)];
if (flags.cold) {
  execFileSync("sync");
  writeFileSync("/proc/sys/vm/drop_caches", "3");
}

const memory = watchMemory();
const say = (what: string, seconds: number, rate = ""): void => {
  const { own, mapped } = memory();
  const size = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  console.log(
    `${what.padEnd(28)} ${seconds.toFixed(2)} s ${rate.padEnd(18)} own ${size(own)}, mapped ${size(mapped)} at most`,
  );
};
const started = performance.now();
const since = (from: number): number => (performance.now() - from) / 1000;
const { decoder, dispose } = await openFolderDecoder(folder, { precision, threads, contextLength: positions }, 1);
say("open", since(started));
decoder.reserve(1, positions);
const token = (i: number): number => 4 + ((i * 7919) % (decoder.vocabularySize - 4));
const feed = async (start: number, count: number): Promise<void> => {
  const tokens = Array.from({ length: count }, (_, i) => token(start + i));
  await decoder.forward([{ slot: 0, start, tokens, wanted: 1 }]);
};
await feed(0, 16);
say("load to first token", since(started));
const long = positions - steps;
let from = performance.now();
await feed(0, long);
say(`prompt of ${long}`, since(from), `${(long / since(from)).toFixed(1)} tokens/s`);
from = performance.now();
for (let step = 0; step < steps; step++) await feed(long + step, 1);
say(`decoding ${steps} behind it`, since(from), `${(steps / since(from)).toFixed(2)} tokens/s`);
dispose();
