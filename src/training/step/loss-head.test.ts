/** Against the definition written out, and its differences, in float64. */
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { evaluate, type Values } from "../../graph/evaluate.fixture.ts";
import { Graph } from "../../graph/graph.ts";
import { losses, lossesWithGradients } from "./loss-head.ts";

const [N, C, V] = [7, 3, 5];
const random = new Random(5);
const draw = (shape: readonly number[], next: () => number): Values => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((total, size) => total * size, 1) }, next),
});
const VALUES = {
  hidden: draw([N, C], () => random.normal()),
  head: draw([V, C], () => random.normal()),
  labels: draw([N, 1], () => random.integer(V)),
  weights: draw([N, 1], () => (random.next() < 0.3 ? 0 : random.next())),
  pending: draw([V, C], () => random.normal()),
};

function lossGraph(options: { readonly zLoss?: number; readonly pieceRows?: number }): Graph {
  const graph = new Graph();
  const inputs = {
    hidden: graph.input("hidden", "float64", [N, C]),
    head: graph.input("head", "float64", [V, C]),
    labels: graph.input("labels", "int32", [N, 1]),
    weights: graph.input("weights", "float64", [N, 1]),
    ...options,
  };
  const result = lossesWithGradients(inputs, graph.input("pending", "float64", [V, C]));
  graph.output("losses", result.losses);
  graph.output("dHidden", result.hidden);
  graph.output("dHead", result.head!);
  graph.output("lossesAlone", losses(inputs));
  return graph;
}

/** The losses by definition. */
function plainLosses({ hidden, head, labels }: typeof VALUES, zLoss: number): number[] {
  return Array.from({ length: N }, (_, n) => {
    const scores = Array.from({ length: V }, (_, v) =>
      Array.from({ length: C }, (_, c) => hidden.data[n * C + c]! * head.data[v * C + c]!).reduce((a, b) => a + b),
    );
    const logSum = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    return logSum - scores[labels.data[n]!]! + zLoss * logSum ** 2;
  });
}

for (const zLoss of [0, 0.3]) {
  for (const pieceRows of [N, 3, 1]) {
    test(`losses and gradients in pieces of ${pieceRows}, z-loss ${zLoss}`, () => {
      const got = evaluate(lossGraph({ zLoss, pieceRows }), VALUES);
      const want = plainLosses(VALUES, zLoss);
      for (const [n, loss] of want.entries()) {
        expect(got["losses"]!.data[n]).toBeCloseTo(loss, 12);
        expect(got["lossesAlone"]!.data[n]).toBeCloseTo(loss, 12);
      }
      const total = (values: typeof VALUES): number =>
        plainLosses(values, zLoss).reduce((sum, loss, n) => sum + loss * values.weights.data[n]!, 0);
      for (const [name, gradient] of [["hidden", got["dHidden"]!] as const, ["head", got["dHead"]!] as const]) {
        for (let i = 0; i < gradient.data.length; i++) {
          const moved = (step: number): typeof VALUES => {
            const { shape, data } = VALUES[name];
            return { ...VALUES, [name]: { shape, data: data.with(i, data[i]! + step) } };
          };
          const slope = (total(moved(1e-5)) - total(moved(-1e-5))) / 2e-5;
          const before = name === "head" ? VALUES.pending.data[i]! : 0;
          expect(gradient.data[i]! - before).toBeCloseTo(slope, 7);
        }
      }
    });
  }
}

test("a head that is not trained gets no gradient", () => {
  const graph = new Graph();
  const inputs = {
    hidden: graph.input("hidden", "float32", [N, C]),
    head: graph.input("head", "float32", [V, C]),
    labels: graph.input("labels", "int32", [N, 1]),
    weights: graph.input("weights", "float32", [N, 1]),
  };
  expect(lossesWithGradients(inputs, undefined).head).toBeUndefined();
});
