/**
 * Opens a checkpoint, whatever its format: a file, or a folder as Hugging Face and fairseq lay it out, in one piece or in
 * shards. The format is told by the first bytes, never by the name.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Checkpoint, CheckpointFormat, TensorEntry } from "./checkpoint.ts";
import { type CheckpointFile, openSource, statOrNotFound, withCheckpointFile } from "./checkpoint-file.ts";
import { readSafetensors } from "./safetensors.ts";
import { duplicateName, parseStrictJson } from "./strict-json.ts";
import { readTorchFile } from "./torch.ts";

/** The largest open models come in fewer than 200 files. */
const MAX_SHARDS = 10_000;
/** A name and a file per tensor: a million of them. */
const MAX_INDEX_BYTES = 100_000_000;

/** In this order: a format that cannot run code before one that can, one file before shards, as transformers does. */
const FOLDER_NAMES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "adapter_model.safetensors",
  "adapter_model.bin",
] as const;

/**
 * Reads the headers of a checkpoint.
 *
 * @param from a weight file, a shard index (`*.index.json`), a folder that holds one of these, or a source such as a Blob (`blobSource`), of which
 *             ranges are read when they are asked for
 * @throws BiogptError `checkpoints/…`
 */
export async function openCheckpoint(
  from: string | ByteSource,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Checkpoint> {
  throwIfAborted(signal);
  if (typeof from !== "string") return together(from.name, [await readPart(await openSource(from, signal))], []);
  const absolute = resolve(from);
  const status = await statOrNotFound(absolute);
  const file = status.isDirectory() ? join(absolute, await findWeights(absolute)) : absolute;
  const notes = status.isDirectory() ? await noteChoice(absolute, basename(file)) : [];
  const parts = file.endsWith(".index.json") ? await openShards(file, notes, signal) : [await openFile(file)];
  return together(absolute, parts, notes);
}

/**
 * Files that are one checkpoint together, each with tensors of its own and no index beside them.
 *
 * @param path what they were opened from
 * @throws BiogptError `checkpoints/…`
 */
export async function openCheckpointFiles(
  path: string,
  files: readonly string[],
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Checkpoint> {
  const parts: Part[] = [];
  for (const file of files) {
    throwIfAborted(signal);
    parts.push(await openFile(file));
  }
  return together(resolve(path), parts, []);
}

/** @param path what was opened */
function together(path: string, parts: readonly Part[], notes: readonly string[]): Checkpoint {
  const first = parts[0]!;
  const tensors = new Map<string, TensorEntry>();
  for (const part of parts) {
    for (const [name, entry] of part.tensors) {
      if (tensors.has(name)) throw duplicateName(path, name);
      tensors.set(name, entry);
    }
  }
  if (tensors.size === 0) {
    throw new BiogptError("checkpoints/no-tensors", {
      what: `${path} holds no tensors.`,
      fix: "Check that it is the right file.",
    });
  }
  return {
    path,
    format: first.format,
    files: parts.map((part) => part.file),
    tensors,
    metadata: Object.assign({}, ...parts.map((part) => part.metadata).reverse()) as Record<string, string>,
    ...(first.config === undefined ? {} : { config: first.config }),
    foreignNames: [...new Set(parts.flatMap((part) => part.foreignNames))],
    notes,
  };
}

/** The name of the weight file in a model folder, or undefined: for those who only ask whether there is one. */
export async function weightFileName(folder: string): Promise<string | undefined> {
  const names = await readdir(folder);
  const known = FOLDER_NAMES.find((name) => names.includes(name));
  if (known !== undefined) return known;
  const others = names.filter(isWeightFile);
  return fairseqChoice(others) ?? (others.length === 1 ? others[0] : undefined);
}

function isWeightFile(name: string): boolean {
  return /\.(?:safetensors|pth?|bin)$/.test(name);
}

/**
 * Of the many checkpoints in a folder of fairseq's, the mean of several (BioGPT's own inference takes `checkpoint_avg.pt` for every task), or
 * what fairseq's tools load; undefined where two means are there, since no rule says which of them was evaluated.
 */
function fairseqChoice(names: readonly string[]): string | undefined {
  const means = names.filter((name) =>
    /^(?:checkpoint|model)s?[._-]?(?:avg|average|averaged|mean)[\w.-]*\.pt$/i.test(name),
  );
  if (means.length > 0)
    return means.includes("checkpoint_avg.pt") || means.length > 1
      ? means.find((name) => name === "checkpoint_avg.pt")
      : means[0];
  return ["checkpoint_best.pt", "checkpoint.pt", "checkpoint_last.pt"].find((name) => names.includes(name));
}

/** A choice between different models is told. */
async function noteChoice(folder: string, chosen: string): Promise<string[]> {
  if (!chosen.endsWith(".pt")) return [];
  const others = (await readdir(folder)).filter((name) => name.endsWith(".pt") && name !== chosen).sort();
  if (others.length === 0) return [];
  const named = `${others.slice(0, 5).join(", ")}${others.length > 5 ? ", …" : ""}`;
  return [`${folder} holds several checkpoints: ${chosen} is used, not ${named}. Name a file to use another.`];
}

async function findWeights(folder: string): Promise<string> {
  const found = await weightFileName(folder);
  if (found !== undefined) return found;
  const names = (await readdir(folder)).sort();
  const candidates = names.filter(isWeightFile);
  throw new BiogptError("checkpoints/no-weights", {
    what:
      candidates.length > 1
        ? `${folder} holds several weight files: ${candidates.slice(0, 10).join(", ")}${candidates.length > 10 ? ", …" : ""}.`
        : `${folder} holds no weights; it holds ${names.length === 0 ? "nothing" : names.slice(0, 10).join(", ")}.`,
    why: `Weights are looked for as ${FOLDER_NAMES.slice(0, 4).join(", ")}, checkpoint_avg.pt, checkpoint_best.pt, checkpoint.pt, checkpoint_last.pt or one single file of another name.`,
    fix: candidates.length > 1 ? "Name the one file to open." : "`biogpt pull NAME` fetches the weights of a model.",
    kind: candidates.length > 1 ? "usage" : "not-found",
  });
}

interface Part {
  readonly file: string;
  readonly format: CheckpointFormat;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly config?: unknown;
  readonly foreignNames: readonly string[];
}

async function openFile(path: string): Promise<Part> {
  return withCheckpointFile(path, readPart);
}

async function readPart(file: CheckpointFile): Promise<Part> {
  const kind = await tellFormat(file);
  if (kind === "safetensors")
    return { file: file.path, format: kind, ...(await readSafetensors(file)), foreignNames: [] };
  return { file: file.path, metadata: {}, ...(await readTorchFile(file)) };
}

/** @param notes gets a sentence on tensors that the index does not name: they are read, as transformers does, and a family that does not know them refuses them */
async function openShards(indexPath: string, notes: string[], signal: AbortSignal | undefined): Promise<Part[]> {
  const shardOf = await readIndex(indexPath);
  const names = [...new Set(shardOf.values())];
  if (names.length > MAX_SHARDS)
    throw badIndex(indexPath, `it names ${names.length} files; at most ${MAX_SHARDS} are opened`);
  const parts: Part[] = [];
  const unnamed: string[] = [];
  for (const name of names) {
    throwIfAborted(signal);
    const part = await openFile(join(dirname(indexPath), name));
    for (const tensor of part.tensors.keys()) {
      const said = shardOf.get(tensor);
      if (said === undefined) unnamed.push(tensor);
      else if (said !== name)
        throw shardMismatch(indexPath, `${name} holds ${JSON.stringify(tensor)}, which the index places in ${said}`);
    }
    parts.push(part);
  }
  if (unnamed.length > 0)
    notes.push(
      `${basename(indexPath)} does not name ${unnamed.length} tensors that its files hold, the first is ${unnamed[0]}; they are read all the same.`,
    );
  const present = new Set(parts.flatMap((part) => [...part.tensors.keys()]));
  for (const [tensor, name] of shardOf) {
    if (!present.has(tensor))
      throw shardMismatch(indexPath, `${JSON.stringify(tensor)} should be in ${name} but is not`);
  }
  return parts;
}

/** Which file holds each tensor. A shard lies beside its index: a path elsewhere is not followed. */
async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const json = await withCheckpointFile(path, async (file) => {
    if (file.size > MAX_INDEX_BYTES)
      throw badIndex(path, `it has ${file.size} bytes; at most ${MAX_INDEX_BYTES} are read`);
    return parseStrictJson(await file.read(0, file.size, "the index"), path);
  });
  const map = json instanceof Map ? json.get("weight_map") : undefined;
  if (!(map instanceof Map) || map.size === 0) throw badIndex(path, "it has no weight_map");
  for (const [tensor, name] of map) {
    if (
      typeof name !== "string" ||
      name === "" ||
      name.startsWith(".") ||
      /[/\\\0:]/.test(name) ||
      basename(name) !== name
    ) {
      throw badIndex(
        path,
        `${JSON.stringify(tensor)} is placed in ${JSON.stringify(name)}, which is no plain file name`,
      );
    }
    if (name.endsWith(".index.json")) throw badIndex(path, `${JSON.stringify(tensor)} is placed in another index`);
  }
  return map as Map<string, string>;
}

function badIndex(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-index", {
    what: `${path} is not a shard index that can be used: ${what}.`,
    fix: "Fetch it again.",
  });
}

