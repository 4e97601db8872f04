import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BiogptError } from "../base/errors.ts";
import { safetensorsBytes, temporaryFile, temporaryFolder } from "../files/scratch.fixture.ts";
import { bytesSource } from "./byte-source.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { checkFinite, findNonFinite, readFloat32, readTensor } from "./read-tensor.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const upstream = join(import.meta.dirname, "../../test/fixtures/checkpoints/upstream.safetensors");
const weight = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const eight = new Uint8Array(8);

async function failure(bytes: Uint8Array): Promise<{ code: string; what: string }> {
  const error = await openCheckpoint(temporaryFile("model.safetensors", bytes)).then(
    () => expect.fail("it was opened"),
    (error: unknown) => error,
  );
  if (!(error instanceof BiogptError)) throw error;
  return { code: error.code.replace("checkpoints/", ""), what: error.what };
}

test("a file of the upstream library", async () => {
  const { format, metadata, tensors } = await openCheckpoint(upstream);
  expect([format, metadata, [...tensors.keys()]]).toEqual(["safetensors", { format: "pt" }, ["weight", "bias"]]);
  expect([...(await readFloat32(tensors.get("weight")!))]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
  expect([...(await readFloat32(tensors.get("bias")!))]).toEqual([0, 0.25, 0.5]);
});

const header = (entry: unknown, name = "weight"): Buffer => safetensorsBytes({ [name]: entry }, eight);
const two = (first: [number, number], second: [number, number], size: number): Buffer =>
  safetensorsBytes(
    {
      a: { dtype: "U8", shape: [first[1] - first[0]], data_offsets: first },
      b: { dtype: "U8", shape: [second[1] - second[0]], data_offsets: second },
    },
    new Uint8Array(size),
  );

for (const [what, bytes, code, text] of [
  ["a file of three bytes", Buffer.from("\0\0\0"), "truncated", "the length of the header needs 8 bytes"],
  ["a header that is cut off", safetensorsBytes({ weight }).subarray(0, 30), "truncated", "the header needs bytes"],
  ["data that are cut off", safetensorsBytes({ weight }, new Uint8Array(7)), "truncated", '"weight" ends at byte'],
  [
    "a header of 4 GB less one",
    safetensorsBytes({ weight }, eight, 0xffffffffn),
    "header-too-large",
    "4294967295 bytes; at most 100000000",
  ],
  [
    "a header of 2^64 bytes less one",
    safetensorsBytes("{}", eight, 2n ** 64n - 1n),
    "header-too-large",
    "18446744073709551615",
  ],
  ["a header that is not UTF-8", safetensorsBytes(Buffer.from('{"\xff":1}', "latin1")), "not-utf8", "not UTF-8"],
  ["a header that is a list", safetensorsBytes("[1,2]   "), "bad-header", "does not begin with {"],
  ["a header that is no JSON", safetensorsBytes('{"weight": }'), "bad-json", "character 11: a value expected"],
  ["text after the header's JSON", safetensorsBytes("{} x"), "bad-json", "text follows the value"],
  [
    "a header that nests deep",
    safetensorsBytes(`{"a":${"[".repeat(50)}${"]".repeat(50)}}`),
    "bad-json",
    "nests more than 8 deep",
  ],
  [
    "a tensor named twice",
    safetensorsBytes('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}}'),
    "duplicate-name",
    'names "a" twice',
  ],
  [
    "a field given twice",
    safetensorsBytes('{"a":{"dtype":"U8","dtype":"I8"}}'),
    "duplicate-name",
    'names "dtype" twice',
  ],
  ["an escaped name given twice", safetensorsBytes('{"a":1,"\\u0061":1}'), "duplicate-name", 'names "a" twice'],
  [
    "metadata that are not text",
    safetensorsBytes({ __metadata__: { step: 1 } }),
    "bad-header",
    '__metadata__ holds something other than text under "step"',
  ],
  ["an unknown field", header({ ...weight, stride: [1] }), "bad-header", 'unknown field "stride"'],
  ["a misnamed type", header({ ...weight, dtype: "F31" }), "unknown-dtype", 'the element type "F31"'],
  ["no type", header({ ...weight, dtype: undefined }), "unknown-dtype", "(none)"],
  ["a type named like an object's own", header({ ...weight, dtype: "constructor" }), "unknown-dtype", '"constructor"'],
  ["a negative size", header({ ...weight, shape: [-2] }), "bad-shape", "whole numbers from 0"],
  ["a fractional size", header({ ...weight, shape: [2.5] }), "bad-shape", "whole numbers from 0"],
  ["a size beyond 2^53", header({ ...weight, shape: [2 ** 53] }), "bad-shape", "2^53 - 1"],
  [
    "sizes whose product is beyond 2^53",
    header({ ...weight, shape: [2 ** 30, 2 ** 30] }),
    "bad-shape",
    "more bytes than can be counted",
  ],
  ["a hundred axes", header({ ...weight, shape: new Array(100).fill(1) }), "bad-shape", "100 axes"],
  ["a shape that is text", header({ ...weight, shape: "2" }), "bad-shape", "not a list"],
  ["negative offsets", header({ ...weight, data_offsets: [-8, 0] }), "bad-offsets", "whole numbers from 0"],
  ["an end before the start", header({ ...weight, data_offsets: [8, 0] }), "bad-offsets", "[8, 0]"],
  ["one offset", header({ ...weight, data_offsets: [8] }), "bad-offsets", "[8]"],
  [
    "too few bytes for the shape",
    header({ ...weight, shape: [3] }),
    "wrong-byte-count",
    "float32 of shape [3], 12 bytes, but the file gives it 8",
  ],
  ["two tensors that overlap", two([0, 8], [4, 12], 12), "overlap", '"b" overlaps "a" by 4 bytes'],
  ["a hole before the first", two([4, 8], [8, 12], 12), "hole", '4 bytes between the header and "a"'],
  ["a hole between two", two([0, 4], [8, 12], 12), "hole", '4 bytes between "a" and "b"'],
  ["bytes after the last", two([0, 4], [4, 8], 12), "trailing-bytes", '4 bytes after "b"'],
  ["nothing in it", safetensorsBytes("{}"), "no-tensors", "holds no tensors"],
  ["an empty file", Buffer.alloc(0), "empty", "is empty"],
  [
    "a Git LFS pointer",
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00"),
    "lfs-pointer",
    "Git LFS pointer",
  ],
  ["a web page", Buffer.from("\n<!DOCTYPE html><title>404</title>"), "other-format", "a web page"],
  ["a GGUF file", Buffer.from("GGUF\x03\0\0\0tensors"), "other-format", "a GGUF file"],
  ["something else", Buffer.from("hello, this is text"), "not-a-checkpoint", "neither safetensors nor a PyTorch file"],
] as const) {
  test(`${what} is refused as ${code}`, async () => {
    const found = await failure(bytes);
    expect([found.code, found.what]).toEqual([code, expect.stringContaining(text)]);
  });
}

test("names that look like numbers or like __proto__ keep their order and place", async () => {
  const entry = (at: number) => ({ dtype: "U8", shape: [1], data_offsets: [at, at + 1] });
  const json = `{"10":${JSON.stringify(entry(0))},"__proto__":${JSON.stringify(entry(1))},"2":${JSON.stringify(entry(2))}}`;
  const { tensors } = await openCheckpoint(
    temporaryFile("model.safetensors", safetensorsBytes(json, new Uint8Array(3))),
  );
  expect([...tensors.keys()]).toEqual(["10", "__proto__", "2"]);
});

test("a folder in place of a file, a missing file", async () => {
  await expect(openCheckpoint("/dev/null")).rejects.toMatchObject({ code: "checkpoints/not-a-file" });
  await expect(openCheckpoint(join(temporaryFolder(), "none.bin"))).rejects.toMatchObject({
    code: "checkpoints/not-found",
  });
});

test("what is written is read again, rounded where it is narrowed, aligned, and in a fixed order", async () => {
  const path = join(temporaryFolder(), "out", "model.safetensors");
  const values = Float32Array.of(1, 2.5, -3, 65504.1);
  const progress: number[] = [];
  const size = await writeSafetensors(
    path,
    [
      { name: "half", dtype: "float16", shape: [4], data: values },
      { name: "b", dtype: "float32", shape: [2, 2], data: () => Promise.resolve(values) },
      { name: "brain", dtype: "bfloat16", shape: [4], data: values },
      { name: "ids", dtype: "int64", shape: [1], data: BigInt64Array.of(7n) },
      { name: "10", dtype: "float32", shape: [], data: Float32Array.of(0.5) },
    ],
    { metadata: { format: "pt", origin: "test" }, progress: ({ done }) => progress.push(done) },
  );
  const { tensors, metadata } = await openCheckpoint(path);
  expect(metadata).toEqual({ format: "pt", origin: "test" });
  expect([...tensors.keys()]).toEqual(["ids", "10", "b", "brain", "half"]);
  for (const { offset, byteLength, shape } of tensors.values())
    expect(offset % (byteLength / shape.reduce((a, b) => a * b, 1))).toBe(0);
  expect(tensors.get("ids")!.offset % 64).toBe(0);
  expect([...(await readFloat32(tensors.get("b")!))]).toEqual([...values]);
  expect([...(await readFloat32(tensors.get("half")!))]).toEqual([1, 2.5, -3, 65504]);
  expect([...(await readFloat32(tensors.get("brain")!))]).toEqual([1, 2.5, -3, 65536]);
  expect(await readTensor(tensors.get("ids")!)).toEqual(BigInt64Array.of(7n));
  expect([readFileSync(path).length, progress.at(-1)]).toEqual([size, size]);
});

test("a failed or stopped write leaves what was there", async () => {
  const path = temporaryFile("model.safetensors", readFileSync(upstream));
  const controller = new AbortController();
  const good = { name: "a", dtype: "float32", shape: [1], data: Float32Array.of(1) } as const;
  const write = (...tensors: Parameters<typeof writeSafetensors>[1] extends Iterable<infer T> ? T[] : never) =>
    writeSafetensors(path, tensors, { signal: controller.signal });
  await expect(write(good, { ...good, name: "b", data: new Float32Array(2) })).rejects.toMatchObject({
    code: "checkpoints/wrong-byte-count",
  });
  await expect(write(good, good)).rejects.toMatchObject({ code: "checkpoints/duplicate-name" });
  await expect(write({ ...good, name: "__metadata__" })).rejects.toMatchObject({ code: "checkpoints/bad-name" });
  const stop = (): Float32Array => {
    controller.abort();
    return Float32Array.of(1);
  };
  await expect(write({ ...good, data: stop }, { ...good, name: "b" })).rejects.toMatchObject({ code: "aborted" });
  expect(readFileSync(path)).toEqual(readFileSync(upstream));
  expect(readdirSync(join(path, ".."))).toEqual(["model.safetensors"]);
});

test("the first NaN or infinity is named, in every type and far into the file", async () => {
  const far = new Float32Array(3_000_000).fill(1);
  far[2_999_999] = Number.NaN;
  const path = join(temporaryFolder(), "model.safetensors");
  await writeSafetensors(path, [
    { name: "far", dtype: "float32", shape: [3, 1_000_000], data: far },
    { name: "half", dtype: "float16", shape: [2, 2], data: Float32Array.of(1, 2, 1e9, Number.NaN) },
    { name: "brain", dtype: "bfloat16", shape: [2], data: Float32Array.of(3e38, Number.NaN) },
    { name: "fine", dtype: "float16", shape: [2], data: Float32Array.of(65504, 0) },
    { name: "ids", dtype: "int64", shape: [1], data: BigInt64Array.of(-1n) },
  ]);
  const { tensors } = await openCheckpoint(path);
  const found = await Promise.all([...tensors.values()].map(async (entry) => [entry.name, await findNonFinite(entry)]));
  expect(Object.fromEntries(found)).toEqual({
    far: { index: [2, 999_999], value: "NaN" },
    half: { index: [1, 0], value: "infinite" },
    brain: { index: [1], value: "NaN" },
    fine: undefined,
    ids: undefined,
  });
  await expect(checkFinite(tensors.get("half")!)).rejects.toMatchObject({
    code: "checkpoints/not-finite",
    what: expect.stringContaining('"half"[1, 0] is infinite'),
  });
  const controller = new AbortController();
  controller.abort();
  await expect(findNonFinite(tensors.get("far")!, { signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
  });
});

test("shards: names are joined, and index and files must agree", async () => {
  const folder = temporaryFolder();
  const one = { dtype: "float32", shape: [1], data: Float32Array.of(1) } as const;
  await writeSafetensors(join(folder, "model-1.safetensors"), [{ ...one, name: "a" }]);
  await writeSafetensors(join(folder, "model-2.safetensors"), [{ ...one, name: "b" }]);
  const index = (map: Record<string, unknown>): void =>
    writeFileSync(
      join(folder, "model.safetensors.index.json"),
      JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }),
    );
  index({ a: "model-1.safetensors", b: "model-2.safetensors" });
  const { tensors, files } = await openCheckpoint(folder);
  expect([[...tensors.keys()], files.length]).toEqual([["a", "b"], 2]);
  expect(tensors.get("b")!.file).toBe(join(folder, "model-2.safetensors"));
  await writeSafetensors(join(folder, "model-2.safetensors"), [
    { ...one, name: "b" },
    { ...one, name: "c" },
  ]);
  const more = await openCheckpoint(folder); // as transformers, which reads what a shard holds
  expect([...more.tensors.keys()]).toEqual(["a", "b", "c"]);
  expect(more.notes).toEqual([expect.stringContaining("does not name 1 tensors that its files hold, the first is c")]);
  await writeSafetensors(join(folder, "model-2.safetensors"), [{ ...one, name: "b" }]);
  for (const [map, code] of [
    [{ a: "model-1.safetensors", b: "model-1.safetensors" }, "shard-mismatch"],
    [{ a: "model-1.safetensors", c: "model-2.safetensors" }, "shard-mismatch"],
    [{ a: "model-1.safetensors", b: "model-3.safetensors" }, "not-found"],
    [{ a: "../model-1.safetensors" }, "bad-index"],
    [{ a: "/etc/passwd" }, "bad-index"],
    [{ a: "c:evil" }, "bad-index"],
    [{ a: 1 }, "bad-index"],
    [{ a: "model.safetensors.index.json" }, "bad-index"],
    [{}, "bad-index"],
  ] as const) {
    index(map);
    await expect(openCheckpoint(folder), JSON.stringify(map)).rejects.toMatchObject({ code: `checkpoints/${code}` });
  }
});

