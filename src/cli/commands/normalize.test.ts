/** `vocabulary build` and `normalize` as a user runs them; the ranking is tested in knowledge-graph/vocabulary. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-normalize-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function biogpt(args: readonly string[], input = ""): Promise<{ code: number; out: string; notes: string }> {
  const terminal = testTerminal(input);
  const code = await run(args, terminal);
  return { code, out: terminal.out.join(""), notes: terminal.notes.join("\n") };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function rows(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const MEDIC = "D011125||Adenomatous Polyposis Coli|Polyposis Coli, Familial\nD006432|235200||Hemochromatosis\n";

test("names of standard input, with the Disease Ontology of the package: a row each, in order", async () => {
  const { code, out, notes } = await biogpt(["normalize"], "colon cancers\n\nWilson disease\nqxqxq\n");
  expect(code).toBe(0);
  expect(out).toBe(
    "colon cancers\tdoid:219\tcolon cancer\t0.970\n\t-\t-\t-\nWilson disease\tdoid:893\tWilson disease\t1.000\nqxqxq\t-\t-\t-\n",
  );
  expect(notes).toContain("4 names, 2 with a concept");
});

test("a vocabulary is built, and the mentions of documents are normalised with offsets as in their file", async () => {
  const index = join(folder, "medic.idx");
  const built = await biogpt(["vocabulary", "build", "medic", file("medic.txt", MEDIC), "--out", index, "--json"]);
  expect(rows(built.out)).toEqual([
    {
      out: index,
      kind: "medic",
      concepts: 2,
      names: 3,
      bytes: expect.any(Number),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  const text =
    "7|t|🧬 APC\n7|a|Adenomatous polyposis coli (APC) 🧬 and haemochromatosis.\n7\t2\t5\tAPC\tSpecificDisease\t-1\n7\t34\t37\tAPC\tDisease\t\n7\t45\t61\thaemochromatosis\tDisease\tX\n";
  const documents = file("one.pubtator", text);
  const { code, out } = await biogpt(["normalize", "--vocabulary", index, "--documents", documents, "--json"]);
  expect(code).toBe(0);
  expect(
    rows(out).map(({ documentId, start, end, name, candidates, nil }) => [
      documentId,
      start,
      end,
      name,
      (candidates as { id: string }[])[0]?.id,
      nil,
    ]),
  ).toEqual([
    ["7", 2, 5, "APC", "mesh:D011125", false],
    ["7", 34, 37, "APC", "mesh:D011125", false],
    ["7", 45, 61, "haemochromatosis", "mesh:D006432", false],
  ]);
  expect(rows(out)[2]).toMatchObject({
    candidates: [{ id: "mesh:D006432", name: "Hemochromatosis", alternatives: ["omim:235200"] }],
  });
});

test("bad input: an unknown kind, another kind's file, no index, documents without mentions", async () => {
  const out = join(folder, "none.idx");
  const medic = file("medic.txt", MEDIC);
  const codeOf = async (...args: string[]): Promise<[number, string]> => {
    const { code, notes } = await biogpt(args);
    return [code, /\[([a-z-]+\/[a-z-]+)\]/.exec(notes)?.[1] ?? notes];
  };
  expect(await codeOf("vocabulary", "build", "medik", medic, "--out", out)).toEqual([2, "corpora/unknown-vocabulary"]);
  expect(await codeOf("vocabulary", "build", "ncbigene", medic, "--out", out)).toEqual([1, "corpora/vocabulary"]);
  expect(await codeOf("vocabulary", "build", "medic", join(folder, "gone"), "--out", out)).toEqual([
    1,
    "corpora/not-found",
  ]);
  expect(existsSync(out)).toBe(false);
  expect(await codeOf("normalize", "--vocabulary", out)).toEqual([1, "knowledge-graph/no-vocabulary"]);
  expect(await codeOf("normalize", "--vocabulary", medic)).toEqual([1, "knowledge-graph/not-a-vocabulary"]);
  const plain = file("plain.jsonl", '{"id":"1","title":"A title","abstract":"An abstract."}\n');
  expect(await codeOf("normalize", "--documents", plain)).toEqual([1, "workflows/no-mentions"]);
});
