/** The decoder against a slow twin that tries every sequence of tags. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ANEW_COST, decodeTags, type WordSpan } from "./decode.ts";

const TYPES = 2;
const L = 1 + 2 * TYPES;

/** Every sequence of classes in which I-type follows B-type or I-type, with its log-probability, less what names cost that begin where one of their type ends. */
function* sequences(
  logs: readonly (readonly number[])[],
  first: ReadonlySet<number> = new Set(),
  word = 0,
  last = 0,
): Generator<{ tags: number[]; log: number }> {
  if (word === logs.length) {
    yield { tags: [], log: 0 };
    return;
  }
  for (let c = 0; c < L; c++) {
    const isContinuation = c > 0 && c % 2 === 0;
    if (isContinuation && (first.has(word) || (last !== c && last !== c - 1))) continue;
    for (const rest of sequences(logs, first, word + 1, c)) {
      const isAnew = !first.has(word) && c % 2 === 1 && (last === c || last === c + 1);
      yield { tags: [c, ...rest.tags], log: logs[word]![c]! + rest.log - (isAnew ? ANEW_COST : 0) };
    }
  }
}

function spansOf(tags: readonly number[]): string[] {
  const spans: string[] = [];
  for (const [word, tag] of tags.entries()) {
    if (tag % 2 === 0) continue;
    let end = word + 1;
    while (tags[end] === tag + 1) end++;
    spans.push(`${word} ${end} ${(tag - 1) / 2}`);
  }
  return spans;
}

const key = ({ start, end, type }: WordSpan): string => `${start} ${end} ${type}`;

const scores = fc
  .array(fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: L, maxLength: L }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((rows) =>
    rows.map((row) => {
      const sum = Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
      return row.map((value) => Math.fround(value - sum));
    }),
  );

test("the likeliest allowed sequence is found, and a name's probabilities are its shares of all allowed sequences", () => {
  fc.assert(
    fc.property(scores, fc.uniqueArray(fc.nat(4), { maxLength: 2 }), (logs, firsts) => {
      const first = new Set(firsts);
      const all = [...sequences(logs, first)];
      const total = all.reduce((sum, { log }) => sum + Math.exp(log), 0);
      const best = all.reduce((left, right) => (right.log > left.log + 1e-6 ? right : left));
      const found = decodeTags(Float32Array.from(logs.flat()), TYPES, first);
      const chosen = all.find(({ tags }) => spansOf(tags).join() === found.map(key).join());
      expect(Math.abs(chosen!.log - best.log)).toBeLessThan(1e-5);
      for (const span of found) {
        const through = all.filter(({ tags }) => spansOf(tags).includes(key(span)));
        const share = through.reduce((sum, { log }) => sum + Math.exp(log), 0) / total;
        expect(span.probability).toBeCloseTo(share, 5);
        const ofType = all.filter(
          ({ tags }) => tags[span.end - 1]! > 0 && (tags[span.end - 1]! - 1) >> 1 === span.type,
        );
        expect(span.typeProbability).toBeCloseTo(ofType.reduce((sum, { log }) => sum + Math.exp(log), 0) / total, 5);
      }
    }),
  );
});

test("no words, no names", () => {
  expect(decodeTags(new Float32Array(0), 3)).toEqual([]);
});

test("a name that nothing began is begun: I after O is not allowed", () => {
  const rows = [
    [-0.1, -0.6, -9, -9, -9],
    [-9, -1.2, -0.4, -9, -9],
  ];
  expect(decodeTags(Float32Array.from(rows.flat()), TYPES).map(key)).toEqual(["0 2 0"]);
  rows[0]![1] = -20; // to begin at the first word is out of the question
  expect(decodeTags(Float32Array.from(rows.flat()), TYPES).map(key)).toEqual(["1 2 0"]);
});

test("two names of a type that nothing parts are one, unless the tagger is sure of both; of two types they are two", () => {
  const begins = [-9, -0.3, -1.5, -9, -9];
  expect(decodeTags(Float32Array.from([...begins, ...begins]), TYPES).map(key)).toEqual(["0 2 0"]);
  const sure = [-9, -0.01, -6, -9, -9];
  expect(decodeTags(Float32Array.from([...sure, ...sure]), TYPES).map(key)).toEqual(["0 1 0", "1 2 0"]);
  const other = [-9, -9, -9, -0.3, -1.5];
  expect(decodeTags(Float32Array.from([...begins, ...other]), TYPES).map(key)).toEqual(["0 1 0", "1 2 1"]);
});

test("classes that are all but impossible leave probabilities in [0, 1]", () => {
  const rows = Array.from({ length: 60 }, (_, word) =>
    word % 3 === 0 ? [-2000, -1e-7, -900, -900, -900] : [0, -3000, -3000, -3000, -3000],
  );
  const found = decodeTags(Float32Array.from(rows.flat()), TYPES);
  expect(found).toHaveLength(20);
  for (const { probability, typeProbability } of found) {
    expect(probability).toBeCloseTo(1, 6);
    expect(typeProbability).toBeCloseTo(1, 6);
  }
});
