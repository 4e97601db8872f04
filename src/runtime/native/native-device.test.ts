/** What only the processor's device can do: views of memory, weights by reference, threads; and that nothing leaks. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { type DeviceName, openDevice } from "../device.ts";
import { expectClose, linearGraph, node, residentBytes, slowGraph, tensorOf, wave } from "../test-graphs.fixture.ts";

const device = await openDevice("cpu", { threads: 2 });
const folder = mkdtempSync(join(tmpdir(), "biogpt-runtime-test-"));
afterAll(() => {
  device[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("views memory without copying, and parts of it", async () => {
  using whole = await tensorOf(device, [4, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const row = device.view(whole, 6 * 4, "float32", [3]);
  expect([...row.data]).toEqual([6, 7, 8]);
  row.data[1] = -1;
  expect(whole.data[7]).toBe(-1);
  expect([...device.view(whole, 4, "int32", [1]).data]).toEqual([0x3f800000]);
  expect(() => device.view(whole, 4 * 11, "float32", [2])).toThrow(/does not lie inside/);
  const odd = device.view(whole, 1, "float32", [1]);
  expect(() => odd.data).toThrow(/not a multiple of 4/);
  expect(await odd.read()).toBeInstanceOf(Float32Array);
  using program = await device.compile(slowGraph(3, 1));
  using first = device.view(whole, 0, "float32", [3, 3]);
  using identity = await tensorOf(device, [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const { y } = await program.run({ x: first, w: identity });
  expect([...y!.data]).toEqual([0, 1, 2, 3, 4, 5, 6, -1, 8]);
  whole[Symbol.dispose]();
  expect([...row.data]).toEqual([6, -1, 8]); // the memory lives as long as one of its tensors
});

test("an array kept beyond its tensor reads zeros instead of ending the process", () => {
  const tensor = device.allocate("float32", [1 << 20]);
  const { data } = tensor;
  data.fill(7);
  tensor[Symbol.dispose]();
  expect(data[12345]).toBe(process.platform === "linux" ? 0 : expect.anything());
  expect(() => tensor.data).toThrow(/after it was disposed/);
});

test("uses a tensor's memory as a weight, not a copy of it", async () => {
  using w = await tensorOf(device, [3, 2], [1, 2, 3, 4, 5, 6]);
  using program = await device.compile(linearGraph(), {
    weights: [{ name: "w", dtype: "float32", shape: [3, 2], source: w }],
  });
  using x = await tensorOf(device, [1, 3], [1, 0, 1]);
  using y = device.allocate("float32", [1, 2]);
  using bound = program.bind({ x }, { y });
  await bound.run();
  expect([...y.data]).toEqual([6, 8]);
  w.data[0] = 101;
  await bound.run();
  expect([...y.data]).toEqual([106, 8]);
});

test("maps weights: what is read is resident, nothing more", async () => {
  const [rows, columns] = [4096, 4096]; // 64 MiB
  const file = join(folder, "large.bin");
  writeFileSync(file, new Float32Array(rows * columns).fill(0.5));
  const graph = new Graph();
  const x = graph.input("x", "float32", ["n", rows]);
  const w = graph.weight("w", "float32", [rows, columns]);
  graph.output("y", node(graph, "MatMul", [x, w], ["n", columns]));
  const source = { file, offset: 0, byteLength: 4 * rows * columns };
  const weights = [{ name: "w", dtype: "float32", shape: [rows, columns], source }] as const;
  const before = anonymousBytes();
  using program = await device.compile(toOnnx(graph), { weights });
  using input = device.allocate("float32", [1, rows]);
  input.data.fill(1);
  const { y } = await program.run({ x: input });
  expect(y!.data[17]).toBe(rows / 2);
  if (before !== undefined) expect(anonymousBytes()! - before).toBeLessThan(source.byteLength / 2);
});

test("runs a bound program with little more than the call", async () => {
  using program = await device.compile(slowGraph(2, 1));
  using x = device.allocate("float32", [2, 2]);
  using y = device.allocate("float32", [2, 2]);
  using bound = program.bind({ x, w: x }, { y });
  const times: number[] = [];
  for (let i = 0; i < 500; i++) {
    const started = performance.now();
    await bound.run();
    times.push(performance.now() - started);
  }
  expect(times.sort((a, b) => a - b)[50]).toBeLessThan(0.5); // the tenth that other programs disturbed least
});

test("runs of one program may overlap", async () => {
  using program = await device.compile(slowGraph(64, 20));
  using w = await tensorOf(
    device,
    [64, 64],
    wave(64 * 64, 2).map((value) => value / 8),
  );
  const inputs = await Promise.all([1, 2, 3, 4].map((phase) => tensorOf(device, [64, 64], wave(64 * 64, phase))));
  const alone: unknown[] = [];
  for (const x of inputs) alone.push((await program.run({ x, w }))["y"]!.data);
  const together = await Promise.all(inputs.map((x) => program.run({ x, w })));
  together.forEach(({ y }, i) => {
    expect(y!.data).toEqual(alone[i]);
  });
  using y = device.allocate("float32", [64, 64]);
  using bound = program.bind({ x: inputs[0]!, w }, { y });
  const first = bound.run();
  await expect(bound.run()).rejects.toThrow(/started again before its end/);
  await first;
});

test("gives back what it took: a thousand runs and 25 programs leave no trace", async () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", [128, 128]);
  const constant = graph.constant("float32", [1 << 19], wave(1 << 19, 1)); // 2 MiB in the model's bytes, and in the session
  const head = node(graph, "Slice", [constant, ...[0, 128].map((at) => graph.constant("int64", [1], [at]))], [128]);
  graph.output("y", node(graph, "Add", [x, head], [128, 128]));
  const onnx = toOnnx(graph);
  const round = async (): Promise<void> => {
    using program = await device.compile(onnx, { optimization: "none" });
    for (let i = 0; i < 50; i++) {
      using input = device.allocate("float32", [128, 128]); // 64 KiB; a thousand leaked ones would be 66 MB
      input.data[0] = i;
      const { y } = await program.run({ x: input });
      expect(y!.data[0]).toBeCloseTo(i + Math.sin(1));
      y![Symbol.dispose]();
    }
  };
  for (let i = 0; i < 25; i++) await round(); // the C library's heap grows before it settles
  const before = await residentBytes();
  for (let i = 0; i < 25; i++) await round();
  expect((await residentBytes()) - before).toBeLessThan(30e6);
});

test("says what it could not allocate", () => {
  expect(() => device.allocate("float32", [2 ** 45])).toThrow(
    expect.objectContaining({ code: "runtime/out-of-memory", what: expect.stringContaining("140737.5 GB") }),
  );
  expect(() => device.allocate("float32", [-1])).toThrow(/not the shape of a tensor/);
  expect(() => device.allocate("float32", [1.5])).toThrow(/not the shape of a tensor/);
});

test("another number of threads, or threads that do not spin, give the same numbers", async () => {
  using w = await tensorOf(
    device,
    [128, 128],
    wave(128 * 128, 2).map((value) => value / 11),
  );
  using program = await device.compile(slowGraph(128, 5));
  const { y: want } = await program.run({ x: w, w });
  for (const options of [{ threads: 1 }, { threads: 3, spin: false }, { threads: 2, spin: "in-runs" }] as const) {
    using other = await openDevice("cpu", options);
    expect(other.threads).toBe(options.threads);
    using same = await other.compile(slowGraph(128, 5));
    const { y } = await same.run({ x: w, w });
    expectClose(y!.data as Float32Array, want!.data as Float32Array, 1e-6);
  }
  await expect(openDevice("cpu", { threads: 0 })).rejects.toMatchObject({ code: "runtime/threads" });
  await expect(openDevice("cpu", { threads: 1.5 })).rejects.toMatchObject({ code: "runtime/threads" });
});

test("stops compiling when asked", async () => {
  await expect(device.compile(slowGraph(4, 1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "aborted",
  });
  await expect(openDevice("cpu", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
});

test("a device by another name is refused", async () => {
  await expect(openDevice("webpgu" as DeviceName)).rejects.toThrow(/Did you mean "webgpu"/);
});

/** Resident memory that belongs to no file, where the system tells. */
function anonymousBytes(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const kibibytes = /^RssAnon:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
