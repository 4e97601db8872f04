import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openCheckpoint, type TensorEntry, writeSafetensors } from "../../checkpoints/index.ts";
import { quantizeBlocks, quantizeChannels } from "../../checkpoints/quantize.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { BLOCKS_4, CHANNELS } from "./precision.ts";
import { quantizedUnit } from "./quantize-stream.ts";
import { quantizeTile } from "./quantize-tile.ts";
import type { Quantizer } from "./quantizer.ts";

/** Three tiles of rows, the last one short. */
const [M, K] = [2100, 4096];
const values = new Float32Array(M * K);
let entry: TensorEntry;

beforeAll(async () => {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(Math.sin(i) * (1 + (i % 13)));
  const path = join(temporaryFolder(), "matrix.safetensors");
  await writeSafetensors(path, [{ name: "m", dtype: "float32", shape: [M, K], data: values }]);
  entry = (await openCheckpoint(path)).tensors.get("m")!;
});

/** As many at once as threads would have, answered in the order that `turns` gives. */
function severalAtOnce(failing?: number): Quantizer & { readonly ended: () => number } {
  let [asked, ended] = [0, 0];
  return {
    atOnce: 3,
    shares: true,
    async quantize(tile) {
      const index = asked++;
      for (let turn = 0; turn < 5 - 2 * index; turn++) await new Promise(setImmediate); // the later ones come first
      ended++;
      if (index === failing) throw new Error("this tile fails");
      return quantizeTile(tile);
    },
    ended: () => ended,
    [Symbol.dispose]: () => {},
  };
}

async function written(
  quantizer: Quantizer,
  format: typeof BLOCKS_4,
  entries: readonly TensorEntry[] = [entry],
): Promise<Map<string, Uint8Array>> {
  const unit = quantizedUnit("m", entries, format, { quantizer });
  const files = new Map<string, Uint8Array>();
  await unit.write(async (name, offset, { buffer, byteOffset, byteLength }) => {
    if (!files.has(name)) files.set(name, new Uint8Array(entries.length * M * K));
    files.get(name)!.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
  });
  return files;
}

function expectEqual(got: Uint8Array | undefined, wanted: ArrayBufferView): void {
  const bytes = new Uint8Array(wanted.buffer, wanted.byteOffset, wanted.byteLength);
  expect(Buffer.compare(got!.subarray(0, bytes.length), bytes)).toBe(0);
}

test("tiles that end in another order than they began lie where those of the whole matrix do", async () => {
  const blocks = await written(severalAtOnce(), BLOCKS_4);
  const ofAll = quantizeBlocks(values, [M, K], 4, 128);
  expectEqual(blocks.get("m"), ofAll.blocks);
  expectEqual(blocks.get("m.scales"), ofAll.scales);
  const channels = await written(severalAtOnce(), CHANNELS);
  const inChannels = quantizeChannels(values, [M, K]);
  expectEqual(channels.get("m"), inChannels.weight);
  expectEqual(channels.get("m.scales"), inChannels.scales);
});

test("matrices joined to one: their codes are those of each, one below the other, or beside each other where they are stored transposed", async () => {
  const blocks = await written(severalAtOnce(), BLOCKS_4, [entry, entry]);
  const ofOne = quantizeBlocks(values, [M, K], 4, 128);
  const twice = (part: ArrayBufferView): Uint8Array =>
    Buffer.concat([0, 1].map(() => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
  expectEqual(blocks.get("m"), twice(ofOne.blocks));
  expectEqual(blocks.get("m.scales"), twice(ofOne.scales));
  const channels = await written(severalAtOnce(), CHANNELS, [entry, entry]);
  const inChannels = quantizeChannels(values, [M, K]);
  for (const k of [0, 1, K - 1])
    for (const copy of [0, 1])
      expectEqual(
        channels.get("m")!.subarray((2 * k + copy) * M, (2 * k + copy + 1) * M),
        inChannels.weight.subarray(k * M, (k + 1) * M),
      );
  expectEqual(channels.get("m.scales"), twice(inChannels.scales));
});

test("a tile that fails is told when all that were under way have ended", async () => {
  const quantizer = severalAtOnce(1);
  await expect(written(quantizer, BLOCKS_4)).rejects.toThrow("this tile fails");
  expect(quantizer.ended()).toBe(3);
});

test("a run that is stopped ends between two tiles", async () => {
  const controller = new AbortController();
  const quantizer = severalAtOnce();
  const stopping: Quantizer = {
    ...quantizer,
    quantize: (tile) => {
      controller.abort();
      return quantizer.quantize(tile);
    },
  };
  const unit = quantizedUnit("m", [entry], BLOCKS_4, { quantizer: stopping, signal: controller.signal });
  await expect(unit.write(async () => {})).rejects.toMatchObject({ code: "aborted" });
  expect(quantizer.ended()).toBe(1);
});
