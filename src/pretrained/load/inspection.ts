/**
 * What a checkpoint holds, what it will need, and what is odd about it, without running it.
 *
 * Every format is listed; a model of a known family is also held against its config.json and its vocabulary. Nothing here stops at the first
 * fault: what is wrong is collected, since finding out is the point.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { withCheckpointFile } from "../../checkpoints/checkpoint-file.ts";
import {
  type AdapterConfig,
  type Checkpoint,
  findNonFinite,
  readAdapter,
  type TensorEntry,
  weightFileName,
} from "../../checkpoints/index.ts";
import { parseStrictJson, toPlainJson } from "../../checkpoints/strict-json.ts";
import { elementCount } from "../../graph/data-type.ts";
import { cachedHeadWidth } from "../../layers/cached-attention.ts";
import {
  HEAD,
  type ModelConfig,
  type ModelFamily,
  parameterCount,
  type TensorSpec,
  TOKEN_TABLE,
} from "../../models/family.ts";
import type { FolderLayout } from "../../models/folder-layout.ts";
import { familyOf, familyOfTensors } from "../../models/registry.ts";
import { mapTensors, withoutWrappers } from "../../models/tensor-table.ts";
import { type FoundFile, layoutOf, neededFiles, tokenizerPlace } from "./folder-parts.ts";
import { grantedMemory } from "./memory.ts";
import { isQuantized, readModelCheckpoint } from "./model-checkpoint.ts";
import { isAdapter } from "./model-folder.ts";
import { folderOfWeights, openWeights, partNames } from "./open-weights.ts";
import { paddingNote } from "./padding-rows.ts";
import { linearBytes, PRECISIONS, type Precision } from "./precision.ts";
import { readQuantizedCheckpoint } from "./quantized-checkpoint.ts";
import { openModelTokenizer } from "./tokenizer-folder.ts";

export interface Inspection {
  readonly path: string;
  /** `known answers`: of a model without a network, of which `metadata` tells what it knows. */
  readonly format: Checkpoint["format"] | "known answers";
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorEntry[];
  /** Bytes of all tensors; those that lie in another's bytes are not counted again. */
  readonly tensorBytes: number;
  /** Views of others, and a tied head that is stored twice, are not counted again. */
  readonly parameters: number;
  /** Present where the tensors are those of a known family; its own fields included. */
  readonly model?: ModelConfig;
  /** Present where the tensors are a LoRA adapter, with the names of the linear maps that it changes. */
  readonly adapter?: AdapterConfig & { readonly modules: readonly string[] };
  /** Present with `model`. */
  readonly memory?: MemoryNeed;
  /** Tokens of the vocabulary beside the weights; undefined where there is none. */
  readonly vocabulary?: number;
  /** Present where a model's parts lie as they were published: what its folder must hold, the weights apart. */
  readonly needed?: readonly FoundFile[];
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[];
}

export interface MemoryNeed {
  /** Bytes of the weights in each precision; those of encoders, which are read only while an attachment is, not among them. */
  readonly weights: Readonly<Record<Precision, number>>;
  /** Of the encoders of molecules and proteins together; absent where there are none. */
  readonly encoders?: Readonly<Record<Precision, number>>;
  /** Bytes that this process may have: the machine's, or what its container grants. */
  readonly available: number;
  /** Bytes of the key-value cache for each token of a sequence, in float32. */
  readonly cachePerToken: number;
}

