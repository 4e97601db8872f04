/** Each operator's gradient against central differences in float64, over random shapes and values. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { bidirectionalAttention, PADDING_BIAS } from "../layers/bidirectional-attention.ts";
import { rotate } from "../layers/rotary.ts";
import { sequenceAttention } from "../layers/sequence-attention.ts";
import type { DataType } from "./data-type.ts";
import { evaluate, type Values } from "./evaluate.fixture.ts";
import { gradients, gradientsOfMany } from "./gradient.ts";
import { Graph, type Tensor } from "./graph.ts";
import * as ops from "./operators.ts";

interface Case {
  /** Shapes of the float inputs, from sizes 1 to 5. */
  readonly shapes: (a: number, b: number, c: number) => readonly (readonly number[])[];
  readonly write: (
    inputs: readonly Tensor[],
    graph: Graph,
    ids: (shape: readonly number[], below: number) => Tensor,
  ) => Tensor;
  /** Where inputs may lie; default -2 to 2. */
  readonly range?: readonly [number, number];
}

const POSITIVE = [0.3, 2] as const;
const same: Case["shapes"] = (a, b) => [[a, b]];
const pair: Case["shapes"] = (a, b) => [
  [a, b],
  [a, b],
];

const CASES: Readonly<Record<string, Case>> = {
  add: { shapes: pair, write: ([x, y]) => ops.add(x!, y!) },
  "add, broadcast": {
    shapes: (a, b, c) => [
      [a, b, c],
      [b, 1],
    ],
    write: ([x, y]) => ops.add(x!, y!),
  },
  sub: { shapes: (a, b) => [[b], [a, b]], write: ([x, y]) => ops.sub(x!, y!) },
  mul: { shapes: pair, write: ([x, y]) => ops.mul(x!, y!) },
  "mul, broadcast": {
    shapes: (a, b, c) => [
      [a, 1, c],
      [b, c],
    ],
    write: ([x, y]) => ops.mul(x!, y!),
  },
  "mul by itself": { shapes: same, write: ([x]) => ops.mul(x!, x!) },
  div: { shapes: pair, write: ([x, y]) => ops.div(x!, y!), range: POSITIVE },
  "div, broadcast": {
    shapes: (a, b) => [
      [a, b],
      [a, 1],
    ],
    write: ([x, y]) => ops.div(x!, y!),
    range: POSITIVE,
  },
  scale: { shapes: same, write: ([x]) => ops.scale(x!, -1.5) },
  shift: { shapes: same, write: ([x]) => ops.mul(ops.shift(x!, 2), x!) },
  neg: { shapes: same, write: ([x]) => ops.neg(x!) },
  exp: { shapes: same, write: ([x]) => ops.exp(x!) },
  log: { shapes: same, write: ([x]) => ops.log(x!), range: POSITIVE },
  sqrt: { shapes: same, write: ([x]) => ops.sqrt(x!), range: POSITIVE },
  reciprocal: { shapes: same, write: ([x]) => ops.reciprocal(x!), range: POSITIVE },
  erf: { shapes: same, write: ([x]) => ops.erf(x!) },
  tanh: { shapes: same, write: ([x]) => ops.tanh(x!) },
  sigmoid: { shapes: same, write: ([x]) => ops.sigmoid(x!) },
  relu: { shapes: same, write: ([x]) => ops.relu(x!) },
  silu: { shapes: same, write: ([x]) => ops.silu(x!) },
  gelu: { shapes: same, write: ([x]) => ops.gelu(x!) },
  where: {
    shapes: (a, b) => [[a, b], [b], [a, 1]],
    write: ([x, yes, no]) => ops.where(ops.greater(x!, x!.graph.scalar(x!, 0)), yes!, no!),
  },
  matmul: {
    shapes: (a, b, c) => [
      [a, b],
      [b, c],
    ],
    write: ([x, y]) => ops.matmul(x!, y!),
  },
  "matmul, batches": {
    shapes: (a, b, c) => [
      [3, a, b],
      [1, b, c],
    ],
    write: ([x, y]) => ops.matmul(x!, y!),
  },
  gemm: {
    shapes: (a, b, c) => [
      [a, b],
      [b, c],
    ],
    write: ([x, y]) => ops.gemm(x!, y!, { alpha: 0.7 }),
  },
  "gemm, left transposed": {
    shapes: (a, b, c) => [
      [b, a],
      [b, c],
    ],
    write: ([x, y]) => ops.gemm(x!, y!, { transposeLeft: true, alpha: 2 }),
  },
  "gemm, right transposed, with a bias": {
    shapes: (a, b, c) => [[a, b], [c, b], [c]],
    write: ([x, y, summand]) => ops.gemm(x!, y!, { transposeRight: true, summand: summand! }),
  },
  "gemm, both transposed, with a column": {
    shapes: (a, b, c) => [
      [b, a],
      [c, b],
      [a, 1],
    ],
    write: ([x, y, summand]) => ops.gemm(x!, y!, { transposeLeft: true, transposeRight: true, summand: summand! }),
  },
  linear: { shapes: (a, b, c) => [[a, b], [c, b], [c]], write: ([x, w, bias]) => ops.linear(x!, w!, bias) },
  "sum over axes": { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.sumOver(x!, [0, 2]) },
  "sum, axes kept": { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.sumOver(x!, [1], true) },
  "mean over axes": { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.meanOver(x!, [-1]) },
  reshape: { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.reshape(ops.mul(x!, x!), [productOf(x!)]) },
  transpose: { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.transpose(x!, [2, 0, 1]) },
  concat: {
    shapes: (a, b, c) => [
      [a, b],
      [a, c],
      [a, 1],
    ],
    write: (parts) => ops.concat(parts, 1),
  },
  split: {
    shapes: (a, b, c) => [[a, b + c]],
    write: ([x]) => {
      const [left] = ops.split(x!, 1, [1, (x!.shape[1] as number) - 1]);
      return ops.mul(left!, left!);
    },
  },
  slice: { shapes: (a, b) => [[a + 2, b]], write: ([x]) => ops.slice(x!, 0, 1, (x!.shape[0] as number) - 1) },
  expand: { shapes: (_, b) => [[1, b]], write: ([x]) => ops.expand(x!, [3, x!.shape[1] as number]) },
  "gather rows": {
    shapes: (a, b) => [[a, b]],
    write: ([x], _, ids) => ops.gatherRows(x!, ids([7], x!.shape[0] as number)),
  },
  "scatter, adding rows": {
    shapes: (a, b, c) => [
      [a, b],
      [c, b],
    ],
    write: ([table, rows], _, ids) =>
      ops.scatterAddRows(table!, ids([rows!.shape[0] as number], table!.shape[0] as number), ops.mul(rows!, rows!)),
  },
  "gather along rows": {
    shapes: same,
    write: ([x], _, ids) => ops.gatherAlongRows(x!, ids([x!.shape[0] as number, 1], x!.shape[1] as number)),
  },
  "cross-entropy against sets": {
    shapes: (a, b) => [[a, b]],
    write: ([x], graph) => {
      const [rows, classes] = x!.shape as [number, number];
      // Each row allows one class, or more of them.
      const allowed = Float64Array.from({ length: rows * classes }, (_, i) => (i % classes <= i % 3 ? 1 : 0));
      return ops.setCrossEntropy(x!, graph.constant(x!.dtype, [rows, classes], allowed));
    },
  },
  softmax: { shapes: (a, b, c) => [[a, b, c]], write: ([x]) => ops.softmax(x!) },
  "layer norm": {
    shapes: (a, b, c) => [[a, b, c + 1], [c + 1], [c + 1]],
    write: ([x, gain, bias]) => ops.layerNorm(x!, gain!, bias!, 0.1),
  },
  "root-mean-square norm": {
    shapes: (a, b, c) => [[a, b, c], [c]],
    write: ([x, gain]) => ops.rmsNorm(x!, gain!, 0.1),
  },
  "batch norm in evaluation": {
    shapes: (a, b) => [[a, b], [b], [b], [b], [b]],
    write: ([x, gain, bias, mean, variance]) =>
      ops.batchNorm(x!, { gain: gain!, bias: bias!, mean: mean!, variance: variance! }, 0.1),
    range: POSITIVE,
  },
  "rotary positions": {
    shapes: (a, b, c) => [
      [a, b, 2 * c],
      [a, 1, c],
      [a, 1, c],
    ],
    write: ([x, cos, sin]) => rotate(x!, cos!, sin!),
  },
  attention: {
    shapes: (a, b, c) => Array(3).fill([a * b, 2 * c]),
    write: (qkv) => attention(qkv, 100),
  },
  "attention in pieces": {
    shapes: (a, b, c) => Array(3).fill([a * b, 2 * c]),
    write: (qkv) => attention(qkv, 2),
  },
  "attention with grouped heads": {
    shapes: (a, b, c) => [[a * b, 4 * c], ...Array(2).fill([a * b, 2 * c])],
    write: (qkv) => attention(qkv, 3, undefined, 4),
  },
  "bidirectional attention with padding": {
    shapes: (a, b, c) => Array(3).fill([a, b, 2 * c]),
    write: padded,
  },
  "attention with dropout": {
    shapes: (a, b, c) => Array(3).fill([a * b, 2 * c]),
    write: (qkv) => attention(qkv, 3, (shape) => qkv[0]!.graph.constant("float64", shape, dropped(shape))),
  },
};

