/** What this processor multiplies at best in whole numbers of 8 bits: the ceiling that quantised models are held against. */
import { Graph } from "../src/graph/graph.ts";
import { toOnnx } from "../src/graph/onnx.ts";
import { declareLinear } from "../src/layers/linear.ts";
import { signedProductsAreExact } from "../src/pretrained/load/signed-products.ts";
import { openDevice } from "../src/runtime/device.ts";

/** A product as a block of BioGPT's shape has it, with as many rows as a prompt of this many tokens: weights and rows stay in the caches. */
const [ROWS, K, M] = [512, 1024, 4096];
const RUNS = 30;

/** Operations a second, an addition and a multiplication each, on all cores: of the fastest of some runs. */
export async function int8Rate(): Promise<number> {
  const codes = (await signedProductsAreExact()) ? "int8" : "uint8";
  const graph = new Graph();
  const map = declareLinear(graph, "map", [M, K], { kind: "channels", codes });
  graph.output("out", map(graph.input("x", "float32", ["rows", K])));
  using device = await openDevice("cpu");
  using weight = device.allocate(codes, [K, M]);
  using scales = device.allocate("float32", [M]);
  using x = device.allocate("float32", [ROWS, K]);
  await weight.write(
    codes === "int8"
      ? Int8Array.from({ length: K * M }, (_, i) => ((i * 7919) % 255) - 127)
      : Uint8Array.from({ length: K * M }, (_, i) => (i * 7919) % 256),
  );
  await scales.write(new Float32Array(M).fill(0.001));
  await x.write(Float32Array.from({ length: ROWS * K }, (_, i) => Math.sin(i)));
  const weights = [
    { name: "map", dtype: codes, shape: [K, M], source: weight },
    { name: "map.scales", dtype: "float32", shape: [M], source: scales },
  ] as const;
  using program = await device.compile(toOnnx(graph), { weights });
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    using out = (await program.run({ x }))["out"]!;
    fastest = Math.min(fastest, performance.now() - began);
    void out;
  }
  return (2 * ROWS * K * M) / (fastest / 1000);
}