function shardMismatch(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/shard-mismatch", {
    what: `${path}: ${what}.`,
    why: "The index and its files come from different versions of the model, or one was broken off.",
    fix: "Fetch all files of one revision again.",
  });
}

/** Formats that people take for checkpoints of ours, by their first bytes, with what to do instead. */
const OTHER_FORMATS: readonly {
  readonly name: string;
  readonly starts: string;
  readonly code: string;
  readonly fix: string;
}[] = [
  {
    name: "a PyTorch file from before version 1.6",
    starts: "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
    code: "checkpoints/legacy-torch",
    fix: "Save it again with PyTorch 1.6 or later: torch.save(torch.load(file, weights_only=True), file).",
  },
  {
    name: "a bare pickle",
    starts: "\x80",
    code: "checkpoints/bare-pickle",
    fix: "Save the weights with torch.save or as safetensors.",
  },
  {
    name: "a Git LFS pointer, not the weights themselves",
    starts: "version https://git-lfs",
    code: "checkpoints/lfs-pointer",
    fix: "Run `git lfs pull` in that folder, or fetch the model with `biogpt pull`.",
  },
  {
    name: "a GGUF file",
    starts: "GGUF",
    code: "checkpoints/other-format",
    fix: "Take the model's safetensors or PyTorch files.",
  },
  {
    name: "an HDF5 file",
    starts: "\x89HDF",
    code: "checkpoints/other-format",
    fix: "Take the model's safetensors or PyTorch files.",
  },
  {
    name: "a gzip archive",
    starts: "\x1f\x8b",
    code: "checkpoints/other-format",
    fix: "Unpack it first: tar xzf FILE.",
  },
  {
    name: "a web page",
    starts: "<",
    code: "checkpoints/other-format",
    fix: "The download gave an error page; fetch it again with `biogpt pull`.",
  },
];

