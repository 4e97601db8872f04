/**
 * Evaluates a graph in plain JavaScript, in float64, slowly: the twin that gradients are checked against and devices compared
 * with. Float tensors keep JavaScript's precision whatever their type says; whole numbers are exact.
 *
 * Follows the definitions of the ONNX operators (onnx/docs/Operators.md) for the attributes that our operators write.
 */
import { elementCount } from "./data-type.ts";
import type { Attribute, Graph, GraphNode, Tensor } from "./graph.ts";

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** @param given  values of inputs and weights, by name */
export function evaluate(graph: Graph, given: Readonly<Record<string, Values>>): Record<string, Values> {
  const known = new Map<Tensor, Values>();
  for (const tensor of [...graph.inputs, ...graph.weights]) {
    const values = given[tensor.name];
    if (values !== undefined) known.set(tensor, values);
  }
  for (const { tensor, bytes } of graph.constants) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const shape = tensor.shape as number[];
    const data = Float64Array.from({ length: elementCount(shape) }, (_, i) => readConstant(tensor.dtype, view, i));
    known.set(tensor, { shape, data });
  }
  for (const node of graph.liveNodes()) {
    const inputs = node.inputs.map((input) => {
      if (input === undefined) return undefined;
      const values = known.get(input);
      if (values === undefined) throw new Error(`${node.operator} needs ${input.name}, which has no value`);
      return values;
    });
    const outputs = evaluateNode(node, inputs as Values[]);
    for (const [i, tensor] of node.outputs.entries()) {
      const values = outputs[i];
      if (values === undefined) throw new Error(`${node.operator} gives no output ${i}`);
      if (
        values.shape.length !== tensor.shape.length ||
        values.shape.some((size, axis) => typeof tensor.shape[axis] === "number" && size !== tensor.shape[axis])
      ) {
        throw new Error(`${node.operator} gives (${values.shape}), but the graph says (${tensor.shape})`);
      }
      known.set(tensor, values);
    }
  }
  return Object.fromEntries(graph.outputs.map(({ name, tensor }) => [name, known.get(tensor)!]));
}

function readConstant(dtype: Tensor["dtype"], view: DataView, i: number): number {
  switch (dtype) {
    case "float32":
      return view.getFloat32(4 * i, true);
    case "float64":
      return view.getFloat64(8 * i, true);
    case "int64":
      return Number(view.getBigInt64(8 * i, true));
    case "int32":
      return view.getInt32(4 * i, true);
    default:
      return view.getUint8(i);
  }
}

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const UNARY: Readonly<Record<string, Unary>> = {
  Neg: (x) => -x,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Erf: erf,
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Relu: (x) => Math.max(0, x),
  Gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  Cast: (x) => x,
  Identity: (x) => x,
};

const BINARY: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Greater: (a, b) => (a > b ? 1 : 0),
  Less: (a, b) => (a < b ? 1 : 0),
  Equal: (a, b) => (a === b ? 1 : 0),
};

