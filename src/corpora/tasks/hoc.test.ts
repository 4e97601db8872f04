/** Counts are those of the spec, sections 0 and 4.5. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { readHoc, readHocTsv } from "./hoc.ts";
import { HOC_LABELS } from "./hoc-labels.ts";

const DATA = "../shared/data/tasks/HoC";
const withData = test.skipIf(!existsSync(DATA));

withData("TSV: sentences, labels, and a validation file that is the test file", () => {
  const { format, splits, validEqualsTest, surprises } = readHoc(DATA);
  expect(format).toBe("tsv");
  expect(validEqualsTest).toBe(true);
  expect(splits.valid).toBeUndefined();
  expect(surprises.find(({ code }) => code === "hoc/valid-equals-test")!.text).toBe(
    "valid.tsv is byte for byte test.tsv (4947 sentences) and is not used: a validation part comes from train.",
  );
  const figures = [splits.train!, splits.test!].map((sentences) => [
    sentences.length,
    sentences.filter(({ labels }) => labels.includes("empty")).length,
    sentences.flatMap(({ labels }) => labels).length,
    sentences.filter(({ labels }) => labels.length > 1).length,
  ]);
  expect(figures).toEqual([
    [9972, 7019, expect.any(Number), expect.any(Number)],
    [4947, 3452, 5221, 244],
  ]);
  const known = new Set(HOC_LABELS);
  expect(splits.train!.flatMap(({ labels }) => labels).filter((label) => !known.has(label))).toEqual([]);
});

withData("the original corpus gives the sentences their articles, in one run each", () => {
  const { splits } = readHoc(DATA);
  for (const [split, articles] of [
    ["train", 1050],
    ["test", 526],
  ] as const) {
    const order = splits[split]!.map(({ article }) => article!);
    const runs = order.filter((article, at) => article !== order[at - 1]);
    expect(new Set(runs).size).toBe(runs.length); // no article is interrupted
    expect(new Set(runs.filter((article) => !article.startsWith("unknown"))).size).toBe(articles);
  }
});

withData("the original corpus alone: labels of the TSV but for a handful, no split", () => {
  const { format, splits, surprises } = readHoc(DATA, { format: "original" });
  expect(format).toBe("original");
  expect(surprises.map(({ code }) => code)).toEqual(["hoc/no-official-split", "hoc/unlabelled-articles"]);
  const labels = new Map(splits.train!.map(({ text, labels }) => [text, [...labels].sort().join("|")]));
  const test = readHoc(DATA).splits.test!.filter(({ text }) => labels.has(text.trim()));
  const other = test.filter(({ text, labels: wanted }) => labels.get(text.trim()) !== [...wanted].sort().join("|"));
  expect(test.length).toBeGreaterThan(4000);
  expect(other.length).toBeLessThan(20);
});

test("TSV: blank lines between rows; a row of another shape is named", () => {
  expect(readHocTsv("a b .\tempty\n\nc .\tresisting cell death|cellular energetics\n", "f", "test")).toEqual([
    { id: "test-1", text: "a b .", labels: ["empty"] },
    { id: "test-2", text: "c .", labels: ["resisting cell death", "cellular energetics"] },
  ]);
  expect(() => readHocTsv("a\tb\tc", "f.tsv", "test")).toThrow("f.tsv, line 1 has 3 columns");
});

test("sentences without an article join their neighbours' or stand alone", () => {
  const root = temporaryFolder();
  for (const folder of ["text", "labels"]) mkdirSync(join(root, folder));
  writeFileSync(join(root, "text/1.txt"), "a\nb\nshared\n");
  writeFileSync(join(root, "labels/1.txt"), "< < Resisting cell death--x AND NULL< ");
  writeFileSync(join(root, "text/2.txt"), "shared\nc\n");
  const rows = ["a", "mended", "b", "shared", "lost", "c"];
  writeFileSync(join(root, "test.tsv"), rows.map((row) => `${row}\tempty`).join("\n"));
  expect(readHoc(root).splits.test!.map(({ article }) => article)).toEqual(["1", "1", "1", "1", "unknown-1", "2"]);
  const original = readHoc(root, { format: "original" }).splits.train!;
  expect(original.map(({ labels }) => labels)).toEqual([["empty"], ["resisting cell death"], ["empty"]]);
});

test("a line that names the columns is left out and told; a label that is none of the ten is refused", () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "train.tsv"), "sentence\tlabels\nOne .\tresisting cell death|empty\n");
  writeFileSync(join(root, "test.tsv"), "Two .\tempty\n");
  const { splits, surprises } = readHoc(root);
  expect(splits.train).toEqual([{ id: "train-1", text: "One .", labels: ["resisting cell death", "empty"] }]);
  expect(surprises).toEqual([
    {
      code: "hoc/header-line",
      text: "The first line of train.tsv names its columns (sentence, labels) and is left out.",
    },
  ]);
  const refused = (label: string) => () => readHocTsv(`One .\tempty\nTwo .\t${label}`, "x.tsv", "test");
  expect(refused("not a hallmark")).toThrow('x.tsv, line 2: "not a hallmark" is no hallmark of cancer.');
  expect(refused("labels")).toThrow("no hallmark"); // no header but on the first line
  expect(refused("resisting cell deaths")).toThrow('Did you mean "resisting cell death"?');
  expect(refused("inducing angiogenesis , resisting cell death")).toThrow("Join several labels by |.");
});
