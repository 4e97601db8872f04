/**
 * Weights of linear maps in fewer bits, laid out as the graph's quantised operators read them (`graph/operators/quantized.ts`).
 *
 * Symmetric throughout: zero stays zero. Scales are chosen by the smallest squared error among a few candidates around the
 * largest value, which costs seconds once and lowers the error of 4-bit blocks by about a seventh against the plain largest value.
 *
 * Shapes   weights (M, K) row-major: M outputs, K inputs
 */

export interface QuantizedBlocks {
  /** (M, ceil(K / blockSize), blockSize * bits / 8): values plus 8 (4 bits, low half first) or plus 128 (8 bits). */
  readonly blocks: Uint8Array;
  /** (M * ceil(K / blockSize)). */
  readonly scales: Float32Array;
}

/** Candidate scales, as shares of the one that just covers the largest value. */
const SHARES_4 = [1, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.78];
const SHARES_8 = [1];

/** Blocks of `blockSize` values along K with one scale each; the last block of a row is padded with zeros. */
export function quantizeBlocks(
  weights: Float32Array,
  [M, K]: readonly [number, number],
  bits: 4 | 8,
  blockSize: number,
): QuantizedBlocks {
  const perRow = Math.ceil(K / blockSize);
  const bytesPerBlock = (blockSize * bits) / 8;
  const middle = bits === 4 ? 8 : 128;
  const blocks = new Uint8Array(M * perRow * bytesPerBlock).fill(bits === 4 ? 0x88 : 0x80);
  const scales = new Float32Array(M * perRow);
  for (let row = 0; row < M; row++) {
    for (let block = 0; block < perRow; block++) {
      const start = row * K + block * blockSize;
      const end = Math.min(start + blockSize, (row + 1) * K);
      const index = row * perRow + block;
      const scale = bestScale(weights, start, end, middle, bits === 4 ? SHARES_4 : SHARES_8);
      scales[index] = scale;
      if (scale === 0) continue;
      const at = index * bytesPerBlock;
      for (let i = start; i < end; i++) {
        const code = encode(weights[i]!, scale, middle) + middle;
        const offset = i - start;
        if (bits === 8) blocks[at + offset] = code;
        else {
          const byte = at + (offset >> 1);
          blocks[byte] = offset & 1 ? (blocks[byte]! & 0x0f) | (code << 4) : (blocks[byte]! & 0xf0) | code;
        }
      }
    }
  }
  return { blocks, scales };
}

/** The signed whole number nearest to value / scale that the code can hold: -middle to middle - 1. */
function encode(value: number, scale: number, middle: number): number {
  const nearest = Math.round(value / scale);
  return nearest < -middle ? -middle : nearest > middle - 1 ? middle - 1 : nearest;
}

/**
 * The scale with the smallest squared error. The extreme value, whatever its sign, is mapped to -middle, the end that
 * reaches one further, so scales may be negative.
 */
function bestScale(
  weights: Float32Array,
  start: number,
  end: number,
  middle: number,
  shares: readonly number[],
): number {
  let extreme = 0;
  for (let i = start; i < end; i++) if (Math.abs(weights[i]!) > Math.abs(extreme)) extreme = weights[i]!;
  if (extreme === 0) return 0;
  const covering = extreme / -middle;
  let best = covering;
  let least = Number.POSITIVE_INFINITY;
  for (const share of shares) {
    const scale = Math.fround(covering * share);
    if (scale === 0) continue;
    let error = 0;
    // Errors only add up: a scale that is worse already need not be followed to the end.
    for (let i = start; i < end && error < least; i++) {
      const difference = weights[i]! - encode(weights[i]!, scale, middle) * scale;
      error += difference * difference;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return Math.fround(best);
}

export interface QuantizedChannels {
  /** (K, M): transposed, as the operator reads it. */
  readonly weight: Int8Array;
  /** (M): one for each output. */
  readonly scales: Float32Array;
}

/** 8 bits with one scale for each output channel. */
export function quantizeChannels(weights: Float32Array, [M, K]: readonly [number, number]): QuantizedChannels {
  const quantized = { weight: new Int8Array(K * M), scales: new Float32Array(M) };
  quantizeChannelRows(weights, [M, K], 0, quantized);
  return quantized;
}

/**
 * The same for some rows of a matrix, into what all of them share.
 *
 * @param weights (rows, K)
 * @param first the place of the first of them among the M rows of the matrix
 */
export function quantizeChannelRows(
  weights: Float32Array,
  [rows, K]: readonly [number, number],
  first: number,
  { weight, scales }: QuantizedChannels,
): void {
  const M = scales.length;
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * K; i < (row + 1) * K; i++) largest = Math.max(largest, Math.abs(weights[i]!));
    scales[first + row] = largest / 127;
  }
  // Tiles keep both the rows that are read and the columns that are written in the processor's cache.
  const TILE = 64;
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    for (let columnTile = 0; columnTile < K; columnTile += TILE) {
      for (let row = rowTile; row < Math.min(rows, rowTile + TILE); row++) {
        const scale = scales[first + row]!;
        if (scale === 0) continue;
        for (let column = columnTile; column < Math.min(K, columnTile + TILE); column++) {
          weight[column * M + first + row] = Math.round(weights[row * K + column]! / scale);
        }
      }
    }
  }
}
