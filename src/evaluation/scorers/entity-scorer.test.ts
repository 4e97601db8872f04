import fc from "fast-check";
import { expect, test } from "vitest";
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { scoreEntities } from "./entity-scorer.ts";

function mention(start: number, end: number, type = "Gene", passage = 0): Mention {
  return { passage, start, end, text: "x".repeat(end - start), type, ids: [] };
}

test("start, end, passage and type must all be right; other types are passed over", () => {
  const gold = [
    { mentions: [mention(0, 4), mention(6, 9), mention(0, 4, "Disease", 1), mention(3, 5, "Species")] },
    { mentions: [] },
  ];
  const found = [
    [mention(0, 4), mention(6, 10), mention(0, 4, "Gene", 1), mention(0, 4, "Disease", 1), mention(3, 5, "Species")],
    [mention(1, 2)],
  ];
  const { all, byType, documents } = scoreEntities(gold, found, ["Gene", "Disease"]);
  expect(byType["Gene"]).toMatchObject({
    truePositives: 1,
    falsePositives: 3,
    falseNegatives: 1,
    precision: 0.25,
    recall: 0.5,
  });
  expect(byType["Disease"]).toMatchObject({ f1: 1 });
  expect(all).toMatchObject({ truePositives: 2, falsePositives: 3, falseNegatives: 1 });
  expect(documents.map(({ falsePositives }) => falsePositives)).toEqual([2, 1]);
});

test("an alternative stands for a gold mention that it overlaps, once", () => {
  const gold = [
    { mentions: [mention(10, 30), mention(40, 50)], alternatives: [mention(10, 20), mention(20, 30), mention(60, 70)] },
  ];
  const count = (...found: Mention[]): number[] => {
    const { truePositives, falsePositives, falseNegatives } = scoreEntities(gold, [found], ["Gene"]).all;
    return [truePositives, falsePositives, falseNegatives];
  };
  expect(count(mention(10, 20))).toEqual([1, 0, 1]);
  expect(count(mention(10, 20), mention(20, 30))).toEqual([1, 1, 1]); // two names for one
  expect(count(mention(10, 30), mention(10, 20))).toEqual([1, 1, 1]); // the gold one was found
  expect(count(mention(60, 70))).toEqual([0, 1, 2]); //                  overlaps none
  expect(count(mention(12, 20))).toEqual([0, 1, 2]); //                  is not listed
});

const spans = fc.uniqueArray(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 })), {
  selector: ([a, b]) => `${a} ${b}`,
  maxLength: 6,
});

test("without alternatives it is the size of the two sets and of what they share", () => {
  fc.assert(
    fc.property(spans, spans, (left, right) => {
      const [gold, found] = [left, right].map((list) => list.map(([start, length]) => mention(start, start + length)));
      const shared = left.filter(([a, b]) => right.some(([c, d]) => a === c && b === d)).length;
      expect(scoreEntities([{ mentions: gold! }], [found!], ["Gene"]).all).toMatchObject({
        truePositives: shared,
        falsePositives: right.length - shared,
        falseNegatives: left.length - shared,
      });
    }),
  );
});
