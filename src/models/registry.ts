/** The model families that folders may hold, by `model_type`. */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { BIOGPT } from "./biogpt/family.ts";
import { bioMedGpt } from "./biomedgpt/family.ts";
import type { ModelConfig, ModelFamily } from "./family.ts";
import { LLAMA, MISTRAL, QWEN2, QWEN3 } from "./llama/family.ts";

/** The family of checkpoints that say nothing, and of `biogpt pretrain` where no other is named. */
export const DEFAULT_FAMILY: ModelFamily = BIOGPT;

const families = new Map<string, ModelFamily>(
  [
    ...[BIOGPT, LLAMA, MISTRAL, QWEN2, QWEN3],
    bioMedGpt(LLAMA, { isPublished: true }),
    bioMedGpt(BIOGPT, { chatFormat: "biomedgpt-mini" }),
  ].map((family: ModelFamily) => [family.modelType, family]),
);

export function modelFamilies(): readonly ModelFamily[] {
  return [...families.values()];
}

/** The config of a published size by its short name, of whichever family has it. */
export function presetConfig(name: string): ModelConfig | undefined {
  return modelFamilies().flatMap(({ presets }) => presets[name] ?? [])[0];
}

/**
 * Makes a family known to every loader of this process, for programs with models of their own.
 *
 * @returns what takes it out again
 * @throws BiogptError `models/family-exists`
 */
export function registerModelFamily(family: ModelFamily): () => void {
  if (families.has(family.modelType)) {
    throw new BiogptError("models/family-exists", {
      what: `There is a model family ${JSON.stringify(family.modelType)} already.`,
      fix: "Give it another modelType.",
    });
  }
  families.set(family.modelType, family);
  return () => families.delete(family.modelType);
}

/** The family of a config, of which the registry made the config. */
export function familyOf({ modelType }: Pick<ModelConfig, "modelType">): ModelFamily {
  const family = families.get(modelType);
  if (family !== undefined) return family;
  throw new BiogptError("models/unknown-family", {
    what: `The model is a ${JSON.stringify(modelType)}, which this package does not run.`,
    why: `It runs ${[...families.keys()].join(", ")}.`,
    fix: `Check the model_type of config.json.${didYouMean(modelType, families.keys())}`,
  });
}

/**
 * The family that a parsed config.json names.
 *
 * @throws BiogptError `models/config`, `models/unknown-family`
 */
export function familyOfConfig(json: unknown): ModelFamily {
  const modelType = (json as { model_type?: unknown } | null)?.model_type;
  if (typeof modelType === "string") return familyOf({ modelType });
  return DEFAULT_FAMILY; // whose parser says what is wrong with it
}

/** The family whose tensors these are, by their names; undefined where nobody knows any of them. */
export function familyOfTensors(names: Iterable<string>): ModelFamily | undefined {
  const list = [...names];
  const known = ({ ourName }: ModelFamily): number => list.filter((name) => ourName(name) !== undefined).length;
  const best = modelFamilies()
    .map((family) => ({ family, count: known(family) }))
    .sort((a, b) => b.count - a.count)[0];
  return best !== undefined && best.count > 0 ? best.family : undefined;
}
