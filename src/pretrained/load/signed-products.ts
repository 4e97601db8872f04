/**
 * Whether this processor adds products of signed bytes exactly: then they are the faster ones (2.4 times with many rows).
 *
 * ONNX Runtime takes VNNI for unsigned times signed where there is any, and adds two products in 16 bits, cut, where there is none. Nothing in Node
 * tells which, so the largest products are computed once.
 */
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { declareLinear } from "../../layers/linear.ts";
import { openDevice } from "../../runtime/device.ts";

const [M, K] = [64, 256];
const LARGEST = 127;
/** Of the sums; what cutting takes is half of them, what rounding the input takes a two-hundredth. */
const TOLERANCE = 0.02;

let known: Promise<boolean> | undefined;

/** Computed once in a process. */
export function signedProductsAreExact(): Promise<boolean> {
  known ??= compute();
  return known;
}

async function compute(): Promise<boolean> {
  const graph = new Graph();
  const map = declareLinear(graph, "map", [M, K], { kind: "channels", codes: "int8" });
  graph.output("out", map(graph.input("x", "float32", ["rows", K])));
  using device = await openDevice("cpu", { threads: 1 });
  using codes = device.allocate("int8", [K, M]);
  using scales = device.allocate("float32", [M]);
  using x = device.allocate("float32", [2, K]);
  await codes.write(new Int8Array(K * M).fill(LARGEST));
  await scales.write(new Float32Array(M).fill(1));
  await x.write(Float32Array.from({ length: 2 * K }, (_, i) => (i < K ? 1 : -1)));
  const weights = [
    { name: "map", dtype: "int8", shape: [K, M], source: codes },
    { name: "map.scales", dtype: "float32", shape: [M], source: scales },
  ] as const;
  using program = await device.compile(toOnnx(graph), { weights });
  const { out } = await program.run({ x });
  using result = out!;
  const wanted = K * LARGEST;
  return [...(await result.read())].every(
    (value, i) => Math.abs(Number(value) - (i < M ? wanted : -wanted)) < TOLERANCE * wanted,
  );
}
