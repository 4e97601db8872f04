/**
 * Reads a checkpoint written by torch.save (the ZIP form, PyTorch 1.6 and later): Hugging Face's `pytorch_model.bin`, which
 * is one dict of tensors, and fairseq's `.pt`, which holds that dict under `model` beside its configuration.
 *
 *     archive/data.pkl    the objects, with storages named by number
 *     archive/data/0      the bytes of storage 0, stored without compression, so they can be mapped where they lie
 *     archive/byteorder   "little", since PyTorch 2.1
 *
 * Left out: TorchScript archives and the form before PyTorch 1.6; both get their own error.
 */
import { BiogptError } from "../base/errors.ts";
import { type CheckpointFormat, ELEMENT_BYTES, type TensorEntry } from "./checkpoint.ts";
import type { CheckpointFile } from "./checkpoint-file.ts";
import { badPickle, MAX_PICKLE_BYTES, readPickle } from "./pickle.ts";
import { PickleDict, PickleRecord, type PickleValue } from "./pickle-values.ts";
import { badShape, checkedBytes } from "./safetensors.ts";
import { type TorchStorage, TorchTensor, toPlainData, torchMeaning } from "./torch-pickle.ts";
import { readZipDirectory, type ZipEntry, zipEntryOffset } from "./torch-zip.ts";

export interface TorchFile {
  readonly format: Extract<CheckpointFormat, "pytorch" | "fairseq">;
  readonly tensors: Map<string, TensorEntry>;
  readonly config: unknown;
  readonly foreignNames: readonly string[];
}

/** Where training programs put the weights: fairseq, then PyTorch Lightning, DeepSpeed and hand-written loops. */
const MODEL_KEYS = ["model", "state_dict", "module", "model_state_dict"] as const;

export async function readTorchFile(file: CheckpointFile): Promise<TorchFile> {
  const entries = await readZipDirectory(file);
  const pickleEntry = findPickle(file.path, entries);
  const root = pickleEntry.name.slice(0, -"data.pkl".length);
  await checkByteOrder(file, entries.get(`${root}byteorder`));
  if (pickleEntry.size > MAX_PICKLE_BYTES) {
    throw new BiogptError("checkpoints/pickle-too-large", {
      what: `${file.path}: data.pkl has ${pickleEntry.size} bytes; at most ${MAX_PICKLE_BYTES} are read.`,
      why: "A checkpoint's pickle lists names and shapes only; its weights lie beside it.",
      fix: "Save the weights alone: torch.save(model.state_dict(), file).",
    });
  }
  const pickle = await file.read(await zipEntryOffset(file, pickleEntry), pickleEntry.size, "data.pkl");
  const meaning = torchMeaning(file.path);
  const top = readPickle(pickle, file.path, meaning);
  const { state, config, isFairseq } = findState(file.path, top);
  const tensors = new Map<string, TensorEntry>();
  const storages = new Map<string, Promise<number>>();
  for (const [name, value] of state.entries) {
    if (typeof name !== "string") throw badPickle(file.path, "the name of a tensor is not text");
    if (!(value instanceof TorchTensor)) throw notATensor(file.path, name, value);
    tensors.set(name, await placeTensor(file, name, value, storages, entries, root));
  }
  return { format: isFairseq ? "fairseq" : "pytorch", tensors, config, foreignNames: [...meaning.foreignNames] };
}

function findPickle(path: string, entries: ReadonlyMap<string, ZipEntry>): ZipEntry {
  const found = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (found.length === 1) return found[0]!;
  throw new BiogptError("checkpoints/not-a-checkpoint", {
    what: `${path} is a ZIP archive with ${found.length === 0 ? "no" : "more than one"} data.pkl in it.`,
    why: "torch.save writes exactly one.",
    fix: "Name the .bin or .pt file itself; an archive of a whole folder must be unpacked first.",
  });
}

async function checkByteOrder(file: CheckpointFile, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined || entry.size > 16) return;
  const order = (await file.read(await zipEntryOffset(file, entry), entry.size, "byteorder")).toString("latin1");
  if (order === "little") return;
  throw new BiogptError("checkpoints/byte-order", {
    what: `${file.path} was saved with the byte order ${JSON.stringify(order)}; only "little" can be mapped.`,
    fix: "Load and save it again on a little-endian machine (x86 or ARM).",
  });
}

interface FoundState {
  readonly state: PickleDict;
  readonly config: unknown;
  readonly isFairseq: boolean;
}

