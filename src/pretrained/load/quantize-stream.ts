/**
 * Tensors of a checkpoint as units of a file that is written tensor by tensor: linear maps quantised, others as they are or rounded to half precision.
 *
 * What is in memory at a time is a tile of rows and its codes for each thread; of a matrix in channels, which is stored transposed, the codes of the
 * whole matrix, a byte a weight.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError, internalError } from "../../base/errors.ts";
import {
  ELEMENT_BYTES,
  entryElements,
  narrowToBfloat16,
  narrowToFloat16,
  PACKED_BLOCK,
  packed,
  readFloat32,
  scalesName,
  type TensorEntry,
} from "../../checkpoints/index.ts";
import type { QuantizedBlocks } from "../../checkpoints/quantize.ts";
import type { TensorLayout, WriteUnit } from "../../checkpoints/resumable-safetensors.ts";
import { eachTile, type RowTile } from "../../checkpoints/row-reader.ts";
import type { WeightFormat } from "../../layers/linear.ts";
import type { QuantizerTile } from "./quantize-tile.ts";
import type { Quantizer } from "./quantizer.ts";

/** Types that a tensor may be kept in. */
export type FloatType = "float32" | "float16" | "bfloat16";

/** A linear map (M, K) and its scales, under `name` and `<name>.scales`. */
export function quantizedLayout(
  name: string,
  [M, K]: readonly [number, number],
  format: Exclude<WeightFormat, { readonly kind: "dense" }>,
): readonly [codes: TensorLayout, scales: TensorLayout] {
  if (format.kind === "channels") {
    return [
      { name, dtype: format.codes, shape: [K, M] },
      { name: `${name}.scales`, dtype: "float32", shape: [M] },
    ];
  }
  const perRow = Math.ceil(K / format.blockSize);
  return [
    { name, dtype: "uint8", shape: [M, perRow, (format.blockSize * format.bits) / 8] },
    { name: `${name}.scales`, dtype: "float32", shape: [M * perRow] },
  ];
}

/** Quantises a linear map, or several over the same rows as one; refuses a dense format, which is no one's to ask for here. */
export function quantizedUnit(
  name: string,
  entries: readonly TensorEntry[],
  format: WeightFormat | "dense",
  { quantizer, signal }: { readonly quantizer: Quantizer; readonly signal?: AbortSignal | undefined },
): WriteUnit {
  if (format === "dense" || format.kind === "dense") throw internalError(`${name} has no quantised format`);
  const K = entries[0]!.shape[1]!;
  const M = entries.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const tensors = quantizedLayout(name, [M, K], format);
  const scalesName = tensors[1].name;
  const eachQuantized = (
    tileOf: (tile: RowTile, values: Float32Array) => QuantizerTile,
    use: (first: number, result: QuantizedBlocks | undefined) => Promise<void>,
  ): Promise<void> =>
    severalAtOnce(quantizer.atOnce, async (start) => {
      let above = 0;
      for (const entry of entries) {
        await eachTile(entry, async ({ values, rows, first: inEntry }) => {
          throwIfAborted(signal);
          const first = above + inEntry;
          const given = tileOf({ values, rows, first }, quantizer.atOnce === 1 ? values : values.slice());
          await start(async () => use(first, await quantizer.quantize(given)));
        });
        above += entry.shape[0]!;
      }
    });
  return {
    name,
    tensors,
    cost: entries.reduce((sum, { byteLength }) => sum + byteLength, 0),
    async write(put) {
      if (format.kind === "channels") {
        const room = (bytes: number): ArrayBuffer => (quantizer.shares ? sharedRoom(bytes) : new ArrayBuffer(bytes));
        const codes = { weight: new Uint8Array(room(K * M)), scales: new Float32Array(room(4 * M)) };
        await eachQuantized(
          ({ first, rows }, values) => ({ kind: "channels", values, shape: [rows, K], first, ...codes }),
          async () => {},
        );
        if (format.codes === "int8") flipSigns(codes.weight);
        await put(name, 0, codes.weight);
        return put(scalesName, 0, codes.scales);
      }
      const { bits, blockSize } = format;
      const perRow = Math.ceil(K / blockSize);
      await eachQuantized(
        ({ rows }, values) => ({ kind: "blocks", values, shape: [rows, K], bits, blockSize }),
        async (first, result) => {
          const { blocks, scales } = result!;
          await put(name, first * perRow * ((blockSize * bits) / 8), blocks);
          await put(scalesName, 4 * first * perRow, scales);
        },
      );
    },
  };
}

