import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { BiogptError } from "../../base/errors.ts";
import { decodeUtf8 } from "../../files/bytes.ts";
import { MAX_LINE_BYTES, readLines } from "../../files/lines.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import type { Document } from "../document.ts";
import { parseJsonDocument } from "./json-lines.ts";
import { type ReadDocumentsOptions, readDocuments } from "./read.ts";

let folder = "";
beforeAll(async () => {
  folder = temporaryFolder();
});

async function read(content: string | Buffer, options: ReadDocumentsOptions = {}): Promise<Document[]> {
  const path = join(folder, "input");
  await writeFile(path, content);
  const all: Document[] = [];
  for await (const document of readDocuments([path], options)) all.push({ ...document, source: "input" });
  return all;
}

test("JSON Lines in every shape, with a byte order mark, carriage returns and empty lines, also gzipped", async () => {
  const lines =
    '\ufeff{"text":"One."}\r\n\n{"pmid":12,"title":"T","abstract":"A"}\n{"title":"T","abstract":null,"id":"x"}\n' +
    '{"pmcid":"PMC1","title":"T","section":"Methods","text":"B"}\n{"passages":[{"kind":"abstract","text":"A","label":"l"}]}';
  for (const content of [lines, gzipSync(lines)]) {
    expect(await read(content)).toEqual([
      { id: `${folder}/input:1`, source: "input", passages: [{ kind: "text", text: "One." }] },
      {
        id: "12",
        source: "input",
        passages: [
          { kind: "title", text: "T" },
          { kind: "abstract", text: "A" },
        ],
        citation: { pmid: "12" },
      },
      { id: "x", source: "input", passages: [{ kind: "title", text: "T" }] },
      {
        id: "PMC1",
        source: "input",
        passages: [
          { kind: "title", text: "T" },
          { kind: "text", text: "B", label: "Methods" },
        ],
        citation: { pmcid: "PMC1" },
      },
      { id: `${folder}/input:6`, source: "input", passages: [{ kind: "abstract", text: "A", label: "l" }] },
    ]);
  }
});

test("plain text: a file is a document of paragraphs, or a line is one", async () => {
  const text = "First line\nof a paragraph.\n\n  Second.  \n";
  expect(await read(text)).toMatchObject([{ passages: [{ text: "First line of a paragraph." }, { text: "Second." }] }]);
  expect((await read(text, { format: "text-lines" })).map(({ passages }) => passages[0]?.text)).toEqual([
    "First line",
    "of a paragraph.",
    "Second.",
  ]);
});

test("standard input is read as a file is, and progress counts its bytes", async () => {
  const counts: number[] = [];
  const all: Document[] = [];
  async function* input(): AsyncGenerator<Uint8Array> {
    for (const byte of gzipSync('{"text":"Piped."}\n')) yield Uint8Array.of(byte);
  }
  for await (const document of readDocuments(["-"], {
    standardInput: input(),
    progress: ({ done }) => counts.push(done),
  })) {
    all.push(document);
  }
  expect(all).toMatchObject([{ id: "-:1", passages: [{ text: "Piped." }] }]);
  expect(counts.at(-1)).toBe(gzipSync('{"text":"Piped."}\n').length);
});

