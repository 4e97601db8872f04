/**
 * A matrix read a few rows at a time as float32, so that a tensor of gigabytes needs megabytes of memory.
 *
 * A vector counts as one row. A view that does not lie in one piece is read whole, since its rows lie anywhere; so is what lies in no file.
 */
import { ELEMENT_BYTES, entryElements, type TensorEntry } from "./checkpoint.ts";
import { type CheckpointFile, withCheckpointFile } from "./checkpoint-file.ts";
import { widenBfloat16, widenFloat16 } from "./half.ts";
import { readFloat32 } from "./read-tensor.ts";

export interface RowTile {
  /** The first row of the tile. */
  readonly first: number;
  readonly rows: number;
  /** (rows, K), valid until the next tile is asked for. */
  readonly values: Float32Array;
}

/** Values of a tile: 16 MB as float32. */
const TILE_VALUES = 1 << 22;

/** The tiles of a tensor of shape (M, …K) in order; every tile but the last has the same rows. */
export async function eachTile(entry: TensorEntry, use: (tile: RowTile) => Promise<void>): Promise<void> {
  const [rows, columns] = matrixShape(entry);
  const reads =
    entry.contiguous && entry.source.path !== undefined && ["float32", "float16", "bfloat16"].includes(entry.dtype);
  const most = Math.max(1, Math.min(rows, Math.floor(TILE_VALUES / Math.max(1, columns))));
  if (!reads) {
    const values = await readFloat32(entry);
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      await use({ first, rows: count, values: values.subarray(first * columns, (first + count) * columns) });
    }
    return;
  }
  const width = ELEMENT_BYTES[entry.dtype];
  const buffer = new Uint8Array(most * columns * width);
  await withCheckpointFile(entry.file, async (file) => {
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      await readInto(file, entry, buffer, first * columns * width, count * columns * width);
      await use({ first, rows: count, values: widened(entry, buffer.buffer, count * columns) });
    }
  });
}

/** M and K, the axes after the first taken together. */
export function matrixShape(entry: Pick<TensorEntry, "shape">): readonly [rows: number, columns: number] {
  const rows = entry.shape.length < 2 ? 1 : entry.shape[0]!;
  return [rows, rows === 0 ? 0 : entryElements(entry) / rows];
}

function readInto(
  file: CheckpointFile,
  { offset, name }: TensorEntry,
  target: Uint8Array,
  from: number,
  bytes: number,
): Promise<void> {
  return file.readInto(target, offset + from, bytes, JSON.stringify(name));
}

function widened({ dtype }: TensorEntry, buffer: ArrayBuffer, count: number): Float32Array {
  if (dtype === "float32") return new Float32Array(buffer, 0, count);
  const halves = new Uint16Array(buffer, 0, count);
  return dtype === "float16" ? widenFloat16(halves) : widenBfloat16(halves);
}
