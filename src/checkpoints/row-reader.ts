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
  const rowBytes = columns * ELEMENT_BYTES[entry.dtype];
  // The next tile is on its way while this one is used, so that disk and processor work at the same time.
  const buffers = [new Uint8Array(most * rowBytes), new Uint8Array(rows > most ? most * rowBytes : 0)] as const;
  await withCheckpointFile(entry.file, async (file) => {
    const read = (tile: number): Promise<void> => {
      const first = tile * most;
      const bytes = Math.min(most, rows - first) * rowBytes;
      return first < rows ? readInto(file, entry, buffers[tile & 1]!, first * rowBytes, bytes) : Promise.resolve();
    };
    let coming = read(0);
    for (let tile = 0; tile * most < rows; tile++) {
      await coming;
      coming = read(tile + 1);
      coming.catch(() => {}); // told when its turn comes
      const first = tile * most;
      const count = Math.min(most, rows - first);
      try {
        await use({ first, rows: count, values: widened(entry, buffers[tile & 1]!.buffer, count * columns) });
      } catch (error) {
        await coming.catch(() => {}); // the file is closed behind the last read
        throw error;
      }
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
