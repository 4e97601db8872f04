/** Which pairs of a user's annotated file say "none", which teach nothing, and what is told where its labels are unknown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { readerScheme } from "../../tasks/mention-relations/schemes.ts";
import { readerTrainingData } from "../../tasks/mention-relations/training-data.ts";
import { readReaderData } from "./reader-data.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-reader-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCHEMES = ["chemical-disease", "drug-drug"].map(readerScheme);
const TEXT = "Lithium caused tremor but aspirin caused no pain.";

/** @param relations lines behind the document's id */
function file(name: string, relations: readonly (readonly [type: string, head: string, tail: string])[]): string {
  const names = [
    ["Lithium", "Chemical", "C1"],
    ["tremor", "Disease", "D1"],
    ["aspirin", "Chemical", "C2"],
    ["pain", "Disease", "D2"],
  ] as const;
  const mentions = names.map(([text, type, id]) => {
    const start = TEXT.indexOf(text);
    return `1\t${start}\t${start + text.length}\t${text}\t${type}\t${id}`;
  });
  const path = join(folder, name);
  const lines = [`1|t|${TEXT}`, "1|a|", ...mentions, ...relations.map((relation) => ["1", ...relation].join("\t"))];
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function read(path: string): {
  schemes: (string | undefined)[];
  notes: string[];
  train: ReturnType<typeof readReaderData>["train"];
} {
  const notes: string[] = [];
  const { train } = readReaderData({ data: [path] }, SCHEMES, (text) => notes.push(text));
  return { schemes: train.flatMap(({ relations = [] }) => relations.map(({ scheme }) => scheme)), notes, train };
}

test("a file marks the schemes of which it states a relation; one without any states none of all", () => {
  expect(read(file("one", [["chemical-induced disease", "C1", "D1"]]))).toMatchObject({
    schemes: ["chemical-disease"],
    notes: [],
  });
  expect(read(file("none", [])).schemes).toEqual(["chemical-disease", "drug-drug"]);
  expect(read(file("open", [["?", "C1", "D1"]])).schemes).toEqual(["chemical-disease", "drug-drug"]);
});

test("labels that no scheme has teach nothing, and that is told", () => {
  const { schemes, notes } = read(file("other", [["CID", "C1", "D1"]]));
  expect(schemes).toEqual([]);
  expect(notes).toEqual([expect.stringContaining("states CID, none of chemical-induced disease, mechanism")]);
});

test("a pair that is marked with a question mark is no example, neither of a relation nor of none", async () => {
  const tokenizer = await openTokenizerFolder(join(import.meta.dirname, "../../../models/biogpt-mini"));
  const pairs = (path: string): number[] => {
    const reading = { copies: 2, samePositions: false, tokens: 127, context: 0 } as const;
    const { sequences } = readerTrainingData(read(path).train, ["Chemical", "Disease"], SCHEMES, tokenizer, reading);
    return sequences.flatMap((sequence) => sequence.pairs.map(({ score }) => score)).sort();
  };
  const stated = ["chemical-induced disease", "C1", "D1"] as const;
  expect(pairs(file("stated", [stated]))).toEqual([-1, -1, -1, 0]);
  expect(pairs(file("asked", [stated, ["?", "C2", "D2"], ["?", "C2", "D1"]]))).toEqual([-1, 0]);
  expect(pairs(file("both", [["?", "C1", "D1"], stated]))).toEqual([-1, -1, -1, 0]);
});
