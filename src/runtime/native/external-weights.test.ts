import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import fc from "fast-check";
import protobuf from "protobufjs/minimal.js";
import { afterAll, expect, test } from "vitest";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { weightOf } from "../declared-weights.ts";
import { FilePlaces, placeWeights } from "./external-weights.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-places-"));
afterAll(() => rmSync(folder, { recursive: true }));

function model(): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2]);
  const w = graph.weight("blocks.0.weight", "float32", [2]);
  const [sum] = graph.node("Add", [x, w], { outputs: [{ dtype: "float32", shape: [2] }] });
  const [y] = graph.node("Mul", [sum, graph.constant("float32", [2], [3, 4])], {
    outputs: [{ dtype: "float32", shape: [2] }],
  });
  graph.output("y", y!);
  return toOnnx(graph);
}

test("asks for each external initializer and leaves everything else as it is", () => {
  const onnx = model();
  const asked: unknown[] = [];
  const place = { location: "a/file.bin", offset: 2 ** 40 + 1, byteLength: 8 };
  const placed = placeWeights(onnx, (declared) => {
    asked.push(declared);
    return place;
  });
  expect(asked).toEqual([{ name: "blocks.0.weight", dtype: 1, shape: [2] }]);
  const text = Buffer.from(placed).toString("latin1");
  expect(text).toContain("a/file.bin");
  expect(text).toContain(String(2 ** 40 + 1));
  expect(text).not.toContain("given-when-compiled");
  // Placing again with the same answer changes nothing more.
  expect(placeWeights(placed, () => place)).toEqual(placed);
});

test("a model without external initializers comes back byte for byte", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", ["n"]);
  graph.output("y", graph.node("Neg", [x], { outputs: [{ dtype: "float32", shape: ["n"] }] })[0]!);
  const onnx = toOnnx(graph);
  expect(
    Buffer.compare(
      onnx,
      placeWeights(onnx, () => expect.fail("nothing to place")),
    ),
  ).toBe(0);
});

test("reads packed sizes, as other writers have them", () => {
  const tensor = protobuf.Writer.create();
  tensor
    .uint32((1 << 3) | 2)
    .fork()
    .int64(3)
    .int64(5)
    .ldelim();
  tensor.uint32(2 << 3).int32(10);
  tensor.uint32((8 << 3) | 2).string("w");
  tensor.uint32((13 << 3) | 2).bytes(new Uint8Array([10, 1, 97]));
  const graph = protobuf.Writer.create()
    .uint32((5 << 3) | 2)
    .bytes(tensor.finish());
  const onnx = protobuf.Writer.create()
    .uint32((7 << 3) | 2)
    .bytes(graph.finish())
    .finish();
  let declared: unknown;
  placeWeights(onnx, (initializer) => {
    declared = initializer;
    return { location: "f", offset: 0, byteLength: 30 };
  });
  expect(declared).toEqual({ name: "w", dtype: 10, shape: [3, 5] });
});

test("bytes that are no model end in an error or come through, never in a hang", () => {
  const valid = model();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, value]) => valid.with(at, value)),
        fc.nat(valid.length).map((end) => valid.subarray(0, end)),
      ),
      (bytes) => {
        try {
          placeWeights(bytes, () => ({ location: "f", offset: 0, byteLength: 8 }));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("a weight must be there and fit, and a slip of its name is guessed", () => {
  const source = { file: "f", offset: 0, byteLength: 8 };
  const given = new Map([
    ["blocks.0.weight", { name: "blocks.0.weight", dtype: "float32", shape: [2], source } as const],
  ]);
  expect(weightOf({ name: "blocks.0.weight", dtype: 1, shape: [2] }, given).source).toBe(source);
  expect(() => weightOf({ name: "block.0.weight", dtype: 1, shape: [2] }, given)).toThrow(
    /Did you mean "blocks\.0\.weight"/,
  );
  expect(() => weightOf({ name: "blocks.0.weight", dtype: 10, shape: [2] }, given)).toThrow(
    /is float16 \(2\), but float32 \(2\) is given/,
  );
});

test("places are relative to the root of the disk, behind links", () => {
  const file = join(folder, "real.bin");
  writeFileSync(file, Buffer.alloc(20));
  symlinkSync(file, join(folder, "link.bin"));
  const { root } = parse(file);
  const region = { file: join(folder, "link.bin"), offset: 11, byteLength: 8 };
  const weight = { name: "w", dtype: "float32", shape: [2], source: region } as const;
  const place = new FilePlaces(root).find(weight, region)!;
  expect(place).toMatchObject({ offset: 11, byteLength: 8 });
  expect(place.location.startsWith("/")).toBe(false);
  expect(join(root, place.location).endsWith(join("", "real.bin"))).toBe(true);
  expect(new FilePlaces("Z:\\").find(weight, region)).toBeUndefined();
  expect(() => new FilePlaces(root).find(weight, { ...region, offset: 13 })).toThrow(
    /bytes 13 to 21 of .*, which has 20/,
  );
});
