/** Hand-made pickles and archives; files of PyTorch's own making are in torch.test.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BiogptError } from "../base/errors.ts";
import {
  pickleBytes,
  temporaryFile,
  tensorPickle,
  torchBytes,
  unicode,
  type ZipOptions,
  zipBytes,
} from "../files/scratch.fixture.ts";
import { bytesSource } from "./byte-source.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readPickle } from "./pickle.ts";
import { PickleRecord } from "./pickle-values.ts";
import { readTensor } from "./read-tensor.ts";
import { toPlainData, torchMeaning } from "./torch-pickle.ts";

const read = (bytes: Uint8Array): unknown => toPlainData(readPickle(bytes, "test", torchMeaning("test")), "test");
const open = (bytes: Uint8Array) => openCheckpoint(temporaryFile("model.bin", bytes));
const weightDict = (tensor: string): Buffer => pickleBytes("}", unicode("weight"), tensor, "s");

for (const [what, bytes, wanted] of [
  [
    "whole numbers",
    pickleBytes("(K\x05M\x01\x02J\xff\xff\xff\xff\x8a\x00\x8a\x01\x80\x8a\x02\x00\x01t"),
    [5, 513, -1, 0, -128, 256],
  ],
  ["a whole number beyond 2^53", pickleBytes("\x8a\x08\0\0\0\0\0\0\0\x40"), "4611686018427387904"],
  [
    "numbers, text and None",
    pickleBytes("(G\x3f\xf8\0\0\0\0\0\0N\x88\x89", unicode("e"), "U\x01at"),
    [1.5, null, true, false, "e", "a"],
  ],
  [
    "lists, tuples, dicts, sets",
    Buffer.from("\x80\x04(](K\x01K\x02e}K\x03K\x04s\x8f(K\x05\x90K\x06\x85t.", "latin1"),
    [[1, 2], { 3: 4 }, [5], [6]],
  ],
  ["the memo", Buffer.from("\x80\x04]\x94h\0\x86.", "latin1"), [[], []]],
  ["a name on the stack", Buffer.from("\x80\x04\x8c\x02os\x8c\x06system\x93.", "latin1"), { $class: "os.system" }],
  [
    "a call that nobody makes",
    pickleBytes("cos\nsystem\n", unicode("rm -rf /"), "\x85R"),
    { $class: "os.system", args: ["rm -rf /"] },
  ],
  ["an object with state", pickleBytes("ca\nB\n)\x81}", unicode("x"), "K\x01sb"), { $class: "a.B", state: { x: 1 } }],
  ["a key named __proto__", pickleBytes("}", unicode("__proto__"), "K\x01s"), JSON.parse('{"__proto__":1}') as unknown],
  [
    "a call of the result of a call",
    pickleBytes("cbuiltins\ngetattr\n(", unicode("a"), "tR)R"),
    { $class: "builtins.getattr()" },
  ],
] as const) {
  test(`${what}: read as data`, () => {
    expect(read(bytes)).toEqual(wanted);
  });
}

test("names that were not understood are listed", () => {
  const meaning = torchMeaning("test");
  const value = readPickle(pickleBytes("cos\nsystem\n)R"), "test", meaning);
  expect([value instanceof PickleRecord, [...meaning.foreignNames]]).toEqual([true, ["os.system"]]);
});

/** Thirty lists, each holding the one before twice: 2^30 values when written out. */
const doubling = `]q\0${Array.from({ length: 30 }, (_, i) => `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`).join("")}`;

