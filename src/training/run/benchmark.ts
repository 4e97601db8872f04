/**
 * How fast a device trains: tokens a second of whole updates, beside the rate of a bare matrix product measured in turns with them, so
 * that other work on the machine hits both alike.
 */
import { resourceUsage } from "node:process";
import { throwIfAborted } from "../../base/cancellation.ts";
import { Random } from "../../base/random.ts";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { gemm } from "../../graph/operators.ts";
import type { Device } from "../../runtime/device.ts";
import type { TrainingStep } from "../step/training-step.ts";

export interface TrainingSpeed {
  /** Of updates: gradients of one batch, and AdamW. Median over the rounds. */
  readonly tokensPerSecond: number;
  /** Floating-point operations that training needs (`flopsPerToken`), 10^9 a second; recomputation does not count. */
  readonly gflops: number;
  /** Of a float32 product of 1024 x 1024 matrices. */
  readonly gemmGflops: number;
  /** Median of the rounds' gflops / gemmGflops. */
  readonly shareOfGemm: number;
  /** Largest resident set of the process so far. */
  readonly peakMemoryBytes: number;
}

export interface SpeedOptions {
  readonly device: Device;
  readonly step: TrainingStep;
  readonly batch: number;
  readonly length: number;
  readonly vocabulary: number;
  /** Updates that count; one more warms up. Default 5. */
  readonly rounds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Trains on random tokens; the step's weights are of no use afterwards. */
export async function measureTraining(options: SpeedOptions): Promise<TrainingSpeed> {
  const { device, step, batch, length, vocabulary, rounds = 5, signal } = options;
  using product = await bareProduct(device);
  const random = new Random(1);
  const rates: number[] = [];
  const products: number[] = [];
  for (let round = -1; round < rounds; round++) {
    throwIfAborted(signal);
    const ids = Int32Array.from({ length: batch * length }, () => random.integer(vocabulary));
    const labels = ids.map((_, i) => ids[(i + 1) % ids.length]!);
    const start = performance.now();
    await step.zeroGradients();
    const { tokens } = await step.accumulate({ batch, length, ids, labels }, signal);
    await step.update({ learningRate: 1e-4, gradientScale: 1 / tokens });
    const seconds = (performance.now() - start) / 1000;
    const bare = await product.rate();
    if (round < 0) continue;
    rates.push(tokens / seconds);
    products.push(bare);
  }
  const gflops = rates.map((rate) => (rate * step.flopsPerToken) / 1e9);
  return {
    tokensPerSecond: median(rates),
    gflops: median(gflops),
    gemmGflops: median(products),
    shareOfGemm: median(gflops.map((value, i) => value / products[i]!)),
    peakMemoryBytes: peakMemoryBytes(),
  };
}

/** Rate of a bare float32 product in GFLOP/s: the median of five short measurements, a fraction of a second in all. */
export async function measureGemm(device: Device): Promise<number> {
  using product = await bareProduct(device);
  const rates: number[] = [];
  for (let i = 0; i < 6; i++) rates.push(await product.rate());
  return median(rates.slice(1));
}

async function bareProduct(device: Device): Promise<{ rate: () => Promise<number> } & Disposable> {
  const size = 1024;
  const graph = new Graph();
  graph.output("out", gemm(graph.input("a", "float32", [size, size]), graph.input("b", "float32", [size, size])));
  const program = await device.compile(toOnnx(graph));
  const tensors = Array.from({ length: 3 }, () => device.allocate("float32", [size, size]));
  const [a, b, out] = tensors as [(typeof tensors)[0], (typeof tensors)[0], (typeof tensors)[0]];
  const ones = new Float32Array(size * size).fill(0.5);
  await a.write(ones);
  await b.write(ones);
  const bound = program.bind({ a, b }, { out });
  return {
    rate: async () => {
      const times = 8;
      const start = performance.now();
      for (let i = 0; i < times; i++) await bound.run();
      return (times * 2 * size ** 3) / (performance.now() - start) / 1e6;
    },
    [Symbol.dispose]: () => {
      bound[Symbol.dispose]();
      program[Symbol.dispose]();
      for (const tensor of tensors) tensor[Symbol.dispose]();
    },
  };
}

/** Largest resident set of this process so far. */
export function peakMemoryBytes(): number {
  return resourceUsage().maxRSS * 1024;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
