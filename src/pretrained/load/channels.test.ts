/** 8-bit channels where products of bytes are largest: two of them do not fit into 16 bits, in which a processor without VNNI adds signed ones. */
import { expect, test } from "vitest";
import { quantizeChannels } from "../../checkpoints/quantize.ts";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { declareLinear } from "../../layers/linear.ts";
import { openDevice } from "../../runtime/device.ts";
import { CHANNELS } from "./precision.ts";

const [M, K] = [48, 256];

test("the largest products add up, of either sign", async () => {
  const graph = new Graph();
  graph.output("out", declareLinear(graph, "map", [M, K], CHANNELS)(graph.input("x", "float32", ["rows", K])));
  const sign = (row: number): number => (row % 2 === 0 ? 1 : -1);
  const { weight, scales } = quantizeChannels(
    Float32Array.from({ length: M * K }, (_, i) => sign(Math.floor(i / K))),
    [M, K],
  );
  using device = await openDevice("cpu", { threads: 1 });
  const codes = device.allocate("uint8", [K, M]);
  await codes.write(weight as Uint8Array<ArrayBuffer>);
  const scale = device.allocate("float32", [M]);
  await scale.write(scales as Float32Array<ArrayBuffer>);
  const weights = [
    { name: "map", dtype: "uint8", shape: [K, M], source: codes },
    { name: "map.scales", dtype: "float32", shape: [M], source: scale },
  ] as const;
  using program = await device.compile(toOnnx(graph), { weights });
  const x = device.allocate("float32", [2, K]);
  await x.write(Float32Array.from({ length: 2 * K }, (_, i) => (i < K ? 1 : -1)));
  const out = await (await program.run({ x }))["out"]!.read();
  for (let i = 0; i < 2 * M; i++) {
    const wanted = (i < M ? 1 : -1) * sign(i % M) * K;
    expect(Math.abs((out[i] as number) - wanted)).toBeLessThan(0.02 * K);
  }
});
