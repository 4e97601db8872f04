/** Operators that move values without computing: transpose, concat, slice, split, gather, scatter. Reshape and expand are in broadcast.ts. */
import { elementCount } from "../data-type.ts";
import {
  type Dimension,
  describe,
  expectType,
  fixedSize,
  normalAxis,
  productOf,
  type Shape,
  sameShape,
  shapeError,
  type Tensor,
} from "../graph.ts";
import { expand, indices, reshape, reshapedBy } from "./broadcast.ts";

/**
 * The same values in a shape that is computed while the graph runs.
 *
 * @param target  int64 vector: the sizes
 * @param shape   what the sizes are called
 */
export function reshapeTo(x: Tensor, target: Tensor, shape: Shape): Tensor {
  expectType("reshapeTo", target, "int64");
  if (productOf(x.shape) !== productOf(shape) || !sameShape(target.shape, [shape.length])) {
    throw shapeError("reshapeTo", `${describe(x.shape)} does not hold as many values as ${describe(shape)}`);
  }
  return reshapedBy(x, target, shape);
}

/** Axis i of the result is axis `permutation[i]` of x. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== x.shape.length) {
    throw shapeError("transpose", `[${permutation}] does not permute the axes of ${describe(x.shape)}`);
  }
  if (permutation.every((axis, i) => axis === i)) return x;
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  const [out] = x.graph.node("Transpose", [x], {
    outputs: [{ dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]!) }],
    attributes: { perm: permutation },
    gradient: ([dOut]) => [dOut === undefined ? undefined : transpose(dOut, inverse)],
  });
  return out!;
}

/** Joins tensors along an axis; the other axes agree. The sum of unknown sizes must be named in `size`. */
export function concat(parts: readonly Tensor[], axis: number, size?: Dimension): Tensor {
  const first = parts[0];
  if (first === undefined) throw shapeError("concat", "nothing to join");
  const at = normalAxis("concat", first, axis);
  for (const part of parts) {
    if (part.dtype !== first.dtype || !sameShape(part.shape.toSpliced(at, 1), first.shape.toSpliced(at, 1))) {
      throw shapeError("concat", `${describe(part.shape)} does not join ${describe(first.shape)} along axis ${at}`);
    }
  }
  const sizes = parts.map((part) => part.shape[at]!);
  const fixed = sizes.every((value): value is number => typeof value === "number");
  const total = fixed ? sizes.reduce((sum, value) => sum + value, 0) : size;
  if (total === undefined) throw shapeError("concat", `the joined size of ${sizes.join(" + ")} needs a name`);
  const [out] = first.graph.node("Concat", parts, {
    outputs: [{ dtype: first.dtype, shape: first.shape.toSpliced(at, 1, total) }],
    attributes: { axis: at },
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      if (!fixed) throw shapeError("concat", "its gradient needs sizes known when the graph is written");
      return split(dOut, at, sizes);
    },
  });
  return out!;
}

/** Cuts along an axis into parts of the given sizes. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  const at = normalAxis("split", x, axis);
  const total = fixedSize("split", x, at);
  if (sizes.reduce((sum, size) => sum + size, 0) !== total) {
    throw shapeError("split", `${sizes.join(" + ")} is not ${total}, axis ${at} of ${describe(x.shape)}`);
  }
  const outputs = sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.toSpliced(at, 1, size) }));
  const parts: Tensor[] = x.graph.node("Split", [x, indices(x, sizes)], {
    outputs,
    attributes: { axis: at },
    gradient: (gradients) => {
      if (gradients.every((gradient) => gradient === undefined)) return [undefined];
      return [
        concat(
          gradients.map((gradient, i) => gradient ?? zerosLike(parts[i]!)),
          at,
        ),
      ];
    },
  });
  return parts;
}

/** Positions [start, end) of an axis; the gradient pads with zeros. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = normalAxis("slice", x, axis);
  const size = x.shape[at]!;
  if (start < 0 || end <= start || (typeof size === "number" && end > size)) {
    throw shapeError("slice", `[${start}, ${end}) is not inside axis ${at} of ${describe(x.shape)}`);
  }
  const [out] = x.graph.node("Slice", [x, indices(x, [start]), indices(x, [end]), indices(x, [at])], {
    outputs: [{ dtype: x.dtype, shape: x.shape.toSpliced(at, 1, end - start) }],
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const total = fixedSize("slice", x, at);
      const parts = [
        ...(start > 0 ? [zeros(dOut, x.shape.toSpliced(at, 1, start))] : []),
        dOut,
        ...(end < total ? [zeros(dOut, x.shape.toSpliced(at, 1, total - end))] : []),
      ];
      return [concat(parts, at)];
    },
  });
  return out!;
}

function zeros(like: Tensor, shape: Shape): Tensor {
  return expand(like.graph.scalar(like, 0), shape);
}

function zerosLike(x: Tensor): Tensor {
  return zeros(x, x.shape);
}

/** Appends zeros to the last axis; the gradient cuts them off. */
export function padEnd(x: Tensor, count: number): Tensor {
  const rank = x.shape.length;
  const width = fixedSize("padEnd", x, -1);
  const pads = [...new Array<number>(2 * rank - 1).fill(0), count];
  const [out] = x.graph.node("Pad", [x, indices(x, pads)], {
    outputs: [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), width + count] }],
    gradient: ([dOut]) => [dOut === undefined ? undefined : slice(dOut, -1, 0, width)],
  });
  return out!;
}

