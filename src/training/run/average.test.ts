import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openCheckpoint } from "../../checkpoints/open-checkpoint.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { writeSafetensors } from "../../checkpoints/write-safetensors.ts";
import { averageCheckpoints } from "./average.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-average-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = async (name: string, a: number[], dtype: "float32" | "float16" = "float32"): Promise<string> => {
  const path = join(folder, `${name}.safetensors`);
  await writeSafetensors(path, [{ name: "a", dtype, shape: [a.length], data: Float32Array.from(a) }]);
  return path;
};

test("the mean of five is the elementwise mean in float32", async () => {
  const rows = Array.from({ length: 5 }, (_, k) => [k, 0.1 * k, -3, 1e8 + k]);
  const files = await Promise.all(rows.map((row, k) => write(`f${k}`, row)));
  await averageCheckpoints(files, join(folder, "mean.safetensors"));
  const { tensors } = await openCheckpoint(join(folder, "mean.safetensors"));
  const wanted = rows[0]!.map((_, i) =>
    Math.fround(rows.reduce((sum, row) => Math.fround(sum + Math.fround(row[i]!)), 0) / 5),
  );
  expect([...(await readFloat32(tensors.get("a")!))]).toEqual(wanted);
});

test("float16 files are added up in float32", async () => {
  const files = [await write("h0", [2048, 1], "float16"), await write("h1", [2, 0], "float16")];
  await averageCheckpoints(files, join(folder, "mean.safetensors"));
  const entry = (await openCheckpoint(join(folder, "mean.safetensors"))).tensors.get("a")!;
  expect(entry.dtype).toBe("float16");
  expect([...(await readFloat32(entry))]).toEqual([1025, 0.5]);
});

test("checkpoints of different models have no mean", async () => {
  const files = [await write("x", [1, 2]), await write("y", [1, 2, 3])];
  await expect(averageCheckpoints(files, join(folder, "mean.safetensors"))).rejects.toThrow(/a is 2 in .*but 3 in/);
});
