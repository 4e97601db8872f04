/** The files of a model as Blobs, of which only what is asked for comes into memory. */
import { BiogptError } from "../base/errors.ts";
import { blobSource, readerOf } from "../checkpoints/byte-source.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { readSafetensors } from "../checkpoints/safetensors.ts";
import type { TokenizerFiles } from "../tokenizers/tokenizer-kind.ts";

/** What is used of a browser's Blob; Node has the same. */
export type ModelBlob = Pick<Blob, "size" | "slice" | "arrayBuffer">;

/** By name: `config.json`, `model.safetensors`, the tokenizer's files, and `task.json` with `pairs.safetensors` of a reader. */
export type ModelFiles = ReadonlyMap<string, ModelBlob>;

/** Some sixty times BioGPT-Large's vocabulary: what is read whole. */
const MOST_TEXT_BYTES = 64 * 1024 * 1024;

/** @throws BiogptError `web/file-missing`, `checkpoints/…` */
export async function checkpointOf(files: ModelFiles, name: string): Promise<Checkpoint> {
  const source = blobSource(fileOf(files, name), name);
  const { tensors, metadata } = await readSafetensors(readerOf(source));
  return { path: name, format: "safetensors", files: [name], tensors, metadata, foreignNames: [], notes: [] };
}

/** @throws BiogptError `web/file-missing`, `models/config` for one that is no JSON */
export async function jsonOf(files: ModelFiles, name: string): Promise<unknown> {
  const text = new TextDecoder().decode(await bytesOf(files, name));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new BiogptError("models/config", {
      what: `${name} is no JSON.`,
      fix: "Fetch the model's files again.",
      cause,
    });
  }
}

export function tokenizerFiles(files: ModelFiles, place: string): TokenizerFiles {
  return { place, names: [...files.keys()], read: (name) => bytesOf(files, name) };
}

/** The bytes in pieces, as they are hashed. */
export async function* piecesOf(files: ModelFiles, name: string): AsyncGenerator<Uint8Array> {
  const file = fileOf(files, name);
  const reader = file.slice(0, file.size).stream().getReader();
  for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) yield next.value;
}

async function bytesOf(files: ModelFiles, name: string): Promise<Uint8Array> {
  const file = fileOf(files, name);
  if (file.size <= MOST_TEXT_BYTES) return new Uint8Array(await file.arrayBuffer());
  throw new BiogptError("web/file-too-large", {
    what: `${name} has ${file.size} bytes, more than ${MOST_TEXT_BYTES}.`,
    why: "It is read whole, and no model's has so many.",
    fix: "Fetch the model's files again.",
  });
}

function fileOf(files: ModelFiles, name: string): ModelBlob {
  const file = files.get(name);
  if (file !== undefined) return file;
  throw new BiogptError("web/file-missing", {
    what: `The model has no ${name}.`,
    why: `Its files are ${[...files.keys()].join(", ")}.`,
    fix: "Give all files of the model's folder.",
  });
}
