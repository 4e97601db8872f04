/**
 * A checkpoint's tensors held against a family's table: names mapped to ours, shapes checked against the config.
 *
 * Whatever is not in the table stops the loading. What wrappers put around a model's names, while it was trained in parallel or compiled, says
 * nothing about the model and is taken off: `module.` (DataParallel), `_orig_mod.` (torch.compile) and their like, wherever they stand, and
 * any other beginning that all names share.
 */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { HEAD, type ModelConfig, type ModelFamily, TOKEN_TABLE } from "./family.ts";

/** Parts of names by which PyTorch, DeepSpeed and Lightning mark a wrapped module. */
const WRAPPERS = /(?<=^|\.)(?:module|_orig_mod|_forward_module|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/**
 * The names without what wrappers added, where the family then knows them.
 *
 * @returns each name's bare form, and the beginning that was taken off all of them, if any
 */
export function withoutWrappers(
  family: Pick<ModelFamily, "ourName">,
  names: readonly string[],
): { readonly bare: ReadonlyMap<string, string>; readonly prefix: string } {
  const knows = (name: string): boolean => family.ourName(name) !== undefined;
  const asTheyAre = new Map(names.map((name) => [name, name]));
  if (names.every(knows)) return { bare: asTheyAre, prefix: "" };
  const unwrapped = new Map(names.map((name) => [name, name.replace(WRAPPERS, "")]));
  const inner = [...unwrapped.values()];
  if (inner.some(knows)) return { bare: unwrapped, prefix: commonDifference(unwrapped) };
  for (const prefix of beginnings(inner)) {
    const bare = new Map([...unwrapped].map(([name, rest]) => [name, rest.slice(prefix.length)]));
    if ([...bare.values()].every(knows)) return { bare, prefix };
  }
  return { bare: asTheyAre, prefix: "" };
}

/** The common beginning of the names, whole parts of it from the shortest on. */
function beginnings(names: readonly string[]): string[] {
  const [first = ""] = names;
  const ends = [...first.matchAll(/\./g)].map(({ index }) => first.slice(0, index + 1));
  return ends.filter((prefix) => names.every((name) => name.startsWith(prefix)));
}

/** What every name lost at its front. */
function commonDifference(unwrapped: ReadonlyMap<string, string>): string {
  for (const [name, rest] of unwrapped) if (name.endsWith(rest) && name !== rest) return name.slice(0, -rest.length);
  return "";
}

export interface MappedTensors<Entry> {
  /** By our names. */
  readonly entries: Map<string, Entry>;
  /** What wrappers had put before the names; empty as a rule. */
  readonly prefix: string;
}

/**
 * Maps a checkpoint's tensors to our names.
 *
 * @throws BiogptError `models/unknown-tensor`, `models/duplicate-tensor`
 */
export function mapTensors<Entry>(family: ModelFamily, theirs: ReadonlyMap<string, Entry>): MappedTensors<Entry> {
  const { bare, prefix } = withoutWrappers(family, [...theirs.keys()]);
  const entries = new Map<string, Entry>();
  for (const [name, entry] of theirs) {
    const ours = family.ourName(bare.get(name)!);
    if (ours === "dropped") continue;
    if (ours === undefined) {
      throw new BiogptError("models/unknown-tensor", {
        what: `The checkpoint holds ${name}, which is no tensor of ${family.title}.`,
        why: "A tensor that is not understood would be dropped silently, and the model would not be the one you have.",
        fix: `Check that the checkpoint is a ${family.title}.${didYouMean(name, family.knownNames)} \`biogpt inspect\` lists what it holds.`,
      });
    }
    if (entries.has(ours.name)) {
      throw new BiogptError("models/duplicate-tensor", {
        what: `The checkpoint holds ${name} twice under different names.`,
      });
    }
    entries.set(ours.name, entry);
  }
  return { entries, prefix };
}

/**
 * Checks that every tensor of the config is there with its shape.
 *
 * @throws BiogptError `models/missing-tensor`, `models/wrong-shape`, `models/extra-tensor`
 */
export function checkTensors(
  family: ModelFamily,
  config: ModelConfig,
  entries: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  const specs = family.tensors(config);
  const missing = specs.filter(({ name }) => !entries.has(name));
  const layers = (): string =>
    `config.json says ${config.layers} layers; the checkpoint holds ${layerCount(family, config, entries)}.`;
  if (missing.length > 0) {
    throw new BiogptError("models/missing-tensor", {
      what: `${missing.length} of ${specs.length} tensors are missing from the checkpoint, the first is ${missing[0]!.huggingFace}.`,
      why: layers(),
      fix: "Use the config.json that came with the checkpoint; `biogpt inspect` lists what it holds.",
    });
  }
  for (const { name, huggingFace, shape } of specs) {
    const found = entries.get(name)!.shape;
    if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis])) {
      throw new BiogptError("models/wrong-shape", {
        what: `${huggingFace} has the shape (${found.join(", ")}), but config.json asks for (${shape.join(", ")}).`,
        why: shapeReason(name, found, config),
        fix: "Use the config.json and the vocabulary that came with the checkpoint.",
      });
    }
  }
  const known = new Set(specs.map(({ name }) => name));
  const extra = [...entries.keys()].filter((name) => !known.has(name) && name !== HEAD);
  if (extra.length > 0) {
    throw new BiogptError("models/extra-tensor", {
      what: `The checkpoint holds ${extra.length} tensors more than config.json asks for, the first is ${extra[0]}.`,
      why: layers(),
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
}

/** How many layers, from the first on, are there with all their tensors. */
function layerCount(family: ModelFamily, config: ModelConfig, entries: ReadonlyMap<string, unknown>): string {
  const first = family.tensors({ ...config, layers: 1 }).filter(({ name }) => name.startsWith("blocks.0."));
  const isWhole = (layer: number): boolean =>
    first.length > 0 && first.every(({ name }) => entries.has(name.replace("blocks.0.", `blocks.${layer}.`)));
  let layers = 0;
  while (isWhole(layers)) layers++;
  return layers === 0 ? "none" : `${layers} whole ones`;
}

function shapeReason(name: string, found: readonly number[], config: ModelConfig): string {
  const more = (found[0] ?? 0) - config.vocabularySize;
  if (name === TOKEN_TABLE && more > 0) {
    return `The checkpoint has ${more} rows more than the config has tokens: learned prompt tokens of a fine-tuned model, or padding.`;
  }
  return "The config contradicts the tensors.";
}
