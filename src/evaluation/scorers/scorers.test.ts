/** The scorers by hand, and against the official sample of BC5CDR and scikit-learn's definitions. */
import { existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPubTatorRelations } from "../../corpora/tasks/bc5cdr-annotations.ts";
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";
import { decodeText, readBytes } from "../../corpora/tasks/task-files.ts";
import { scoreBc5cdr } from "./bc5cdr-scorer.ts";
import { bootstrap } from "./bootstrap.ts";
import { scoreAnswers, scoreHoc } from "./classification.ts";
import { normalizeName, scoreHardMatch } from "./hard-match.ts";

const SAMPLE = "../shared/data/tasks/BC5CDR/BC5CDR_Evaluation-0.0.3/data";

test.skipIf(!existsSync(SAMPLE))("BC5CDR: the official sample run, as its readme prints it", () => {
  const pairs = (path: string) =>
    readPubTatorRelations(decodeText(readBytes(`${SAMPLE}/${path}`))).map(({ documentId, first, second }) => ({
      documentId,
      chemical: first,
      disease: second,
    }));
  const score = scoreBc5cdr(pairs("test/CDR_sample.test.CID.PubTator"), pairs("gold/CDR_sample.gold.PubTator"));
  expect(score).toMatchObject({ truePositives: 90, falsePositives: 533, falseNegatives: 33 });
  expect([score.precision, score.recall, score.f1]).toEqual([
    0.14446227929373998, 0.7317073170731707, 0.24128686327077747,
  ]);
});

test("BC5CDR: sets, null ids, prefixes, documents without gold", () => {
  const gold = [
    { documentId: "1", chemical: "D1", disease: "D2" },
    { documentId: "1", chemical: "D1", disease: "D2" },
    { documentId: "2", chemical: "CHEBI:3", disease: "D4" },
  ];
  const predicted = [
    { documentId: "1", chemical: "MESH:D1", disease: " D2" }, //  right
    { documentId: "1", chemical: "D1", disease: "D2" }, //        again, counts once
    { documentId: "1", chemical: "-1", disease: "D2" }, //        null and D2: wrong
    { documentId: "1", chemical: "", disease: "D2" }, //          the same item
    { documentId: "1", chemical: "-1", disease: "D5" }, //        another wrong item
    { documentId: "2", chemical: "3", disease: "D4" }, //         MESH:3 is not CHEBI:3
    { documentId: "9", chemical: "D1", disease: "D2" }, //        no gold: dropped
  ];
  expect(scoreBc5cdr(predicted, gold)).toMatchObject({ truePositives: 1, falsePositives: 3, falseNegatives: 1 });
  expect(scoreBc5cdr([], gold)).toMatchObject({ precision: 0, recall: 0, f1: 0, falseNegatives: 2 });
});

test.each([
  ["kinase 3", "kinaseIII"],
  ["5-ht2", "5htII"],
  ["p10", "p10"], // the digit before the last is a number
  ["a0", "a0"], //    too short
  ["cb0", "cb0"],
  ["l-type channel (x)", "lchannelx"],
  ["β-α", ""],
  [" ab9 ", "abIX"],
])("hard match: %j is compared as %j", (name, wanted) => {
  expect(normalizeName(name)).toBe(wanted);
});

test("hard match: abbreviation and full name, each in its own view; mean F1 is not micro F1", () => {
  const triple = (head: string, tail: string, relation = "inhibitor") => ({ head, tail, relation });
  const score = scoreHardMatch([
    // by abbreviation both sides are (mao-a); by full name they differ
    { id: "1", predicted: [triple("x", "other words (MAO-A)")], gold: [triple("X", "monoamine oxidase (mao-a)")] },
    // one of two right, one missing
    {
      id: "2",
      predicted: [triple("a", "b"), triple("a", "c")],
      gold: [triple("a", "b"), triple("a", "d"), triple("a", "b")],
    },
    { id: "3", predicted: [], gold: [triple("e", "f")] },
    { id: "4", predicted: [], gold: [] },
  ]);
  expect(score.documents.map(({ precision, recall, f1 }) => [precision, recall, f1])).toEqual([
    [1, 1, 1],
    [0.5, 0.5, 0.5],
    [0, 0, 0],
    [1, 1, 1],
  ]);
  expect([score.precision, score.recall, score.meanF1]).toEqual([0.625, 0.625, 0.625]);
  expect(score.micro).toMatchObject({ truePositives: 2, falsePositives: 1, falseNegatives: 2 });
  expect(score.ontology.precision).toBeCloseTo(2 / 3, 12);
  expect(score.ontology.recall).toBe(0.5);
  expect([score.heads, score.labels]).toEqual([0.75, 0.75]);
});