/**
 * Rows of a table: out[i..., :] = table[ids[i...], :].
 *
 * Shapes    table (V, ...) · ids (...) int64 · out (ids..., rest of table)
 * Gradient  the rows of dOut added up by id (ScatterElements; ScatterND's addition races when ids repeat)
 */
export function gatherRows(table: Tensor, ids: Tensor): Tensor {
  expectType("gatherRows", ids, "int64", "int32");
  const [out] = table.graph.node("Gather", [table, ids], {
    outputs: [{ dtype: table.dtype, shape: [...ids.shape, ...table.shape.slice(1)] }],
    attributes: { axis: 0 },
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const width = elementCount(table.shape.slice(1) as number[]);
      const rows = productOf(ids.shape);
      const flat = scatterAddRows(
        zeros(dOut, [fixedSize("gatherRows", table, 0), width]),
        reshape(ids, [rows]),
        reshape(dOut, [rows, width]),
      );
      return [reshape(flat, table.shape)];
    },
  });
  return out!;
}

/**
 * Adds rows into a table: out = table, then out[ids[i], :] += rows[i, :] for each i.
 *
 * Shapes    table and out (V, C) · ids (N) int64 or int32 · rows (N, C)
 * Gradient  table: dOut; rows: dOut gathered by ids
 */
export function scatterAddRows(table: Tensor, ids: Tensor, rows: Tensor): Tensor {
  expectType("scatterAddRows", ids, "int64", "int32");
  const [count, width] = rows.shape;
  if (rows.shape.length !== 2 || !sameShape(ids.shape, [count!]) || table.shape[1] !== width) {
    throw shapeError(
      "scatterAddRows",
      `the table ${describe(table.shape)}, ids ${describe(ids.shape)} and rows ${describe(rows.shape)} do not fit together`,
    );
  }
  const positions = expand(reshape(ids, [count!, 1]), [count!, width!]);
  const [out] = table.graph.node("ScatterElements", [table, positions, rows], {
    outputs: [table],
    attributes: { axis: 0, reduction: "add" },
    gradient: ([dOut]) => (dOut === undefined ? [] : [dOut, undefined, gatherRows(dOut, ids)]),
  });
  return out!;
}

/**
 * One value of each row: out[n, 0] = x[n, ids[n]].
 *
 * Shapes    x (N, V) · ids (N, 1) int64 or int32 · out (N, 1)
 * Gradient  dOut placed at the same spots of a zero matrix
 */
export function gatherAlongRows(x: Tensor, ids: Tensor): Tensor {
  expectType("gatherAlongRows", ids, "int64", "int32");
  if (x.shape.length !== 2 || !sameShape(ids.shape, [x.shape[0]!, 1])) {
    throw shapeError(
      "gatherAlongRows",
      `ids ${describe(ids.shape)} do not choose from the rows of ${describe(x.shape)}`,
    );
  }
  const [out] = x.graph.node("GatherElements", [x, ids], {
    outputs: [{ dtype: x.dtype, shape: ids.shape }],
    attributes: { axis: 1 },
    gradient: ([dOut]) => (dOut === undefined ? [] : [scatterAlongRows(zerosLike(x), ids, dOut)]),
  });
  return out!;
}

/**
 * Sets one value of each row: out = x, then out[n, ids[n]] = values[n].
 *
 * Shapes    x and out (N, V) · ids (N, 1) int64 or int32 · values (N, 1)
 * Gradient  none: losses use it to write their own
 */
export function scatterAlongRows(x: Tensor, ids: Tensor, values: Tensor): Tensor {
  expectType("scatterAlongRows", ids, "int64", "int32");
  if (x.shape.length !== 2 || !sameShape(ids.shape, [x.shape[0]!, 1]) || !sameShape(values.shape, ids.shape)) {
    throw shapeError(
      "scatterAlongRows",
      `ids ${describe(ids.shape)} and values ${describe(values.shape)} do not fit the rows of ${describe(x.shape)}`,
    );
  }
  return x.graph.node("ScatterElements", [x, ids, values], { outputs: [x], attributes: { axis: 1 } })[0]!;
}
