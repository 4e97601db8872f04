/** The same tests on every device that this machine has; an absent one is reported as skipped. Twins are plain float64 loops. */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Graph, type Shape } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import { type Device, type DeviceName, type ExternalWeight, openDevice } from "./device.ts";
import { expectClose, linearGraph, multiply, node, shift, slowGraph, tensorOf, wave } from "./test-graphs.fixture.ts";
import { ortFactory } from "./web/ort-factory.fixture.ts";
import { openWasmDevice } from "./web/wasm-device.ts";

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"; // Debian's chromium: Vulkan on the processor
if (existsSync(SWIFTSHADER)) process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;

type TestedDevice = DeviceName | "wasm";
const devices = new Map<TestedDevice, Device>([["wasm", await openWasmDevice({ factory: ortFactory })]]);
for (const name of ["cpu", "webgpu"] as const) {
  const device = await openDevice(name, { threads: 2 }).catch((error: unknown) => {
    if (name === "cpu") throw error;
  });
  if (device !== undefined) devices.set(name, device);
}
const folder = mkdtempSync(join(tmpdir(), "biogpt-runtime-test-"));
afterAll(() => {
  for (const device of devices.values()) device[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

// ---- every device -------------------------------------------------------------------------------------------------

for (const name of ["cpu", "webgpu", "wasm"] as const) {
  const device = devices.get(name)!;
  /** SwiftShader multiplies matrices a thousand times slower. */
  const [size, steps] = name === "cpu" ? [384, 400] : [48, 50];
  /** WebAssembly maps no files, widens nothing, computes in the calling thread, and collects no times. */
  const testNatively = test.skipIf(name === "wasm");
  describe.skipIf(!devices.has(name))(`device ${name}`, () => {
    test("gives what a plain twin gives, for several sizes of a named axis", async () => {
      const graph = new Graph();
      const x = graph.input("x", "float32", ["rows", 7]);
      const w = graph.input("w", "float32", [7, 5]);
      const bias = graph.constant("float32", [5], wave(5, 3));
      graph.output(
        "y",
        node(
          graph,
          "Relu",
          [node(graph, "Add", [node(graph, "MatMul", [x, w], ["rows", 5]), bias], ["rows", 5])],
          ["rows", 5],
        ),
      );
      using program = await device.compile(toOnnx(graph));
      expect(program.inputs).toEqual([
        { name: "x", dtype: "float32", shape: ["rows", 7] },
        { name: "w", dtype: "float32", shape: [7, 5] },
      ]);
      expect(program.outputs).toEqual([{ name: "y", dtype: "float32", shape: ["rows", 5] }]);
      for (const rows of [1, 2, 33]) {
        const [xs, ws] = [wave(rows * 7, rows), wave(35, 1)];
        using input = await tensorOf(device, [rows, 7], xs);
        using weight = await tensorOf(device, [7, 5], ws);
        const want = multiply(xs, ws, rows, 7, 5).map((value, i) => Math.max(0, value + wave(5, 3)[i % 5]!));
        const { y } = await program.run({ x: input, w: weight });
        expect(y!.shape).toEqual([rows, 5]);
        expectClose((await y!.read()) as Float32Array, want);
        y![Symbol.dispose]();
      }
    });

    test("starts tensors at zero, reads what was written, and writes a part", async () => {
      using tensor = device.allocate("int32", [2, 3]);
      expect([...(await tensor.read())]).toEqual([0, 0, 0, 0, 0, 0]);
      await tensor.write([1, 2, 3, 4, 5, 6]);
      await tensor.write([9, 8], 2);
      expect([...(await tensor.read())]).toEqual([1, 2, 9, 8, 5, 6]);
      await expect(async () => tensor.write([1, 2, 3], 4)).rejects.toMatchObject({ code: "runtime/shape" });
      using ids = device.allocate("int64", [2]);
      await ids.write([4805, -1]);
      expect(await ids.read()).toEqual(new BigInt64Array([4805n, -1n]));
      using none = device.allocate("float32", [0, 4]);
      expect(await none.read()).toEqual(new Float32Array(0));
    });

    test("a tensor freed and allocated again is zero", async () => {
      const first = await tensorOf(device, [64], wave(64, 1));
      first[Symbol.dispose]();
      using second = device.allocate("float32", [64]);
      expect([...(await second.read())].every((value) => value === 0)).toBe(true);
    });

    test("writes an output over an input: a parameter is updated in place", async () => {
      const graph = new Graph();
      const parameter = graph.input("parameter", "float32", [8]);
      const gradient = graph.input("gradient", "float32", [8]);
      const step = node(graph, "Mul", [gradient, graph.scalar("float32", 0.5)], [8]);
      graph.output("updated", node(graph, "Sub", [parameter, step], [8]));
      using program = await device.compile(toOnnx(graph));
      const [p, g] = [wave(8, 1), wave(8, 2)];
      using parameterTensor = await tensorOf(device, [8], p);
      using gradientTensor = await tensorOf(device, [8], g);
      using bound = program.bind(
        { parameter: parameterTensor, gradient: gradientTensor },
        { updated: parameterTensor },
      );
      for (let i = 0; i < 3; i++) await bound.run();
      expectClose(
        await parameterTensor.read(),
        p.map((value, i) => value - 1.5 * g[i]!),
      );
    });

    test("attention writes its key-value cache in place, each row at its own position", async () => {
      const [B, H, M, D] = [3, 2, 16, 8]; // rows, heads, cache length, width of a head
      const C = H * D;
      const graph = new Graph();
      const [q, k, v] = ["q", "k", "v"].map((input) => graph.input(input, "float32", [B, 1, C]));
      const cache: Shape = [B, H, M, D];
      const [pastKeys, pastValues] = ["pastKeys", "pastValues"].map((input) => graph.input(input, "float32", cache));
      const lengths = graph.input("lastPositions", "int32", [B]);
      const total = graph.input("totalLength", "int32", [1]);
      const [out, keys, values] = graph.node("GroupQueryAttention", [q, k, v, pastKeys, pastValues, lengths, total], {
        domain: "com.microsoft",
        attributes: { num_heads: H, kv_num_heads: H, scale: 1 / Math.sqrt(D) },
        outputs: [[B, 1, C], cache, cache].map((shape) => ({ dtype: "float32" as const, shape })),
      });
      for (const [output, tensor] of Object.entries({ out, keys, values })) graph.output(output, tensor!);
      using program = await device.compile(toOnnx(graph));

      const starts = [5, 0, 9];
      const keyTwin = wave(B * H * M * D, 1);
      const valueTwin = wave(B * H * M * D, 2);
      using keyCache = await tensorOf(device, [B, H, M, D], keyTwin);
      using valueCache = await tensorOf(device, [B, H, M, D], valueTwin);
      const inputs = {
        q: device.allocate("float32", [B, 1, C]),
        k: device.allocate("float32", [B, 1, C]),
        v: device.allocate("float32", [B, 1, C]),
      };
      using lastPositions = device.allocate("int32", [B]);
      using totalLength = device.allocate("int32", [1]);
      using result = device.allocate("float32", [B, 1, C]);
      using bound = program.bind(
        { ...inputs, pastKeys: keyCache, pastValues: valueCache, lastPositions, totalLength },
        { out: result, keys: keyCache, values: valueCache },
      );
      for (let step = 0; step < 4; step++) {
        const now = { q: wave(B * C, 10 + step), k: wave(B * C, 20 + step), v: wave(B * C, 30 + step) };
        for (const key of ["q", "k", "v"] as const) await inputs[key].write(now[key]);
        const positions = starts.map((start) => start + step);
        await lastPositions.write(positions);
        await totalLength.write([Math.max(...positions) + 1]);
        await bound.run();

        const want = new Float64Array(B * C);
        for (let b = 0; b < B; b++) {
          for (let h = 0; h < H; h++) {
            const at = (position: number, c: number): number => ((b * H + h) * M + position) * D + c;
            const own = (c: number): number => b * C + h * D + c;
            for (let c = 0; c < D; c++) {
              keyTwin[at(positions[b]!, c)] = now.k[own(c)]!;
              valueTwin[at(positions[b]!, c)] = now.v[own(c)]!;
            }
            const scores = Array.from({ length: positions[b]! + 1 }, (_, t) => {
              let dot = 0;
              for (let c = 0; c < D; c++) dot += now.q[own(c)]! * keyTwin[at(t, c)]!;
              return Math.exp(dot / Math.sqrt(D));
            });
            const sum = scores.reduce((left, right) => left + right);
            for (let c = 0; c < D; c++)
              want[own(c)] = scores.reduce((left, score, t) => left + (score / sum) * valueTwin[at(t, c)]!, 0);
          }
        }
        expectClose(await result.read(), want);
      }
      expectClose(await keyCache.read(), keyTwin);
      expectClose(await valueCache.read(), valueTwin);
      for (const tensor of Object.values(inputs)) tensor[Symbol.dispose]();
    });

    testNatively(
      "reads weights from any byte of any file, through links, and from several folders at once",
      async () => {
        const graph = new Graph();
        const x = graph.input("x", "float32", [1, 3]);
        const first = graph.weight("first", "float32", [3, 4]);
        const second = graph.weight("second", "float32", [4, 2]);
        graph.output("y", node(graph, "MatMul", [node(graph, "MatMul", [x, first], [1, 4]), second], [1, 2]));
        const [a, b] = [wave(12, 1), wave(8, 2)];
        const files = ["user files/ckpt ü.bin", "cache/q.bin"].map((path) => join(folder, name, path));
        for (const [i, values] of [a, b].entries()) {
          mkdirSync(join(files[i]!, ".."), { recursive: true });
          writeFileSync(
            files[i]!,
            Buffer.concat([Buffer.alloc(3 + 2 * i, 0xff), Buffer.from(values.buffer), Buffer.alloc(5)]),
          );
        }
        const link = join(folder, name, "link.bin");
        symlinkSync(files[0]!, link);
        const weights: ExternalWeight[] = [
          { name: "first", dtype: "float32", shape: [3, 4], source: { file: link, offset: 3, byteLength: 48 } },
          { name: "second", dtype: "float32", shape: [4, 2], source: { file: files[1]!, offset: 5, byteLength: 32 } },
        ];
        using program = await device.compile(toOnnx(graph), { weights });
        using input = await tensorOf(device, [1, 3], [1, -2, 3]);
        const { y } = await program.run({ x: input });
        expectClose((await y!.read()) as Float32Array, multiply(multiply([1, -2, 3], a, 1, 3, 4), b, 1, 4, 2));
      },
    );

    test("takes a tensor of its own as a weight", async () => {
      using w = await tensorOf(device, [3, 2], [1, 2, 3, 4, 5, 6]);
      const weights: ExternalWeight[] = [{ name: "w", dtype: "float32", shape: [3, 2], source: w }];
      using program = await device.compile(linearGraph(), { weights });
      using input = await tensorOf(device, [1, 3], [1, 10, 100]);
      const { y } = await program.run({ x: input });
      expectClose((await y!.read()) as Float32Array, [531, 642]);
    });

    testNatively("widens 16-bit weights once, while compiling, from a file and from memory", async () => {
      const halves = new Uint16Array([0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600]); // 1 to 6
      const file = join(folder, `${name}.half`);
      writeFileSync(file, Buffer.concat([Buffer.from([7]), Buffer.from(halves.buffer)]));
      using cpu = await openDevice("cpu");
      using tensor = cpu.allocate("float16", [3, 2]);
      await tensor.write(halves);
      for (const source of [{ file, offset: 1, byteLength: 12 }, tensor]) {
        using program = await device.compile(linearGraph("float16"), {
          weights: [{ name: "w", dtype: "float16", shape: [3, 2], source }],
          profile: true,
        });
        using input = await tensorOf(device, [1, 3], [1, 10, 100]);
        const { y } = await program.run({ x: input });
        expectClose((await y!.read()) as Float32Array, [531, 642]);
        expect(program.profile().map(({ operator }) => operator)).not.toContain("Cast");
      }
    });

    test("stops a run when asked, and runs again afterwards", async () => {
      using program = await device.compile(slowGraph(size, steps));
      using x = await tensorOf(device, [size, size], wave(size * size, 1));
      using w = await tensorOf(device, [size, size], shift(size));
      using y = device.allocate("float32", [size, size]);
      using bound = program.bind({ x, w }, { y });
      await bound.run();
      const whole = await y.read();
      expectClose(
        whole,
        wave(size * size, 1).map((_, i, x) => x[i - (i % size) + ((i + size * steps - steps) % size)]!),
        0,
      );
      const controller = new AbortController();
      if (name === "cpu") {
        const run = bound.run(controller.signal);
        setTimeout(() => controller.abort(), 5);
        await expect(run).rejects.toMatchObject({ code: "aborted", kind: "aborted" });
      } else {
        controller.abort(); // a GPU's run is over when its commands are queued, too soon to be stopped
      }
      await expect(bound.run(controller.signal)).rejects.toMatchObject({ code: "aborted" });
      await y.write(new Float32Array(size * size));
      await bound.run(new AbortController().signal);
      expect(await y.read()).toEqual(whole);
    });

    testNatively("leaves the event loop free while it computes", async () => {
      using program = await device.compile(slowGraph(size, steps));
      using x = await tensorOf(device, [size, size], wave(size * size, 1));
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const started = performance.now();
      await (await program.run({ x, w: x }))["y"]!.read();
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(Math.min(5, (performance.now() - started) / 20));
    });

    test("names what does not fit: inputs, outputs, weights", async () => {
      using program = await device.compile(slowGraph(4, 1));
      using right = device.allocate("float32", [4, 4]);
      using wrong = device.allocate("float32", [4, 5]);
      const binding = { code: "runtime/binding" };
      await expect(program.run({ x: right })).rejects.toMatchObject({ ...binding, what: "The input w has no tensor." });
      await expect(program.run({ x: right, w: wrong })).rejects.toMatchObject({
        ...binding,
        what: "The input w is float32 (4, 4), but the tensor given is float32 (4, 5).",
      });
      await expect(program.run({ x: right, w: right }, { z: right })).rejects.toMatchObject(binding);
      expect(() => program.bind({ x: right, w: right }, {})).toThrow(/The output y has no tensor/);
      await expect(device.compile(linearGraph(), { weights: [] })).rejects.toMatchObject({
        code: "runtime/weights",
        what: "The graph's weight w is not among those given.",
      });
      const weight = { name: "w", dtype: "float32", shape: [3, 2] } as const;
      const file = join(folder, "short.bin");
      writeFileSync(file, Buffer.alloc(30));
      const source = { file, offset: 8, byteLength: 24 };
      for (const [wrongWeight, message] of [
        [{ ...weight, shape: [2, 3], source }, /w is float32 \(3, 2\), but float32 \(2, 3\) is given/],
        [{ ...weight, source }, /would lie at bytes 8 to 32 of .*short\.bin, which has 30/],
        [{ ...weight, source: { ...source, byteLength: 20 } }, /needs 24 bytes, but 20 are given/],
        [{ ...weight, source: { ...source, offset: -1 } }, /would lie at bytes -1/],
        [{ ...weight, source: { ...source, file: join(folder, "none.bin") } }, /none\.bin does not exist/],
      ] as [ExternalWeight, RegExp][]) {
        const wanted = name === "wasm" && wrongWeight.shape[0] === 3 ? /lies in a file/ : message;
        await expect(device.compile(linearGraph(), { weights: [wrongWeight] })).rejects.toThrow(wanted);
      }
    });

    test("turns what goes wrong natively into errors, and goes on", async () => {
      await expect(device.compile(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "runtime/compile" });
      const graph = new Graph();
      const table = graph.input("table", "float32", [4, 2]);
      const ids = graph.input("ids", "int64", ["n"]);
      graph.output("rows", node(graph, "Gather", [table, ids], ["n", 2]));
      using program = await device.compile(toOnnx(graph));
      using rows = await tensorOf(device, [4, 2], [0, 1, 2, 3, 4, 5, 6, 7]);
      using indices = device.allocate("int64", [2]);
      if (name === "cpu") {
        await indices.write([0, 99]);
        await expect(program.run({ table: rows, ids: indices })).rejects.toMatchObject({ code: "runtime/run" });
      }
      await indices.write([3, 0]);
      const { rows: got } = await program.run({ table: rows, ids: indices });
      expect([...((await got!.read()) as Float32Array)]).toEqual([6, 7, 0, 1]);
    });

    test("refuses what was disposed, and lets a run under way end first", async () => {
      const program = await device.compile(slowGraph(size, steps / 5));
      const x = await tensorOf(device, [size, size], wave(size * size, 1));
      const y = device.allocate("float32", [size, size]);
      const bound = program.bind({ x, w: x }, { y });
      const run = bound.run();
      bound[Symbol.dispose]();
      x[Symbol.dispose]();
      program[Symbol.dispose]();
      await run;
      expect((await y.read()).some((value) => value !== 0)).toBe(true);
      const disposed = { code: "runtime/disposed" };
      await expect(bound.run()).rejects.toMatchObject(disposed);
      await expect(async () => x.read()).rejects.toMatchObject(disposed);
      await expect(program.run({ x, w: x })).rejects.toMatchObject(disposed);
      y[Symbol.dispose]();
      y[Symbol.dispose]();
    });

    testNatively("measures time by operator", async () => {
      using program = await device.compile(slowGraph(32, 5), { profile: true });
      using x = device.allocate("float32", [32, 32]);
      for (let i = 0; i < 3; i++) await program.run({ x, w: x });
      const [first] = program.profile();
      expect(first).toMatchObject({ operator: "MatMul", count: 15 });
      expect(first!.totalMilliseconds).toBeGreaterThan(0);
      expect(program.profile()).toEqual([first]);
      using without = await device.compile(slowGraph(4, 1));
      expect(() => without.profile()).toThrow(/profile: true/);
    });
  });
}

test.skipIf(process.platform !== "linux")("without a GPU's driver the reason and the way out are told", () => {
  const device = new URL("../../dist/runtime/device.js", import.meta.url).href;
  const program = `import { openDevice } from ${JSON.stringify(device)};
    await openDevice("webgpu").catch(({ code, kind, fix }) => console.log(JSON.stringify({ code, kind, fix })));`;
  const environment = { ...process.env, VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
  const options: ExecFileSyncOptionsWithStringEncoding = {
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  };
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], options);
  expect(JSON.parse(printed)).toEqual({
    code: "runtime/no-device",
    kind: "unavailable",
    fix: expect.stringContaining("libvulkan1"),
  });
});
