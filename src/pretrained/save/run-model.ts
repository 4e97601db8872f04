/**
 * The folder of a training run as a model: that of its best checkpoint, or the mean of several.
 *
 *     RUN/model.safetensors config.json vocab.json … adapter/      what `--model RUN` takes
 */
import { existsSync } from "node:fs";
import { copyFile, link, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { averageCheckpoints } from "../../training/run/average.ts";
import { checkpointFolder, checkpointSteps, type RunState, regularSteps } from "../../training/run/checkpointing.ts";
import { copyTokenizer } from "./tokenizer-files.ts";

const WEIGHTS = "model.safetensors";
/** Of a reader of relations, beside its weights: the scorer of pairs of names. */
export const PAIRS_FILE = "pairs.safetensors";

export interface RunModelOptions {
  /** Files of the run's folder that say how the model is to be asked; an adapter gets them too. */
  readonly asked: readonly string[];
  /** Folder of the config and the tokenizer. Default: the checkpoint's. */
  readonly files?: string;
}

/** Makes a run folder itself the model of one of its checkpoints; weights are linked, not copied, where the disk can. */
export async function showAsModel(
  run: string,
  checkpoint: string,
  { asked, files = checkpoint }: RunModelOptions,
): Promise<void> {
  for (const name of [PAIRS_FILE, WEIGHTS]) {
    const [from, target] = [join(checkpoint, name), join(run, name)];
    if (!existsSync(from)) continue;
    const partial = `${target}.partial`;
    await rm(partial, { force: true });
    await link(from, partial).catch(() => copyFile(from, partial));
    await rename(partial, target);
  }
  await copyTokenizer(files, run);
  await copyFile(join(files, "config.json"), join(run, "config.json"));
  await showAdapter(run, checkpoint, asked);
}

/** Whether the run's folder is a model yet. */
export function isModel(run: string): boolean {
  return existsSync(join(run, WEIGHTS));
}

/** An adapter beside the checkpoint's model is the run's too, with what says how the model is to be asked; one of another model goes. */
async function showAdapter(run: string, checkpoint: string, asked: readonly string[]): Promise<void> {
  const [from, to] = [join(checkpoint, "adapter"), join(run, "adapter")];
  await rm(to, { recursive: true, force: true });
  if (!existsSync(from)) return;
  await mkdir(to);
  for (const name of ["adapter_model.safetensors", "adapter_config.json"])
    await copyFile(join(from, name), join(to, name));
  for (const name of asked) if (existsSync(join(run, name))) await copyFile(join(run, name), join(to, name));
}

/**
 * Makes a run that goes on the model of its best checkpoint, or of its newest where nothing was evaluated: a kill may have come between
 * that checkpoint and this.
 */
export async function showBest(
  run: string,
  { folder, state }: { readonly folder: string; readonly state: RunState },
  options: RunModelOptions,
): Promise<void> {
  const best = state.best === null ? folder : checkpointFolder(run, state.best.step);
  if (existsSync(best)) await showAsModel(run, best, options);
}

/**
 * Makes the mean of the newest checkpoints the run's model.
 *
 * @param count checkpoints of the regular rhythm that are taken, where there are as many
 * @param every updates between two of them
 * @returns their steps, newest first
 */
export async function showAverage(
  run: string,
  { count, every }: { readonly count: number; readonly every: number },
  options: RunModelOptions,
): Promise<number[]> {
  const newest = regularSteps(checkpointSteps(run), every).reverse().slice(0, count);
  const folders = newest.map((step) => checkpointFolder(run, step));
  const folder = join(run, "averaged");
  await mkdir(folder, { recursive: true });
  await averageCheckpoints(
    folders.map((checkpoint) => join(checkpoint, WEIGHTS)),
    join(folder, WEIGHTS),
  );
  await showAsModel(run, folder, { ...options, files: folders[0]! });
  return newest;
}
