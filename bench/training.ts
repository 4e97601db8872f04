import { openDevice } from "../src/runtime/device.ts";
import { BIOGPT_BASE, type BioGptConfig } from "../src/models/biogpt/config.ts";
import { trainableBioGpt } from "../src/models/biogpt/trainable.ts";
import { Random } from "../src/base/random.ts";
import { createTrainingStep } from "../src/training/training-step.ts";

const SHAPES: Record<string, { config: BioGptConfig; batch: number; length: number }> = {
  d256l6: { config: { ...BIOGPT_BASE, layers: 6, width: 256, heads: 4, mlpWidth: 1024, vocabularySize: 8192 }, batch: 16, length: 256 },
  d384l8: { config: { ...BIOGPT_BASE, layers: 8, width: 384, heads: 6, mlpWidth: 1536, vocabularySize: 8192 }, batch: 16, length: 256 },
  biogpt: { config: BIOGPT_BASE, batch: 1, length: 256 },
};
const { config, batch, length } = SHAPES[process.argv[2] ?? "d256l6"]!;
const steps = Number(process.argv[3] ?? 5);
const device = await openDevice("cpu");
const model = trainableBioGpt(config);
const random = new Random(1);
let t0 = performance.now();
const step = await createTrainingStep({
  device, model, shape: { batch, length }, mode: (process.argv[4] ?? "whole") as "whole",
  initial: (name) => {
    const { shape } = model.parameters.find((p) => p.name === name)!;
    const n = shape.reduce((a, b) => a * b, 1);
    const out = new Float32Array(n);
    if (name.endsWith(".gain")) return out.fill(1);
    if (shape.length === 2) for (let i = 0; i < n; i++) out[i] = 0.07 * (random.next() - 0.5);
    return out;
  },
});
console.log("built", (performance.now() - t0).toFixed(0), "ms; rss", (process.memoryUsage().rss / 1e6).toFixed(0));
const N = batch * length;
for (let i = 0; i < steps; i++) {
  const ids = Int32Array.from({ length: N }, () => random.integer(config.vocabularySize));
  const labels = Int32Array.from(ids, (_, j) => ids[j + 1] ?? 2);
  const a = performance.now();
  const r = await step.accumulate({ batch, length, ids, labels });
  const b = performance.now();
  const { gradientNorm } = await step.update({ learningRate: 1e-3, gradientScale: 1 / r.tokens });
  const c = performance.now();
  await step.zeroGradients();
  const d = performance.now();
  console.log(`loss ${(r.lossSum / r.tokens).toFixed(4)} norm ${gradientNorm.toFixed(4)} pass ${(b - a).toFixed(0)} update ${(c - b).toFixed(0)} zero ${(d - c).toFixed(0)} ms; ${(N / (d - a) * 1000).toFixed(0)} tok/s, ${(step.flopsPerToken * N / (d - a) / 1e6).toFixed(0)} GFLOP/s; rss ${(process.memoryUsage().rss / 1e6).toFixed(0)}`);
}
step[Symbol.dispose]();
device[Symbol.dispose]();
