import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNamedMentions } from "./named-data.ts";
import { readMentions } from "./read-mentions.ts";

let folder: string;
const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-mentions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PUBTATOR = "7|t|Of zinc and p53\n7\t3\t7\tzinc\tChemical\tD\n7\t12\t15\tp53\tGene\t1\n";

test("each form is told by what it holds, gzip too, and says which types it marks", () => {
  const json = { documents: [{ id: "7", passages: [{ offset: 0, text: "Of zinc", annotations: [] }] }] };
  write("a.txt", "Of zinc");
  const files: [string, string[]][] = [
    [write("x.pubtator.gz", gzipSync(PUBTATOR)), ["Chemical", "Gene"]],
    [write("x.json", JSON.stringify(json)), []],
    [
      write(
        "x.xml",
        "<collection><document><id>7</id><passage><offset>0</offset><text>zinc</text></passage></document></collection>",
      ),
      [],
    ],
    [write("x.tsv", "Of\tO\nzinc\tB-Chemical\n"), ["Chemical"]],
    [write("y.tsv", "zinc\tB\n"), ["Entity"]],
    [write("a.ann", "T1\tDisease 3 7\tzinc\n"), ["Disease"]],
  ];
  for (const [path, types] of files) {
    const read = readMentions(path);
    expect(read.documents.length, path).toBe(1);
    expect(read.types, path).toEqual(types);
  }
  expect(() => readMentions(write("prose.txt", "Zinc is a metal.\n"))).toThrow("no mentions in a form that is known");
});

test("what is named is a file, or a corpus with its split", () => {
  const path = write("named.txt", PUBTATOR);
  expect(readNamedMentions(path)).toMatchObject({ name: path, types: ["Chemical", "Gene"], misplaced: [] });
  expect(() => readNamedMentions("nothing")).toThrow("There is no file nothing.");
  expect(() => readNamedMentions("Nope:train")).toThrow("no corpus of names called Nope");
  expect(() => readNamedMentions("BC2GM:development", folder)).toThrow("BC2GM has no split development.");
  expect(() => readNamedMentions("BC2GM:train")).toThrow("folder of the corpora is not known");
});
