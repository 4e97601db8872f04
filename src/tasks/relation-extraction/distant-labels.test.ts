import { expect, test } from "vitest";
import type { GoldRelations, TaskExample } from "../example.ts";
import { trainingDictionary } from "./distant-dictionary.ts";
import { findForms, goldConcepts, knownPairs, mentionTarget, namedConcepts, sentencePairs } from "./distant-labels.ts";
import { DictionaryMatcher } from "./distant-matcher.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

const cdr = RELATION_SCHEMES["chemical-disease"];
const ddi = RELATION_SCHEMES["drug-drug"];

type Mentions = NonNullable<GoldRelations["mentions"]>;

function cdrExample(
  text: string,
  mentions: Mentions,
  related: readonly [string, string][] = [],
): TaskExample<GoldRelations> {
  const relation = "chemical-induced disease";
  const relations = related.map(([headId, tailId]) => ({ head: headId, tail: tailId, relation, headId, tailId }));
  const gold: GoldRelations = { kind: "relations", relations, named: true, mentions };
  const document = { id: text, source: "-", passages: [{ kind: "abstract" as const, text }] };
  return { id: text, source: text.toLowerCase(), target: "t", document, gold };
}

function ddiExample(text: string, relations: GoldRelations["relations"]): TaskExample<GoldRelations> {
  return { ...cdrExample(text, { chemicals: [], diseases: [] }), gold: { kind: "relations", relations, named: true } };
}

const TRAIN = [
  cdrExample(
    "Sodium nitroprusside (SNP) caused low blood pressure and shock, and all had pain.",
    {
      chemicals: [
        ["sodium nitroprusside", "N"],
        ["snp", "N"],
        ["ca", "C"],
      ],
      diseases: [
        ["low blood pressure", "H"],
        ["shock", "S"],
        ["all", "L"],
      ],
    },
    [["N", "H"]],
  ),
  ...["a", "b", "c", "d"].map((name) =>
    cdrExample(`All ${name} had hypotension after dopamine.`, {
      chemicals: [["dopamine", "D"]],
      diseases: [["hypotension", "H"]],
    }),
  ),
];
const dictionary = trainingDictionary(cdr, TRAIN);
const matcher = new DictionaryMatcher(dictionary.forms.map((form) => [form.form, form] as const));
const content = (text: string): ReturnType<typeof cdr.content> =>
  cdr.content({ id: "1", passages: [{ kind: "abstract", text }] });
const named = (text: string): string[] =>
  namedConcepts(findForms(matcher, content(text).text)).map(({ role, name }) => `${role} ${name}`);

test("the dictionary has the training split's names, without the short and the unannotated", () => {
  expect(dictionary.dropped).toEqual({ short: ["ca"], unannotated: ["all"] });
  expect(dictionary.forms.filter(({ abbreviation }) => abbreviation).map(({ form }) => form)).toEqual(["snp"]);
  expect([...dictionary.known]).toEqual([["N\tH", "chemical-induced disease"]]);
});

test("a concept is written by its longest mention; an abbreviation needs one, and a part of a name is none", () => {
  expect(named("Hypotension or low blood pressure: dopamine.")).toEqual(["tail low blood pressure", "head dopamine"]);
  expect(named("Shock and an SNP of the gene.")).toEqual(["tail shock"]);
  expect(named("SNP, which is sodium nitroprusside.")).toEqual(["head sodium nitroprusside"]);
  for (const other of [
    "dopamine D2 receptors",
    "dopamine-receptor",
    "dopamine hydroxylase",
    "stroke volume in dopamine antagonists",
  ])
    expect(named(`Of ${other}.`)).toEqual([]);
  for (const same of ["dopamine increases", "dopamine release", "dopamine and receptors"])
    expect(named(`Of ${same}.`)).toEqual(["head dopamine"]);
});

test("pairs share a sentence of the original text, and those related in training are known", () => {
  const text = "Dopamine, given to E. coli, led to shock. SNP, or sodium nitroprusside, lowers pressure (hypotension).";
  const concepts = namedConcepts(findForms(matcher, content(text).text));
  const pairs = sentencePairs(cdr, concepts, dictionary, text, content(text));
  expect(pairs.map(({ head, tail, known }) => [head, tail, known])).toEqual([
    ["dopamine", "shock", false],
    ["sodium nitroprusside", "hypotension", true],
  ]);
  expect(knownPairs(cdr, concepts, dictionary).map(({ key }) => key)).toEqual(["N\tH"]);
});

test("a symmetric pair is known in both orders, written in the text's, under its most frequent label", () => {
  const relation = (head: string, tail: string, label: string) => ({ head, tail, relation: label });
  const train = [
    ddiExample("Warfarin and aspirin.", [
      relation("warfarin", "aspirin", "advise"),
      relation("aspirin", "warfarin", "effect"),
    ]),
    ddiExample("Aspirin with warfarin may lead on.", [relation("aspirin", "warfarin", "effect")]),
  ];
  const drugs = trainingDictionary(ddi, train);
  expect(drugs.forms.every(({ role, abbreviation }) => role === "head" && !abbreviation)).toBe(true);
  const found = new DictionaryMatcher(drugs.forms.map((form) => [form.form, form] as const)).find(
    "warfarin, aspirin, warfarin",
  );
  expect(knownPairs(ddi, namedConcepts(found), drugs)).toEqual([
    { head: "warfarin", tail: "aspirin", relation: "effect", key: "aspirin\twarfarin", known: true },
  ]);
});

test("names are listed by type in the order of the text", () => {
  expect(mentionTarget(cdr, goldConcepts(cdr, TRAIN[0]!))).toBe(
    "the chemicals are sodium nitroprusside; the diseases are low blood pressure, shock and all.",
  );
  expect(mentionTarget(cdr, [{ role: "tail", name: "pain" }])).toBe("the diseases are pain.");
  expect(mentionTarget(ddi, [])).toBe("");
});
