/** What is WebAssembly's alone; what every device does is tested in ../device.test.ts. */
import { describe, expect, test } from "vitest";
import { expectClose, linearGraph, tensorOf, wave } from "../test-graphs.fixture.ts";
import { ortFactory } from "./ort-factory.fixture.ts";
import { openWasmDevice } from "./wasm-device.ts";
import { weightsAsInputs } from "./weights-as-inputs.ts";

const device = await openWasmDevice({ factory: ortFactory });

describe("weights", () => {
  test("stand behind the graph's own inputs and are none of the program's", async () => {
    const { weights } = weightsAsInputs(linearGraph());
    expect(weights).toEqual([{ name: "w", dtype: 1, shape: [3, 2] }]);
    using w = await tensorOf(device, [3, 2], [1, 2, 3, 4, 5, 6]);
    using program = await device.compile(linearGraph(), {
      weights: [{ name: "w", dtype: "float32", shape: [3, 2], source: w }],
    });
    expect(program.inputs.map(({ name }) => name)).toEqual(["x"]);
  });

  test("are used where they lie: a value written later counts, and the caller may let go", async () => {
    const w = await tensorOf(device, [3, 2], [0, 0, 0, 0, 0, 0]);
    using program = await device.compile(linearGraph(), {
      weights: [{ name: "w", dtype: "float32", shape: [3, 2], source: w }],
    });
    await w.write([1, 2, 3, 4, 5, 6]);
    w[Symbol.dispose]();
    using x = await tensorOf(device, [1, 3], [1, 10, 100]);
    const { y } = await program.run({ x });
    expectClose((await y!.read()) as Float32Array, [531, 642]);
  });
});

test("tensors stay what they are when the memory grows under them", async () => {
  using small = await tensorOf(device, [1000], wave(1000, 3));
  const before = small.data;
  using large = device.allocate("float32", [64 << 20]); // 256 MiB; the module begins with 16
  expect(large.data.length).toBe(64 << 20);
  expect(await small.read()).toEqual(wave(1000, 3));
  small.data[0] = 7;
  expect(before[0]).toBe(7);
});

test("refuses what cannot be had", async () => {
  await expect(openWasmDevice({ factory: ortFactory, threads: 0 })).rejects.toMatchObject({ code: "runtime/threads" });
  const factory = () => Promise.reject(new Error("CompileError: disallowed by embedder"));
  await expect(openWasmDevice({ factory })).rejects.toMatchObject({
    code: "runtime/open",
    kind: "unavailable",
    why: "CompileError: disallowed by embedder",
  });
  expect(() => device.allocate("float32", [2 ** 30])).toThrow(/4294967296 bytes could not be allocated/);
});
