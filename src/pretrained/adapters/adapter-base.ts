/** The model that an adapter was made for: what its configuration calls it, and where that is on this machine. */
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { type Adapter, readAdapter } from "../../checkpoints/index.ts";
import { resolveModel } from "../hub/hub.ts";
import type { CacheOptions } from "../load/cached-copy.ts";
import { isAdapter } from "../load/model-folder.ts";

export interface OpenFolderOptions extends CacheOptions {
  /** Never use the network, for an adapter's base either. Default: `HF_HUB_OFFLINE`. */
  readonly offline?: boolean | undefined;
}

export interface OpenedAdapter extends Adapter {
  readonly folder: string;
  /** `base_model_name_or_path`. */
  readonly baseName: string;
}

/** @throws BiogptError `checkpoints/…`, `pretrained/adapter-without-base` */
export async function openAdapter(path: string, { signal }: OpenFolderOptions): Promise<OpenedAdapter> {
  const adapter = await readAdapter(path, signal === undefined ? {} : { signal });
  const folder = dirname(adapter.checkpoint.files[0]!);
  const baseName = adapter.config.baseModel?.trim();
  if (baseName) return { ...adapter, folder, baseName };
  throw new BiogptError("pretrained/adapter-without-base", {
    what: `The adapter in ${folder} does not say which model it is for.`,
    why: "An adapter holds changes to a model's weights, which mean nothing over another model.",
    fix: `Write the model's name or folder as "base_model_name_or_path" into its adapter_config.json.`,
  });
}

/**
 * The base's folder or weight file. A relative path is looked up from the adapter's folder first, so that both can be moved together;
 * after that whatever `resolveModel` takes.
 *
 * @throws BiogptError `pretrained/adapter-base` with the reason, `pretrained/adapter-of-adapter`
 */
export async function findBase(adapter: OpenedAdapter, options: OpenFolderOptions): Promise<string> {
  const { folder, baseName } = adapter;
  const beside = resolve(folder, baseName);
  const isBeside =
    !isAbsolute(baseName) &&
    (await stat(beside).then(
      () => true,
      () => false,
    ));
  const base = await resolveModel(isBeside ? beside : baseName, {
    signal: options.signal,
    progress: options.progress,
    ...(options.offline === undefined ? {} : { offline: options.offline }),
  }).catch((error: unknown) => {
    throw error instanceof BiogptError && error.kind !== "aborted" ? withoutBase(adapter, error) : error;
  });
  if (!(await isAdapter(base))) return base;
  throw new BiogptError("pretrained/adapter-of-adapter", {
    what: `The adapter in ${folder} is for ${JSON.stringify(baseName)}, which is an adapter itself.`,
    why: "One adapter over one whole model is read.",
    fix: "Merge the first adapter into its model with PEFT (merge_and_unload), or take the run's own folder, in which `biogpt finetune --method lora` leaves the merged model.",
  });
}

function withoutBase({ folder, baseName }: OpenedAdapter, error: BiogptError): BiogptError {
  return new BiogptError("pretrained/adapter-base", {
    what: `The adapter in ${folder} is for the model ${JSON.stringify(baseName)}, which cannot be had. ${error.what}`,
    ...(error.why === undefined ? {} : { why: error.why }),
    fix: `${error.fix ?? "Check the name."} Where the model lies elsewhere, write its folder or name as "base_model_name_or_path" into the adapter's adapter_config.json.`,
    kind: error.kind,
    cause: error,
  });
}
