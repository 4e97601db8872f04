/** Names of models: those of the hub, short ones for BioGPT's own, and those that come with this package. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BiogptError } from "../../base/errors.ts";

/** Short names for the models of the paper's authors. Case does not matter. */
export const MODEL_ALIASES: Readonly<Record<string, string>> = {
  biogpt: "microsoft/biogpt",
  "biogpt-large": "microsoft/BioGPT-Large",
  "biogpt-large-pubmedqa": "microsoft/BioGPT-Large-PubMedQA",
};

/** Embedded models of earlier versions, which wrote relations of one scheme each, and what took their place. */
export const FORMER_MODELS: Readonly<Record<string, string>> = {
  "biogpt-mini-bc5cdr": "biogpt-mini-reader",
  "biogpt-mini-ddi": "biogpt-mini-reader",
  "biogpt-mini-kd-dti": "biogpt-mini-reader",
};

/** `models/` of the package, at the same place from src/ and from dist/. */
const MODELS_FOLDER = fileURLToPath(new URL("../../../models/", import.meta.url));

/** Descriptions of known molecules in a folder, from which questions are answered; beside a network, or alone. */
export const KNOWN_FILE = "known.jsonl.gz";

export interface EmbeddedModel {
  readonly name: string;
  readonly folder: string;
  /** False for one that answers from what is known alone, as `ask` does: there is no network to load. */
  readonly hasNetwork: boolean;
}

/** The models that come with this package, by name. */
export function embeddedModels(folder: string = MODELS_FOLDER): readonly EmbeddedModel[] {
  if (!existsSync(folder)) return [];
  const holds = (name: string, file: string): boolean => existsSync(join(folder, name, file));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(folder, name), hasNetwork: holds(name, "config.json") }))
    .filter(({ name, hasNetwork }) => hasNetwork || holds(name, KNOWN_FILE))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Weights, whole or in parts, or the config that comes with them. */
const NETWORK = /^config\.json$|\.(?:safetensors|bin|pth?)(?:\.|$)/;

/** Whether a folder holds what is known and nothing of a network. */
export function isKnownAlone(folder: string): boolean {
  return existsSync(join(folder, KNOWN_FILE)) && !readdirSync(folder).some((name) => NETWORK.test(name));
}

/** The hub allows letters, digits, `-`, `_` and `.`, but neither `--` nor `..`, and 96 characters. */
export function isModelName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(name) && name.length <= 200 && !/--|\.\.|\.$/.test(name);
}

export function requireModelName(name: string): void {
  if (isModelName(name)) return;
  throw new BiogptError("pretrained/bad-name", {
    what: `${JSON.stringify(name)} is not the name of a model on the hub.`,
    why: "Names have the form organisation/model, in letters, digits, -, _ and dots.",
    fix: `Give a name like microsoft/biogpt; short names are ${Object.keys(MODEL_ALIASES).join(", ")}.`,
  });
}
