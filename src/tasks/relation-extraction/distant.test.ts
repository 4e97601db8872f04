/** The whole from a small corpus: which documents are taken, which pairs, and that a seed decides. */
import { expect, test } from "vitest";
import type { CorpusDocument } from "../../corpora/prepare/corpus-folder.ts";
import { Exclusions } from "../../corpora/prepare/document-filter.ts";
import { exclusionsOf } from "../distant-documents.ts";
import { type DistantOptions, distantExamples } from "./distant.ts";
import type { DictionaryForm, DistantDictionary } from "./distant-dictionary.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

const scheme = RELATION_SCHEMES["chemical-disease"];
const form = (name: string, role: "head" | "tail"): DictionaryForm => ({
  form: name,
  concept: name,
  role,
  abbreviation: false,
});
const CHEMICALS = ["aspirin", "lithium", "cocaine", "map"];
const DISEASES = ["fever", "tremor", "asthma", "pain"];
const dictionary: DistantDictionary = {
  forms: [...CHEMICALS.map((name) => form(name, "head")), ...DISEASES.map((name) => form(name, "tail"))],
  known: new Map([["lithium\ttremor", "chemical-induced disease"]]),
  dropped: { short: [], unannotated: [] },
};

async function* corpus(texts: readonly string[]): AsyncGenerator<CorpusDocument> {
  for (const [at, text] of texts.entries()) yield { id: `${at}`, text };
}

const make = (texts: readonly string[], options: Partial<DistantOptions> = {}) =>
  distantExamples(corpus(texts), {
    scheme,
    dictionary,
    evaluation: new Exclusions(),
    training: new Exclusions(),
    ...options,
  });

test("every document is an example or counted under its reason", async () => {
  const shared = "Thirteen words of this text also stand in the evaluation document of the very same task";
  const document = { id: "x", source: "-", passages: [{ kind: "abstract" as const, text: `${shared} exactly.` }] };
  const held = {
    id: "x",
    source: "",
    target: "",
    document,
    gold: { kind: "relations", relations: [], named: true },
  } as const;
  const texts = [
    `Lithium gave tremor ${"and more ".repeat(300)}.`, //   tooLong
    "Aspirin only.", //                                     nothingNamed
    `${shared}: aspirin and fever.`, //                     evaluation
    "By its id: aspirin and fever.", //                     training
    "Aspirin was given. Fever went.", //                    noPair
    "Lithium gave Tremor. Aspirin for Fever.",
  ];
  const training = new Exclusions();
  training.ids.add("3");
  const { examples, summary } = await make(texts, { evaluation: exclusionsOf([held]), training });
  expect(summary.leftOut).toEqual({
    tooLong: 1,
    nothingNamed: 1,
    evaluation: 1,
    training: 1,
    noPair: 1,
    pairsFull: 0,
    notDrawn: 0,
  });
  expect(summary.documents).toBe(6);
  expect(summary.pairs).toEqual({ known: 1, inSentence: 1, different: 2 });
  expect(examples).toEqual([
    {
      id: "5",
      source: "lithium gave tremor. aspirin for fever.",
      target: "the relation between lithium and tremor exists; the relation between aspirin and fever exists.",
    },
  ]);
  expect((await make(texts, { pairs: "known" })).examples.map(({ id }) => id)).toEqual(["5"]);
  expect((await make(texts.slice(0, 1), { maxWords: 1000 })).examples.length).toBe(1);
});

test("a pair has its documents and a target its pairs, and the rest is said", async () => {
  const texts = Array.from({ length: 30 }, (_, at) => `Cocaine gave asthma in case ${at}.`);
  const capped = await make([...texts, "Aspirin for fever, tremor or pain."], { mostPerPair: 4, mostPairs: 2 });
  expect(capped.examples.length).toBe(5);
  expect(capped.summary.leftOut.pairsFull).toBe(26);
  expect(scheme.template.parse(capped.examples.find(({ id }) => id === "30")!.target).length).toBe(2);
});

test("the seed decides which documents are drawn, from the whole corpus", async () => {
  const texts = Array.from({ length: 200 }, (_, at) => `${CHEMICALS[at % 3]} and ${DISEASES[at % 4]}, case ${at}.`);
  const drawn = async (seed: number): Promise<number[]> => {
    const { examples, summary } = await make(texts, { limit: 12, seed, mostPerPair: 100 });
    expect(summary.leftOut.notDrawn).toBe(188);
    return examples.map(({ id }) => Number(id));
  };
  const first = await drawn(1);
  expect(await drawn(1)).toEqual(first);
  expect(await drawn(2)).not.toEqual(first);
  expect(Math.min(...first)).toBeLessThan(60);
  expect(Math.max(...first)).toBeGreaterThan(140); // not the first ones, and not only those after the pool was full
});

test("a form of three letters in many documents is a common word", async () => {
  const texts = Array.from({ length: 10 }, (_, at) => `The map of pain ${at}.`);
  const { summary, examples } = await make([...texts, "Lithium and pain."]);
  expect(summary.dictionary.dropped.common).toEqual(["map"]);
  expect([examples.map(({ id }) => id), summary.leftOut.noPair]).toEqual([["10"], 10]);
});

test("targets of mentions list what both types name; a fired signal stops", async () => {
  const { examples } = await make(["Tremor under lithium. Fever: aspirin, lithium.", "Pain."], { targets: "mentions" });
  expect(examples.map(({ target }) => target)).toEqual([
    "the chemicals are lithium and aspirin; the diseases are tremor and fever.",
  ]);
  await expect(make(["Pain."], { signal: AbortSignal.abort() })).rejects.toThrow("stopped");
});
