import { expect, test } from "vitest";
import type { GoldRelation } from "../example.ts";
import { RELATION_SCHEMES } from "./schemes.ts";
import { sentenceExamples } from "./sentence-examples.ts";

const scheme = RELATION_SCHEMES["drug-drug"];
const text = "Aspirin may raise warfarin levels. Take care. Avoid Aspirin with warfarin.";
const effect: GoldRelation = { head: "aspirin", tail: "warfarin", relation: "mechanism" };
const example = (relations: readonly GoldRelation[]) => ({
  id: "d",
  document: { id: "d", source: "", passages: [{ kind: "abstract" as const, text }] },
  gold: { kind: "relations" as const, named: true, relations },
});
const target = "the interaction between aspirin and warfarin is mechanism.";

test("a relation goes to every sentence that names both, where the corpus does not say which; the others have none", () => {
  const sentences = sentenceExamples(example([effect]), scheme);
  expect(sentences).toEqual([
    { id: "d, sentence 1", source: "aspirin may raise warfarin levels.", target },
    { id: "d, sentence 2", source: "take care.", target: "" },
    { id: "d, sentence 3", source: "avoid aspirin with warfarin.", target },
  ]);
});

test("it goes to the sentences that the corpus says", () => {
  const said = { ...effect, sentences: [{ passage: 0, start: 46, end: text.length }] };
  expect(sentenceExamples(example([said]), scheme).map((sentence) => sentence.target)).toEqual(["", "", target]);
});

test("relations keep the order of the gold; without names, or with one that is not in the sentence, there is none", () => {
  const turned = { head: "warfarin", tail: "aspirin", relation: "advise" };
  const elsewhere = { head: "aspirin", tail: "lithium", relation: "int" };
  const unnamed = { head: "aspirin", tail: "", relation: "int" };
  const [first] = sentenceExamples(example([turned, elsewhere, unnamed, effect]), scheme);
  expect(first!.target).toBe(
    "the interaction between warfarin and aspirin is advise; the interaction between aspirin and warfarin is mechanism.",
  );
});

test("a concept goes by any of its names: the sentence's own longest is written", () => {
  const disease = RELATION_SCHEMES["chemical-disease"];
  const relation = { head: "cyclophosphamide", tail: "hemorrhagic cystitis", relation: "chemical-induced disease" };
  const abstract = "HC (hemorrhagic cystitis) followed cyclophosphamide. CP caused HC. Both are known.";
  const sentences = sentenceExamples(
    {
      id: "d",
      document: { id: "d", source: "", passages: [{ kind: "abstract", text: abstract }] },
      gold: {
        ...{ kind: "relations", named: true, relations: [{ ...relation, headId: "C", tailId: "D" }] },
        mentions: {
          chemicals: [
            ["cyclophosphamide", "C"],
            ["cp", "C"],
          ],
          diseases: [
            ["hc", "D"],
            ["hemorrhagic cystitis", "D"],
          ],
        },
      },
    },
    disease,
  );
  expect(sentences.map((sentence) => sentence.target)).toEqual([
    "the relation between cyclophosphamide and hemorrhagic cystitis exists.",
    "the relation between cp and hc exists.",
    "",
  ]);
});

test("KD-DTI writes names as DrugBank does: either part counts, and what no sentence names leaves no sentence empty", () => {
  const target = RELATION_SCHEMES["drug-target"];
  const passages = [{ kind: "abstract" as const, text: "Abc blocks JAK-3. It is safe." }];
  const of = (relations: readonly GoldRelation[]) =>
    sentenceExamples(
      { id: "d", document: { id: "d", source: "", passages }, gold: { kind: "relations", named: true, relations } },
      target,
    ).map((sentence) => sentence.target);
  const written = { head: "abc", tail: "janus kinase 3 (jak-3)", relation: "inhibitor" };
  const sentence = "the interaction between abc and jak-3 is inhibitor.";
  expect(of([written])).toEqual([sentence, ""]);
  expect(of([written, { ...written, tail: "cyclooxygenase" }])).toEqual([sentence]);
});
