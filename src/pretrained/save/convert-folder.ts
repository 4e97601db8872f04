/**
 * A model's folder in another element type or in codes, made tensor by tensor.
 *
 *     <out>.partial/   config.json, tokenizer, licences, and model.safetensors in the making; gone on with after a kill
 *     <out>/           the same, when all of it is whole
 *
 * fp32, bf16 and fp16 keep Hugging Face's names, so transformers loads the folder too; q8 and q4 (quantized-checkpoint.ts) and packed, eight bits for
 * storage alone (checkpoints/packed.ts), are for this package. A model that gives classes in place of text is kept in any but q8 and q4.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import {
  ELEMENT_BYTES,
  entryElements,
  PACKED_FORMAT,
  type TensorEntry,
  writeFileAtomically,
} from "../../checkpoints/index.ts";
import { type WriteUnit, writeResumable } from "../../checkpoints/resumable-safetensors.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import { elementCount } from "../../graph/data-type.ts";
import { CLASS_HEAD, HEAD, type HeadLayout, TOKEN_TABLE } from "../../models/family.ts";
import { CAPABILITIES } from "../../runtime/device.ts";
import { holdsClassHead, readClassifierFolder } from "../heads/classifier-folder.ts";
import { isAdapter } from "../load/model-folder.ts";
import { type ModelFolder, type OpenFolderOptions, openModelFolder } from "../load/open-model-folder.ts";
import { linearFormat, type QuantizedPrecision } from "../load/precision.ts";
import { denseUnit, type FloatType, packedUnit, quantizedUnit } from "../load/quantize-stream.ts";
import { linearTensors, quantizedMetadata } from "../load/quantized-checkpoint.ts";
import { openQuantizer, type Quantizer } from "../load/quantizer.ts";
import { PAIRS_FILE } from "./run-model.ts";
import { copyTokenizer } from "./tokenizer-files.ts";

/** What weights are converted to. */
export type ConvertedType = "fp32" | "bf16" | "fp16" | "packed" | QuantizedPrecision;
export const CONVERTED_TYPES: readonly ConvertedType[] = ["fp32", "bf16", "fp16", "packed", "q8", "q4"];

const FLOAT_TYPES: Readonly<Partial<Record<ConvertedType, FloatType>>> = {
  fp32: "float32",
  bf16: "bfloat16",
  fp16: "float16",
};

export interface ConvertFolderOptions extends OpenFolderOptions {
  readonly dtype: ConvertedType;
  /** Folder to make; an empty one may be there. */
  readonly out: string;
  readonly progress?: ReportProgress | undefined;
}

export interface Conversion {
  readonly folder: string;
  readonly dtype: ConvertedType;
  /** Of the new weights. */
  readonly bytes: number;
  /** Of the weights that were read. */
  readonly sourceBytes: number;
  readonly tensors: number;
  /** Tensors (codes and scales as one) that an earlier, stopped run had finished. */
  readonly resumed: number;
  readonly seconds: number;
}

/** Says, in the folder in the making, what is being made. */
const RECORD = ".conversion";

/** What a folder of a model may say beside its weights and tokenizer, taken along where it is there. */
const COMPANIONS = [
  "generation_config.json",
  "README.md",
  "LICENSE",
  "LICENSE.txt",
  "USE_POLICY.md",
  "NOTICE",
  "task.json",
  PAIRS_FILE,
];

/**
 * @param path a model's folder or weight file, or an adapter's, whose summands are then in the weights
 * @throws BiogptError `pretrained/convert-folder`, `pretrained/half-range`, `pretrained/quantized` for a folder that is in codes already, `files/disk-full`,
 *   those of `openModelFolder`, `aborted`; what was finished then stays beside the folder, and the next run goes on from it
 */
