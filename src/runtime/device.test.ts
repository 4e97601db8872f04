import { expect, test } from "vitest";
import { Graph } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import { openDevice } from "./device.ts";

test("runs", async () => {
  using device = await openDevice("cpu");
  const g = new Graph();
  const a = g.input("a", "float32", ["n", 3]);
  const w = g.weight("w", "float32", [3, 2]);
  const [y] = g.node("MatMul", [a, w], { outputs: [{ dtype: "float32", shape: ["n", 2] }] });
  g.output("y", y!);
  const weight = device.allocate("float32", [3, 2]);
  weight.write([1, 2, 3, 4, 5, 6]);
  using program = await device.compile(toOnnx(g), {
    weights: [{ name: "w", dtype: "float32", shape: [3, 2], source: weight }],
  });
  const x = device.allocate("float32", [2, 3]);
  x.write([1, 0, 0, 0, 1, 1]);
  const { y: out } = await program.run({ a: x });
  expect([...out!.data]).toEqual([1, 2, 8, 10]);
  const o2 = device.allocate("float32", [2, 2]);
  using bound = program.bind({ a: x }, { y: o2 });
  for (let i = 0; i < 1000; i++) await bound.run();
  expect([...o2.data]).toEqual([1, 2, 8, 10]);
});
