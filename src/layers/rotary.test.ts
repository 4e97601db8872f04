import { expect, test } from "vitest";
import { Random } from "../base/random.ts";
import { evaluate, type Values } from "../graph/evaluate.fixture.ts";
import { Graph } from "../graph/graph.ts";
import { rotaryFrequencies, rotaryTables, rotate } from "./rotary.ts";

const [T, D] = [6, 8];

function rotated(x: Float64Array): Float64Array {
  const graph = new Graph();
  const { cos, sin } = rotaryTables(T, rotaryFrequencies(D));
  const table = (data: Float32Array): Values => ({ shape: [T, D / 2], data: Float64Array.from(data) });
  const input = (name: string, width: number) => graph.input(name, "float64", [T, width]);
  graph.output("out", rotate(input("x", D), input("cos", D / 2), input("sin", D / 2)));
  return evaluate(graph, { x: { shape: [T, D], data: x }, cos: table(cos), sin: table(sin) })["out"]!.data;
}

test("a pair turns by position / base^(2 i / D), as a complex number does", () => {
  const random = new Random(2);
  const x = Float64Array.from({ length: T * D }, () => random.normal());
  const got = rotated(x);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < D / 2; i++) {
      const [re, im] = [x[t * D + i]!, x[t * D + i + D / 2]!];
      const angle = Math.atan2(im, re) + t / 10_000 ** ((2 * i) / D);
      expect(got[t * D + i]).toBeCloseTo(Math.hypot(re, im) * Math.cos(angle), 5);
      expect(got[t * D + i + D / 2]).toBeCloseTo(Math.hypot(re, im) * Math.sin(angle), 5);
    }
  }
});

test("products of rotated rows depend on their distance alone", () => {
  const random = new Random(3);
  const row = Float64Array.from({ length: D }, () => random.normal());
  const got = rotated(Float64Array.from({ length: T * D }, (_, i) => row[i % D]!));
  const product = (a: number, b: number): number =>
    row.reduce((sum, _, i) => sum + got[a * D + i]! * got[b * D + i]!, 0);
  expect(product(0, 2)).toBeCloseTo(product(3, 5), 5);
  expect(product(0, 2)).not.toBeCloseTo(product(0, 3), 2);
});

test("an odd width has no pairs", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2, 3]);
  expect(() => rotate(x, x, x)).toThrow("(2, 3) has no even last axis");
});
