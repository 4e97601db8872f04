/**
 * Checkpoints of a run: folders that appear whole or not at all.
 *
 *     RUN/checkpoints/step-500/
 *       config.json model.safetensors vocab.json merges.txt …    a model in Hugging Face's layout, usable with --model
 *       optimizer.safetensors    first.NAME and second.NAME: AdamW's moments; weight.NAME where the model is stored in float16
 *       state.json               counters, the sampler's state, the best evaluation so far
 *
 * A folder is written beside its place, flushed to the disk, and renamed; older ones go only after that. So neither a kill nor a full
 * disk costs the last checkpoint.
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TensorToWrite, writeSafetensors } from "../../checkpoints/write-safetensors.ts";
import { throwIfDiskFull, writeWhole } from "../../files/disk.ts";
import type { ParameterInfo } from "../step/trainable-model.ts";
import type { TrainingStep } from "../step/training-step.ts";

export const STATE_VERSION = 1;

export interface RunState {
  readonly version: typeof STATE_VERSION;
  /** Updates done. */
  readonly step: number;
  readonly microBatches: number;
  /** Tokens trained on. */
  readonly tokens: number;
  /** Spent training. */
  readonly seconds: number;
  /** Lowest held-out loss at any evaluation, and where. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Evaluations since then. */
  readonly sinceBest: number;
  readonly sampler: Readonly<Record<string, number>>;
  /** The evaluation that is due after this update was stopped: it comes first when the run goes on. */
  readonly unevaluated?: true;
}

export function checkpointsFolder(run: string): string {
  return join(run, "checkpoints");
}

export function checkpointFolder(run: string, step: number): string {
  return join(checkpointsFolder(run), `step-${step}`);
}

/** Steps of the whole checkpoints of a run, ascending. */
export function checkpointSteps(run: string): number[] {
  const folder = checkpointsFolder(run);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((step) => existsSync(join(checkpointFolder(run, step), "state.json")))
    .sort((left, right) => left - right);
}

export interface SaveOptions {
  readonly run: string;
  readonly step: TrainingStep;
  readonly state: RunState;
  /** Writes the model's own files into a folder. */
  readonly saveModel: (folder: string) => Promise<void>;
  /** Stores the exact weights beside the moments, as the model's files hold rounded ones. */
  readonly exactWeights: boolean;
}

/** Bytes of a checkpoint, about: the model in float32, and two moments of what is trained. */
export function checkpointBytes(parameters: readonly ParameterInfo[], trained: readonly ParameterInfo[]): number {
  const count = (list: readonly ParameterInfo[]): number =>
    list.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  return 4 * count(parameters) + 8 * count(trained);
}

/** @throws BiogptError `training/disk-full`; older checkpoints are then as they were */
export async function saveCheckpoint({ run, step, state, saveModel, exactWeights }: SaveOptions): Promise<string> {
  const folder = checkpointFolder(run, state.step);
  const partial = join(checkpointsFolder(run), `.step-${state.step}.partial`);
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await saveModel(partial);
    await writeSafetensors(join(partial, "optimizer.safetensors"), await optimizerTensors(step, exactWeights));
    await writeWhole(join(partial, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
    for (const name of await readdir(partial)) await flush(join(partial, name));
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    await flush(checkpointsFolder(run));
    return folder;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const last = checkpointSteps(run).at(-1);
    throwIfDiskFull(
      error,
      `writing the checkpoint of step ${state.step}`,
      last === undefined
        ? "Free some space and start again."
        : `Free some space and go on with --resume from step ${last}, which is whole.`,
    );
    throw error;
  }
}

async function optimizerTensors(step: TrainingStep, exactWeights: boolean): Promise<TensorToWrite[]> {
  const { first, second } = await step.moments();
  const tensors: TensorToWrite[] = [];
  for (const { name, shape, offset } of step.trained) {
    const size = shape.reduce((product, length) => product * length, 1);
    const part = (all: Float32Array): Float32Array => all.subarray(offset, offset + size);
    tensors.push({ name: `first.${name}`, dtype: "float32", shape, data: part(first) });
    tensors.push({ name: `second.${name}`, dtype: "float32", shape, data: part(second) });
    if (exactWeights)
      tensors.push({ name: `weight.${name}`, dtype: "float32", shape, data: () => step.parameter(name) });
  }
  return tensors;
}

async function flush(path: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there, and rename is enough
  const file = await open(path, "r");
  await file.sync();
  await file.close();
}

/** Those of the checkpoints' steps that lie in the regular rhythm, and the last; the others were written as the best of their time. */
export function regularSteps(steps: readonly number[], every: number): number[] {
  return steps.filter((step, i) => step % every === 0 || i === steps.length - 1);
}

/** Removes checkpoints but the newest `keep` of the regular rhythm and the best. */
export async function removeOldCheckpoints(
  run: string,
  { keep, every, best }: { readonly keep: number; readonly every: number; readonly best: number | undefined },
): Promise<void> {
  const steps = checkpointSteps(run);
  const kept = new Set(regularSteps(steps, every).slice(-keep));
  for (const step of steps) {
    if (step !== best && !kept.has(step)) await rm(checkpointFolder(run, step), { recursive: true, force: true });
  }
}