export interface InspectOptions {
  /** Read all values, looking for NaN and infinities. Default true; the time is that of reading the files. */
  readonly values?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/**
 * @param path a weight file or a model folder
 * @throws BiogptError `checkpoints/…` where the weights cannot be listed at all
 */
export async function inspectModel(
  path: string,
  { values = true, signal, progress }: InspectOptions = {},
): Promise<Inspection> {
  const folder = await folderOfWeights(path);
  const layout = await layoutOf(folder);
  const needed = layout === undefined ? undefined : await neededFiles(folder, layout);
  await expectWeights(folder, layout, needed);
  const checkpoint = await openWeights(path, { signal, progress });
  const tensors = [...checkpoint.tensors.values()];
  const distinct = withoutViews(tensors);
  const problems = oddities(checkpoint);
  const vocabulary = await countVocabulary(folder, problems);
  const model = await judgeModel(checkpoint, folder, vocabulary, problems);
  const adapter = (await isAdapter(path)) ? await judgeAdapter(path, problems) : undefined;
  if (values) problems.push(...(await findBadValues(distinct, signal, progress)));
  for (const { file, from, there } of needed ?? []) if (!there) problems.push(`${file} is missing; it is in ${from}.`);
  const seen = [...new Set([...checkpoint.notes, ...problems])];
  return {
    path: checkpoint.path,
    format: checkpoint.format,
    files: await Promise.all(checkpoint.files.map(async (file) => ({ file, bytes: (await stat(file)).size }))),
    metadata: checkpoint.metadata,
    tensors,
    tensorBytes: distinct.reduce((sum, { byteLength }) => sum + byteLength, 0),
    parameters:
      model === undefined
        ? distinct.reduce((sum, { shape }) => sum + elementCount(shape), 0)
        : parameterCount(familyOf(model).tensors(model)),
    ...(model === undefined ? {} : { model, memory: memoryNeed(model) }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(needed === undefined ? {} : { needed }),
    problems: seen,
  };
}

/** All that a folder without weights lacks, at once. */
async function expectWeights(
  folder: string,
  layout: FolderLayout | undefined,
  needed: readonly FoundFile[] | undefined,
): Promise<void> {
  if (layout === undefined || partNames(await readdir(folder), layout).length > 0) return;
  if ((await weightFileName(folder)) !== undefined) return;
  const list = [layout.weights, ...needed!.filter(({ there }) => !there)];
  throw new BiogptError("pretrained/incomplete", {
    what: `${folder} lacks ${list.map(({ file, from }) => `${file} (from ${from})`).join(", ")}.`,
    fix: "Fetch what is missing from where it is published, and put it there.",
  });
}

/** The tensors without those that lie wholly in the bytes of another. */
function withoutViews(tensors: readonly TensorEntry[]): TensorEntry[] {
  const ends = new Map<string, number>();
  const isNew = ({ file, offset, byteLength }: TensorEntry): boolean => {
    const isInside = offset + byteLength <= (ends.get(file) ?? 0);
    if (!isInside) ends.set(file, offset + byteLength);
    return !isInside;
  };
  return [...tensors].sort((a, b) => a.offset - b.offset || b.byteLength - a.byteLength).filter(isNew);
}

function oddities({ foreignNames, tensors }: Checkpoint): string[] {
  const problems: string[] = [];
  if (foreignNames.length > 0) {
    problems.push(
      `The pickle names Python code that is not PyTorch's, which we kept as data and did not run: ${foreignNames.slice(0, 5).join(", ")}${foreignNames.length > 5 ? ", …" : ""}.`,
    );
  }
  const views = [...tensors.values()].filter(({ contiguous }) => !contiguous);
  if (views.length > 0) {
    problems.push(
      `${views.length} tensors are views that do not lie in one piece and cannot be mapped, the first is ${views[0]!.name}; save them with .contiguous().`,
    );
  }
  return problems;
}

/** The model's config where the tensors are a known family's: what its files say, as far as they agree with the tensors. */
async function judgeModel(
  checkpoint: Checkpoint,
  folder: string,
  vocabulary: number | undefined,
  problems: string[],
): Promise<ModelConfig | undefined> {
  if (isQuantized(checkpoint)) return judgeQuantized(checkpoint, folder, problems);
  const names = [...checkpoint.tensors.keys()];
  const family = familyOfTensors(names);
  if (family === undefined) return undefined;
  const { bare } = withoutWrappers(family, names);
  const theirName = (ours: string): string | undefined =>
    names.find((name) => {
      const known = family.ourName(bare.get(name)!);
      return typeof known === "object" && known.name === ours;
    });
  if (theirName(TOKEN_TABLE) === undefined) return undefined;
  const json = await readConfig(folder, problems);
  const contradictions = compareWithConfig(family, checkpoint, json);
  problems.push(...contradictions);
  try {
    const { config, entries, warnings, learnedTokens } = await readModelCheckpoint(checkpoint, json);
    problems.push(...warnings);
    const head = checkpoint.tensors.get(theirName(HEAD) ?? "");
    const table = entries.get(TOKEN_TABLE)!;
    if (config.tied && head !== undefined && (head.file !== table.file || head.offset !== table.offset)) {
      problems.push(
        `The head is tied to the token embedding but stored a second time: ${head.byteLength} bytes that are not needed.`,
      );
    }
    compareWithVocabulary(config, learnedTokens, vocabulary, problems);
    return config;
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
    if (contradictions.length === 0) problems.push(`${error.what}${error.why === undefined ? "" : ` ${error.why}`}`);
    return undefined;
  }
}

async function judgeQuantized(
  checkpoint: Checkpoint,
  folder: string,
  problems: string[],
): Promise<ModelConfig | undefined> {
  try {
    return readQuantizedCheckpoint(checkpoint, await readConfigJson(join(folder, "config.json"), problems)).config;
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
    problems.push(error.what);
    return undefined;
  }
}

/** An adapter is judged without its base, which may be far away. */
async function judgeAdapter(path: string, problems: string[]): Promise<Inspection["adapter"]> {
  try {
    const { config, layers } = await readAdapter(path);
    return { ...config, modules: [...layers.keys()] };
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
    problems.push(`${error.what}${error.why === undefined ? "" : ` ${error.why}`}`);
    return undefined;
  }
}

/** One sentence for each size that config.json gives otherwise than the tensors. */
function compareWithConfig(family: ModelFamily, { tensors }: Checkpoint, json: unknown): string[] {
  if (json === undefined || family.configFromTensors === undefined) return [];
  let said: ModelConfig;
  let found: ModelConfig;
  try {
    said = family.parseConfig(json);
    const { entries } = mapTensors(family, tensors);
    found = family.configFromTensors(new Map([...entries].map(([name, { shape }]) => [name, shape])));
  } catch {
    return []; // reported by the one who reads them in earnest
  }
  const sizes = [
    ["layers", "layers"],
    ["width", "a width of"],
    ["mlpWidth", "an MLP width of"],
    ["vocabularySize", "tokens"],
    ["maxPositions", "positions"],
  ] as const;
  return sizes
    .filter(([field]) => said[field] !== found[field])
    .map(([field, unit]) => {
      const say = (value: number): string => (unit.startsWith("a") ? `${unit} ${value}` : `${value} ${unit}`);
      return `config.json says ${say(said[field])}, but the tensors have ${say(found[field]).replace(/^an? /, "a ")}.`;
    });
}

function compareWithVocabulary(
  { vocabularySize }: ModelConfig,
  learnedTokens: number,
  vocabulary: number | undefined,
  problems: string[],
): void {
  if (vocabulary === undefined || [vocabulary, vocabulary + learnedTokens].includes(vocabularySize)) return;
  const more = vocabularySize - vocabulary;
  problems.push(
    more > 0
      ? paddingNote(more)
      : `The vocabulary has ${-more} tokens more than the embedding has rows: it belongs to another model.`,
  );
}

/** Hugging Face's files have a kilobyte. */
const MAX_CONFIG_BYTES = 1_000_000;

/** config.json, or what the configs of a layout's parts make of one. */
async function readConfig(folder: string, problems: string[]): Promise<unknown> {
  const layout = await layoutOf(folder);
  if (layout === undefined) return readConfigJson(join(folder, "config.json"), problems);
  const parts: [string, unknown][] = [];
  for (const [field, file] of Object.entries(layout.configs))
    parts.push([field, await readConfigJson(join(folder, file), problems)]);
  // Without one of them nothing can be said of the whole.
  return parts.every(([, part]) => part !== undefined)
    ? { ...layout.constants, ...Object.fromEntries(parts) }
    : undefined;
}

async function readConfigJson(path: string, problems: string[]): Promise<unknown> {
  try {
    return await withCheckpointFile(path, async (file) => {
      if (file.size > MAX_CONFIG_BYTES)
        throw new BiogptError("pretrained/config-too-large", { what: `${path} has ${file.size} bytes.` });
      return toPlainJson(parseStrictJson(await file.read(0, file.size, "the configuration"), path, { depth: 16 }));
    });
  } catch (error) {
    if (!(error instanceof BiogptError)) throw error;
    if (error.code !== "checkpoints/not-found") problems.push(error.what);
    return undefined;
  }
}

async function countVocabulary(folder: string, problems: string[]): Promise<number | undefined> {
  try {
    return (await openModelTokenizer(await tokenizerPlace(folder))).vocabularySize;
  } catch (error) {
    if (!(error instanceof BiogptError)) throw error;
    if (error.code !== "tokenizers/not-found") problems.push(error.what);
    return undefined;
  }
}

async function findBadValues(
  tensors: readonly TensorEntry[],
  signal: AbortSignal | undefined,
  progress: ReportProgress | undefined,
): Promise<string[]> {
  const problems: string[] = [];
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  for (const entry of tensors) {
    throwIfAborted(signal);
    const found = await findNonFinite(entry, signal === undefined ? {} : { signal });
    if (found !== undefined)
      problems.push(
        `${entry.name}[${found.index.join(", ")}] is ${found.value}: no output of this model means anything.`,
      );
    done += entry.byteLength;
    progress?.({ activity: "reading values", done, total, unit: "bytes" });
  }
  return problems;
}

/** Weights as precision.ts stores them; float32 where they are not quantised, which is what they are widened to. */
export function memoryNeed(config: ModelConfig): MemoryNeed {
  const family = familyOf(config);
  const specs = family.tensors(config);
  const bytesOf = (these: readonly TensorSpec[]): Record<Precision, number> =>
    Object.fromEntries(
      PRECISIONS.map((precision) => [
        precision,
        these.reduce(
          (sum, { name, shape, kind }) =>
            sum + (kind === "linear" ? linearBytes(precision, name, shape) : 4 * elementCount(shape)),
          0,
        ),
      ]),
    ) as Record<Precision, number>;
  const weights = bytesOf(specs.filter(({ encoder }) => encoder === undefined));
  // A tied head costs nothing in float32; quantised, it is a second copy beside the embedding.
  if (config.tied) {
    for (const precision of PRECISIONS)
      if (precision !== "fp32")
        weights[precision] += linearBytes(precision, HEAD, [config.vocabularySize, config.width]);
  }
  const encoders = specs.filter(({ encoder }) => encoder !== undefined);
  const { layers, keyValueHeads, headWidth } = family.cacheShape(config);
  const ofEncoders = encoders.length === 0 ? {} : { encoders: bytesOf(encoders) };
  return {
    weights,
    ...ofEncoders,
    available: grantedMemory(),
    cachePerToken: 2 * layers * keyValueHeads * cachedHeadWidth(headWidth) * 4,
  };
}

export interface TensorGroup {
  /** `biogpt.layers.{0..23}.fc1.weight` */
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** Of all of them. */
  readonly bytes: number;
}

/** Tensors that differ in the number of their layer alone become one line, in the order of the first of them. */
export function foldLayers(tensors: readonly TensorEntry[]): TensorGroup[] {
  const groups = new Map<
    string,
    { first: TensorEntry; numbers: number[]; before: string; after: string; bytes: number }
  >();
  for (const entry of tensors) {
    const [, before = "", number = "", after = ""] = /^(.*?\.)(\d+)(\..*)$/.exec(`.${entry.name}`) ?? [];
    const key = number === "" ? entry.name : `${before}\0${after}\0${entry.dtype}\0${entry.shape.join()}`;
    const group = groups.get(key) ?? { first: entry, numbers: [], before: before.slice(1), after, bytes: 0 };
    group.numbers.push(Number(number));
    group.bytes += entry.byteLength;
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first, numbers, before, after, bytes }) => ({
    name: numbers.length === 1 ? first.name : `${before}{${ranges(numbers)}}${after}`,
    dtype: first.dtype,
    shape: first.shape,
    count: numbers.length,
    bytes,
  }));
}

/** `0..5,7` */
function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(start === end ? `${sorted[start]}` : `${sorted[start]}..${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(",");
}
