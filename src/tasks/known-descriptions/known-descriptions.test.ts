/** Known molecules: how texts are compared, which text is chosen, the file that keeps them. */
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { type MoleculeTraits, moleculeTraits } from "../../molecules/traits.ts";
import { rankingFeatures, score } from "./description-ranking.ts";
import { expectedText, kernel, solved } from "./expected-overlap.ts";
import { readKnown, writeKnown } from "./known-file.ts";
import { KnownMolecules, type LearntMolecules, learnMolecules } from "./known-molecules.ts";
import { likeness } from "./likeness.ts";
import { overlap, wordRuns } from "./text-overlap.ts";

const ACIDS = "The molecule is a straight-chain saturated fatty acid.";
const RECORDS = [
  { input: "CCCCCCCC(=O)O", answer: `${ACIDS} It is octanoic.` },
  { input: "CCCCCCCC(=O)[O-]", answer: "The molecule is a fatty acid anion." },
  { input: "c1ccccc1O", answer: "The molecule is a phenol." },
  { input: "C(C)(C)(C)(C)C", answer: "No such molecule." },
  { input: "CCCCCCCCCC(=O)O", answer: `${ACIDS} It is decanoic.` },
];

let learnt: LearntMolecules;
beforeAll(async () => {
  learnt = await learnMolecules(RECORDS);
});

test("overlap: mean F1 of runs of one to four words, whatever their case", () => {
  const text = wordRuns("It is a phenol.");
  expect(overlap(text, wordRuns("it is a PHENOL ."))).toBe(1);
  // Of 5 and 5 words 4 are shared, of 4 and 4 pairs 2, of 3 and 3 triples 1, of 2 and 2 quadruples none.
  expect(overlap(text, wordRuns("It is a ketone."))).toBeCloseTo((4 / 5 + 2 / 4 + 1 / 3 + 0) / 4, 12);
  expect(overlap(text, wordRuns(""))).toBe(0);
  expect(overlap(wordRuns("a a a"), wordRuns("a"))).toBeCloseTo(2 / 4 / 4, 12);
});

test("what cannot be read is left out and counted", () => {
  expect(learnt.unread).toBe(1);
  expect(learnt.known.map(({ smiles }) => smiles)).toEqual(
    RECORDS.filter((_, at) => at !== 3).map(({ input }) => input),
  );
});

test("a known molecule, written another way, gets its own text; one that is passed over a relative's", async () => {
  const library = new KnownMolecules(learnt.known);
  const [first] = await library.relatives("OC(=O)CCCCCCC");
  expect(first).toEqual({ smiles: RECORDS[0]!.input, text: RECORDS[0]!.answer, similarity: 1, isSame: true });
  const [relative] = await library.relatives("OC(=O)CCCCCCC", { without: new Set([0]) });
  expect(relative!.text).toBe(RECORDS[4]!.answer);
  expect(await new KnownMolecules([]).relatives("C")).toEqual([]);
});

test("an equal charge counts: an anion is described as an anion, however much longer its chain is", async () => {
  const [anion] = await new KnownMolecules(learnt.known).relatives("CCCCCCCCCC(=O)[O-]");
  expect(anion!.text).toBe(RECORDS[1]!.answer);
});

test("a text that the others agree with is preferred among molecules that are equally alike", async () => {
  const traits: MoleculeTraits = await moleculeTraits("CCO");
  const texts = ["Something odd of 1887, or so", "The molecule is an alcohol.", "The molecule is an alcohol."].map(
    wordRuns,
  );
  const candidates = texts.map((text) => ({ traits, text }));
  expect(candidates.map((one) => likeness(traits, one.traits))).toEqual([1.05, 1.05, 1.05]);
  const scores = rankingFeatures(traits, candidates, candidates).map(score);
  expect(scores[1]).toBeGreaterThan(scores[0]!);
});

test("the system of equations is solved, for matrices as kernels make them", () => {
  const random = new Random(3);
  for (const n of [1, 2, 7, 30]) {
    const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => random.normal()));
    const matrix = rows.map((a, i) =>
      rows.map((b, j) => a.reduce((sum, value, k) => sum + value * b[k]!, i === j ? 0.2 : 0)),
    );
    const b = Array.from({ length: n }, () => random.normal());
    const x = solved(structuredClone(matrix), b);
    for (const [i, row] of matrix.entries())
      expect(row.reduce((sum, value, k) => sum + value * x[k]!, 0)).toBeCloseTo(b[i]!, 8);
  }
});

test("what is expected of a text: of one neighbour its own; many copies of one count little more than one", async () => {
  const [acid, alcohol, query] = await Promise.all(["CCCCCC(=O)O", "CCCCCCO", "CCCCCCC(=O)O"].map(moleculeTraits));
  expect(kernel(acid!, acid!)).toBeCloseTo(1.25, 12);
  expect(kernel(acid!, query!)).toBe(kernel(query!, acid!));
  expect(kernel(acid!, query!)).toBeGreaterThan(kernel(alcohol!, query!));
  const [one, other] = ["The molecule is an acid.", "It is some alcohol of the kind"].map(wordRuns);
  const alone = expectedText(query!, [{ traits: acid!, text: one! }]);
  expect(alone.overlapWith(one!)).toEqual({ all: 1, others: 0 });
  expect(alone.overlapWith(other!).all).toBeCloseTo(overlap(one!, other!), 12);
  expect(alone.length).toBeCloseTo(Math.log(1 + one!.words), 12);
  const copies = (count: number) => Array.from({ length: count }, () => ({ traits: alcohol!, text: other! }));
  const expected = (count: number): number =>
    expectedText(query!, [{ traits: acid!, text: one! }, ...copies(count)]).overlapWith(one!).others;
  // What is left out is the text itself; a plain mean by similarity would grow with each copy.
  expect(expected(1) / expected(10)).toBeGreaterThan(0.7);
});

test("the file gives back what was written, byte for byte the same each time, and says when it is damaged", async () => {
  const { known } = learnt;
  const file = { source: "a file", licence: "CC BY 4.0", question: "What is it?", known };
  const bytes = writeKnown(file);
  expect(writeKnown(file)).toEqual(bytes);
  const read = readKnown(bytes, "x");
  expect(read).toMatchObject({ source: "a file", licence: "CC BY 4.0", question: "What is it?" });
  expect(await new KnownMolecules(read.known).relatives("CCCC")).toEqual(
    await new KnownMolecules(known).relatives("CCCC"),
  );
  const damaged =
    (lines: readonly string[]): (() => unknown) =>
    () =>
      readKnown(gzipSync(lines.join("\n")), "x");
  const header = JSON.stringify({ format: "biogpt-known/1", source: "", licence: "", question: "" });
  const line = (circular: string): string =>
    JSON.stringify({
      smiles: "C",
      text: "t",
      prints: { circular, stereo: "", keys: "" },
      atoms: {},
      charge: 0,
      centres: 0,
    });
  expect(damaged([header, line("AAAA")])).not.toThrow();
  const code = { code: "tasks/known-molecules" };
  expect(() => readKnown(bytes.subarray(0, 100), "x")).toThrow(expect.objectContaining(code));
  expect(damaged(['{"format":"biogpt-known/2"}'])).toThrow(expect.objectContaining(code));
  expect(damaged([header, line("not base64!")])).toThrow(expect.objectContaining(code));
  expect(damaged([header, line("AAAA"), line("AAAAAAAA")])).toThrow(/different lengths/);
});
