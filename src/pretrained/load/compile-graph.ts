/** A graph over a checkpoint's tensors, compiled for a device that is open, and the decoder over one that generates. Knows no file and no Node. */
import { BiogptError } from "../../base/errors.ts";
import type { TensorEntry } from "../../checkpoints/checkpoint.ts";
import { readFloat32, readTensor } from "../../checkpoints/read-tensor.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { CachedDecoder, type CacheSteps } from "../../models/cached-decoder.ts";
import type { ModelConfig } from "../../models/family.ts";
import type { CompileOptions, Device, ExternalWeight, Program } from "../../runtime/device-interface.ts";
import type { ModelCheckpoint } from "./model-checkpoint.ts";

export type RunnableCheckpoint = Pick<ModelCheckpoint, "family" | "config" | "entries" | "quantized">;

/** @param sources of the graph's weights, by their names */
export async function compileGraph(
  device: Device,
  graph: Graph,
  sources: ReadonlyMap<string, TensorEntry>,
  options: Pick<CompileOptions, "profile" | "signal"> = {},
): Promise<Program> {
  const weights: ExternalWeight[] = [];
  for (const { name, dtype, shape } of graph.weights) {
    const declared = { name, dtype, shape: shape as number[] };
    weights.push({ ...declared, source: await weightSource(device, sources.get(name)!, declared) });
  }
  return device.compile(toOnnx(graph), { ...options, weights });
}

/**
 * The bytes of the file where they are what the graph reads; else in memory, put in order (a view that PyTorch saved transposed), widened, or
 * fetched from a source that is no file.
 */
async function weightSource(
  device: Device,
  entry: TensorEntry,
  { dtype, shape }: Pick<ExternalWeight, "dtype" | "shape">,
): Promise<ExternalWeight["source"]> {
  const { source, offset, byteLength, contiguous } = entry;
  const same = entry.dtype === dtype;
  if (contiguous && same && source.path !== undefined) return { file: source.path, offset, byteLength };
  const tensor = device.allocate(dtype, shape);
  for (const { first, part } of piecesOf(entry)) {
    const values = same ? await readTensor(part) : await readFloat32(part);
    await tensor.write(values as Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>, first);
  }
  return tensor;
}

/** Elements of a tensor that are on their way at once: it is held once, in the device's memory, and little of it beside. */
const ELEMENTS_AT_ONCE = 1 << 16;

/** A contiguous tensor as flat ones one behind the other; any other as it is. */
function* piecesOf(entry: TensorEntry): Generator<{ readonly first: number; readonly part: TensorEntry }> {
  const elements = elementCount(entry.shape);
  if (!entry.contiguous || elements <= ELEMENTS_AT_ONCE) {
    yield { first: 0, part: entry };
    return;
  }
  const width = entry.byteLength / elements;
  for (let first = 0; first < elements; first += ELEMENTS_AT_ONCE) {
    const count = Math.min(ELEMENTS_AT_ONCE, elements - first);
    const place = { offset: entry.offset + first * width, byteLength: count * width };
    yield { first, part: { ...entry, shape: [count], strides: [1], ...place } };
  }
}

export interface DecoderSettings {
  readonly maxLength: number;
  readonly slots: number;
  readonly cacheMemory?: number | undefined;
  /** Of a graph with an int8 cache. */
  readonly steps?: readonly CacheSteps[] | undefined;
  /** Of the model, for errors. */
  readonly name?: string | undefined;
}

/** The decoder of a generator's program (`ModelFamily.buildGenerator`). */
export function decoderOver(
  checkpoint: Pick<ModelCheckpoint, "family" | "config">,
  compiled: { readonly device: Device; readonly program: Program },
  { maxLength, slots, cacheMemory, steps, name }: DecoderSettings,
): CachedDecoder {
  const { family, config } = checkpoint;
  return new CachedDecoder({
    ...compiled,
    cache: family.cacheShape(config),
    vocabularySize: config.vocabularySize,
    width: config.width,
    maxLength,
    slotCount: slots,
    positionOffset: positionOffset(checkpoint),
    cacheMemory,
    steps,
    name,
  });
}

/** Row of the position table for the first token; 0 where positions are rotary. */
export function positionOffset({ family: { positions } }: Pick<ModelCheckpoint, "family">): number {
  return positions.kind === "table" ? positions.offset : 0;
}

/** @throws BiogptError `pretrained/context-length` */
export function contextLength({ maxPositions }: ModelConfig, asked: number | undefined): number {
  if (asked === undefined) return maxPositions;
  if (Number.isInteger(asked) && asked >= 1 && asked <= maxPositions) return asked;
  throw new BiogptError("pretrained/context-length", {
    what: `A context of ${asked} tokens was asked for; the model has ${maxPositions} positions.`,
    fix: `Ask for 1 to ${maxPositions}.`,
    kind: "usage",
  });
}