for (const [what, bytes, code, text] of [
  ["a pickle that ends early", Buffer.from("\x80\x02}", "latin1"), "bad-pickle", "ends early"],
  ["a text longer than the pickle", pickleBytes("X\xff\xff\xff\x7f"), "bad-pickle", "ends early"],
  ["bytes of 2^64", Buffer.from("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "latin1"), "bad-pickle", "ends early"],
  ["an empty stack", pickleBytes(""), "bad-pickle", "a value is missing"],
  ["a tuple without a mark", pickleBytes("K\x01t"), "bad-pickle", "a mark is missing"],
  ["a tuple over a mark", pickleBytes("(K\x01\x86"), "bad-pickle", "a value is missing"],
  ["a key without a value", pickleBytes("}(K\x01u"), "bad-pickle", "a key without a value"],
  ["items of a number", pickleBytes("K\x01K\x02a"), "bad-pickle", "not a list"],
  ["a memo that is not set", pickleBytes("h\x09"), "bad-pickle", "memo 9"],
  ["a name that does not end", pickleBytes("cos"), "bad-pickle", "does not end"],
  ["a call of a number", pickleBytes("K\x01)R"), "bad-pickle", "not a name is called"],
  ["a whole number of 2 GB", pickleBytes("\x8b\xff\xff\xff\x7f"), "bad-pickle", "2147483647 bytes"],
  ["protocol 0", Buffer.from("(dp0\n."), "unsupported-pickle", "opcode 0x70"],
  ["protocol 9", Buffer.from("\x80\x09N.", "latin1"), "unsupported-pickle", "protocol 9"],
  ["an extension code", pickleBytes("\x82\x01"), "unsupported-pickle", "opcode 0x82"],
  ["five million values", pickleBytes("N".repeat(5_000_000)), "pickle-too-large", "more than 4000000 values"],
  ["a list that holds itself", pickleBytes("]q\0h\0a"), "pickle-too-large", "64 deep"],
  ["a list doubled thirty times", pickleBytes(doubling), "pickle-too-large", "200000 values"],
  // One list of 1000 copied 10,000 times over: little to read, ten million values to make.
  [
    "copies upon copies",
    pickleBytes("](", "N".repeat(1000), "eq\0", "cbuiltins\nlist\nq\x01", "h\x01h\0\x85R".repeat(10_000)),
    "pickle-too-large",
    "more than 4000000",
  ],
] as const) {
  test(`${what} is refused as ${code}`, () => {
    try {
      read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(BiogptError);
      expect(error).toMatchObject({ code: `checkpoints/${code}`, what: expect.stringContaining(text) });
      return;
    }
    expect.fail("it was read");
  });
}

for (const [what, options] of [
  ["plain", {}],
  ["with 64-bit sizes", { wide: true }],
  ["with a comment", { comment: "PK\x05\x06 looks like an end" }],
] as [string, ZipOptions][]) {
  test(`a hand-made archive, ${what}`, async () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const bytes = torchBytes(undefined, { "0": new Uint8Array(data.buffer) }, options);
    const { tensors } = await open(bytes);
    expect(await readTensor(tensors.get("weight")!)).toEqual(data);
  });
}

const six = { "0": new Uint8Array(24) };
for (const [what, bytes, code, text] of [
  ["a compressed archive", torchBytes(undefined, six, { compressed: true }), "compressed-zip", "archive/data.pkl"],
  ["an archive of something else", zipBytes({ "config.json": "{}" }), "not-a-checkpoint", "no data.pkl"],
  [
    "an archive of two checkpoints",
    zipBytes({ "a/data.pkl": "", "b/data.pkl": "" }),
    "not-a-checkpoint",
    "more than one data.pkl",
  ],
  ["big-endian numbers", zipBytes({ "a/data.pkl": pickleBytes("}"), "a/byteorder": "big" }), "byte-order", '"big"'],
  ["a storage that is not there", torchBytes(undefined, {}), "missing-data", "data/0"],
  [
    "a storage that is too short",
    torchBytes(undefined, { "0": new Uint8Array(23) }),
    "wrong-byte-count",
    "24 bytes, but data/0 has 23",
  ],
  [
    "a shape beyond the storage",
    torchBytes(weightDict(tensorPickle({ shape: [3, 3] })), six),
    "bad-shape",
    "beyond the 24 bytes",
  ],
  [
    "strides beyond the storage",
    torchBytes(weightDict(tensorPickle({ strides: [4, 1] })), six),
    "bad-shape",
    "beyond the 24 bytes",
  ],
  [
    "an offset beyond the storage",
    torchBytes(weightDict(tensorPickle({ offset: 1 })), six),
    "bad-shape",
    "beyond the 24 bytes",
  ],
  [
    "an offset beyond, of nothing",
    torchBytes(weightDict(tensorPickle({ offset: 7, shape: [0], strides: [1] })), six),
    "bad-shape",
    "begins beyond",
  ],
  [
    "strides that overflow",
    torchBytes(weightDict(tensorPickle({ strides: [2 ** 52, 2 ** 52] })), six),
    "bad-shape",
    "beyond the 24 bytes",
  ],
  [
    "a shape that overflows",
    torchBytes(weightDict(tensorPickle({ shape: [2 ** 40, 2 ** 40], strides: [0, 0] })), six),
    "bad-shape",
    "more bytes than can be counted",
  ],
  [
    "negative strides",
    torchBytes(weightDict(tensorPickle({ strides: [-3, 1] })), six),
    "bad-pickle",
    "whole numbers from 0",
  ],
  [
    "more strides than sizes",
    torchBytes(weightDict(tensorPickle({ strides: [3, 1, 1] })), six),
    "bad-pickle",
    "whole numbers from 0",
  ],
  [
    "a quantised storage",
    torchBytes(weightDict(tensorPickle({ type: "QInt8Storage" })), six),
    "unknown-dtype",
    "torch.QInt8Storage",
  ],
  [
    "a text among the tensors",
    torchBytes(pickleBytes("}", unicode("weight"), tensorPickle(), "s", unicode("note"), "K\x01s"), six),
    "unsupported-tensor",
    '"note" is not a dense tensor',
  ],
  [
    "a tensor named by a number",
    torchBytes(pickleBytes("}K\x01", tensorPickle(), "s"), six),
    "bad-pickle",
    "name of a tensor",
  ],
] as const) {
  test(`${what} is refused as ${code}`, async () => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: `checkpoints/${code}`,
      what: expect.stringContaining(text),
    });
  });
}

