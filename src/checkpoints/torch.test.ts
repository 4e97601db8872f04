/** Files made by PyTorch 2.13: test/golden/torch-checkpoints.py. Every tensor counts up in quarters. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readFloat32, readTensor } from "./read-tensor.ts";

const fixture = (name: string): string => join(import.meta.dirname, "../../test/fixtures/checkpoints", name);
const quarters = (count: number, start = 0): number[] => Array.from({ length: count }, (_, i) => (start + i) / 4);

async function values(
  name: string,
): Promise<Record<string, { dtype: string; shape: readonly number[]; values: number[] }>> {
  const { tensors } = await openCheckpoint(fixture(name));
  return Object.fromEntries(
    await Promise.all(
      [...tensors].map(async ([key, entry]) => [
        key,
        { dtype: entry.dtype, shape: entry.shape, values: [...(await readFloat32(entry))] },
      ]),
    ),
  );
}

for (const name of ["types.bin", "types-protocol-4.bin", "types-protocol-5.bin"]) {
  test(`types, empty tensors, scalars and parameters: ${name}`, async () => {
    expect(await values(name)).toEqual({
      single: { dtype: "float32", shape: [2, 3], values: quarters(6) },
      half: { dtype: "float16", shape: [2, 3], values: quarters(6) },
      brain: { dtype: "bfloat16", shape: [2, 3], values: quarters(6) },
      whole: { dtype: "int64", shape: [4], values: [0, 1, 2, 3] },
      truth: { dtype: "bool", shape: [2], values: [1, 0] },
      scalar: { dtype: "float32", shape: [], values: [2.5] },
      none: { dtype: "float32", shape: [0, 3], values: [] },
      parameter: { dtype: "float32", shape: [3], values: quarters(3) },
    });
  });
}

test("offsets are those of the bytes in the file", async () => {
  const { tensors, format, files } = await openCheckpoint(fixture("types.bin"));
  const { file, offset, byteLength, contiguous } = tensors.get("single")!;
  expect([format, files, file, byteLength, contiguous]).toEqual(["pytorch", [file], fixture("types.bin"), 24, true]);
  const bytes = readFileSync(file).subarray(offset, offset + byteLength);
  expect(Array.from({ length: 6 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual(quarters(6));
});

test("views share their storage; strided ones are gathered", async () => {
  const { tensors } = await openCheckpoint(fixture("shared.bin"));
  const [embedding, head, row, transposed, column] = [...tensors.values()];
  expect(head).toEqual({ ...embedding, name: "head" });
  expect([row!.offset - embedding!.offset, row!.contiguous]).toEqual([12, true]);
  expect([transposed!.shape, transposed!.strides, transposed!.contiguous]).toEqual([[3, 4], [1, 3], false]);
  const at = (row: number, column: number): number => (3 * row + column) / 4;
  expect([...(await readFloat32(transposed!))]).toEqual([0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((r) => at(r, c))));
  expect([...(await readFloat32(column!))]).toEqual([0, 1, 2, 3].map((r) => at(r, 1)));
  expect(column!.byteLength).toBe(40);
  const repeated = (await openCheckpoint(fixture("expanded.bin"))).tensors.get("repeated")!;
  expect([...(await readFloat32(repeated))]).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
});

test("an expanded view that would take absurd memory is refused", async () => {
  const repeated = (await openCheckpoint(fixture("expanded.bin"))).tensors.get("repeated")!;
  await expect(readTensor({ ...repeated, shape: [1 << 20, 1 << 20] })).rejects.toMatchObject({
    code: "checkpoints/expanded-view",
  });
});

test("types that only the newest rebuild function names", async () => {
  const { tensors } = await openCheckpoint(fixture("rare-types.bin"));
  expect([tensors.get("float8")!.dtype, await readTensor(tensors.get("uint16")!)]).toEqual([
    "float8_e4m3fn",
    Uint16Array.of(0, 1, 2),
  ]);
  expect(await readTensor(tensors.get("float8")!)).toEqual(Uint8Array.of(0, 0x28, 0x30, 0x34));
  await expect(readFloat32(tensors.get("float8")!)).rejects.toMatchObject({ code: "checkpoints/unknown-dtype" });
});

test("fairseq's args, cfg and omegaconf become plain data, and unknown classes records", async () => {
  const choice = { $class: "fairseq.dataclass.constants.Choice", args: ["best"] };
  const args = {
    arch: "transformer_lm_gpt2_small",
    dropout: 0.1,
    seed: 1,
    no_scale_embedding: false,
    data: "/data/bin",
    ratio: 0.25,
    choice,
    betas: [0.9, 0.98],
  };
  const old = await openCheckpoint(fixture("fairseq-args.pt"));
  expect([old.format, old.config, old.foreignNames]).toEqual(["fairseq", args, ["fairseq.dataclass.constants.Choice"]]);
  expect([...old.tensors.keys()]).toEqual(["decoder.version", "decoder.layer_norm.weight"]);
  expect([...(await readFloat32(old.tensors.get("decoder.layer_norm.weight")!))]).toEqual([0, 0.25]);
  const recent = await openCheckpoint(fixture("fairseq-cfg.pt"));
  expect(recent.config).toEqual({
    _name: null,
    model: { _name: "transformer_lm_gpt2_small", decoder_layers: 24, choice },
    task: args,
    common: { fp16: true },
  });
  expect((await openCheckpoint(fixture("fairseq-omegaconf.pt"))).config).toEqual({
    model: { decoder_layers: 2, dropout: 0.1, names: ["a", "b"], absent: null },
    task: { data: "???" },
  });
});

for (const [name, code, text] of [
  ["legacy.bin", "checkpoints/legacy-torch", "before version 1.6"],
  [
    "sparse.bin",
    "checkpoints/unsupported-tensor",
    '"sparse" is not a dense tensor but the result of torch._utils._rebuild_sparse_tensor',
  ],
  ["module.bin", "checkpoints/no-tensors", "an object of the class torch.nn.modules.linear.Linear"],
  ["optimizer-only.pt", "checkpoints/no-tensors", "no dict of tensors"],
] as const) {
  test(`${name} is refused as ${code}`, async () => {
    await expect(openCheckpoint(fixture(name))).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });
}

test("every truncation of a file is an error of ours", async () => {
  const whole = readFileSync(fixture("types.bin"));
  const path = join(temporaryFolder(), "cut.bin");
  for (let length = 0; length < whole.length; length += 97) {
    writeFileSync(path, whole.subarray(0, length));
    const wanted =
      length === 0 ? "checkpoints/empty" : length < 4 ? "checkpoints/not-a-checkpoint" : "checkpoints/truncated";
    await expect(openCheckpoint(path)).rejects.toMatchObject({ code: wanted });
  }
});