const FAULTS: readonly (readonly [name: string, content: string | Buffer, code: string, words: RegExp])[] = [
  ["an empty file", "", "corpora/empty", /is empty/],
  ["broken JSON", '{"text":"a"}\n{"text":\n', "corpora/json", /line 2 of/],
  ["an array in a line", '{"text":"a"}\n[1]\n', "corpora/unknown-shape", /it is an array/],
  [
    "JSON that is cut off",
    '[\n {"text":"a"}, {"text":',
    "corpora/json",
    /ends inside the JSON value that begins in line 2/,
  ],
  ["a misspelt field", '{"titel":"a","abstrakt":"b"}', "corpora/unknown-shape", /For "titel", did you mean "title"\?/],
  ["a list for a text", '{"text":["a"]}', "corpora/unknown-shape", /"text" of line 1.*a list/],
  ["an unknown passage kind", '{"passages":[{"kind":"titel","text":"a"}]}', "corpora/unknown-shape", /mean "title"/],
  ["UTF-16", Buffer.from('\ufeff{"text":1}', "utf16le"), "corpora/not-text", /UTF-16/],
  ["zero bytes later on", `{"text":"a"}\n${" ".repeat(600)}\0\n`, "corpora/not-text", /line 2/],
  ["Latin-1", Buffer.from('{"text":"caf\xe9 au lait"}', "latin1"), "corpora/utf-8", /byte 12 is 0xe9/],
  ["a zip archive", Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), "corpora/archive", /zip archive/],
  [
    "a damaged gzip",
    Buffer.concat([gzipSync("x".repeat(999)).subarray(0, 12), Buffer.alloc(9, 0xff)]),
    "corpora/gzip",
    /broken gzip/,
  ],
];
for (const [name, content, code, words] of FAULTS) {
  test(`refused: ${name}`, async () => {
    const error = (await read(content).catch((reason: unknown) => reason)) as BiogptError;
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.fix).toBeDefined();
  });
}

test("missing files, folders and unknown formats are told before anything is read", async () => {
  const first = async (paths: string[], options: object = {}): Promise<string> =>
    (
      (await readDocuments(paths, options)
        .next()
        .catch((reason: unknown) => reason)) as BiogptError
    ).code;
  await writeFile(join(folder, "good"), '{"text":"a"}');
  expect(await first([join(folder, "good"), join(folder, "none")])).toBe("corpora/not-found");
  expect(await first([folder])).toBe("corpora/is-folder");
  expect(await first(["-"])).toBe("corpora/no-standard-input");
  expect(await first([join(folder, "good")], { format: "jsonlines" })).toBe("corpora/unknown-format");
});

test("lines are the same however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\0\r\n\ufeff]/g, "")),
        { maxLength: 8 },
      ),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        async function* pieces(): AsyncGenerator<Buffer> {
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!;
            yield bytes.subarray(at, at + size);
            at += size;
          }
        }
        const got: string[] = [];
        for await (const { text, number } of readLines("x", pieces())) {
          got.push(text);
          expect(number).toBe(got.length);
        }
        expect(got).toEqual(lines);
      },
    ),
  );
});

test("a line without end is given up at the limit", async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    const piece = Buffer.alloc(1 << 20, 0x61);
    for (let i = 0; i <= MAX_LINE_BYTES >> 20; i++) yield piece;
  }
  await expect(readLines("x", endless()).next()).rejects.toThrow(/longer than 67108864 bytes/);
});

test("decodeUtf8 names the first invalid byte, wherever it stands", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.constantFrom(0x80, 0xc0, 0xe9, 0xf5, 0xff),
      fc.string(),
      (before, bad, after) => {
        const valid = Buffer.from(before);
        const bytes = Buffer.concat([valid, Buffer.of(bad, 0x20), Buffer.from(after)]);
        expect(() => decodeUtf8(bytes, "x", 1000)).toThrow(`byte ${1000 + valid.length} is 0x${bad.toString(16)}`);
      },
    ),
  );
});

test("any JSON gives a document or an error of ours", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc
          .object({ key: fc.constantFrom("text", "title", "pmid", "passages", "kind", "x") })
          .map((value) => JSON.stringify(value)),
      ),
      (json) => {
        try {
          for (const { text } of parseJsonDocument(json, "f", 1).passages) expect(typeof text).toBe("string");
        } catch (error) {
          expect((error as BiogptError).code).toMatch(/^corpora\//);
        }
      },
    ),
  );
});

test("a file that begins with a hundred bad records is given up, and the next one is read", async () => {
  const [bad, good] = [join(folder, "bad.jsonl"), join(folder, "good.jsonl")];
  await writeFile(bad, '{"x":1}\n'.repeat(5000));
  await writeFile(good, '{"id":"g","text":"a"}\n');
  let problems = 0;
  const ids: string[] = [];
  for await (const { id } of readDocuments([bad, good], { onProblem: () => problems++ })) ids.push(id);
  expect([ids, problems]).toEqual([["g"], 101]);
});
