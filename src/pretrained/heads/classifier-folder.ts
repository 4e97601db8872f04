/**
 * Folders of models that give classes, in Hugging Face's layout: a backbone, and a head for tokens or for whole texts.
 *
 *     config.json         the backbone's, with `architectures`, `num_labels` or `id2label`
 *     model.safetensors   the backbone's tensors, and the head's (`classifier.weight`, `score.weight`)
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { openCheckpoint, type TensorEntry, type TensorToWrite, writeSafetensors } from "../../checkpoints/index.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { CLASS_HEAD, HEAD, type HeadLayout, type ModelConfig, type ModelFamily } from "../../models/family.ts";
import { DEFAULT_FAMILY, familyOfConfig } from "../../models/registry.ts";
import { readFolderConfig } from "../load/folder-parts.ts";
import { readModelCheckpoint } from "../load/model-checkpoint.ts";

export interface ClassifierCheckpoint {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  readonly kind: HeadLayout["kind"];
  /** Names of the classes; `LABEL_0`, … where config.json has none. */
  readonly classes: readonly string[];
  readonly hasBias: boolean;
  /** Fills batches: config.json's `pad_token_id`, else the family's; undefined where there is none. */
  readonly padId: number | undefined;
  /** By our names, the head's under those of `CLASS_HEAD`. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Where config, weights and tokenizer lie. */
  readonly folder: string;
  readonly warnings: readonly string[];
}

/**
 * @param path a model folder, or the weight file in one
 * @throws BiogptError `pretrained/no-classes` where the model has no such head, `models/…`, `checkpoints/…`
 */
export async function readClassifierFolder(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ClassifierCheckpoint> {
  const checkpoint = await openCheckpoint(path, signal === undefined ? {} : { signal });
  const folder = dirname(checkpoint.files[0]!);
  const json = await readFolderConfig(folder);
  const family = json === undefined ? DEFAULT_FAMILY : familyOfConfig(json); // whose checkpoints without config.json have no such head
  const tensors = new Map(checkpoint.tensors);
  const layout = family.heads?.find(({ weight }) => tensors.has(weight));
  if (layout === undefined || family.buildEncoder === undefined) {
    const known = (family.heads ?? []).map(({ architecture, weight }) => `${architecture} (${weight})`);
    throw new BiogptError("pretrained/no-classes", {
      what: `${path} holds no head that gives classes.`,
      why: `Its tensors are those of a language model; looked for ${known.join(" and ")}.`,
      fix: "Name a model that was fine-tuned to classify or to find names.",
    });
  }
  const weight = tensors.get(layout.weight)!;
  const bias = layout.bias === undefined ? undefined : tensors.get(layout.bias);
  tensors.delete(layout.weight);
  if (layout.bias !== undefined) tensors.delete(layout.bias);
  const backbone = await readModelCheckpoint({ ...checkpoint, tensors }, json);
  const entries = new Map(backbone.entries);
  entries.delete(HEAD);
  entries.set(CLASS_HEAD.weight, weight);
  if (bias !== undefined) entries.set(CLASS_HEAD.bias, bias);
  const classes = classNames(json, weight.shape[0]!);
  const { width } = backbone.config;
  if (
    weight.shape.length !== 2 ||
    weight.shape[1] !== width ||
    (bias !== undefined && bias.shape[0] !== classes.length)
  ) {
    throw new BiogptError("models/wrong-shape", {
      what: `${layout.weight} has the shape (${weight.shape.join(", ")}), for a model of width ${width}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  return {
    family,
    config: backbone.config,
    kind: layout.kind,
    classes,
    hasBias: bias !== undefined,
    padId: padIdOf(json) ?? family.specialIds(backbone.config).pad,
    entries,
    folder,
    warnings: backbone.warnings,
  };
}

/** Whether a model folder's weights have a head of classes. @throws BiogptError `checkpoints/…`, `models/unknown-family` */
export async function holdsClassHead(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<boolean> {
  const { tensors, files } = await openCheckpoint(path, signal === undefined ? {} : { signal });
  const json = await readFolderConfig(dirname(files[0]!));
  if (json === undefined) return false; // fairseq's bring none, and have no such head
  return familyOfConfig(json).heads?.some(({ weight }) => tensors.has(weight)) === true;
}

function padIdOf(json: unknown): number | undefined {
  const id = (json as { pad_token_id?: unknown }).pad_token_id;
  return Number.isInteger(id) && (id as number) >= 0 ? (id as number) : undefined;
}

/** `id2label` where there is one for each row of the head. */
function classNames(json: unknown, rows: number): string[] {
  const names = (json as { id2label?: unknown }).id2label;
  const record = typeof names === "object" && names !== null ? (names as Record<string, unknown>) : {};
  const count = Object.keys(record).length;
  if (count > 0 && count !== rows) {
    throw new BiogptError("models/wrong-shape", {
      what: `config.json names ${count} classes; the head gives ${rows}.`,
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  return Array.from({ length: rows }, (_, i) => {
    const name = record[String(i)];
    return typeof name === "string" ? name : `LABEL_${i}`;
  });
}

export interface ClassifierToSave {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  readonly kind: HeadLayout["kind"];
  readonly classes: readonly string[];
  /** A tensor's values by our names, the head's by those of `CLASS_HEAD`. */
  readonly value: (name: string) => Promise<Float32Array>;
  /** Type of the written weights. Default `float32`. */
  readonly weights?: "float32" | "float16";
}

/** Writes config.json and model.safetensors into a folder, which is made; the tokenizer is the caller's. */
export async function saveClassifierFolder(
  folder: string,
  { family, config, kind, classes, value, weights = "float32" }: ClassifierToSave,
): Promise<void> {
  const layout = family.heads?.find((head) => head.kind === kind);
  if (layout === undefined) {
    throw new BiogptError("pretrained/no-classes", {
      what: `${family.title} has no head that gives classes of ${kind}.`,
      kind: "internal",
    });
  }
  await mkdir(folder, { recursive: true });
  const id2label = Object.fromEntries(classes.map((name, i) => [String(i), name]));
  const label2id = Object.fromEntries(classes.map((name, i) => [name, i]));
  const json = { ...family.toConfigJson(config), architectures: [layout.architecture], id2label, label2id };
  await writeFileAtomically(join(folder, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
  const tensor = (name: string, theirs: string, shape: readonly number[]): TensorToWrite => ({
    name: theirs,
    dtype: weights,
    shape,
    data: () => value(name),
  });
  const tensors = family
    .tensors(config)
    .filter(({ name }) => name !== HEAD)
    .map(({ name, huggingFace, shape }) => tensor(name, huggingFace, shape));
  tensors.push(tensor(CLASS_HEAD.weight, layout.weight, [classes.length, config.width]));
  if (layout.bias !== undefined) tensors.push(tensor(CLASS_HEAD.bias, layout.bias, [classes.length]));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}
