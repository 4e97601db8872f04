/** Graphs with a choice, run by ONNX Runtime. */
import { afterAll, expect, test } from "vitest";
import { openDevice } from "../runtime/device.ts";
import { Graph } from "./graph.ts";
import { toOnnx } from "./onnx.ts";
import { add, mul, scale } from "./operators.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device[Symbol.dispose]());

test("one of two branches runs: it reads what is around it, may hand that on, and may choose again", async () => {
  const graph = new Graph();
  const [first, second] = ["first", "second"].map((name) => graph.input(name, "bool", []));
  const x = graph.input("x", "float32", ["rows"]);
  const doubled = scale(x, 2);
  const unused = add(x, x);
  const [out, same] = graph.choose(
    first!,
    [x, x],
    () => {
      mul(unused, unused); // read by nobody
      const [inner] = graph.choose(
        second!,
        [x],
        () => [add(doubled, x)],
        () => [doubled],
      );
      return [scale(inner!, 10), x];
    },
    () => [mul(doubled, doubled), doubled],
  );
  graph.output("out", out!);
  graph.output("same", same!);
  expect(graph.liveNodes().map(({ operator }) => operator)).toEqual(["Mul", "If"]);
  using program = await device.compile(toOnnx(graph));
  using input = device.allocate("float32", [2]);
  await input.write([1, -3]);
  for (const [values, wanted, handedOn] of [
    [
      [true, true],
      [30, -90],
      [1, -3],
    ],
    [
      [true, false],
      [20, -60],
      [1, -3],
    ],
    [
      [false, true],
      [4, 36],
      [2, -6],
    ],
  ] as const) {
    using one = device.allocate("bool", []);
    using two = device.allocate("bool", []);
    await one.write([Number(values[0])]);
    await two.write([Number(values[1])]);
    const given = await program.run({ first: one, second: two, x: input });
    expect([...(await given["out"]!.read())]).toEqual(wanted);
    expect([...(await given["same"]!.read())]).toEqual(handedOn);
    for (const tensor of Object.values(given)) tensor[Symbol.dispose]();
  }
});

test("branches give what was said, and a condition is true or false", () => {
  const graph = new Graph();
  const condition = graph.input("condition", "bool", []);
  const x = graph.input("x", "float32", [2]);
  const both = (write: () => readonly (typeof x)[]) => () => graph.choose(condition, [x], write, () => [x]);
  expect(both(() => [x, x])).toThrow("both branches give the outputs that were said");
  expect(both(() => [condition])).toThrow("both branches give the outputs that were said");
  expect(() =>
    graph.choose(
      x,
      [x],
      () => [x],
      () => [x],
    ),
  ).toThrow("wanted bool");
  expect(both(() => [scale(x, 2)])()[0]!.shape).toEqual([2]);
});
