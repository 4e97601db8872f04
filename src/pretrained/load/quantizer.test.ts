import { expect, test } from "vitest";
import { type QuantizerTile, quantizeTile } from "./quantize-tile.ts";
import type * as Compiled from "./quantizer.ts";

/** Threads run compiled files alone. */
const COMPILED = new URL("../../../dist/pretrained/load/quantizer.js", import.meta.url).href;

function tiles(): QuantizerTile[] {
  const values = (seed: number): Float32Array =>
    Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(seed + i) * (1 + (i % 7)));
  const shape = [64, 64] as const;
  const weight = new Uint8Array(new SharedArrayBuffer(64 * 5 * 64) as unknown as ArrayBuffer);
  const scales = new Float32Array(new SharedArrayBuffer(4 * 64 * 5) as unknown as ArrayBuffer);
  return Array.from({ length: 5 }, (_, n) => [
    { kind: "blocks" as const, values: values(n), shape, bits: 4 as const, blockSize: 32 },
    { kind: "channels" as const, values: values(n), shape, first: 64 * n, weight, scales },
  ]).flat();
}

test("threads write the bits that one does, and take their tiles' values", async () => {
  const { openQuantizer } = (await import(COMPILED)) as typeof Compiled;
  using quantizer = openQuantizer({ bytes: 0, threads: 3 });
  expect(quantizer.atOnce).toBe(4);
  const [given, wanted] = [tiles(), tiles()];
  const results = await Promise.all(given.map((tile) => quantizer.quantize(tile)));
  expect(results).toEqual(wanted.map((tile) => quantizeTile(tile)));
  for (const [i, tile] of given.entries()) {
    expect(tile.values.length).toBe(0);
    const other = wanted[i]!;
    if (tile.kind === "channels" && other.kind === "channels")
      expect([tile.weight, tile.scales]).toEqual([other.weight, other.scales]);
  }
});

test("what fails on a thread fails for whoever waits, then and later", async () => {
  const { openQuantizer } = (await import(COMPILED)) as typeof Compiled;
  using quantizer = openQuantizer({ bytes: 0, threads: 2 });
  const bad = { ...tiles()[0]!, shape: undefined } as unknown as QuantizerTile;
  await expect(
    Promise.all([quantizer.quantize(bad), quantizer.quantize({ ...bad, values: new Float32Array(1) })]),
  ).rejects.toThrow();
  await expect(quantizer.quantize(tiles()[0]!)).rejects.toThrow();
});

test("little is done without threads", async () => {
  const { openQuantizer } = (await import(COMPILED)) as typeof Compiled;
  using quantizer = openQuantizer({ bytes: 1e6 });
  expect(quantizer.atOnce).toBe(1);
});