async function tellFormat(file: CheckpointFile): Promise<"safetensors" | "pytorch"> {
  if (file.size === 0) {
    throw new BiogptError("checkpoints/empty", {
      what: `${file.path} is empty.`,
      fix: "Fetch it again; the download was broken off.",
    });
  }
  const head = (await file.read(0, Math.min(file.size, 64), "the first bytes")).toString("latin1");
  if (head.startsWith("PK\x03\x04")) return "pytorch";
  // 8 bytes of length (below 2^32, so four zeros), then a JSON object.
  if (head.slice(8, 9) === "{" || head.slice(4, 8) === "\0\0\0\0") return "safetensors";
  const other = OTHER_FORMATS.find(({ starts }) => head.trimStart().startsWith(starts) || head.startsWith(starts));
  if (other !== undefined)
    throw new BiogptError(other.code, { what: `${file.path} is ${other.name}.`, fix: other.fix });
  if (file.size < 8) return "safetensors"; // reported as cut off
  throw new BiogptError("checkpoints/not-a-checkpoint", {
    what: `${file.path} is neither safetensors nor a PyTorch file.`,
    why: `It begins with the bytes ${Buffer.from(head.slice(0, 8), "latin1").toString("hex")}.`,
    fix: "Name a .safetensors, .bin or .pt file, or a model folder.",
  });
}
