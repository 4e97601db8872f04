/** Scores of a user's own relations: micro counts, documents without relations, symmetry, scores by label. */
import { expect, test } from "vitest";
import type { GoldRelations, TaskExample } from "../tasks/example.ts";
import { parseRelationSchema, schemeOf } from "../tasks/relation-extraction/own-scheme.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";
import { evaluateOwnRelations } from "./evaluate-relations.ts";

const schema = { name: "x", head: "A", tail: "B", relations: ["causes", "prevents"] };
const example = (id: string, ...relations: RelationTriple[]): TaskExample<GoldRelations> => ({
  ...{ id, source: "a b c", target: "" },
  document: { id, source: "-", passages: [{ kind: "text", text: "a b c" }] },
  gold: { kind: "relations", relations, named: true },
});
const one = (head: string, tail: string, relation: string): RelationTriple => ({ head, tail, relation });
const score = (symmetric: boolean, answers: readonly string[]) =>
  evaluateOwnRelations(
    schemeOf(parseRelationSchema({ ...schema, symmetric }, "s")),
    [example("1", one("a", "b", "causes"), one("a", "c", "prevents")), example("2")],
    ({ id }) => answers[Number(id) - 1]!,
    { decoding: "test", bootstrap: { draws: 10, seed: 1 } },
  );

test("micro scores over all triples, by label, with what was invented", async () => {
  const answers = ["the interaction between b and a is causes.", "the interaction between a and z is prevents."];
  expect(await score(false, answers)).toMatchObject({ precision: 0, recall: 0, f1: 0, inventedArguments: 0.25 });
  expect(await score(true, answers)).toMatchObject({
    ...{ precision: 0.5, recall: 0.5, f1: 0.5, documents: 2, failed: 0, meanF1: 1 / 3 },
    byRelation: { causes: { f1: 1 }, prevents: { precision: 0, recall: 0, f1: 0 } },
    confidence: { draws: 10 },
  });
});

test("a document without relations is right with an empty answer", async () => {
  const answers = ["the interaction between a and b is causes; the interaction between a and c is prevents.", ""];
  expect(await score(false, answers)).toMatchObject({ precision: 1, recall: 1, f1: 1, meanF1: 1, failed: 1 });
});