/** Sequences of b tokens, the first of which is real in all and the last padding in the first. */
function padded([query, key, value]: readonly Tensor[]): Tensor {
  const [B, T] = query!.shape as [number, number];
  const bias = Array.from({ length: B * T }, (_, i) => (i === T - 1 && T > 1 ? PADDING_BIAS : 0));
  const keyBias = query!.graph.constant("float64", [B, 1, 1, T], bias);
  return bidirectionalAttention(query!, key!, value!, { heads: 2, keyBias });
}

/** One batch of as many tokens as there are rows. Two batches where the rows are even. */
function attention(
  [query, key, value]: readonly Tensor[],
  pieceRows: number,
  dropFactor?: (shape: readonly number[]) => Tensor,
  heads = 2,
): Tensor {
  const rows = query!.shape[0] as number;
  const batch = rows % 2 === 0 ? 2 : 1;
  return sequenceAttention(
    query!,
    key!,
    value!,
    { batch, length: rows / batch, heads },
    { pieceRows, ...(dropFactor === undefined ? {} : { dropFactor }) },
  );
}

function dropped(shape: readonly number[]): number[] {
  return Array.from({ length: shape.reduce((total, size) => total * size, 1) }, (_, i) => (i % 3 === 0 ? 0 : 1.5));
}

