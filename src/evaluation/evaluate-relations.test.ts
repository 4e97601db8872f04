/** Scores of a user's own relations: micro counts, documents without relations, symmetry, scores by label. */
import { expect, test } from "vitest";
import type { GoldRelations, TaskExample } from "../tasks/example.ts";
import { parseRelationSchema, schemeOf } from "../tasks/relation-extraction/own-scheme.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";
import { evaluateOwnRelations } from "./evaluate-relations.ts";
import type { Answer } from "./evaluate-task.ts";
import { examineOwn } from "./report/examine-relations.ts";
import { renderRelationsReport } from "./report/report-relations.ts";

const schema = { name: "x", head: "A", tail: "B", relations: ["causes", "prevents"] };
const example = (id: string, ...relations: RelationTriple[]): TaskExample<GoldRelations> => ({
  ...{ id, source: "a b c", target: "" },
  document: { id, source: "-", passages: [{ kind: "text", text: "a b c" }] },
  gold: { kind: "relations", relations, named: true },
});
const one = (head: string, tail: string, relation: string): RelationTriple => ({ head, tail, relation });
const schemeFor = (symmetric: boolean) => schemeOf(parseRelationSchema({ ...schema, symmetric }, "s"));
const evaluate = (symmetric: boolean, answers: readonly Answer[]) =>
  evaluateOwnRelations(
    schemeFor(symmetric),
    [example("1", one("a", "b", "causes"), one("a", "c", "prevents")), example("2")],
    ({ id }) => answers[Number(id) - 1]!,
    { decoding: "test", bootstrap: { draws: 10, seed: 1 } },
  );
const score = async (symmetric: boolean, answers: readonly string[]) =>
  (
    await evaluate(
      symmetric,
      answers.map((text) => ({ text })),
    )
  ).report;

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

test("errors are those that the scores count: of a symmetric scheme the other way round is right", async () => {
  const text = "the interaction between b and a is causes; the interaction between a and z is prevents.";
  const answers = [{ text, statements: [{ text: text.split(";")[0]!, probability: 0.5 }] }, { text: "" }];
  for (const [symmetric, right, swapped, missed] of [
    [true, 1, 0, 1],
    [false, 0, 1, 2],
  ] as const) {
    const evaluation = await evaluate(symmetric, answers);
    const { counts, judged, gold } = examineOwn(schemeFor(symmetric), evaluation);
    expect(counts).toMatchObject({ right, swapped, missed, invented: 1, spurious: 0 });
    expect([judged, gold]).toEqual([[{ probability: 0.5, correct: symmetric }], 2]);
    const { precision, recall } = evaluation.report;
    expect([precision, recall]).toEqual([right / 2, right / gold]);
  }
});

test("the page shows scores by label, errors in their source, and settings; no paper, and no markup of the data", async () => {
  const evaluation = await evaluate(true, [{ text: "the interaction between b and a is causes." }, { text: "" }]);
  const page = renderRelationsReport(schemeFor(true), evaluation, { run: [["command", "<b>"]] });
  expect(page).toContain("<h1>x: test</h1>");
  expect(page).toContain("<strong>66.67</strong> micro F1");
  expect(page).toContain('<mark class="tail">a</mark> <mark class="head">b</mark> <mark class="tail">c</mark>');
  expect(page).toContain("1 missed");
  expect(page).toContain("<dt>command</dt><dd>&#60;b&#62;</dd>");
  expect(page).toContain("<dt>relations</dt><dd>causes, prevents</dd>");
  expect(page.slice(page.indexOf("<h1>"))).not.toMatch(/paper|published/); // a colour is called paper
  expect(page).not.toMatch(/https?:\/\/|<script|<link|url\(|@import/);
});
