/**
 * 8-bit channels where products of bytes are largest: two of them do not fit into 16 bits, in which a processor without VNNI adds signed ones. Whatever
 * codes are chosen for this processor have to be right on it.
 */
import { expect, test } from "vitest";
import { quantizeChannels } from "../../checkpoints/quantize.ts";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { declareLinear } from "../../layers/linear.ts";
import { openDevice } from "../../runtime/device.ts";
import { CHANNELS, SIGNED_CHANNELS } from "./precision.ts";
import { signedProductsAreExact } from "./signed-products.ts";

const [M, K] = [48, 256];

const signedIsExact = await signedProductsAreExact();

async function largestProducts(codes: "uint8" | "int8"): Promise<void> {
  const graph = new Graph();
  graph.output(
    "out",
    declareLinear(
      graph,
      "map",
      [M, K],
      codes === "int8" ? SIGNED_CHANNELS : CHANNELS,
    )(graph.input("x", "float32", ["rows", K])),
  );
  const sign = (row: number): number => (row % 2 === 0 ? 1 : -1);
  const { weight, scales } = quantizeChannels(
    Float32Array.from({ length: M * K }, (_, i) => sign(Math.floor(i / K))),
    [M, K],
  );
  using device = await openDevice("cpu", { threads: 1 });
  const stored = device.allocate(codes, [K, M]);
  await stored.write(codes === "int8" ? Int8Array.from(weight, (code) => code - 128) : Uint8Array.from(weight));
  const scale = device.allocate("float32", [M]);
  await scale.write(scales as Float32Array<ArrayBuffer>);
  const weights = [
    { name: "map", dtype: codes, shape: [K, M], source: stored },
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
}

test("unsigned codes: the largest products add up, of either sign", () => largestProducts("uint8"));

test.runIf(signedIsExact)("signed codes, where they are chosen: the same", () => largestProducts("int8"));

test.skipIf(signedIsExact)("signed codes are cut where they are not chosen", async () => {
  await expect(largestProducts("int8")).rejects.toThrow("to be less than");
});
