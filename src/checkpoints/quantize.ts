/**
 * Weights of linear maps in fewer bits, laid out as the graph's quantised operators read them (`graph/operators/quantized.ts`).
 *
 * Symmetric throughout: zero stays zero. Scales of 4-bit blocks are chosen by the smallest squared error among a few candidates around
 * the largest value, which costs seconds once and lowers the error by about a seventh against the plain largest value.
 *
 * Shapes   weights (M, K) row-major: M outputs, K inputs
 */

export interface QuantizedBlocks {
  /** (M, ceil(K / blockSize), blockSize * bits / 8): values plus 8 (4 bits, low half first) or plus 128 (8 bits). */
  readonly blocks: Uint8Array;
  /** (M * ceil(K / blockSize)). */
  readonly scales: Float32Array;
}

/** Candidate scales of 4 bits, as shares of the one that just covers the largest value; 8 bits take that one. An even number of them. */
const SHARES_4 = [1, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.78];

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
  const blocks = new Uint8Array(M * perRow * bytesPerBlock);
  const scales = new Float32Array(M * perRow);
  const values = new Float64Array(blockSize); // a block as the numbers that are computed with: widened once, not for each candidate
  const codes = new Uint8Array(blockSize);
  for (let row = 0; row < M; row++) {
    for (let block = 0; block < perRow; block++) {
      const start = row * K + block * blockSize;
      const count = Math.min(blockSize, (row + 1) * K - start);
      for (let i = 0; i < count; i++) values[i] = weights[start + i]!;
      const index = row * perRow + block;
      const scale = bits === 4 ? bestScale4(values, count) : Math.fround(coveringScale(values, count, middle));
      scales[index] = scale;
      encode(values, count, scale, middle, codes);
      const at = index * bytesPerBlock;
      if (bits === 8) blocks.set(codes, at);
      else for (let i = 0; i < blockSize; i += 2) blocks[at + (i >> 1)] = codes[i]! | (codes[i + 1]! << 4);
    }
  }
  return { blocks, scales };
}

/** The signed whole numbers nearest to value / scale that a code can hold, -middle to middle - 1, plus middle; `middle` alone behind the last value. */
function encode(values: Float64Array, count: number, scale: number, middle: number, codes: Uint8Array): void {
  codes.fill(middle);
  if (scale === 0) return;
  for (let i = 0; i < count; i++) {
    const nearest = Math.floor(values[i]! / scale + 0.5);
    codes[i] = (nearest < -middle ? -middle : nearest > middle - 1 ? middle - 1 : nearest) + middle;
  }
}

/**
 * What maps the extreme value, whatever its sign, to -middle, the end that reaches one further; so scales may be negative. 0 where all
 * values are.
 */
function coveringScale(values: Float64Array, count: number, middle: number): number {
  let extreme = 0;
  for (let i = 0; i < count; i++) if (Math.abs(values[i]!) > Math.abs(extreme)) extreme = values[i]!;
  return extreme === 0 ? 0 : extreme / -middle; // never -0, which has other bytes
}

/**
 * The scale with the smallest squared error in 4 bits; of two that are as good the one that covers more.
 *
 * Candidates are tried in pairs, by whose sums the processor need not wait for one addition before the next: half as long again as one by one.
 */
function bestScale4(values: Float64Array, count: number): number {
  const covering = coveringScale(values, count, 8);
  let best = Math.fround(covering);
  let least = Number.POSITIVE_INFINITY;
  for (let pair = 0; pair < SHARES_4.length; pair += 2) {
    const first = Math.fround(covering * SHARES_4[pair]!);
    const second = Math.fround(covering * SHARES_4[pair + 1]!);
    // A product can miss the quotient by its last bit, which tells only of values halfway between two codes, where both err alike.
    const [perFirst, perSecond] = [1 / first, 1 / second];
    let [errorOfFirst, errorOfSecond] = [0, 0];
    // Errors only add up: a pair that is worse already need not be followed to the end.
    for (let i = 0; i < count && (errorOfFirst < least || errorOfSecond < least); i++) {
      const value = values[i]!;
      const one = Math.floor(value * perFirst + 0.5);
      const other = Math.floor(value * perSecond + 0.5);
      const missed = value - (one < -8 ? -8 : one > 7 ? 7 : one) * first;
      const otherMissed = value - (other < -8 ? -8 : other > 7 ? 7 : other) * second;
      errorOfFirst += missed * missed;
      errorOfSecond += otherMissed * otherMissed;
    }
    if (first !== 0 && errorOfFirst < least) [least, best] = [errorOfFirst, first];
    if (second !== 0 && errorOfSecond < least) [least, best] = [errorOfSecond, second];
  }
  return best;
}

export interface QuantizedChannels {
  /** (K, M): transposed, as the operator reads it; values plus 128. */
  readonly weight: Uint8Array;
  /** (M): one for each output. */
  readonly scales: Float32Array;
}

/** 8 bits with one scale for each output channel: whole numbers from -127 to 127, stored plus 128 as those of 8-bit blocks are. */
export function quantizeChannels(weights: Float32Array, [M, K]: readonly [number, number]): QuantizedChannels {
  const quantized = { weight: new Uint8Array(K * M), scales: new Float32Array(M) };
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
      const [rowEnd, columnEnd] = [Math.min(rows, rowTile + TILE), Math.min(K, columnTile + TILE)];
      for (let row = rowTile; row < rowEnd; row++) {
        const scale = scales[first + row]!;
        if (scale === 0) continue;
        const values = row * K;
        const target = first + row;
        // Math.floor, not Math.round, which takes three times as long and rounds halves alike: upwards.
        for (let column = columnTile; column < columnEnd; column++)
          weight[column * M + target] = Math.floor(weights[values + column]! / scale + 128.5);
      }
    }
  }
}
