/** Ranked candidates judged for the calibration map: by wording for drug pairs, by concept where mentions have ids. */
import { expect, test } from "vitest";
import type { TaskData } from "../tasks/build-examples.ts";
import type { GoldRelation, TaskExample } from "../tasks/example.ts";
import type { CandidateRelation } from "../tasks/relation-extraction/candidate-relation.ts";
import { judgeCandidates } from "./candidate-relations.ts";

function exampleOf(text: string, relations: readonly GoldRelation[], mentions?: object): TaskExample {
  return {
    ...{ id: "1", source: text, target: "" },
    document: { id: "1", source: "", passages: [{ kind: "abstract", text }] },
    gold: { kind: "relations", named: true, relations, ...mentions },
  };
}

const dataOf = (task: TaskData["task"], setting: string, valid: TaskExample): TaskData => ({
  ...{ task, setting, files: [], surprises: [], withoutRelations: {} },
  splits: { valid: [valid] },
});

const candidate = (head: string, tail: string, relation: string, probability: number): CandidateRelation => ({
  ...{ head, tail, relation, probability },
});

test("drug pairs are right by their wording and label, which spacing and case do not change", () => {
  const example = exampleOf("aspirin raises drug a and warfarin", [
    { head: "aspirin", tail: "drug a", relation: "effect" },
  ]);
  const ranked = [
    candidate("Aspirin", "drug  a", "effect", 0.5),
    candidate("aspirin", "drug a", "int", 0.3),
    candidate("drug a", "warfarin", "effect", 0.1),
  ];
  expect(judgeCandidates(dataOf("ddi", "rel-is", example), [example], [ranked], [])).toEqual([
    { probability: 0.5, correct: true },
    { probability: 0.3, correct: false },
    { probability: 0.1, correct: false },
  ]);
});

test("targets of drugs are right by their wording too", () => {
  const example = exampleOf("aspirin blocks cox", [{ head: "aspirin", tail: "cox", relation: "inhibitor" }]);
  const ranked = [candidate("aspirin", "cox", "inhibitor", 0.6), candidate("cox", "aspirin", "inhibitor", 0.2)];
  expect(judgeCandidates(dataOf("kd-dti", "rel-is", example), [example], [ranked], [])).toEqual([
    { probability: 0.6, correct: true },
    { probability: 0.2, correct: false },
  ]);
});

test("two names of one concept are one candidate, as probable as the likelier", () => {
  const relation = "chemical-induced disease";
  const mentions = {
    chemicals: [
      ["iron", "C1"],
      ["ferrum", "C1"],
      ["zinc", "C2"],
    ],
    diseases: [["pain", "D1"]],
  };
  const gold = [{ head: "iron", tail: "pain", relation, headId: "C1", tailId: "D1" }];
  const example = exampleOf("iron, ferrum and zinc caused pain", gold, { mentions });
  const ranked = [
    candidate("ferrum", "pain", relation, 0.4),
    candidate("iron", "pain", relation, 0.3),
    candidate("zinc", "pain", relation, 0.2),
  ];
  expect(judgeCandidates(dataOf("bc5cdr", "rel-is", example), [example], [ranked], [])).toEqual([
    { probability: 0.4, correct: true },
    { probability: 0.2, correct: false },
  ]);
});
