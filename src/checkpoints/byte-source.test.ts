/** Checkpoints from a Blob: the same tensors as from the file, of which no more is read than is asked for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { type BlobLike, blobSource } from "./byte-source.ts";
import { checkFinite, openCheckpoint, readFloat32, readTensor, writeSafetensors } from "./index.ts";

const ROWS = 1000;

async function written(values: Float32Array): Promise<string> {
  const path = join(temporaryFolder(), "model.safetensors");
  await writeSafetensors(path, [
    { name: "first", dtype: "float32", shape: [3], data: Float32Array.of(0.5, -1, 2) },
    { name: "table", dtype: "float32", shape: [ROWS, 4], data: values },
    { name: "none", dtype: "float32", shape: [0], data: new Float32Array(0) },
  ]);
  return path;
}

/** A real Blob that notes which ranges are taken of it. */
function watched(bytes: Uint8Array<ArrayBuffer>): { blob: BlobLike; ranges: [number, number][] } {
  const inner = new Blob([bytes]);
  const ranges: [number, number][] = [];
  const slice: BlobLike["slice"] = (start, end) => {
    ranges.push([start, end]);
    return inner.slice(start, end);
  };
  return { blob: { size: inner.size, slice }, ranges };
}

test("safetensors from a Blob are the file's, and only headers and what is asked for is read", async () => {
  const path = await written(Float32Array.from({ length: 4 * ROWS }, (_, i) => Math.sin(i)));
  const file = await openCheckpoint(path);
  const { blob, ranges } = watched(new Uint8Array(readFileSync(path)));
  const checkpoint = await openCheckpoint(blobSource(blob, "weights"));
  expect(Math.max(...ranges.map(([, end]) => end))).toBeLessThan(1000); // of 16,000
  expect({ ...checkpoint, tensors: undefined }).toEqual({
    ...{ ...file, tensors: undefined, path: "weights", files: ["weights"] },
  });
  for (const [name, entry] of file.tensors) {
    const { source, file: _, ...place } = checkpoint.tensors.get(name)!;
    expect(place).toEqual({ ...entry, source: undefined, file: undefined });
    expect(source.path).toBeUndefined();
    expect(entry.source.path).toBe(path);
    ranges.length = 0;
    expect(await readTensor({ ...entry, source })).toEqual(await readTensor(entry));
    expect(ranges).toEqual([[entry.offset, entry.offset + entry.byteLength]]);
  }
});

test("PyTorch's files from a Blob as well", async () => {
  const path = join(import.meta.dirname, "../../test/fixtures/checkpoints/types.bin");
  const [file, blob] = await Promise.all([
    openCheckpoint(path),
    openCheckpoint(blobSource(new Blob([readFileSync(path)]))),
  ]);
  expect([...blob.tensors.keys()]).toEqual([...file.tensors.keys()]);
  for (const [name, entry] of file.tensors)
    expect(await readFloat32(blob.tensors.get(name)!)).toEqual(await readFloat32(entry));
});

test("what is wrong with a Blob is said of it by name", async () => {
  const path = await written(new Float32Array(4 * ROWS).fill(1).fill(Number.NaN, 17, 18));
  const bytes = new Uint8Array(readFileSync(path));
  const whole = await openCheckpoint(blobSource(new File([bytes], "chosen.safetensors")));
  await expect(checkFinite(whole.tensors.get("table")!)).rejects.toThrow('chosen.safetensors: "table"[4, 1] is NaN');
  const cut = blobSource(new Blob([bytes.subarray(0, 2000)]), "cut");
  await expect(openCheckpoint(cut)).rejects.toMatchObject({
    code: "checkpoints/truncated",
    message: expect.stringContaining("cut is cut off"),
  });
  await expect(openCheckpoint(blobSource(new Blob(["<html>"])))).rejects.toThrow("the Blob is a web page");
  // A source that gives less than it said, as a file that changed under the browser may.
  const { blob } = watched(bytes);
  const short = blobSource({ size: blob.size, slice: (start, end) => blob.slice(start, end - 1) });
  await expect(openCheckpoint(short)).rejects.toMatchObject({ code: "checkpoints/truncated" });
});

test("a signal stops the reading", async () => {
  const bytes = new Uint8Array(readFileSync(await written(new Float32Array(4 * ROWS))));
  const source = blobSource(new Blob([bytes]));
  await expect(openCheckpoint(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  const entry = (await openCheckpoint(source)).tensors.get("table")!;
  await expect(readTensor(entry, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});
