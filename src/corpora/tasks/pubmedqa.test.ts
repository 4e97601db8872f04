/** Wanted values: the spec, section 4.6; PMIDs and random numbers from CPython 3.11 running the authors' split procedure. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { PythonRandom } from "./mersenne-twister.ts";
import { readPubMedQa, readPubMedQaJson, splitPubMedQa } from "./pubmedqa.ts";

const DATA = "../shared/data/tasks/PubMedQA";
const withData = test.skipIf(!existsSync(DATA));

withData("the public split, test order and fold 0 included", () => {
  const { splits, surprises } = readPubMedQa(DATA);
  expect(surprises).toEqual([]); // test PMIDs, order and labels are those of test_ground_truth.json
  const ids = (documents: readonly { id: string }[]): string[] => documents.slice(0, 5).map(({ id }) => id);
  expect(ids(splits.test)).toEqual(["12377809", "26163474", "19100463", "18537964", "12913878"]);
  expect(ids(splits.valid)).toEqual(["15879722", "12607666", "17593459", "11882828", "23588461"]);
  expect(ids(splits.train)).toEqual(["18251357", "17606778", "19504993", "19931500", "23222920"]);
  const labels = [splits.train, splits.valid, splits.test].map((documents) =>
    ["yes", "no", "maybe"].map((label) => documents.filter(({ answer }) => answer === label).length),
  );
  expect(labels).toEqual([
    [249, 152, 49],
    [27, 17, 6],
    [276, 169, 55],
  ]);
  expect(() => readPubMedQa(DATA, { fold: 10 })).toThrow("There is no fold 10");
});

test("random numbers of Python's random.seed(0)", () => {
  const random = new PythonRandom(0);
  expect([random.bits(32), random.bits(32), random.bits(32)]).toEqual([3626764237, 1654615998, 3255389356]);
  const items = Array.from({ length: 10 }, (_, i) => i);
  new PythonRandom(0).shuffle(items);
  expect(items).toEqual([7, 8, 1, 5, 3, 4, 2, 0, 9, 6]); // random.seed(0); random.shuffle(list(range(10)))
});

test("an answer outside the three is refused", () => {
  const record = { QUESTION: "q", CONTEXTS: ["c"], LABELS: ["A"], LONG_ANSWER: "l", final_decision: "perhaps" };
  expect(() => readPubMedQaJson(JSON.stringify({ 1: record }), "f")).toThrow('question 1: the answer "perhaps"');
});

test("a file of fewer questions than folds is split, and each question is in one part", () => {
  const record = { QUESTION: "q", CONTEXTS: ["c"], LABELS: ["A"], LONG_ANSWER: "l" };
  for (const count of [1, 3, 24]) {
    const records = Array.from({ length: count }, (_, at) => [
      at,
      { ...record, final_decision: at % 3 ? "no" : "yes" },
    ]);
    const documents = readPubMedQaJson(JSON.stringify(Object.fromEntries(records)), "f");
    const { train, valid, test: held } = splitPubMedQa(documents, 0);
    const ids = [...train, ...valid, ...held].map(({ id }) => Number(id));
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at));
  }
});
