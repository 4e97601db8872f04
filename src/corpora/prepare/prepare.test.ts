import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type CorpusDocument, readCorpus, readManifest } from "./corpus-folder.ts";
import { type PrepareOptions, prepareCorpus } from "./prepare.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
let root = "";
let out = "";
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "biogpt-prepare-"));
});
beforeEach(() => {
  out = join(root, `corpus-${count++}`);
});

const random = new Random(11);
const COMMON = "the of and in was were with to for that by".split(" ");
/** English enough for the filter; no two share a run of words. */
function prose(words: number): string {
  return Array.from({ length: words }, (_, i) =>
    i % 3 === 0 ? COMMON[random.integer(COMMON.length)] : random.integer(1e6).toString(36),
  ).join(" ");
}

async function write(name: string, lines: readonly object[]): Promise<string> {
  const path = join(root, name);
  await writeFile(path, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
  return path;
}

async function kept(split: "train" | "held-out" = "train"): Promise<CorpusDocument[]> {
  const documents: CorpusDocument[] = [];
  for await (const document of readCorpus(out, { split })) documents.push(document);
  return documents;
}

async function failure(work: Promise<unknown>): Promise<BiogptError> {
  return (await work.then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  )) as BiogptError;
}

test("every document is kept or dropped for its reason, and the report counts them", async () => {
  const [one, two, secret] = [prose(60), prose(60), prose(60)];
  const path = await write("reasons.jsonl.gz", [
    { pmid: "1", title: "[A title.]", abstract: `${one} Ca<sup>2+</sup>.\n Copyright 2003 X Inc.` },
    { pmid: "2", title: "Only a title", abstract: null },
    { pmid: "3", title: "", abstract: "" },
    { pmid: "4", title: "T", abstract: "Too short to be of use." },
    { pmid: "5", title: "T", abstract: prose(301) },
    {
      pmid: "6",
      title: "T",
      abstract: "El litio en el corazón de los pacientes con depresión fue estudiado por los médicos de la ciudad.",
    },
    { pmid: "7", title: "T", abstract: `${prose(40)} ${secret.split(" ").slice(5, 30).join(" ")}` },
    { pmid: "8", title: "A TITLE", abstract: `${one}; Ca2+!` },
    { pmid: "9", title: "Other", abstract: `${one} ${prose(20)}` },
    { pmid: "10", title: "T", abstract: prose(50) },
    { pmid: "11", title: "T", abstract: two },
  ]);
  const exclude = [
    await write("secret.jsonl.gz", [{ pmid: "999", title: "S", abstract: secret }]),
    join(root, "pmids.txt"),
  ];
  await writeFile(exclude[1]!, "10\nPMID: 12\n");
  const report = await prepareCorpus([path], { out, exclude, minWords: 10, maxWords: 300 });
  expect(await kept()).toEqual([
    { id: "1", text: `A title. ${one} Ca2+.` },
    { id: "11", text: `T ${two}` },
  ]);
  expect(report).toMatchObject({
    read: 11,
    kept: 2,
    words: 63 + 61,
    dropped: {
      "title-only": 1,
      "no-text": 1,
      "too-short": 1,
      "too-long": 1,
      language: 1,
      "excluded-overlap": 1,
      "excluded-id": 1,
      duplicate: 1,
      "near-duplicate": 1,
    },
    examples: { duplicate: ["8"], "near-duplicate": ["9"], "excluded-id": ["10"], "excluded-overlap": ["7"] },
    cleaning: { markup: { texts: 1, changes: 2 }, "rights-statement": { texts: 1, changes: 1 } },
  });
  expect(JSON.parse(await readFile(join(out, "report.json"), "utf8"))).toEqual(report);
  expect((await readdir(out)).sort()).toEqual(["documents-0000.jsonl.gz", "manifest.json", "report.json"]);
});

test("the sections of an article become one document without boilerplate and without leaked sections", async () => {
  const [a, b, c, d, leak] = [prose(30), prose(30), prose(30), prose(30), prose(40)];
  const section = (pmcid: string, name: string, text: string): object => ({
    pmcid,
    title: `On ${pmcid}`,
    section: name,
    text,
  });
  const path = await write("articles.jsonl.gz", [
    section("PMC1", "Introduction", `${a}\n${b}`),
    section("PMC1", "Competing interests", prose(30)),
    section("PMC1", "Results", leak),
    section("PMC1", "Discussion", c),
    section("PMC2", "Introduction", d),
  ]);
  const exclude = [await write("leak.jsonl.gz", [{ text: leak }])];
  const report = await prepareCorpus([path], { out, exclude });
  expect(await kept()).toEqual([
    { id: "PMC1", text: `On PMC1 ${a} ${b} ${c}` },
    { id: "PMC2", text: `On PMC2 ${d}` },
  ]);
  expect(report.sections).toEqual({ boilerplate: 1, excluded: 1 });

  out = `${out}-sections`;
  await prepareCorpus([path], { out, exclude, fullText: "section", keepParagraphs: true });
  expect((await kept()).map(({ text }) => text)).toEqual([`On PMC1\n${a}\n${b}`, `On PMC1\n${c}`, `On PMC2\n${d}`]);
});

/** Files, options and documents of a run of several shards. */
async function longRun(): Promise<{ paths: string[]; options: PrepareOptions }> {
  const lines = Array.from({ length: 600 }, (_, i) => ({ pmid: String(i), title: "T", abstract: prose(80) }));
  lines[500] = { ...lines[100]!, pmid: "near" }; //  a duplicate across the place of the stop
  const paths: string[] = []; //  progress is told, and so a run can be stopped, where a file begins
  for (let i = 0; i < 6; i++) paths.push(await write(`long-${i}.jsonl.gz`, lines.slice(i * 100, i * 100 + 100)));
  return { paths, options: { out, shardCharacters: 20_000, heldOut: 0.1 } };
}

