/** By what a model is told from others in results. */
import { type ByteSource, readRange } from "../../checkpoints/byte-source.ts";
import type { TensorEntry } from "../../checkpoints/checkpoint.ts";
import { Sha256 } from "../../tokenizers/sha256.ts";
import type { ModelCheckpoint } from "./model-checkpoint.ts";
import type { Precision } from "./precision.ts";

/** Stands for the tokenizer in the hash of a model without one. */
const NO_TOKENIZER = "none";

/** Bytes read from each end of a tensor to tell models apart. */
const SAMPLE_BYTES = 4096;

/** Opened for many reads; absent for sources that need no opening. */
type OpenForReading = (source: ByteSource) => Promise<{
  read(offset: number, length: number, what: string): Promise<Uint8Array>;
  close(): Promise<void>;
}>;

/**
 * Names a model in results: 64 hexadecimal digits.
 *
 * @param open how a source is read several times. Default: as it is
 */
export function modelHash(
  { family, config, entries }: Pick<ModelCheckpoint, "family" | "config" | "entries">,
  precision: Precision,
  tokenizerHash: string = NO_TOKENIZER,
  open: OpenForReading = asItIs,
): Promise<string> {
  // Fields and tensor names tell families apart; hashes of results that were written before there were families stay.
  const { modelType: _, ...fields } = config;
  const tensors = family.tensors(config).map(({ name }) => [name, entries.get(name)!] as const);
  return weightsHash([fields, precision, tokenizerHash], tensors, open);
}

/**
 * The same of any weights. Of each tensor both ends are read, not all of it: hashing gigabytes at each start would cost seconds, and whatever trains a
 * matrix (LoRA leaves norms and biases alone) changes its ends too.
 *
 * @param settings what else decides what the model gives, as JSON
 */
export async function weightsHash(
  settings: unknown,
  tensors: Iterable<readonly [name: string, entry: TensorEntry]>,
  open: OpenForReading = asItIs,
): Promise<string> {
  const hash = new Sha256().update(JSON.stringify(settings));
  const opened = new Map<ByteSource, Awaited<ReturnType<OpenForReading>>>();
  try {
    for (const [name, { source, offset, byteLength, dtype, shape }] of tensors) {
      hash.update(`${name} ${dtype} ${shape}`);
      let file = opened.get(source);
      if (file === undefined) {
        file = await open(source);
        opened.set(source, file);
      }
      const length = Math.min(SAMPLE_BYTES, byteLength);
      for (const at of new Set([offset, offset + byteLength - length])) hash.update(await file.read(at, length, name));
    }
  } finally {
    for (const file of opened.values()) await file.close();
  }
  return hash.digest();
}

const asItIs: OpenForReading = async (source) => ({
  read: (offset, length, what) => readRange(source, offset, length, what),
  close: async () => {},
});