test("hard match: of several brackets the last is the abbreviation, the rest the name", () => {
  const f1 = (predicted: string, gold: string): number =>
    scoreHardMatch([
      {
        id: "1",
        predicted: [{ head: predicted, tail: "t", relation: "r" }],
        gold: [{ head: gold, tail: "t", relation: "r" }],
      },
    ]).meanF1;
  expect(f1("p (b) (c)", "other (c)")).toBe(1);
  expect(f1("p (b) (c)", "p (b) (other)")).toBe(1);
  expect(f1("p (b) (c)", "p (other) (d)")).toBe(0);
  expect(f1("p (b) c", "b")).toBe(0); // not at the end: no abbreviation
});

test("hard match: precision and recall lie in [0, 1], gold against itself is 1", () => {
  const word = fc.stringMatching(/^[a-z0-9( )-]{1,6}$/);
  const triple = fc.record({ head: word, tail: word, relation: word });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(triple, { maxLength: 4 }), fc.array(triple, { maxLength: 4 }))),
      (documents) => {
        const score = scoreHardMatch(documents.map(([predicted, gold], at) => ({ id: `${at}`, predicted, gold })));
        for (const value of [
          score.precision,
          score.recall,
          score.meanF1,
          score.micro.f1,
          score.ontology.f1,
          score.tails,
        ]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        const same = scoreHardMatch(documents.map(([, gold], at) => ({ id: `${at}`, predicted: gold, gold })));
        if (documents.length > 0) expect([same.meanF1, same.labels, same.ontology.f1]).toEqual([1, 1, 1]);
      },
    ),
  );
});

test("HoC: with and without empty, unknown labels ignored, articles joined", () => {
  const [first, second] = [HOC_LABELS[0]!, HOC_LABELS[1]!];
  const score = scoreHoc([
    { id: "1", predicted: ["empty"], gold: ["empty"], article: "a" },
    { id: "2", predicted: [first, "nonsense"], gold: [first, second], article: "a" },
    { id: "3", predicted: undefined, gold: ["empty"], article: "b" },
    { id: "4", predicted: [second], gold: ["empty"], article: "b" },
  ]);
  expect(score.withEmpty).toMatchObject({ truePositives: 2, falsePositives: 1, falseNegatives: 3, f1: 0.5 });
  expect(score.withoutEmpty).toMatchObject({ truePositives: 1, falsePositives: 1, falseNegatives: 1 });
  expect(score.documents).toMatchObject({
    count: 2,
    micro: { truePositives: 1, falsePositives: 1, falseNegatives: 1 },
    macroF1: 0.1, // one of ten hallmarks right
    exampleBased: { precision: 0.5, recall: 0.25 }, // a: 1 of 1, 1 of 2; b: predicted one where gold has none
  });
  expect(scoreHoc([{ id: "1", predicted: ["empty"], gold: ["empty"] }]).documents).toBeUndefined();
});

test("answers: accuracy and macro F1; an unread answer is wrong", () => {
  const score = scoreAnswers([
    { predicted: "yes", gold: "yes" },
    { predicted: "yes", gold: "no" },
    { predicted: undefined, gold: "maybe" },
    { predicted: "no", gold: "no" },
  ]);
  expect(score.accuracy).toBe(0.5);
  expect(score.macroF1).toBeCloseTo((2 / 3 + 2 / 3 + 0) / 3, 12);
});

test("bootstrap: nothing to draw from, a constant, and a share", () => {
  expect(bootstrap([], () => 0)).toBeUndefined();
  expect(bootstrap([1, 1], (sample) => sample[0]!, { draws: 10 })).toMatchObject({ low: 1, high: 1 });
  const coins = Array.from({ length: 400 }, (_, at) => at % 2);
  const interval = bootstrap(coins, (sample) => sample.reduce((a, b) => a + b, 0) / sample.length, {
    draws: 2000,
    seed: 7,
  })!;
  expect(interval.low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
  expect(interval.high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
});
