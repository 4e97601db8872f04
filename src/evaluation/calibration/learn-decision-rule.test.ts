/** The learnt rule against every rule tried by the official scorer itself. */
import { describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { GoldRelation, GoldRelations, TaskExample } from "../../tasks/example.ts";
import type { CandidateRelation } from "../../tasks/relation-extraction/candidate-relation.ts";
import { type DecisionBounds, keptCount } from "../../tasks/relation-extraction/decision-rule.ts";
import { RELATION_SCHEMES } from "../../tasks/relation-extraction/schemes.ts";
import { type AnsweredExample, prefixScorer, scoreRelations } from "../scorers/score-relations.ts";
import { learnDecisionRule } from "./learn-decision-rule.ts";

const NAMES = ["a", "b", "c", "d"];

/** Documents whose gold is likelier than the rest, but not always. */
function documents(
  random: Random,
  byConcept: boolean,
): { example: TaskExample<GoldRelations>; ranked: CandidateRelation[] }[] {
  return Array.from({ length: 4 }, (_, at) => {
    const relation = byConcept ? "chemical-induced disease" : "effect";
    const pairs = NAMES.flatMap((head) =>
      NAMES.filter((tail) => tail > head).map((tail) => ({ head, tail, relation })),
    );
    random.shuffle(pairs);
    const gold: GoldRelation[] = pairs
      .slice(0, 1 + random.integer(3))
      .map((one) => ({ ...one, ...(byConcept ? { headId: `C${one.head}`, tailId: `D${one.tail}` } : {}) }));
    const ranked = pairs
      .map((one) => ({
        ...one,
        probability: random.next() * (gold.some((g) => g.head === one.head && g.tail === one.tail) ? 0.6 : 0.3),
      }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 3);
    const mentions = {
      chemicals: NAMES.map((n) => [n, `C${n}`] as const),
      diseases: NAMES.map((n) => [n, `D${n}`] as const),
    };
    const text = NAMES.join(" ");
    const example = {
      id: `${at}`,
      source: text,
      target: "",
      document: { id: `${at}`, source: "", passages: [{ kind: "abstract" as const, text }] },
      gold: { kind: "relations" as const, relations: gold, named: true, ...(byConcept ? { mentions } : {}) },
    };
    return { example, ranked };
  });
}

describe.each([true, false])("by concept: %s", (byConcept) => {
  const scheme = RELATION_SCHEMES[byConcept ? "chemical-disease" : "drug-drug"];
  const scoreOf = (answered: readonly AnsweredExample[]): number =>
    scoreRelations(
      scheme,
      answered,
      answered.map(({ example }) => example),
    ).scores.f1;

  test.each([1, 2, 3])("seed %i: no rule scores higher, and the score is the official one", (seed) => {
    const all = documents(new Random(seed), byConcept);
    const ranked = all.map((one) => one.ranked);
    const scorer = prefixScorer(
      all.map(({ example, ranked: triples }) => ({ example, triples })),
      all.map(({ example }) => example),
    );
    const official = (rule: DecisionBounds): number =>
      scoreOf(
        all.map(({ example, ranked: one }) => ({ example, triples: one.slice(0, keptCount(one, rule, { least: 1 })) })),
      );
    const learnt = learnDecisionRule(ranked, scorer);
    expect(learnt.score).toBeCloseTo(official(learnt.rule), 12);
    const thresholds = [undefined, ...ranked.flatMap((one) => one.map(({ probability }) => probability))];
    const shares = [
      undefined,
      ...ranked.flatMap((one) => one.map(({ probability }) => probability / one[0]!.probability)),
    ];
    const best = Math.max(...thresholds.flatMap((threshold) => shares.map((share) => official({ threshold, share }))));
    expect(learnt.score).toBeCloseTo(best, 12);
  });
});

test("the simpler rule and the lower bound win where the score is the same", () => {
  const candidate = (probability: number): CandidateRelation => ({ head: "a", tail: "b", relation: "r", probability });
  const ranked = [[candidate(0.4), candidate(0.1)], [candidate(0.2)]];
  expect(learnDecisionRule(ranked, ([first]) => Number(first === 2))).toEqual({ rule: { share: 0.25 }, score: 1 });
  expect(learnDecisionRule(ranked, () => 0.5).rule).toEqual({ share: 0.25 });
  expect(learnDecisionRule([[]], () => 0).rule).toEqual({ share: 1 });
});

test("of very many values about a hundred are tried of each bound", () => {
  const random = new Random(1);
  const ranked = Array.from({ length: 120 }, () =>
    [random.next(), random.next()]
      .sort((a, b) => b - a)
      .map((probability) => ({ head: "a", tail: "b", relation: "r", probability })),
  );
  let tried = 0;
  learnDecisionRule(ranked, () => ++tried);
  expect(tried).toBe(100 + 100 + 100 * 100);
});
