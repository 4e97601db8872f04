/**
 * Opens what a model folder holds, without running it: a checkpoint of its own, or an adapter over the checkpoint of another.
 *
 * What a task reads beside the weights (thresholds.json, reading.json) belongs to the folder that was named; the tokenizer does too
 * where it has one, and else is the base's.
 */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { adaptedWeights, checkModules } from "../adapters/adapted-weights.ts";
import { findBase, type OpenedAdapter, type OpenFolderOptions, openAdapter } from "../adapters/adapter-base.ts";
import { readFolderConfig, tokenizerPlace } from "./folder-parts.ts";
import { isQuantized, type ModelCheckpoint, readModelCheckpoint } from "./model-checkpoint.ts";
import { isAdapter } from "./model-folder.ts";
import { folderOfWeights, openWeights } from "./open-weights.ts";
import { readQuantizedCheckpoint } from "./quantized-checkpoint.ts";
import { readModelFolder } from "./read-model-folder.ts";
import { holdsTokenizer } from "./tokenizer-folder.ts";

export type { OpenFolderOptions };

export interface ModelFolder extends ModelCheckpoint {
  /** What was named, or the folder of the weight file that was. */
  readonly folder: string;
  readonly tokenizerFolder: string;
}

/**
 * @param path a model folder, an adapter's folder, or a weight file in one
 * @throws BiogptError `checkpoints/…`, `models/…`, `pretrained/adapter-base` and the other `pretrained/adapter-…`
 */
export async function openModelFolder(path: string, options: OpenFolderOptions = {}): Promise<ModelFolder> {
  const folder = await folderOf(path);
  if (!(await isAdapter(path)))
    return { ...(await readModelFolder(path, options)), folder, tokenizerFolder: await tokenizerPlace(folder) };
  return openAdapterFolder(path, folder, options);
}

/** The same for who runs the model and no more: its weights may be in codes. @throws BiogptError as `openModelFolder`, `pretrained/quantized` */
export async function openFolderToRun(path: string, options: OpenFolderOptions = {}): Promise<ModelFolder> {
  const folder = await folderOf(path);
  if (await isAdapter(path)) return openAdapterFolder(path, folder, options);
  const checkpoint = await openWeights(path, options);
  const json = await readFolderConfig(await folderOfWeights(path));
  const read = isQuantized(checkpoint)
    ? readQuantizedCheckpoint(checkpoint, json)
    : await readModelCheckpoint(checkpoint, json);
  return { ...read, folder, tokenizerFolder: await tokenizerPlace(folder) };
}

async function openAdapterFolder(path: string, folder: string, options: OpenFolderOptions): Promise<ModelFolder> {
  const opened = await openAdapter(path, options);
  checkModules(opened); // before a base is fetched that it cannot be for
  const base = await findBase(opened, options);
  const checkpoint = await adaptedWeights(opened, await readModelFolder(base, options), options);
  return { ...checkpoint, folder, tokenizerFolder: await tokenizerOf(opened, base) };
}

/**
 * The folder of a model's tokenizer: its own, but for an adapter without one.
 *
 * @throws BiogptError `checkpoints/…`, `pretrained/adapter-base`
 */
export async function tokenizerFolderOf(path: string, options: OpenFolderOptions = {}): Promise<string> {
  if (!(await isAdapter(path))) return tokenizerPlace(await folderOf(path));
  const opened = await openAdapter(path, options);
  return (await holdsTokenizer(opened.folder)) ? opened.folder : tokenizerOf(opened, await findBase(opened, options));
}

async function tokenizerOf({ folder }: OpenedAdapter, base: string): Promise<string> {
  return (await holdsTokenizer(folder)) ? folder : tokenizerPlace(await folderOf(base));
}

async function folderOf(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? path : dirname(path);
}