test("a folder without weights, and one with several", async () => {
  const folder = temporaryFolder();
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    code: "checkpoints/no-weights",
    what: expect.stringContaining("nothing"),
  });
  const one = { name: "a", dtype: "float32", shape: [1], data: Float32Array.of(1) } as const;
  await writeSafetensors(join(folder, "first.safetensors"), [one]);
  expect((await openCheckpoint(folder)).files).toEqual([join(folder, "first.safetensors")]);
  await writeSafetensors(join(folder, "second.safetensors"), [one]);
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    what: expect.stringContaining("first.safetensors, second.safetensors"),
  });
  await writeSafetensors(join(folder, "model.safetensors"), [one]);
  expect((await openCheckpoint(folder)).files).toEqual([join(folder, "model.safetensors")]);
});

test("random damage gives an error of ours or a checkpoint that lies in its file", async () => {
  const bytes = readFileSync(upstream);
  const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(bytes.length),
      async (changes, length) => {
        const damaged = Buffer.from(bytes);
        for (const { at, value } of changes) damaged[at] = value;
        await expectSafe(length % 3 === 0 ? damaged.subarray(0, length) : damaged);
      },
    ),
    { numRuns: 500 },
  );
});

async function expectSafe(bytes: Uint8Array): Promise<void> {
  try {
    for (const entry of (await openCheckpoint(bytesSource(bytes, "damaged"))).tensors.values()) {
      expect(entry.offset + entry.byteLength).toBeLessThanOrEqual(bytes.length);
      await readTensor(entry);
    }
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
  }
}
