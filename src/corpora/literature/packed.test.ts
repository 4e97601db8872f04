/** Files that come packed: zip with one file or many, Zstandard, packings within packings, and those that are made to do harm. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { expect, test } from "vitest";
import { openBytes } from "../../files/bytes.ts";
import { temporaryFile, zipBytes } from "../../files/scratch.fixture.ts";
import { readContent } from "./input.fixture.ts";
import { readDocuments } from "./read.ts";

const line = (id: string): string => `{"id":"${id}","title":"About ${id}.","abstract":"Nothing."}\n`;
const citation = (pmid: number, title: string): string =>
  `<PubmedArticle><MedlineCitation><PMID Version="1">${pmid}</PMID><Article><ArticleTitle>${title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>`;
const set = (...parts: string[]): string => `<PubmedArticleSet>${parts.join("")}</PubmedArticleSet>`;
const idsOf = async (content: Buffer): Promise<string[]> => {
  const { documents, problems } = await readContent(content, { name: "x.zip" });
  expect(problems).toEqual([]);
  return documents.map(({ id }) => id);
};

test("a zip archive's files are read in their order, each by its own format, packed within or not", async () => {
  const files = {
    "a.jsonl": line("a1") + line("a2"),
    "deep/": "",
    "deep/b.xml": set(citation(7, "Seven.")),
    "c.jsonl.gz": zlib.gzipSync(line("c1")),
    "README.txt": "This is a note of two sentences. It is no document of the corpus at all.",
    "__MACOSX/._a.jsonl": "\0",
  };
  for (const options of [{}, { compressed: true }, { compressed: true, wide: true, comment: "made by a test" }])
    expect(await idsOf(zipBytes(files, options))).toEqual(["a1", "a2", "7", "c1"]);
  const { documents, format } = await readContent(zipBytes({ "a.jsonl": line("a1") }), { name: "x.zip" });
  expect([format, documents[0]!.source]).toEqual(["json-lines", "x.zip/a.jsonl"]);
});

test("of the citations in an archive the newest count, as of files by themselves", async () => {
  const base = set(citation(1, "Old."), citation(2, "Two."));
  const update = set(citation(1, "New."), "<DeleteCitation><PMID>2</PMID></DeleteCitation>");
  const { documents } = await readContent(zipBytes({ "1.xml": base, "2.xml": update }, { compressed: true }));
  expect(documents.map(({ id, passages }) => `${id} ${passages[0]!.text}`)).toEqual(["1 New."]);
});

test("a damaged entry costs itself; what is damaged at its beginning or cut off is refused before anything is read", async () => {
  const noise = Array.from({ length: 400 }, (_, at) => line(createHash("sha256").update(`${at}`).digest("hex")));
  const archive = zipBytes(
    { "a.jsonl": line("a"), "b.jsonl": noise.join(""), "c.jsonl": line("c") },
    { compressed: true },
  );
  const broken = (at: number): Buffer => Buffer.from(archive).fill(0xff, at, at + 40);
  const [first, last] = [archive.indexOf("b.jsonl"), archive.indexOf("c.jsonl")];
  const { documents, problems } = await readContent(broken(last - 2000), { name: "x.zip" });
  expect([documents[0]!.id, documents.at(-1)!.id]).toEqual(["a", "c"]);
  expect(documents.length).toBeGreaterThan(100);
  expect(problems.at(-1)).toMatch(/x\.zip.*b\.jsonl/);
  await expect(readContent(broken(first + 10))).rejects.toMatchObject({ code: "corpora/archive" });
  await expect(readContent(archive.subarray(0, -10))).rejects.toMatchObject({
    what: expect.stringContaining("cut off"),
  });
});

test("an entry that ends early, or has another checksum than it claims, is told", async () => {
  const content = line("a").repeat(200); // more than is looked at first
  const archive = zipBytes({ "a.jsonl": content }, { compressed: true });
  const claiming = (at: number, value: number): Buffer => {
    const copy = Buffer.from(archive);
    copy.writeUInt32LE(value, copy.indexOf("PK\x01\x02", 0, "latin1") + at);
    return copy;
  };
  const problemsOf = async (bytes: Buffer): Promise<readonly string[]> => (await readContent(bytes)).problems;
  expect(await problemsOf(claiming(24, 4711))).toEqual([expect.stringMatching(/has \d+ bytes and claims 4711/)]);
  const { crc32 } = zlib as { crc32?: (data: string) => number };
  if (crc32 === undefined) return;
  expect(await problemsOf(claiming(16, crc32(content)))).toEqual([]);
  expect(await problemsOf(claiming(16, 1))).toEqual([expect.stringMatching(/another checksum/)]);
});

test("entries that share bytes, are encrypted, or of another method are refused", async () => {
  const archive = zipBytes({ "a.jsonl": line("a"), "b.jsonl": line("b") });
  const changed = (at: number, bytes: number[]): Buffer => {
    const copy = Buffer.from(archive);
    copy.set(bytes, archive.indexOf("PK\x01\x02", archive.indexOf("PK\x01\x02") + 4, "latin1") + at);
    return copy;
  };
  for (const [content, words] of [
    [changed(42, [0, 0, 0, 0]), "overlap"],
    [changed(8, [1]), "encrypted"],
    [changed(10, [93]), "method 93"],
    [zipBytes({ "x/": "" }), "holds no file"],
  ] as const)
    await expect(readContent(content)).rejects.toMatchObject({
      ...{ code: "corpora/archive", what: expect.stringContaining(words) },
    });
});

test("where one file is wanted an archive of one is it, and one of several is refused; so is one that comes by a pipe", async () => {
  const { head } = await openBytes(temporaryFile("one.zip", zipBytes({ "a.csv": "a,b\n1,2\n" }, { compressed: true })));
  expect(head.toString()).toBe("a,b\n1,2\n");
  const two = temporaryFile("two.zip", zipBytes({ a: "1", b: "2" }));
  await expect(openBytes(two)).rejects.toMatchObject({ what: expect.stringContaining("holds 2 files (a, b)") });
  const piped = readDocuments(["-"], { standardInput: Readable.from([zipBytes({ "a.jsonl": line("a") })]) });
  await expect(piped.next()).rejects.toMatchObject({ code: "corpora/archive" });
});

test("a small file that unpacks without end is given up, after the documents before", async () => {
  const lines = zlib.gzipSync(`${"a".repeat((1 << 20) - 1)}\n`.repeat(16), { level: 9 });
  const bomb = Buffer.concat(Array.from({ length: 10 }, () => lines)); // 160 MB
  const outcome = await readContent(bomb, { format: "text-lines" });
  expect(outcome.documents.length).toBe(128);
  expect(outcome.problems).toEqual([expect.stringMatching(/more than 500 times its size/)]);
});

const ZSTD = Buffer.from(
  "KLUv/SRujQIAgoQQF4C1OmB3kPkvvzRoLgAZaESu01AixlyxZRo5eGOPghDKNHLwTfUt01Qmihn4eEQuU3HlUj5Gg5P17dfHAcDJ7Q4EBACgC5irEGhkgkkGbKiAvg==",
  "base64",
);
const hasZstd = "createZstdDecompress" in zlib;

test.runIf(hasZstd)("Zstandard is read, of several frames too; where it is cut it is told", async () => {
  const ids = async (content: Buffer): Promise<string[]> => (await readContent(content)).documents.map(({ id }) => id);
  expect(await ids(ZSTD)).toEqual(["z1", "z2"]);
  expect(await ids(Buffer.concat([ZSTD, ZSTD]))).toEqual(["z1", "z2", "z1", "z2"]);
  await expect(readContent(ZSTD.subarray(0, 20))).rejects.toMatchObject({ code: "corpora/zstd" });
});

test.skipIf(hasZstd)("where Node has no Zstandard, it says which has, and the way around", async () => {
  await expect(readContent(ZSTD)).rejects.toMatchObject({
    ...{ code: "corpora/zstd", why: expect.stringContaining("22.15"), fix: expect.stringContaining("unzstd") },
  });
});
