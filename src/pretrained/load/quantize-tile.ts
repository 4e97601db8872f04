/** Some rows of a matrix, to be quantised here or on a thread: plain data, as it is sent. */
import { type QuantizedBlocks, quantizeBlocks, quantizeChannelRows } from "../../checkpoints/quantize.ts";

export type QuantizerTile =
  | {
      readonly kind: "blocks";
      readonly values: Float32Array;
      readonly shape: readonly [rows: number, K: number];
      readonly bits: 4 | 8;
      readonly blockSize: number;
    }
  | {
      readonly kind: "channels";
      readonly values: Float32Array;
      readonly shape: readonly [rows: number, K: number];
      /** The place of the first row in the matrix. */
      readonly first: number;
      /** (K, M), and (M): what all tiles of the matrix write into. */
      readonly weight: Uint8Array;
      readonly scales: Float32Array;
    };

/** @returns codes and scales of blocks; channels are where they belong */
export function quantizeTile(tile: QuantizerTile): QuantizedBlocks | undefined {
  if (tile.kind === "blocks") return quantizeBlocks(tile.values, tile.shape, tile.bits, tile.blockSize);
  quantizeChannelRows(tile.values, tile.shape, tile.first, tile);
  return undefined;
}
