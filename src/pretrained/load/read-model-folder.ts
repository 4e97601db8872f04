/** The checkpoint in a folder, with the config beside it. */
import type { CacheOptions } from "./cached-copy.ts";
import { readFolderConfig } from "./folder-parts.ts";
import { type ModelCheckpoint, readModelCheckpoint } from "./model-checkpoint.ts";
import { folderOfWeights, openWeights } from "./open-weights.ts";

/**
 * The checkpoint of a model folder, or of a weight file beside its config.json.
 *
 * @throws BiogptError `checkpoints/…`, `models/…`
 */
export async function readModelFolder(path: string, options: CacheOptions = {}): Promise<ModelCheckpoint> {
  const checkpoint = await openWeights(path, options);
  return readModelCheckpoint(checkpoint, await readFolderConfig(await folderOfWeights(path)));
}
