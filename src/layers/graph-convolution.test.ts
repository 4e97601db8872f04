/** The example of ../shared/spec/biomedgpt.md, section 8, worked by hand: methanol (C-O), two atoms and one single bond. */
import { expect, test } from "vitest";
import { evaluate, type Values } from "../graph/evaluate.fixture.ts";
import { Graph } from "../graph/graph.ts";
import { sumNeighbours } from "./graph-convolution.ts";

const values = (rows: readonly (readonly number[])[]): Values => ({
  shape: [rows.length, rows[0]!.length],
  data: Float64Array.from(rows.flat()),
});

test("each atom gets itself, its neighbour, its own loop's feature and the bond's", () => {
  const graph = new Graph();
  const input = (name: string, rows: number, columns: number) => graph.input(name, "float64", [rows, columns]);
  const feature = { counts: input("counts", 2, 5), table: input("table", 5, 2) };
  graph.output("out", sumNeighbours(input("h", 2, 2), input("neighbours", 2, 2), [feature]));
  const { out } = evaluate(graph, {
    h: values([[1, 0], [0, 1]]), // biome-ignore format: rows
    neighbours: values([[1, 1], [1, 1]]), // biome-ignore format: rows
    counts: values([[1, 0, 0, 0, 1], [1, 0, 0, 0, 1]]), // biome-ignore format: a single bond and the loop each
    table: values([[1, 1], [0, 0], [0, 0], [0, 0], [0, 2]]), // biome-ignore format: single bonds and loops
  });
  expect([...out!.data]).toEqual([2, 4, 2, 4]);
});

test("neighbours of other atoms are refused", () => {
  const graph = new Graph();
  const h = graph.input("h", "float32", [3, 2]);
  expect(() => sumNeighbours(h, graph.input("neighbours", "float32", [2, 2]), [])).toThrow(/does not join the rows/);
});
