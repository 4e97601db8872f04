/** A sheet of two versions with planted lines, judged, gives back what was put in. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { KEY_FORMAT, readJudgements, type SheetKey, scoreJudgements } from "./judged-sheet.ts";
import { readPlanted, readPrinted } from "./printed-relations.ts";
import { makeSheet, SHEET_COLUMNS, type Sheet, sheetTable } from "./sheet.ts";
import { sheetPage } from "./sheet-page.ts";

const folder = temporaryFolder();
const line = (documentId: string, head: string, tail: string, more: object = {}) => ({
  ...{ documentId, scheme: "chemical-disease", relation: "chemical-induced disease", probability: 0.5 },
  ...{
    head: { text: head, spans: [] },
    tail: { text: tail, spans: [] },
    evidence: { text: `${head} caused\t"${tail}".` },
  },
  ...more,
});
function file(name: string, lines: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((one) => JSON.stringify(one)).join("\n"));
  return path;
}
const old = [
  line("1", "lithium", "tremor", { probability: 0.9 }),
  line("1", "lake", "biota"),
  line("2", "Aspirin", "ulcer", { evidence: null }),
];
const neu = [
  line("1", "Lithium", "tremor", { probability: 0.8 }),
  { documentId: "2", scheme: "chemical-disease", relations: 0 },
];
const planted = [
  line("8", "cisplatin", "deafness", { right: true }),
  line("9", "water", "thirst", { right: false, probability: undefined }),
];
const versions = [
  { name: "earlier", ...readPrinted(file("old.jsonl", old)) },
  { name: "later", ...readPrinted(file("new.jsonl", neu)) },
];
const sheetOf = (seed: number): Sheet =>
  makeSheet(versions, { planted: readPlanted(file("planted.jsonl", planted)), seed, textOf: (id) => `Text of ${id}.` });
const keyOf = (sheet: Sheet): SheetKey => ({
  ...{
    format: KEY_FORMAT,
    sheet: sheet.name,
    seed: 1,
    versions: ["earlier", "later"],
    statistics: [],
    lines: sheet.key,
  },
});

test("what both versions printed is judged once; version, probability and what is planted are not in the sheet", () => {
  const sheet = sheetOf(1);
  expect(sheet.lines.map(({ head }) => head.toLowerCase()).sort()).toEqual([
    "aspirin",
    "cisplatin",
    "lake",
    "lithium",
    "water",
  ]);
  const table = sheetTable(sheet);
  const [rule, columns] = [
    table.indexOf("# rule of chemical-disease: Right where"),
    table.indexOf(SHEET_COLUMNS.join("\t")),
  ];
  expect(rule).toBeGreaterThan(0);
  expect(columns).toBeGreaterThan(rule);
  for (const text of [table, sheetPage(sheet)]) {
    for (const hidden of ["earlier", "later", "planted", "0.9", "0.8", "0.5"])
      expect(text.includes(hidden), hidden).toBe(false);
    expect(text).toContain("Text of 2.");
  }
  expect(sheetPage(sheet)).toContain("<mark>lithium</mark>");
  const order = (one: Sheet) => one.lines.map(({ head }) => head).join();
  expect(order(sheetOf(1))).toBe(order(sheet));
  expect(new Set([1, 2, 3, 4, 5].map((seed) => order(sheetOf(seed)))).size).toBeGreaterThan(1);
});

test("judgements become shares by version and scheme, and the judge's own error", () => {
  const sheet = sheetOf(3);
  const right = new Set(["lithium", "cisplatin", "water"]); // one planted wrong line is called right
  const judged = sheetTable(sheet).replaceAll(/^(\d+\t.*)\t$/gm, (_, start: string) => {
    const [cells] = parse(start, { delimiter: "\t" }) as string[][];
    const head = cells![2]!.toLowerCase();
    return `${start}\t${head === "lake" ? "" : right.has(head) ? "Right" : "wrong"}`;
  });
  const judgements = readJudgements(judged, "sheet.tsv", keyOf(sheet));
  const { versions: scored, judge, unjudged } = scoreJudgements(keyOf(sheet), judgements);
  expect(
    scored.map(({ version, scheme, judged: n, right: r, probabilitySum }) => [version, scheme, n, r, probabilitySum]),
  ).toEqual([
    ["earlier", "chemical-disease", 2, 1, 1.4],
    ["earlier", "all", 2, 1, 1.4],
    ["later", "chemical-disease", 1, 1, 0.8],
    ["later", "all", 1, 1, 0.8],
  ]);
  expect([judge.wrongCalledRight.right, judge.wrongCalledRight.judged]).toEqual([1, 1]);
  expect([judge.rightCalledWrong.right, judge.rightCalledWrong.judged]).toEqual([0, 1]);
  expect(unjudged).toBe(1);
  expect(scored[0]!.interval.low).toBeGreaterThan(0);
});

test("a sheet of another key, a line that is not there and other words are refused", () => {
  const sheet = sheetOf(1);
  const refused = (text: string) => expect(() => readJudgements(text, "s.tsv", keyOf(sheet)));
  const head = `# sheet ${sheet.name}\nid\tjudgement\n`;
  refused(sheetTable({ ...sheet, name: "00000000" })).toThrow("it is sheet 00000000");
  refused("id\tjudgement\n1\tright\n").toThrow("it is no sheet");
  refused(`${head}99\tright\n`).toThrow("a line 99");
  refused(`${head}1\tperhaps\n`).toThrow('judged "perhaps"');
  refused(`${head}1\tright\n1\tright\n`).toThrow("stands twice");
  refused(sheetTable(sheet)).toThrow("no line is judged");
  expect(() => readPrinted(file("bad.jsonl", [{ documentId: "1" }]))).toThrow(/Line 1 of .*bad\.jsonl is no relation/);
  expect(() => readPlanted(file("bad.jsonl", old))).toThrow("right");
});

test("of each scheme and version so many lines are drawn; one that the other printed too counts for both", () => {
  const sheet = makeSheet(versions, { sample: 1, seed: 2, textOf: () => undefined });
  expect(sheet.lines.length).toBeLessThanOrEqual(2);
  const both = sheet.key.find(({ printed }) => printed.some(({ version }) => version === 1))!;
  expect(both.printed.map(({ version }) => version).sort()).toEqual([0, 1]);
});
