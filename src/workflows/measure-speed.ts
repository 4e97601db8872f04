/** `biogpt bench`: how fast this machine runs a model, or a published shape with random weights, which stay in the cache folder. */
import { join } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { presetConfig } from "../models/registry.ts";
import { type BenchmarkOptions, type BenchmarkResult, benchmark, prepareBenchmark } from "../pretrained/benchmark.ts";
import { resolveModel } from "../pretrained/hub/hub.ts";
import { defaultCacheFolder } from "../pretrained/load/cached-copy.ts";
import { writeRandomCheckpoint } from "../pretrained/save/random-checkpoint.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

/** What is measured; one of the two is given. */
export interface MeasuredModel {
  /** A published shape: `biogpt` (1.4 GB of random weights), `biogpt-large` (6.3 GB), `biomedgpt-lm-7b` (27 GB). */
  readonly shape?: string | undefined;
  /** Name or folder of a model. */
  readonly model?: string | undefined;
}

export type MeasureSpeedOptions = Omit<BenchmarkOptions, "signal" | "progress">;

/**
 * Load, prompt, decoding and beam search, medians over repetitions, and the memory of this process.
 *
 * @throws BiogptError `bench/shape` for a shape that no family has, `hub/…`, `aborted`
 * @example
 * ```ts
 * const { decode } = await measureSpeed({ model: "biogpt-mini" }, { precision: "q8" });
 * ```
 */
export async function measureSpeed(
  measured: MeasuredModel,
  options: MeasureSpeedOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<BenchmarkResult> {
  const folder = await folderOf(measured, { signal, onEvent });
  return benchmark(folder, { ...options, signal, progress: progressEvents(onEvent) });
}

/** Makes what a measurement needs: random weights, quantised copies. A process that measures memory lets another one do it before. */
export async function prepareMeasurement(
  measured: MeasuredModel,
  options: MeasureSpeedOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<void> {
  const folder = await folderOf(measured, { signal, onEvent });
  await prepareBenchmark(folder, { ...options, signal, progress: progressEvents(onEvent) });
}

async function folderOf({ shape, model }: MeasuredModel, { signal, onEvent }: WorkflowContext): Promise<string> {
  const progress = progressEvents(onEvent);
  if (shape === undefined) return resolveModel(model!, { signal, progress });
  const config = presetConfig(shape);
  if (config === undefined) throw new BiogptError("bench/shape", { what: `No model family has the shape ${shape}.` });
  const folder = join(defaultCacheFolder(), "bench", shape);
  await writeRandomCheckpoint(folder, config, { signal, progress });
  return folder;
}
