/** `biogpt corpus prepare` as a user runs it, with a terminal of the test's own. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../main.ts";
import type { Terminal } from "../terminal.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-corpus-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function biogpt(
  args: string[],
  { input = "", signal = new AbortController().signal }: { input?: string; signal?: AbortSignal } = {},
): Promise<{ code: number; output: string; notes: string }> {
  let output = "";
  const notes: string[] = [];
  const write = async (text: string): Promise<void> => {
    output += text;
  };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(input);
  }
  const terminal: Terminal = {
    input: bytes(),
    write,
    writeLine: (line) => write(`${line}\n`),
    note: (line) => notes.push(line),
    progress: () => {},
    signal,
    isTerminal: false,
  };
  return { code: await run(["corpus", "prepare", ...args], terminal), output, notes: notes.join("\n") };
}

const ABSTRACT =
  "The effects of lithium on the heart were studied in patients with depression, and they were mild in all of the 12.";
const LINE = JSON.stringify({ pmid: "1", title: "Lithium’s effects [1].", abstract: ABSTRACT });

test("a file becomes a corpus, and every option reaches it", async () => {
  const file = join(folder, "in.jsonl.gz");
  await writeFile(file, gzipSync(`${LINE}\n${LINE}\n`));
  const out = join(folder, "a");
  const plain = await biogpt([file, "--out", out]);
  expect(plain).toMatchObject({ code: 0, notes: "" });
  expect(plain.output).toContain(`1 of 2 documents kept, 25 words, in ${out}`);
  expect(plain.output).toMatch(/duplicate +1/);

  const other = join(folder, "b");
  const options = ["--normalize-punctuation", "--remove-citations", "--duplicate-share", "0", "--min-words", "5"];
  const { code, output } = await biogpt([file, "--out", other, ...options, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ read: 2, kept: 2, cleaning: { citations: { texts: 2, changes: 2 } } });
  const shard = gunzipSync(await readFile(join(other, "documents-0000.jsonl.gz"))).toString();
  expect(JSON.parse(shard.split("\n")[0]!)).toEqual({ id: "1", text: `Lithium's effects. ${ABSTRACT}` });
});

test("standard input is prepared too", async () => {
  const out = join(folder, "c");
  const { code } = await biogpt(["-", "--out", out, "--held-out", "0.5"], { input: LINE });
  expect(code).toBe(0);
  expect((await readdir(out)).sort()).toEqual([
    "documents-0000.jsonl.gz",
    "held-out-0000.jsonl.gz",
    "manifest.json",
    "report.json",
  ]);
});

test("mistakes end with a code, a reason and a fix, and leave no corpus", async () => {
  const bad = join(folder, "bad.jsonl");
  await writeFile(bad, '{"abstrct": "x"}\n');
  const cases: readonly (readonly [args: string[], code: number, words: RegExp])[] = [
    [[bad, "--out", join(folder, "d")], 1, /corpora\/unknown-shape.*did you mean "abstract"/s],
    [[join(folder, "none"), "--out", join(folder, "d")], 1, /corpora\/not-found/],
    [[bad], 2, /--out/],
    [[bad, "--out", join(folder, "d"), "--min-words", "0"], 2, /whole number/],
    [[bad, "--out", join(folder, "d"), "--language", "englisch"], 2, /corpora\/unknown-language/],
    [[bad, "--out", join(folder, "a")], 2, /already holds a corpus/],
  ];
  for (const [args, code, words] of cases) {
    const outcome = await biogpt(args);
    expect(outcome.notes).toMatch(words);
    expect(outcome.code).toBe(code);
    expect(outcome.output).toBe("");
  }
  expect(await readdir(join(folder, "d"))).toEqual([]);
});

test("an interrupted run says how to go on and exits with 130", async () => {
  const file = join(folder, "in.jsonl");
  await writeFile(file, `${LINE}\n`);
  const outcome = await biogpt([file, "--out", join(folder, "e")], { signal: AbortSignal.abort() });
  expect(outcome.code).toBe(130);
  expect(outcome.notes).toContain("--resume");
});

test("bad records are named, counted and left out, good ones around them kept; --strict stops at the first", async () => {
  const abstract = (pmid: number): string =>
    JSON.stringify({ pmid, title: "T", abstractText: `${ABSTRACT} ${"x".repeat(pmid)}` });
  const file = join(folder, "bad.jsonl");
  await writeFile(file, `${abstract(1)}\n{broken\n${abstract(2)}\n`);
  const out = join(folder, "bad");
  const { code, output, notes } = await biogpt([file, "--out", out, "--duplicate-share", "0"]);
  expect(code).toBe(1);
  expect(output).toContain("2 of 2 documents kept");
  expect(notes).toMatch(/left out: line 2 of .*bad\.jsonl is not JSON.*\n.*cli\/left-out/s);
  expect(JSON.parse(await readFile(join(out, "report.json"), "utf8"))).toMatchObject({ read: 2, badRecords: 1 });
  const strict = await biogpt([file, "--out", join(folder, "strict"), "--strict"]);
  expect([strict.code, strict.notes]).toEqual([1, expect.stringContaining("[corpora/json]")]);
});

test("withdrawn and changed records of PubMed do not reach the corpus, over several files", async () => {
  const record = (pmid: number, title: string): string =>
    `<PubmedArticle><MedlineCitation><PMID Version="1">${pmid}</PMID><Article><ArticleTitle>${title}</ArticleTitle><Abstract><AbstractText>${ABSTRACT}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>`;
  const [first, second] = [join(folder, "1.xml"), join(folder, "2.xml")];
  await writeFile(
    first,
    `<PubmedArticleSet>${record(1, "Old.")}${record(2, "Gone.")}${record(3, "Kept.")}</PubmedArticleSet>`,
  );
  await writeFile(
    second,
    `<PubmedArticleSet>${record(1, "New.")}<DeleteCitation><PMID Version="1">2</PMID></DeleteCitation></PubmedArticleSet>`,
  );
  const out = join(folder, "revised");
  const { code, notes } = await biogpt([
    first,
    second,
    "--out",
    out,
    "--duplicate-share",
    "0",
    "--format",
    "pubmed-xml",
  ]);
  expect([code, notes]).toEqual([0, ""]);
  const shard = gunzipSync(await readFile(join(out, "documents-0000.jsonl.gz"))).toString();
  expect(shard.match(/Old|Gone|Kept|New/g)).toEqual(["Kept", "New"]);

  const piped = await biogpt(["-", "--out", join(folder, "piped"), "--min-words", "1"], {
    input: await readFile(second, "utf8"),
  });
  expect(piped.notes).toContain("1 deletions and 0 repeated records");
});
