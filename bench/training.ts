/**
 * Training speed, in turns with PyTorch on the same machine: one step of ours, one of each peer, one bare matrix product, again and
 * again, so that whatever else runs hits all alike. Ratios are medians over the rounds.
 *
 *     node dist-bench/training.js d256l6|d384l8|biogpt [--rounds 7] [--mode whole|blocks] [--method full|lora] [--base float32|int8] [--peers fp32,bf16|none] [--threads 2]
 *
 * Prints JSON: tokens a second, GFLOP/s counted as 6 N, those of a bare float32 product, peak memory, ratios to the peers.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import { Graph } from "../src/graph/graph.ts";
import { toOnnx } from "../src/graph/onnx.ts";
import { gemm } from "../src/graph/operators.ts";
import type { ModelConfig } from "../src/models/family.ts";
import { familyOf, presetConfig } from "../src/models/registry.ts";
import { type Device, openDevice } from "../src/runtime/device.ts";
import { isLowRank, withLowRankMaps } from "../src/training/step/lora.ts";
import { createTrainingStep } from "../src/training/step/training-step.ts";

interface BenchShape {
  readonly config: ModelConfig;
  readonly batch: number;
  readonly length: number;
}

const BIOGPT = presetConfig("biogpt")!;
const SHAPES: Readonly<Record<string, BenchShape>> = {
  d256l6: { config: sized(6, 256), batch: 16, length: 256 },
  d384l8: { config: sized(8, 384), batch: 16, length: 256 },
  biogpt: { config: BIOGPT, batch: 1, length: 256 },
};

function sized(layers: number, width: number): ModelConfig {
  return { ...BIOGPT, layers, width, heads: width / 64, mlpWidth: 4 * width, vocabularySize: 8192 };
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    mode: { type: "string", default: "whole" },
    method: { type: "string", default: "full" },
    base: { type: "string", default: "float32" },
    peers: { type: "string", default: "fp32,bf16" },
    threads: { type: "string" },
  },
});
const name = positionals[0] ?? "d256l6";
const shape = SHAPES[name];
if (shape === undefined) throw new Error(`no shape ${name}; there are ${Object.keys(SHAPES).join(", ")}`);
const { config, batch, length } = shape;

const device = await openDevice("cpu", options.threads === undefined ? {} : { threads: Number(options.threads) });
const ours = await ownStep(device);
const product = await bareProduct(device);
const peers = options.peers === "none" ? [] : options.peers.split(",").map((dtype) => torchPeer(dtype));
const rates: number[] = [];
const products: number[] = [];
const peerRates = peers.map((): number[] => []);
for (let round = -1; round < Number(options.rounds); round++) {
  const own = await ours.run();
  const bare = await product();
  const theirs: number[] = [];
  for (const peer of peers) theirs.push(await peer.run());
  if (round < 0) continue; // the first round warms everything up
  rates.push(own);
  products.push(bare);
  for (const [i, rate] of theirs.entries()) peerRates[i]!.push(rate);
}
const gflops = rates.map((rate) => (rate * ours.flopsPerToken) / 1e9);
console.log(
  JSON.stringify({
    shape: name,
    mode: options.mode,
    method: options.method,
    base: options.base,
    threads: device.threads,
    tokensPerSecond: median(rates),
    gflops: median(gflops),
    gemmGflops: median(products),
    shareOfGemm: median(gflops.map((value, i) => value / products[i]!)),
    peakMemoryBytes: peakMemory(),
    ratios: Object.fromEntries(
      peers.map(({ dtype }, i) => [dtype, median(rates.map((r, k) => r / peerRates[i]![k]!))]),
    ),
    peers: Object.fromEntries(peers.map(({ dtype }, i) => [dtype, median(peerRates[i]!)])),
  }),
);
for (const peer of peers) peer.end();
ours.end();

async function ownStep(on: Device): Promise<{ run: () => Promise<number>; flopsPerToken: number; end: () => void }> {
  const whole = familyOf(config).trainable!(config);
  const lora = options.method === "lora";
  const model = lora ? withLowRankMaps(whole, { rank: 8, alpha: 16, targets: ["query", "value"] }) : whole;
  const random = new Random(1);
  const step = await createTrainingStep({
    device: on,
    model,
    shape: { batch, length },
    mode: options.mode as "whole" | "blocks",
    frozenMaps: options.base as "float32" | "int8",
    ...(lora ? { trainable: isLowRank } : {}),
    initial: (parameter) => {
      const { shape: sizes } = model.parameters.find((info) => info.name === parameter)!;
      const values = new Float32Array(sizes.reduce((product, size) => product * size, 1));
      if (parameter.endsWith(".gain")) values.fill(1);
      else if (sizes.length === 2) for (let i = 0; i < values.length; i++) values[i] = 0.07 * (random.next() - 0.5);
      return values;
    },
  });
  const rows = batch * length;
  return {
    // Counted without positions, norms and attention, as 6 N: what the peers are counted by too.
    flopsPerToken: step.flopsPerToken - 6 * config.layers * config.width * length,
    async run() {
      const ids = Int32Array.from({ length: rows }, () => random.integer(config.vocabularySize));
      const labels = Int32Array.from(ids, (_, i) => ids[i + 1] ?? 2);
      const start = performance.now();
      const { tokens } = await step.accumulate({ batch, length, ids, labels });
      await step.update({ learningRate: 1e-3, gradientScale: 1 / tokens });
      await step.zeroGradients();
      return (1000 * rows) / (performance.now() - start);
    },
    end() {
      step[Symbol.dispose]();
    },
  };
}

/** GFLOP/s of a float32 product of 1024 x 1024 matrices. */
async function bareProduct(on: Device): Promise<() => Promise<number>> {
  const graph = new Graph();
  graph.output("out", gemm(graph.input("a", "float32", [1024, 1024]), graph.input("b", "float32", [1024, 1024])));
  const program = await on.compile(toOnnx(graph));
  const [a, b, out] = [1, 2, 3].map(() => on.allocate("float32", [1024, 1024]));
  a!.data.fill(0.5 as never);
  b!.data.fill(0.5 as never);
  const bound = program.bind({ a: a!, b: b! }, { out: out! });
  return async () => {
    const start = performance.now();
    const times = 20;
    for (let i = 0; i < times; i++) await bound.run();
    return (times * 2 * 1024 ** 3) / (performance.now() - start) / 1e6;
  };
}

function torchPeer(dtype: string): { dtype: string; run: () => Promise<number>; end: () => void } {
  const script = new URL("peers/torch-training.py", new URL(process.env["BENCH_FOLDER"] ?? "./", import.meta.url));
  // -P: the scripts beside it are no modules; one is called transformers.py.
  const child = spawn("python3", ["-P", script.pathname, name, dtype], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    dtype,
    async run() {
      child.stdin.write("\n");
      const { value, done } = await lines.next();
      if (done) throw new Error(`the peer ${dtype} ended`);
      return JSON.parse(value).tokensPerSecond;
    },
    end: () => child.stdin.end(),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 === 1
    ? sorted[(sorted.length - 1) / 2]!
    : (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
}

/** Peak resident memory of this process, Linux only. */
function peakMemory(): number | undefined {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    return line === null ? undefined : 1024 * Number(line[1]);
  } catch {
    return undefined;
  }
}
