/** Candidate relations of sentences, pooled as a document's. */
import { expect, test } from "vitest";
import { type CandidateRelation, pooledCandidates } from "./candidate-relation.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

const candidate = (head: string, tail: string, probability: number): CandidateRelation => ({
  ...{ head, tail, relation: "effect", probability },
});

test("a document's candidates are its sentences', each once, as probable as where it is most probable", () => {
  const pooled = pooledCandidates(
    [[candidate("a", "b", 0.2), candidate("c", "c", 0.9)], [candidate("B", "a", 0.4)], []],
    RELATION_SCHEMES["drug-drug"],
  );
  expect(pooled).toEqual([candidate("B", "a", 0.4)]);
});
