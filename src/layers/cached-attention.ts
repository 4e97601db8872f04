/**
 * Attention over a key-value cache, for graphs that generate: new tokens of a batch come in, each row's cache grows.
 *
 * One call declares the inputs that say where each row stands; `attend` is then the model's attention, layer by layer.
 *
 * A cache holds floats, or bytes with a step for each channel. Bytes are a quarter of the memory, and a token reads them in half the time;
 * many tokens at once are attended to by plain products over floats made from them, since the operator for bytes reads them anew for each token.
 *
 * Shapes   B batch · T new tokens · S room in the cache · C width · H heads, G of keys and values · D = C / H · N = B * T rows, batch-major
 */
import type { Dimension, Graph, Tensor } from "../graph/graph.ts";
import {
  atLeast,
  cachedAttention,
  cast,
  concat,
  maxOver,
  mul,
  neg,
  padEnd,
  quantizeChannels,
  reshape,
  scale,
  slice,
  transpose,
} from "../graph/operators.ts";
import { type BatchShapes, batchShapes } from "./batch-shape.ts";
import {
  attendInPieces,
  causalMask,
  cut,
  cutQueries,
  PIECE_OUTPUTS,
  piecesOf,
  plus,
  tensorsOf,
} from "./query-pieces.ts";

export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` in grouped-query models. */
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

/** How keys and values are kept: as they are, or rounded to 8 bits with one step for each channel. */
export type CacheType = "float32" | "int8";

/** What a graph does with them; `observed` keeps floats and gives, as outputs, the largest magnitude of each channel among a step's new ones. */
export type CacheForm = CacheType | "observed";

export interface AttentionCache {
  /** @param query rows (N, H * D), and `key` and `value` (N, G * D) */
  attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
  /** @param rows (N, (H + 2G) * D): queries, keys and values beside each other */
  attendJoined(layer: number, rows: Tensor): Tensor;
}

/** Queries, keys and values (B, T, heads * D'). */
interface Parts {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Names of a layer's cache in the graph: inputs `past.*`, outputs `present.*`. */
export function cacheNames(layer: number): Record<"pastKeys" | "pastValues" | "presentKeys" | "presentValues", string> {
  return {
    pastKeys: `past.${layer}.keys`,
    pastValues: `past.${layer}.values`,
    presentKeys: `present.${layer}.keys`,
    presentValues: `present.${layer}.values`,
  };
}

/** Names of the inputs (1, G, 1, D') with the steps of a layer's int8 cache. */
export function stepNames(layer: number): Record<"keys" | "values", string> {
  return { keys: `step.${layer}.keys`, values: `step.${layer}.values` };
}

/** Names of the outputs (G * D') of an observed cache. */
export function largestNames(layer: number): Record<"keys" | "values", string> {
  return { keys: `largest.${layer}.keys`, values: `largest.${layer}.values` };
}

/** Input () bool of a graph with an int8 cache: whether its many new tokens are of one row, and attended to by plain products. */
export const WHOLE = "whole";

/** Heads are padded with zeros to a multiple of this in the cache: the operator takes no other widths. */
const HEAD_WIDTH_STEP = 8;

/** Width of a head in the cache. */
export function cachedHeadWidth(headWidth: number): number {
  return Math.ceil(headWidth / HEAD_WIDTH_STEP) * HEAD_WIDTH_STEP;
}

/**
 * Declares `lastPositions` (B) int32 and `longest` () int32, with bytes also `whole` and the steps, and gives the attention over them.
 *
 * @param ids  (B, T): whose shape the rows have
 */
export function declareAttentionCache(
  graph: Graph,
  { heads, keyValueHeads, headWidth }: CacheShape,
  ids: Tensor,
  form: CacheForm = "float32",
): AttentionCache {
  const lastPositions = graph.input("lastPositions", "int32", ["batch"]);
  const longest = graph.input("longest", "int32", []);
  const { inBatch: batched } = batchShapes(graph, ids);
  const padded = cachedHeadWidth(headWidth);
  /** Rows (N, H * D) as (B, T, H * D'), D' the width in the cache. */
  const inBatch = (rows: Tensor, count: number): Tensor => {
    if (padded === headWidth) return batched(rows, count * headWidth);
    return batched(padEnd(batched(rows, count, headWidth), padded - headWidth), count * padded);
  };
  const type = form === "int8" ? "int8" : "float32";
  const attendWhole =
    type === "int8" ? wholeAttention(graph, { heads, keyValueHeads, padded }, ids, lastPositions) : undefined;
  /**
   * @param given what the operator is given: the parts, or as `query` all of them beside each other
   * @param parts the same apart, made where they are asked for: in a branch of the graph, as a rule
   */
  const attendTo = (layer: number, given: { query: Tensor } & Partial<Parts>, parts: () => Parts): Tensor => {
    const names = cacheNames(layer);
    const cacheDimensions = ["batch", keyValueHeads, "room", padded];
    const past = {
      pastKeys: graph.input(names.pastKeys, type, cacheDimensions),
      pastValues: graph.input(names.pastValues, type, cacheDimensions),
    };
    const step = (name: string): Tensor => graph.input(name, "float32", [1, keyValueHeads, 1, padded]);
    const steps =
      type === "int8" ? { keys: step(stepNames(layer).keys), values: step(stepNames(layer).values) } : undefined;
    const factor = 1 / Math.sqrt(headWidth);
    const stepwise = (): Attended => {
      const attended = cachedAttention({
        ...{ ...given, ...past, lastPositions, longest, heads, scale: factor },
        ...(steps === undefined ? {} : { steps }),
      });
      return [attended.out, attended.keys, attended.values];
    };
    const [out, keys, values] =
      attendWhole === undefined || steps === undefined
        ? stepwise()
        : attendWhole({ parts, ...past, steps, factor }, stepwise);
    graph.output(names.presentKeys, keys);
    graph.output(names.presentValues, values);
    if (padded === headWidth) return reshape(out, ["batch*time", heads * headWidth]);
    return reshape(slice(batched(out, heads, padded), 3, 0, headWidth), ["batch*time", heads * headWidth]);
  };
  const attend = (layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor => {
    const parts = {
      query: inBatch(query, heads),
      key: inBatch(key, keyValueHeads),
      value: inBatch(value, keyValueHeads),
    };
    if (form === "observed") {
      const largest = (rows: Tensor): Tensor => maxOver(atLeast(rows, neg(rows)), [0, 1]);
      graph.output(largestNames(layer).keys, largest(parts.key));
      graph.output(largestNames(layer).values, largest(parts.value));
    }
    return attendTo(layer, parts, () => parts);
  };
  /** Cuts (..., (H + 2G) * D) along its last axis. */
  const apart = (rows: Tensor): Parts => {
    const axis = rows.shape.length - 1;
    const [H, G] = [heads * headWidth, keyValueHeads * headWidth];
    return {
      query: slice(rows, axis, 0, H),
      key: slice(rows, axis, H, H + G),
      value: slice(rows, axis, H + G, H + 2 * G),
    };
  };
  return {
    attend,
    attendJoined(layer, rows) {
      if (form === "observed" || padded !== headWidth) {
        const { query, key, value } = apart(rows);
        return attend(layer, query, key, value);
      }
      const joined = inBatch(rows, heads + 2 * keyValueHeads);
      return attendTo(layer, { query: joined }, () => apart(joined));
    },
  };
}

/** What attention gives: rows (B, T, H * D'), and keys and values as they then stand in the cache. */
type Attended = readonly [out: Tensor, keys: Tensor, values: Tensor];

interface QuantizedRows {
  readonly parts: () => Parts;
  readonly pastKeys: Tensor;
  readonly pastValues: Tensor;
  readonly steps: { readonly keys: Tensor; readonly values: Tensor };
  /** What scores are multiplied by. */
  readonly factor: number;
}

/**
 * Attention that takes the other way where `whole` holds: B is then 1, and the T tokens stand behind P earlier ones.
 *
 * All tokens, the new ones too, are attended to as the cache holds them, so that it does not matter in which pieces they came.
 */
function wholeAttention(
  graph: Graph,
  { heads: H, keyValueHeads: G, padded: D }: { heads: number; keyValueHeads: number; padded: number },
  ids: Tensor,
  lastPositions: Tensor,
): (rows: QuantizedRows, stepwise: () => Attended) => Attended {
  const whole = graph.input(WHOLE, "bool", []);
  const int64 = (value: number): Tensor => graph.constant("int64", [1], [value]);
  const one = { dtype: "int64", shape: [1] } as const;
  const anywhere = { dtype: "int64", shape: [1, G, "time", 3] } as const;
  const [start, places, ...pieceTensors] = graph.choose(
    whole,
    [one, anywhere, ...PIECE_OUTPUTS],
    () => {
      const time = cut(batchShapes(graph, ids).sizes, 0, int64(1), int64(2), 1);
      const after = plus(cast(cut(lastPositions, 0, int64(0), int64(1), 1), "int64"), int64(1));
      const [earlier] = graph.node("Sub", [after, time], { outputs: [one] });
      const pieces = cutQueries(graph, { time, start: earlier, mask: causalMask(graph, time, earlier) });
      return [earlier!, cachePlaces(graph, G, earlier!, time), ...tensorsOf(pieces)];
    },
    () => {
      const [zero, nothing] = [int64(0), graph.constant("float32", [1, 1], [0])];
      const nowhere = graph.constant("int64", [1, 1, 1, 3], [0, 0, 0]);
      return [zero, nowhere, ...PIECE_OUTPUTS.map(({ dtype }) => (dtype === "int64" ? zero : nothing))];
    },
  );
  const pieces = piecesOf(pieceTensors);
  /** The cache with the new rows (1, T, G * D) at their places, and what it then holds up to them, as floats (1, G, 1, P + T, D) times the factor. */
  const append = (
    past: Tensor,
    rows: Tensor,
    { inBatch, step, factor = 1 }: { inBatch: BatchShapes["inBatch"]; step: Tensor; factor?: number },
  ): { readonly present: Tensor; readonly seen: Tensor } => {
    const codes = inBatch(reshape(quantizeChannels(rows, reshape(step, [G * D])), ["batch*time", G * D]), G, D);
    const added = transpose(codes, [0, 2, 1, 3]); // (1, G, T, D)
    // Written in place where past and present are one: what stands behind the new rows is never touched, and takes no memory before.
    const [present] = graph.node("ScatterND", [past, places!, added], { outputs: [past] });
    const seen = concat([cut(past, 2, int64(0), start!, "earlier"), added], 2, "seen");
    return {
      present: present!,
      seen: reshape(mul(cast(seen, "float32"), scale(step, factor)), ["batch", G, 1, "seen", D]),
    };
  };
  return ({ parts, pastKeys, pastValues, steps, factor }, stepwise) => {
    const [out, keys, values] = graph.choose(
      whole,
      [{ dtype: "float32", shape: ["batch", "time", H * D] }, pastKeys, pastValues],
      () => {
        const { query, key, value } = parts();
        const { inBatch } = batchShapes(graph, ids); // its nodes are the branch's own
        const newKeys = append(pastKeys, key, { inBatch, step: steps.keys, factor });
        const newValues = append(pastValues, value, { inBatch, step: steps.values });
        const queries = transpose(inBatch(reshape(query, ["batch*time", H * D]), G, H / G, D), [0, 2, 3, 1, 4]);
        const attended = attendInPieces(pieces, queries, newKeys.seen, newValues.seen);
        const rows = inBatch(reshape(attended, ["batch*time", H * D]), H * D);
        return [rows, newKeys.present, newValues.present];
      },
      stepwise,
    );
    return [out!, keys!, values!];
  };
}

/**
 * Where new rows stand in a cache of one slot, as ScatterND wants it.
 *
 * @param start of them, and `time` their number T: int64 vectors of one element
 * @returns (1, G, T, 3): 0, head, position
 */
function cachePlaces(graph: Graph, G: number, start: Tensor, time: Tensor): Tensor {
  const int64 = (shape: readonly number[], values: readonly number[]): Tensor => graph.constant("int64", shape, values);
  const node = (operator: string, inputs: readonly Tensor[], shape: readonly Dimension[], attributes = {}): Tensor =>
    graph.node(operator, inputs, { outputs: [{ dtype: "int64", shape }], attributes })[0]!;
  const scalar = (vector: Tensor): Tensor => node("Squeeze", [vector, int64([1], [0])], []);
  const positions = node("Range", [scalar(start), scalar(plus(start, time)), int64([], [1])], ["time"]);
  const shape = node("Concat", [int64([2], [1, G]), time, int64([1], [1])], [4], { axis: 0 });
  const everywhere = (values: Tensor): Tensor => node("Expand", [values, shape], [1, G, "time", 1]);
  const parts = [
    int64([1, 1, 1, 1], [0]),
    int64(
      [1, G, 1, 1],
      Array.from({ length: G }, (_, head) => head),
    ),
    node("Unsqueeze", [positions, int64([3], [0, 1, 3])], [1, 1, "time", 1]),
  ];
  return node("Concat", parts.map(everywhere), [1, G, "time", 3], { axis: 3 });
}