function findState(path: string, top: PickleValue): FoundState {
  if (top instanceof PickleDict) {
    const holdsTensors = (dict: PickleDict): boolean =>
      [...dict.entries.values()].some((item) => item instanceof TorchTensor);
    if (holdsTensors(top)) return { state: top, config: undefined, isFairseq: false };
    for (const key of MODEL_KEYS) {
      const state = top.entries.get(key);
      if (!(state instanceof PickleDict && holdsTensors(state))) continue;
      // New files have cfg and an empty args, old ones args alone.
      const config = top.entries.get("cfg") ?? top.entries.get("args") ?? null;
      const isFairseq = key === "model" && (top.entries.has("cfg") || top.entries.has("args"));
      return { state, config: isFairseq && config !== null ? toPlainData(config, path) : undefined, isFairseq };
    }
  }
  const kind = top instanceof PickleRecord ? `an object of the class ${top.className}` : "no dict of tensors";
  throw new BiogptError("checkpoints/no-tensors", {
    what: `${path} holds ${kind}.`,
    why: `A checkpoint is a dict of tensors, or has one under ${MODEL_KEYS.join(", ")}. Whole pickled modules are code, which we do not run.`,
    fix: "Save the weights alone: torch.save(model.state_dict(), file).",
  });
}

function notATensor(path: string, name: string, value: PickleValue): BiogptError {
  const className = value instanceof PickleRecord ? value.className : undefined;
  return new BiogptError("checkpoints/unsupported-tensor", {
    what: `${path}: ${JSON.stringify(name)} is not a dense tensor${className === undefined ? "" : ` but the result of ${className}`}.`,
    why: "Sparse, quantised and subclassed tensors, and objects beside the weights, are not read; nothing of them was run.",
    fix: "Save plain tensors: torch.save({name: t.to_dense() for name, t in model.state_dict().items()}, file).",
  });
}

async function placeTensor(
  file: CheckpointFile,
  name: string,
  tensor: TorchTensor,
  storages: Map<string, Promise<number>>,
  entries: ReadonlyMap<string, ZipEntry>,
  root: string,
): Promise<TensorEntry> {
  const { dtype, shape, strides, storage } = tensor;
  const quoted = JSON.stringify(name);
  const width = ELEMENT_BYTES[dtype];
  const entry = entries.get(`${root}data/${storage.key}`);
  if (entry === undefined) {
    throw new BiogptError("checkpoints/missing-data", {
      what: `${file.path}: the bytes of ${quoted} (data/${storage.key}) are not in the archive.`,
      fix: "Fetch the file again, or save it again with torch.save.",
    });
  }
  checkStorageSize(file.path, quoted, storage, entry);
  checkedBytes(file.path, quoted, dtype, shape);
  const isEmpty = shape.includes(0);
  // The last element's index; each step is checked, so that no product is rounded.
  let last = tensor.offset;
  if (!isEmpty) {
    for (const [axis, size] of shape.entries()) last += (size - 1) * strides[axis]!;
    if (!Number.isSafeInteger(last) || (last + 1) * width > entry.size) {
      throw badShape(
        file.path,
        `${quoted} of shape [${shape.join(", ")}] reaches beyond the ${entry.size} bytes of its storage`,
      );
    }
  } else if (tensor.offset * width > entry.size) {
    throw badShape(file.path, `${quoted} begins beyond the ${entry.size} bytes of its storage`);
  }
  const start = storages.get(storage.key) ?? zipEntryOffset(file, entry);
  storages.set(storage.key, start);
  return {
    name,
    dtype,
    shape,
    strides,
    contiguous: isEmpty || isContiguous(shape, strides),
    file: file.path,
    source: file.source,
    offset: (await start) + tensor.offset * width,
    byteLength: isEmpty ? 0 : (last - tensor.offset + 1) * width,
  };
}

function checkStorageSize(path: string, quoted: string, storage: TorchStorage, entry: ZipEntry): void {
  const wanted = storage.length * (storage.dtype === undefined ? 1 : ELEMENT_BYTES[storage.dtype]);
  if (wanted === entry.size) return;
  throw new BiogptError("checkpoints/wrong-byte-count", {
    what: `${path}: the storage of ${quoted} should have ${wanted} bytes, but data/${storage.key} has ${entry.size}.`,
    fix: "Fetch the file again, or save it again with torch.save.",
  });
}

/** The stride of an axis of size 1 is never used, and PyTorch writes anything there. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