function evaluateNode({ operator, attributes }: GraphNode, inputs: Values[]): Values[] {
  const unary = UNARY[operator];
  const [first, second, third] = inputs as [Values, Values, Values];
  if (unary !== undefined) return [{ shape: first.shape, data: first.data.map(unary) }];
  const binary = BINARY[operator];
  if (binary !== undefined) return [zip(first, second, binary)];
  const axis = (name = "axis"): number => {
    const value = number(attributes[name], 0);
    return value < 0 ? value + first.shape.length : value;
  };
  switch (operator) {
    case "Where":
      return [
        zip(
          zip(first, second, (c, yes) => (c ? yes : Number.NaN)),
          third,
          (kept, no) => (Number.isNaN(kept) ? no : kept),
        ),
      ];
    case "MatMul":
      return [product(first, second, {})];
    case "FusedMatMul":
      return [product(first, second, attributes)];
    case "Gemm": {
      const out = product(first, second, attributes);
      return [third === undefined ? out : zip(out, third, (a, b) => a + b)];
    }
    case "ReduceSum":
      return [reduce(first, second?.data, number(attributes["keepdims"], 1), (a, b) => a + b, 0)];
    case "ReduceMax":
      return [reduce(first, second?.data, number(attributes["keepdims"], 1), Math.max, Number.NEGATIVE_INFINITY)];
    case "ReduceSumSquare":
      return [reduce(first, second?.data, number(attributes["keepdims"], 1), (a, b) => a + b * b, 0)];
    case "Shape":
      return [{ shape: [first.shape.length], data: Float64Array.from(first.shape) }];
    case "Reshape":
      return [{ shape: inferred(first, [...second.data]), data: first.data }];
    case "Expand":
      return [
        zip(first, { shape: [...second.data], data: new Float64Array(elementCount([...second.data])) }, (a) => a),
      ];
    case "Transpose":
      return [transposed(first, attributes["perm"] as number[])];
    case "Concat":
      return [joined(inputs, axis())];
    case "Split": {
      let start = 0;
      return [...second.data].map((size) => {
        start += size;
        return cut(first, axis(), start - size, start);
      });
    }
    case "Slice":
      return [cut(first, inputs[3]!.data[0]!, second.data[0]!, third.data[0]!)];
    case "Gather": {
      const width = elementCount(first.shape.slice(1));
      const data = new Float64Array(second.data.length * width);
      for (const [i, id] of second.data.entries())
        data.set(first.data.subarray(id * width, (id + 1) * width), i * width);
      return [{ shape: [...second.shape, ...first.shape.slice(1)], data }];
    }
    case "GatherElements":
      return [
        { shape: second.shape, data: second.data.map((_, i) => first.data[elementAt(first, second, axis(), i)]!) },
      ];
    case "ScatterElements": {
      const data = first.data.slice();
      const adds = attributes["reduction"] === "add";
      second.data.forEach((_, i) => {
        const at = elementAt(first, second, axis(), i);
        data[at] = (adds ? data[at]! : 0) + third.data[i]!;
      });
      return [{ shape: first.shape, data }];
    }
    case "Softmax":
      return [rows(first, softmaxRow)];
    case "LayerNormalization":
      return layerNormalization(first, second, third, number(attributes["epsilon"], 1e-5));
    case "DequantizeLinear":
      return [zip(first, second, (x, factor) => x * factor)];
    default:
      throw new Error(`the twin does not know ${operator}`);
  }
}

function number(attribute: Attribute | undefined, otherwise: number): number {
  if (typeof attribute === "number") return attribute;
  if (typeof attribute === "object" && "float" in attribute) return attribute.float;
  return otherwise;
}

/** Elements to skip for one step along each axis. */
function steps(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/** For each index of `shape`, in order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let i = elementCount(shape); i > 0; i--) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

/** Where an index of a larger, broadcast shape lies in `values`. */
function offset(values: Values, index: readonly number[]): number {
  const at = steps(values.shape);
  const extra = index.length - values.shape.length;
  return values.shape.reduce((sum, size, axis) => sum + (size === 1 ? 0 : at[axis]! * index[axis + extra]!), 0);
}

function zip(a: Values, b: Values, combine: Binary): Values {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map(({ shape: own }) => own[axis - (rank - own.length)] ?? 1) as [number, number];
    if (x !== y && x !== 1 && y !== 1) throw new Error(`(${a.shape}) and (${b.shape}) do not broadcast`);
    return x === 1 ? y : x;
  });
  const data = new Float64Array(elementCount(shape));
  let i = 0;
  for (const index of indices(shape)) data[i++] = combine(a.data[offset(a, index)]!, b.data[offset(b, index)]!);
  return { shape, data };
}

function transposed(x: Values, permutation: readonly number[]): Values {
  const at = steps(x.shape);
  const shape = permutation.map((axis) => x.shape[axis]!);
  const data = new Float64Array(x.data.length);
  let i = 0;
  for (const index of indices(shape)) {
    data[i++] = x.data[permutation.reduce((sum, axis, to) => sum + at[axis]! * index[to]!, 0)]!;
  }
  return { shape, data };
}