/** Codes with 128 for zero become signed ones, and the other way round: the highest bit of each. */
function flipSigns({ buffer, byteOffset, length }: Uint8Array): void {
  const wide = length - (length % 4);
  const words = new Uint32Array(buffer, byteOffset, wide / 4);
  for (let i = 0; i < words.length; i++) words[i] = words[i]! ^ 0x80808080;
  const rest = new Uint8Array(buffer, byteOffset + wide, length - wide);
  for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! ^ 0x80;
}

/** Zeros that threads share, by the type of those that they do not: what reads and writes them makes no difference. */
function sharedRoom(bytes: number): ArrayBuffer {
  return new SharedArrayBuffer(bytes) as unknown as ArrayBuffer;
}

/**
 * Runs what `run` starts, so many at a time, and waits for all of it, also where something fails.
 *
 * @throws the first failure
 */
async function severalAtOnce(
  most: number,
  run: (start: (work: () => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const start = async (work: () => Promise<void>): Promise<void> => {
    const one = work()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(one));
    running.add(one);
    while (running.size >= most) await Promise.race(running);
    if (failure !== undefined) throw failure.error;
  };
  try {
    await run(start);
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.error;
}

/**
 * A tensor in another float type, or as it is.
 *
 * @throws BiogptError `pretrained/half-range` while writing, for a value that half precision does not hold
 */
export function denseUnit(
  name: string,
  entry: TensorEntry,
  dtype: FloatType | undefined,
  signal?: AbortSignal | undefined,
): WriteUnit {
  const target = dtype ?? (entry.dtype === "float64" ? "float32" : (entry.dtype as FloatType));
  return {
    name,
    tensors: [{ name, dtype: target, shape: entry.shape }],
    cost: entry.byteLength,
    async write(put) {
      let at = 0;
      await eachTile(entry, async ({ values }) => {
        throwIfAborted(signal);
        if (target === "float16") expectHalfRange(name, values);
        const bytes =
          target === "float32" ? values : target === "float16" ? narrowToFloat16(values) : narrowToBfloat16(values);
        await put(name, at, bytes);
        at += bytes.byteLength;
      });
      if (at !== entryElements(entry) * ELEMENT_BYTES[target]) throw internalError(`${name} was not written whole`);
    },
  };
}

/** A tensor in eight bits for storage (checkpoints/packed.ts), under its name and `<name>.scales`. */
export function packedUnit(name: string, entry: TensorEntry, signal?: AbortSignal | undefined): WriteUnit {
  const blocks = Math.ceil(entryElements(entry) / PACKED_BLOCK);
  return {
    name,
    tensors: [
      { name, dtype: "int8", shape: entry.shape },
      { name: scalesName(name), dtype: "float16", shape: [blocks] },
    ],
    cost: entry.byteLength,
    async write(put) {
      const values = await readFloat32(entry, signal);
      const { codes, scales } = packed(values);
      await put(name, 0, codes);
      await put(scalesName(name), 0, scales);
    },
  };
}

/** The bits of 65,520 in float32: from here on a number rounds to infinity in half precision. */
const HALF_LIMIT = 0x477ff000;
/** Those of infinity, which half precision has too; NaN lies beyond. */
const INFINITE = 0x7f800000;

function expectHalfRange(name: string, values: Float32Array): void {
  // By the bits, since sizes are in order there: half the time of comparing numbers, of which there are billions.
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const size = words[i]! & 0x7fffffff;
    if (size < HALF_LIMIT || size >= INFINITE) continue;
    throw new BiogptError("pretrained/half-range", {
      what: `${name} holds ${values[i]}, which half precision (fp16) does not.`,
      why: "It would become infinite, and every output with it.",
      fix: "Convert to bf16, which has the range of float32, or to q8.",
    });
  }
}
