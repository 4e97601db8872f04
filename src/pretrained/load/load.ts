/** From a name to a model that is ready: embedded models, folders, Hugging Face's cache and hub. */
import { basename, resolve } from "node:path";
import { resolveModel } from "../hub/hub.ts";
import type { Model } from "../model.ts";
import { type FolderOptions, loadModelFolder } from "./load-folder.ts";

/** The model that is used where none is named; it comes with the package. */
export const DEFAULT_MODEL = "biogpt-mini";

export type LoadOptions = FolderOptions;

/**
 * Loads a model.
 *
 * @param nameOrPath an embedded model's name, a folder or weight file, or a Hugging Face name such as `microsoft/biogpt`
 * @throws BiogptError `pretrained/...`, `checkpoints/...`, `models/...`, `tokenizers/...`, `runtime/...`
 */
export async function loadModel(nameOrPath: string = DEFAULT_MODEL, options: LoadOptions = {}): Promise<Model> {
  const { offline, signal, progress } = options;
  const path = await resolveModel(nameOrPath, {
    ...(offline === undefined ? {} : { offline }),
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
  const isPath = resolve(nameOrPath) === resolve(path);
  return loadModelFolder(path, isPath ? basename(resolve(path)) : nameOrPath, options);
}