async function contents(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort())
    files[name] = (await readFile(join(folder, name))).toString("base64");
  return files;
}

test("a stopped run goes on and ends with the same bytes as an uninterrupted one", async () => {
  const { paths, options } = await longRun();
  const whole = await prepareCorpus(paths, options);
  expect(whole.dropped.duplicate).toBe(1);
  expect(whole.heldOut).toBeGreaterThan(30);
  expect(whole.heldOut).toBeLessThan(90);

  const interrupted = join(root, "interrupted");
  for (const stopAt of [0, 3, 6]) {
    const controller = new AbortController();
    const progress = (): void => {
      if (existsSync(join(interrupted, `documents-000${stopAt}.jsonl.gz`))) controller.abort();
    };
    const resume = stopAt > 0;
    const error = await failure(
      prepareCorpus(paths, { ...options, out: interrupted, resume, signal: controller.signal, progress }),
    );
    expect(error.kind).toBe("aborted");
    expect(error.fix).toContain("--resume");
    expect((await readdir(interrupted)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await failure(readManifest(interrupted))).message).toContain("unfinished");
  }
  await prepareCorpus(paths, { ...options, out: interrupted, resume: true });
  expect(await contents(interrupted)).toEqual(await contents(out));
});

test("a folder in use, a finished one and one begun otherwise are not mixed with new work", async () => {
  const { paths, options } = await longRun();
  const controller = new AbortController();
  const progress = (): void => {
    if (existsSync(join(out, "documents-0000.jsonl.gz"))) controller.abort();
  };
  await failure(prepareCorpus(paths, { ...options, signal: controller.signal, progress }));
  expect((await failure(prepareCorpus(paths, options))).code).toBe("corpora/folder-in-use");
  const resume = true;
  expect((await failure(prepareCorpus(paths, { ...options, resume, minWords: 21 }))).message).toContain(
    "other options",
  );
  expect((await failure(prepareCorpus(paths.slice(1), { ...options, resume }))).message).toContain("other input files");
  await utimes(paths[0]!, 1, 1);
  expect((await failure(prepareCorpus(paths, { ...options, resume }))).code).toBe("corpora/resume-mismatch");
  await rm(out, { recursive: true });
  await prepareCorpus(paths, options);
  expect((await failure(prepareCorpus(paths, { ...options, resume }))).code).toBe("corpora/finished");
});

test("a shard that was changed after it was written is not read silently", async () => {
  const path = await write("one.jsonl.gz", [{ text: prose(50) }]);
  await prepareCorpus([path], { out });
  const shard = join(out, "documents-0000.jsonl.gz");
  await writeFile(shard, gzipSync(gunzipSync(await readFile(shard)), { level: 1 }));
  expect((await failure(kept())).code).toBe("corpora/shard-changed");
});

test("near duplicates are found, different texts are not, also when the memory is far too small", async () => {
  const lines: object[] = [];
  const copies = new Set<string>();
  for (let i = 0; i < 1500; i++) {
    const words = prose(200).split(" ");
    lines.push({ id: `o${i}`, text: words.join(" ") });
    if (i % 10 !== 0) continue;
    for (let edit = 0; edit < 3; edit++) words[random.integer(words.length)] = "edited"; // 3 edits touch up to 39 of 188 grams
    copies.add(`c${i}`);
    lines.push({ id: `c${i}`, text: words.join(" ") });
  }
  const path = await write("copies.jsonl.gz", lines);
  for (const [duplicateMemory, rate] of [
    [512 << 20, 4],
    [1, 8],
  ] as const) {
    out = join(root, `duplicates-${rate}`);
    const report = await prepareCorpus([path], { out, duplicateMemory });
    expect(report.samplingRate).toBe(rate);
    const found = (await kept()).map(({ id }) => id);
    expect(found.filter((id) => copies.has(id))).toEqual([]);
    expect(found.length).toBe(1500);
  }
  out = join(root, "duplicates-kept");
  expect((await prepareCorpus([path], { out, duplicateShare: 0 })).kept).toBe(1650);
});

test("wrong options are refused before anything is written", async () => {
  const path = await write("fine.jsonl.gz", [{ text: prose(50) }]);
  expect((await failure(prepareCorpus([path], { out, language: "eng" }))).message).toContain('mean "en"');
  expect((await failure(prepareCorpus([path], { out, minWords: 9, maxWords: 8 }))).code).toBe("corpora/words");
  expect((await failure(prepareCorpus([], { out }))).code).toBe("corpora/no-input");
  expect((await failure(prepareCorpus([path], { out, exclude: [join(root, "none")] }))).code).toBe("corpora/not-found");
  expect(existsSync(join(out, "manifest.json"))).toBe(false);
});

test.skipIf(!existsSync(DATA))("PubMed XML is prepared: real update files", async () => {
  const path = `${DATA}samples/pubmed-xml/pubmed21n1001-cut.xml.gz`;
  const report = await prepareCorpus([path, path], { out });
  // The second file's records replace the first's.
  expect(report).toMatchObject({ read: 37, badRecords: 0, dropped: { "title-only": 11, duplicate: 0 } });
  expect(report.kept).toBeGreaterThanOrEqual(24);
  for (const { text } of await kept()) expect(text).not.toMatch(/©|<\/?[a-z]+>|&[a-z]+;|\s\s/);
});