test("directories that lie are refused", async () => {
  const whole = torchBytes(undefined, six);
  const end = whole.length - 22;
  const lie = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(value, at);
    return bytes;
  };
  const directory = whole.readUInt32LE(end + 16);
  for (const [at, value] of [
    [end + 16, directory + 1], //          the directory is elsewhere
    [end + 16, 0xfffffff0], //             the directory is outside
    [end + 16, 0xffffffff], //             a 64-bit directory that is not there
    [end + 8, 0xfffefffe], //              more entries than there are
    [directory + 20, 0x00ffffff], //       sizes that differ
    [directory + 42, 0x0fffffff], //       an entry outside
    [directory + 42, 7], //                an entry without a header
    [directory + 28, 0xffffffff], //       a name longer than the directory
  ] as const) {
    await expect(open(lie(at, value)), `${at - directory}`).rejects.toMatchObject({ code: "checkpoints/bad-zip" });
  }
  const twice = Buffer.from(
    zipBytes({ "a/data.pkl": "x", "b/data.pkl": "x" }).toString("latin1").replaceAll("b/data", "a/data"),
    "latin1",
  );
  await expect(open(twice)).rejects.toMatchObject({ code: "checkpoints/duplicate-name" });
});

test("random damage to PyTorch's files gives an error of ours or tensors that lie in the file", async () => {
  const folder = join(import.meta.dirname, "../../test/fixtures/checkpoints");
  const files: Buffer[] = readdirSync(folder)
    .filter((name) => /\.(bin|pt)$/.test(name))
    .map((name) => readFileSync(join(folder, name)));
  files.push(torchBytes(), torchBytes(undefined, six, { wide: true }));
  const change = fc.record({
    at: fc.nat(4000),
    value: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from("(.)RbQ}]seut\x81\x85\x93\x94", "latin1"))),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(files.length - 1),
      fc.array(change, { minLength: 1, maxLength: 5 }),
      async (which, changes) => {
        const bytes = Buffer.from(files[which]!);
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        try {
          for (const entry of (await openCheckpoint(bytesSource(bytes, "damaged.bin"))).tensors.values()) {
            expect(entry.offset + entry.byteLength).toBeLessThanOrEqual(bytes.length);
            await readTensor(entry);
          }
        } catch (error) {
          if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
        }
      },
    ),
    { numRuns: 1500 },
  );
});
