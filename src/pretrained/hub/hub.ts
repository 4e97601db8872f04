/** From what a user calls a model to its folder (or single weight file) on this machine. */
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { missingParts } from "../load/model-folder.ts";
import { cachedModels, hubSettings } from "./hub-cache.ts";
import { embeddedModels, FORMER_MODELS, isKnownAlone, isModelName, MODEL_ALIASES } from "./hub-names.ts";
import { cachedModel, offline, type PullOptions, pullModel } from "./hub-pull.ts";

export { type EmbeddedModel, embeddedModels, MODEL_ALIASES } from "./hub-names.ts";
export { type PulledFile, type PulledModel, type PullOptions, pullModel } from "./hub-pull.ts";

/**
 * The folder of a model, absolute. In this order: a folder or weight file of that path, the file being given back itself; a model that came with the package; a short name (`biogpt`,
 * `biogpt-large`, `biogpt-large-pubmedqa`) or a name on the hub (`org/name`), from the cache when it is whole there, which asks
 * nothing of the network, else fetched. `biogpt pull` brings a cached model up to date.
 *
 * @throws BiogptError `pretrained/unknown-model` with the nearest name, `pretrained/incomplete` with what a folder lacks,
 *   `pretrained/no-adapter`, `pretrained/offline`, and those of `pullModel`
 */
export async function resolveModel(nameOrPath: string, options: PullOptions = {}): Promise<string> {
  const local = await resolvePath(nameOrPath);
  if (local !== undefined) return local;
  const present = Object.hasOwn(FORMER_MODELS, nameOrPath) ? FORMER_MODELS[nameOrPath]! : nameOrPath;
  const embedded = embeddedModels().find(({ name }) => name === present);
  if (embedded !== undefined) return embedded.folder;
  const name = hubName(nameOrPath);
  const settings = await hubSettings(options.environment);
  if (name === undefined) throw await unknownModel(nameOrPath, settings.cache);
  const cached = await cachedModel(name, options);
  if (cached !== undefined) return cached;
  if (options.offline ?? settings.offline) throw offline(name, options.revision ?? "main", settings.cache);
  const { folder } = await pullModel(name, options);
  await requireWhole(folder, `The repository ${name} cannot be used as a model.`);
  return folder;
}

/** `org/name` of what may be a short name; undefined for what can be no name on the hub. */
export function hubName(name: string): string | undefined {
  const alias = name.toLowerCase();
  if (Object.hasOwn(MODEL_ALIASES, alias)) return MODEL_ALIASES[alias];
  return isModelName(name) ? name : undefined;
}

async function resolvePath(path: string): Promise<string | undefined> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch(() => undefined);
  if (status === undefined) {
    if (basename(absolute) === "adapter" && (await holdsModel(dirname(absolute)))) throw noAdapter(path);
    if (!/^(?:[./~\\]|[A-Za-z]:)/.test(path)) return undefined;
    throw new BiogptError("pretrained/no-such-path", {
      what: `There is no folder or file ${path}.`,
      fix: "Check the path, or give the name of a model.",
    });
  }
  if (!status.isDirectory()) return absolute; // a weight file, which openCheckpoint judges; its folder has the rest
  if (!isKnownAlone(absolute)) await requireWhole(absolute, `The folder ${path} holds no whole model.`);
  return absolute;
}

function holdsModel(folder: string): Promise<boolean> {
  return missingParts(folder).then(
    (missing) => missing.length === 0,
    () => false,
  );
}

/** `RUN/adapter` looks like a name on the hub, which is not what it was meant as. */
function noAdapter(path: string): BiogptError {
  return new BiogptError("pretrained/no-adapter", {
    what: `There is no adapter ${path}; the folder it would be in is a model.`,
    why: "Fine-tuning leaves one only with --method lora, and not with new prompt rows, which an adapter cannot bring, nor with --average.",
    fix: `Give --model ${dirname(path)}: it holds the whole model, with LoRA's summands merged in.`,
  });
}

async function requireWhole(folder: string, what: string): Promise<void> {
  const missing = await missingParts(folder);
  if (missing.length === 0) return;
  throw new BiogptError("pretrained/incomplete", {
    what: `${what} Missing: ${missing.join("; ")}.`,
    why: `${folder} was copied or downloaded in part, or is the folder of something else.`,
    fix: "Complete it, or fetch it again with `biogpt pull`. A folder of this name comes before a model of the same name.",
  });
}

async function unknownModel(name: string, cache: string): Promise<BiogptError> {
  const embedded = embeddedModels().map((model) => model.name);
  const known = [
    ...embedded,
    ...Object.keys(MODEL_ALIASES),
    ...Object.values(MODEL_ALIASES),
    ...(await cachedModels(cache)),
  ];
  return new BiogptError("pretrained/unknown-model", {
    what: `There is no model ${JSON.stringify(name)}.`,
    why: `Models are folders, names on the hub (organisation/name), ${embedded.length > 0 ? `those of this package (${embedded.join(", ")}), ` : ""}and ${Object.keys(MODEL_ALIASES).join(", ")}.`,
    fix: `Check the name.${didYouMean(name, known)}`,
  });
}