/** Products of matrices as MatMul, Gemm and FusedMatMul have them; the latter two say what is transposed. */
function product(a: Values, b: Values, attributes: GraphNode["attributes"]): Values {
  const operand = (x: Values, swap: string, batch: string): Values => {
    const rank = x.shape.length;
    const axes = x.shape.map((_, axis) => axis);
    const batched = number(attributes[batch], 0) ? transposed(x, [...axes.slice(1, -1), 0, rank - 1]) : x;
    return number(attributes[swap], 0) ? transposed(batched, [...axes.slice(0, -2), rank - 1, rank - 2]) : batched;
  };
  const left = operand(a, "transA", "transBatchA");
  const right = operand(b, "transB", "transBatchB");
  const [M, K] = left.shape.slice(-2) as [number, number];
  const [K2, N] = right.shape.slice(-2) as [number, number];
  if (K !== K2) throw new Error(`(${left.shape}) does not multiply (${right.shape})`);
  const batchOf = (x: Values): Values => ({
    shape: x.shape.slice(0, -2),
    data: new Float64Array(elementCount(x.shape.slice(0, -2))),
  });
  const batch = zip(batchOf(left), batchOf(right), () => 0).shape;
  const data = new Float64Array(elementCount(batch) * M * N);
  const alpha = number(attributes["alpha"], 1);
  let out = 0;
  for (const index of indices(batch)) {
    const l = offset(batchOf(left), index) * M * K;
    const r = offset(batchOf(right), index) * K * N;
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += left.data[l + m * K + k]! * right.data[r + k * N + n]!;
        data[out++] = alpha * sum;
      }
    }
  }
  return { shape: [...batch, M, N], data };
}

function reduce(x: Values, axes: Float64Array | undefined, keep: number, combine: Binary, start: number): Values {
  const at = axes === undefined ? x.shape.map((_, axis) => axis) : [...axes];
  const kept = x.shape.map((size, axis) => (at.includes(axis) ? 1 : size));
  const result = { shape: kept, data: new Float64Array(elementCount(kept)).fill(start) };
  let i = 0;
  for (const index of indices(x.shape)) {
    const to = offset(result, index);
    result.data[to] = combine(result.data[to]!, x.data[i++]!);
  }
  return keep ? result : { shape: x.shape.filter((_, axis) => !at.includes(axis)), data: result.data };
}

function inferred(x: Values, sizes: readonly number[]): number[] {
  const copied = sizes.map((size, axis) => (size === 0 ? x.shape[axis]! : size));
  const rest = copied.reduce((total, size) => (size === -1 ? total : total * size), 1);
  return copied.map((size) => (size === -1 ? x.data.length / rest : size));
}

function joined(parts: readonly Values[], axis: number): Values {
  const first = parts[0]!;
  const shape = first.shape.with(
    axis,
    parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
  );
  const outer = elementCount(shape.slice(0, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const data = new Float64Array(elementCount(shape));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const size = part.shape[axis]! * inner;
      data.set(part.data.subarray(o * size, (o + 1) * size), at);
      at += size;
    }
  }
  return { shape, data };
}

function cut(x: Values, axis: number, start: number, end: number): Values {
  const shape = x.shape.with(axis, end - start);
  const data = new Float64Array(elementCount(shape));
  let i = 0;
  for (const index of indices(shape)) {
    data[i++] = x.data[offset(x, index.with(axis, index[axis]! + start))]!;
  }
  return { shape, data };
}

/** Where element i of `ids` points in x, along an axis. */
function elementAt(x: Values, ids: Values, axis: number, i: number): number {
  const at = steps(ids.shape);
  const index = ids.shape.map((size, a) => Math.floor(i / at[a]!) % size);
  return offset(x, index.with(axis, ids.data[i]!));
}

function rows(x: Values, change: (row: Float64Array) => Float64Array): Values {
  const width = x.shape.at(-1)!;
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at += width) data.set(change(x.data.subarray(at, at + width)), at);
  return { shape: x.shape, data };
}

function softmaxRow(row: Float64Array): Float64Array {
  const largest = Math.max(...row);
  const exponentials = row.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

function layerNormalization(x: Values, gain: Values, bias: Values, epsilon: number): Values[] {
  const width = x.shape.at(-1)!;
  const reduced = x.shape.with(-1, 1);
  const means: number[] = [];
  const inverses: number[] = [];
  const out = rows(x, (row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    means.push(mean);
    inverses.push(1 / Math.sqrt(variance + epsilon));
    return row.map((value, c) => ((value - mean) / Math.sqrt(variance + epsilon)) * gain.data[c]! + bias.data[c]!);
  });
  return [
    out,
    { shape: reduced, data: Float64Array.from(means) },
    { shape: reduced, data: Float64Array.from(inverses) },
  ];
}

/** The error function, to float64 precision: 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!, whose terms have one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