export async function convertFolder(
  path: string,
  { dtype, out, ...options }: ConvertFolderOptions,
): Promise<Conversion> {
  const started = performance.now();
  const folder = resolve(out);
  await expectFree(folder);
  const source = await openSource(path, dtype, options);
  using quantizer = openQuantizer({
    bytes: [...source.entries.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
  });
  const units = unitsOf(source, dtype, { quantizer, signal: options.signal });
  const partial = `${folder}.partial`;
  await mkdir(partial, { recursive: true });
  const bytes = units.reduce((sum, { tensors }) => sum + tensors.reduce((all, one) => all + bytesOf(one), 0), 0);
  await expectRoom(partial, bytes);
  const identity = await identityOf(source, dtype);
  const weights = join(partial, "model.safetensors");
  const record = join(partial, RECORD);
  // Weights that bear their name are whole; a run that was killed just then has only the folder left to rename.
  const isWhole = existsSync(weights) && (await readFile(record, "utf8").catch(() => "")) === identity;
  await writeFileAtomically(record, identity);
  await writeCompanions(source, dtype, partial);
  const written = isWhole
    ? { bytes: (await stat(weights)).size, resumed: units.length }
    : await writeResumable(weights, units, {
        identity,
        activity: `converting to ${dtype}`,
        metadata: metadataOf(source, dtype),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.progress === undefined ? {} : { progress: options.progress }),
      });
  await rm(record, { force: true });
  await rmdir(folder).catch(() => {}); // empty, as was asked before, or not there
  await rename(partial, folder);
  return {
    folder,
    dtype,
    bytes: written.bytes,
    sourceBytes: units.reduce((sum, { cost }) => sum + cost, 0),
    tensors: units.reduce((sum, { tensors }) => sum + tensors.length, 0),
    resumed: written.resumed,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A model and, where it gives classes, the names of its head's tensors. */
type Source = ModelFolder & { readonly head?: HeadLayout };

async function openSource(path: string, dtype: ConvertedType, options: OpenFolderOptions): Promise<Source> {
  const isClassifier =
    dtype !== "q8" && dtype !== "q4" && !(await isAdapter(path)) && (await holdsClassHead(path, options));
  if (!isClassifier) return openModelFolder(path, options);
  const { kind, ...classifier } = await readClassifierFolder(path, options);
  const head = classifier.family.heads!.find((layout) => layout.kind === kind)!;
  return { ...classifier, learnedTokens: 0, head, tokenizerFolder: classifier.folder };
}

function metadataOf(source: Source, dtype: ConvertedType): Readonly<Record<string, string>> {
  if (dtype === "packed") return { format: "pt", biogpt: PACKED_FORMAT };
  return dtype === "q8" || dtype === "q4" ? quantizedMetadata(dtype, source) : { format: "pt" };
}

function unitsOf(
  source: Source,
  dtype: ConvertedType,
  run: { readonly quantizer: Quantizer; readonly signal: AbortSignal | undefined },
): WriteUnit[] {
  const { signal } = run;
  const { family, config, entries } = source;
  if (dtype !== "q8" && dtype !== "q4") {
    return namedTensors(source).map(([name, entry]) => {
      const isMatrix = entry.shape.length > 1;
      if (dtype === "packed" && isMatrix) return packedUnit(name, entry, signal);
      return denseUnit(name, entry, dtype === "packed" ? undefined : FLOAT_TYPES[dtype], signal);
    });
  }
  const specs = family.tensors(config);
  const linear = new Set(linearTensors(family, config).map(({ name }) => name));
  const coded = [...linear].map((name) => {
    const entry = name === HEAD && config.tied ? entries.get(TOKEN_TABLE)! : entries.get(name)!;
    return quantizedUnit(name, [entry], linearFormat(dtype, name, CAPABILITIES.cpu), run);
  });
  const others = specs.filter(({ name }) => !linear.has(name));
  return [...others.map(({ name }) => denseUnit(name, entries.get(name)!, undefined, signal)), ...coded];
}

/** The tensors by Hugging Face's names. */
function namedTensors({ family, config, entries, head }: Source): (readonly [name: string, entry: TensorEntry])[] {
  const named = family
    .tensors(config)
    .filter(({ name }) => head === undefined || name !== HEAD)
    .map(({ name, huggingFace }) => [huggingFace, entries.get(name)!] as const);
  if (head === undefined) return named;
  const bias = entries.get(CLASS_HEAD.bias);
  const ofHead = [[head.weight, entries.get(CLASS_HEAD.weight)!] as const];
  return [...named, ...ofHead, ...(bias === undefined ? [] : [[head.bias!, bias] as const])];
}

function bytesOf({ dtype, shape }: WriteUnit["tensors"][number]): number {
  return ELEMENT_BYTES[dtype] * elementCount(shape);
}

/** The sources by place, size and time: reading gigabytes twice to hash them would double the work. */
async function identityOf(source: Source, dtype: ConvertedType): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([1, dtype, source.config]));
  const used = namedTensors(source).map(([, entry]) => entry);
  for (const file of [...new Set(used.map((entry) => entry.file))].sort()) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file} ${size} ${mtimeMs} `);
  }
  for (const entry of used) hash.update(placeOf(entry));
  return hash.digest("hex");
}

function placeOf(entry: TensorEntry): string {
  return `${entry.name} ${entry.offset} ${entryElements(entry)} `;
}

/** @throws BiogptError `pretrained/convert-folder` for a folder that holds anything */
async function expectFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new BiogptError("pretrained/convert-folder", {
      what: `${folder} cannot be the folder of a model: ${error.message}.`,
      fix: "Name another one with --out.",
      cause: error,
    });
  });
  if (names.length === 0) return;
  throw new BiogptError("pretrained/convert-folder", {
    what: `${folder} is not empty: it holds ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}.`,
    why: "Nothing is overwritten.",
    fix: "Name another folder with --out.",
  });
}

/** @throws BiogptError `files/disk-full` where what is left to write finds no room */
async function expectRoom(folder: string, bytes: number): Promise<void> {
  const there = await stat(join(folder, "model.safetensors.partial")).then(
    ({ blocks }) => 512 * blocks,
    () => 0,
  );
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize + there >= bytes) return;
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
  throw new BiogptError("files/disk-full", {
    what: `The disk of ${dirname(folder)} has ${gigabytes(bavail * bsize)} left; the converted weights take ${gigabytes(bytes)}.`,
    fix: "Free some space, or name a folder on another disk with --out.",
  });
}

async function writeCompanions(
  { family, config, folder, tokenizerFolder }: ModelFolder,
  dtype: ConvertedType,
  out: string,
): Promise<void> {
  const original = (await readOptionalJson(
    join(folder, "config.json"),
    (what, cause) =>
      new BiogptError("models/config", { what, fix: "Take the config.json that came with the checkpoint.", cause }),
  )) as Readonly<Record<string, unknown>> | undefined;
  const float = FLOAT_TYPES[dtype];
  const json = { ...(original ?? family.toConfigJson(config)), ...(float === undefined ? {} : { torch_dtype: float }) };
  await writeFileAtomically(join(out, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
  await copyTokenizer(tokenizerFolder, out);
  for (const name of COMPANIONS) {
    if (existsSync(join(folder, name))) await writeFileAtomically(join(out, name), await readFile(join(folder, name)));
  }
}
