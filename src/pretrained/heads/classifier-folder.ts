/**
 * Folders of models that give classes, in Hugging Face's layout: a backbone, and a head for tokens or for whole texts.
 *
 *     config.json         the backbone's, with `architectures`, `num_labels` or `id2label`
 *     model.safetensors   the backbone's tensors, and the head's (`classifier.weight`, `score.weight`)
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { openCheckpoint, type TensorToWrite, writeSafetensors } from "../../checkpoints/index.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { CLASS_HEAD, HEAD, type HeadLayout, type ModelConfig, type ModelFamily } from "../../models/family.ts";
import { familyOfConfig } from "../../models/registry.ts";
import { readFolderConfig } from "../load/folder-parts.ts";
import { type ClassifierCheckpoint, readClassifier } from "./classifier-checkpoint.ts";

export type { ClassifierCheckpoint };

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
  return readClassifier(checkpoint, json, { path, folder });
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
