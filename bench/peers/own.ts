/** Our own engine as bench/compare.ts asks for it: what `biogpt bench` runs, for any shape. */
import { presetConfig } from "../../src/models/registry.ts";
import { benchmark, prepareBenchmark } from "../../src/pretrained/benchmark.ts";
import type { Precision } from "../../src/pretrained/load/precision.ts";
import { writeRandomCheckpoint } from "../../src/pretrained/save/random-checkpoint.ts";
import { memoryRate, weightBytes } from "../memory-rate.ts";
import { answer, readTask } from "./task.ts";

const task = readTask();
const { path, shape, repetitions, threads, context, steps, batches, beams, beamContext } = task;
const precision = task.precision as Precision;
const options = { precision, threads, context, steps, batches, beams, beamContext, repetitions };
if (task.prepare) {
  const { architecture, ...sizes } = shape;
  const preset = presetConfig(architecture === "llama" ? "biomedgpt-lm-7b" : "biogpt")!;
  const ofHeads = { keyValueHeads: sizes.heads, headWidth: sizes.width / sizes.heads };
  await writeRandomCheckpoint(path, { ...preset, ...sizes, ...(architecture === "llama" ? ofHeads : {}) });
  await prepareBenchmark(path, options);
  answer({});
} else {
  const { load, prefill, decode, beam, peakMemoryBytes } = await benchmark(path, options);
  const bytes = weightBytes(shape, precision);
  const one = decode.find(({ batch }) => batch === 1);
  answer({
    load: load.seconds,
    prefill: prefill.tokensPerSecond,
    ...Object.fromEntries(decode.map(({ batch, tokensPerSecond }) => [`decode ${batch}`, tokensPerSecond])),
    ...(beam === undefined ? {} : { beam: beam.tokensPerSecond }),
    ...(bytes === undefined || one === undefined
      ? {}
      : { "over memory": (await memoryRate(threads)) / (bytes * one.tokensPerSecond) }),
    memory: peakMemoryBytes,
  });
}
