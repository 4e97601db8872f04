/**
 * Rotary positions: each head's coordinates turn in pairs (i, i + D/2) by an angle that grows with the token's position.
 *
 *     out[i]       = x[i] cos - x[i + D/2] sin
 *     out[i + D/2] = x[i + D/2] cos + x[i] sin,      angle = position / base^(2 i / D)
 *
 * Source    arXiv:2104.09864, with pairs half a head apart as in Llama and ESM-2 of transformers (`rotate_half`), not neighbours as
 *           in the paper.
 * Left out  scaled variants (YaRN, Llama 3's), which no model here uses.
 */
import { shapeError, type Tensor } from "../graph/graph.ts";
import { add, concat, mul, split, sub } from "../graph/operators.ts";

/**
 * @param x     (..., D), D even
 * @param cos   broadcasts to (..., D / 2), as does `sin`
 */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const D = x.shape.at(-1);
  if (typeof D !== "number" || D % 2 !== 0) throw shapeError("rotate", `(${x.shape.join(", ")}) has no even last axis`);
  const [low, high] = split(x, -1, [D / 2, D / 2]) as [Tensor, Tensor];
  return concat([sub(mul(low, cos), mul(high, sin)), add(mul(high, cos), mul(low, sin))], -1);
}

/**
 * Cosines and sines of the first `length` positions, each (length, D / 2), row-major.
 *
 * @param base  Llama and ESM-2: 10,000
 */
export function rotaryTables(
  length: number,
  headWidth: number,
  base = 10_000,
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const half = headWidth / 2;
  const angle = (at: number): number => Math.floor(at / half) / base ** ((at % half) / half);
  const table = (of: (angle: number) => number): Float32Array =>
    Float32Array.from({ length: length * half }, (_, at) => of(angle(at)));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