function productOf(x: Tensor): number {
  return (x.shape as number[]).reduce((total, size) => total * size, 1);
}

describe("gradients equal differences in float64", () => {
  for (const [name, { shapes, write, range = [-2, 2] }] of Object.entries(CASES)) {
    test(name, () => {
      const size = fc.integer({ min: 1, max: 5 });
      fc.assert(
        fc.property(size, size, size, fc.integer(), (a, b, c, seed) => {
          const random = new Random(seed);
          const graph = new Graph();
          const values: Record<string, Values> = {};
          const give = (shape: readonly number[], dtype: DataType, draw: () => number): Tensor => {
            const tensor = graph.input(`input${graph.inputs.length}`, dtype, shape);
            const count = shape.reduce((total, length) => total * length, 1);
            values[tensor.name] = { shape, data: Float64Array.from({ length: count }, draw) };
            return tensor;
          };
          const drawFloat = (): number => {
            const value = range[0] + (range[1] - range[0]) * random.next();
            return Math.abs(value) < 0.01 ? 0.5 : value; // away from the kink of relu and where
          };
          const inputs = shapes(a, b, c).map((shape) => give(shape, "float64", drawFloat));
          const out = write(inputs, graph, (shape, below) => give(shape, "int64", () => random.integer(below)));
          const seedOfOut = give(out.shape as number[], "float64", drawFloat);
          const flowing = inputs.filter((input) => !(name === "where" && input === inputs[0]));
          const all = gradientsOfMany([{ tensor: out, seed: seedOfOut }], flowing);
          graph.output(
            "value",
            ops.sumOver(
              ops.mul(out, seedOfOut),
              out.shape.map((_, axis) => axis),
            ),
          );
          for (const [i, gradient] of all.entries()) graph.output(`gradient${i}`, gradient);
          const got = evaluate(graph, values);
          for (const [i, input] of flowing.entries()) {
            const slopes = got[`gradient${i}`]!;
            const direction = slopes.data.map(() => random.normal());
            const at = (step: number): number => {
              const moved = values[input.name]!.data.map((value, k) => value + step * direction[k]!);
              const shifted = { ...values, [input.name]: { shape: input.shape as number[], data: moved } };
              return evaluate(graph, shifted)["value"]!.data[0]!;
            };
            const h = 1e-5;
            const difference = (at(h) - at(-h)) / (2 * h);
            const slope = slopes.data.reduce((sum, value, k) => sum + value * direction[k]!, 0);
            expect(Math.abs(difference - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
          }
        }),
        { numRuns: 15 },
      );
    });
  }
});

test("attention in pieces is attention", () => {
  const graph = new Graph();
  const qkv = ["q", "k", "v"].map((name) => graph.input(name, "float64", [14, 6]));
  graph.output("whole", attention(qkv, 100));
  graph.output("pieces", attention(qkv, 3));
  const random = new Random(3);
  const draw = (): Values => ({ shape: [14, 6], data: Float64Array.from({ length: 84 }, () => random.normal()) });
  const { whole, pieces } = evaluate(graph, { q: draw(), k: draw(), v: draw() });
  whole!.data.forEach((value, i) => {
    expect(pieces!.data[i]).toBeCloseTo(value, 12);
  });
});

test("pending gradients are added to, inside of the product", () => {
  const graph = new Graph();
  const x = graph.input("x", "float64", [3, 2]);
  const weight = graph.input("weight", "float64", [4, 2]);
  const before = graph.input("before", "float64", [4, 2]);
  const out = ops.linear(x, weight);
  const seed = graph.input("seed", "float64", [3, 4]);
  const [sum] = gradientsOfMany([{ tensor: out, seed }], [weight], new Map([[weight, before]]));
  graph.output("sum", sum!);
  expect(graph.liveNodes().map(({ operator }) => operator)).toEqual(["Gemm"]);
  const ones = (shape: number[], value: number): Values => ({
    shape,
    data: new Float64Array(shape[0]! * shape[1]!).fill(value),
  });
  const got = evaluate(graph, { x: ones([3, 2], 2), before: ones([4, 2], 10), seed: ones([3, 4], 1) });
  expect([...got["sum"]!.data]).toEqual(Array(8).fill(16));
});

test("what cannot be differentiated says so", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", [3]);
  const other = graph.input("other", "float32", [3]);
  expect(() => gradients(ops.sumOver(ops.maxOver(x, [0], true), [0]), [x])).toThrow("ReduceMax has no gradient");
  expect(() => gradients(ops.sumOver(x, [0]), [other])).toThrow("nothing flows to other");
  expect(() => gradients(x, [x])).toThrow("a seed must be given");
});
