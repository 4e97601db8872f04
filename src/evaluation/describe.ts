/**
 * How varied, repetitive and likely written texts are; two models' texts side by side.
 *
 * - distinct-n       different n-grams of words as a share of all, over all texts (Li et al., 2016, arXiv:1510.03055)
 * - repetition       share of a text's 4-grams that it has had before, mean over texts (rep-4 of Welleck et al., 2019, arXiv:1908.04319)
 * - perplexity       under a second model, since a model finds its own beams likely; bits per character compare between vocabularies
 *
 * None of them says whether a text is true.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import type { Document } from "../corpora/document.ts";
import {
  type DescribeOptions,
  type DescribingModel,
  type Description,
  describeTerms,
} from "../tasks/description/describe.ts";
import type { LabelModel } from "../tasks/label-scoring.ts";
import { perplexityOf } from "./benchmarks/perplexity.ts";
import { mean, ratio } from "./scorers/counts.ts";

export interface TextQuality {
  readonly texts: number;
  /** Of the texts, mean. */
  readonly words: number;
  /** Shares in [0, 1]; of no n-grams 0. */
  readonly distinct: { readonly 1: number; readonly 2: number; readonly 3: number };
  /** In [0, 1]. */
  readonly repetition: number;
}

/** Words as letters and digits, and marks one by one; lower-cased, so that a sentence's beginning makes no new word. */
function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

function ngrams(list: readonly string[], n: number): string[] {
  return Array.from({ length: Math.max(0, list.length - n + 1) }, (_, at) => list.slice(at, at + n).join("\u0000"));
}

export function distinct(texts: readonly string[], n: number): number {
  const all = texts.flatMap((text) => ngrams(words(text), n));
  return ratio(new Set(all).size, all.length);
}

export function repetition(text: string): number {
  const all = ngrams(words(text), 4);
  return all.length === 0 ? 0 : 1 - new Set(all).size / all.length;
}

export function textQuality(texts: readonly string[]): TextQuality {
  return {
    texts: texts.length,
    words: mean(texts.map((text) => words(text).length)),
    distinct: { 1: distinct(texts, 1), 2: distinct(texts, 2), 3: distinct(texts, 3) },
    repetition: mean(texts.map(repetition)),
  };
}

export interface DescribedBy extends TextQuality {
  readonly model: string;
  readonly modelHash: string;
  readonly descriptions: readonly Description[];
  /** Terms without a whole sentence. */
  readonly unfinished: number;
  /** Under the other model; null without a text. */
  readonly judged: { readonly by: string; readonly perplexity: number; readonly bitsPerCharacter: number } | null;
}

export interface DescriptionComparison {
  readonly terms: readonly string[];
  readonly models: readonly [DescribedBy, DescribedBy];
}

export interface ComparedModel extends LabelModel, DescribingModel {
  readonly hash: string;
  readonly tokenizer: LabelModel["tokenizer"];
}

/** Both models describe the terms; each one's texts are judged by the other. */
export async function compareDescriptions(
  models: readonly [ComparedModel, ComparedModel],
  terms: readonly string[],
  options: DescribeOptions = {},
): Promise<DescriptionComparison> {
  const described: Description[][] = [];
  for (const model of models) {
    throwIfAborted(options.signal);
    described.push(await describeTerms(model, terms, options));
  }
  const one = async (at: 0 | 1): Promise<DescribedBy> => {
    const [model, judge] = [models[at], models[at === 0 ? 1 : 0]];
    const descriptions = described[at]!;
    const texts = descriptions.flatMap(({ text }) => (text === null ? [] : [text]));
    return {
      model: model.name,
      modelHash: model.hash,
      descriptions,
      unfinished: descriptions.length - texts.length,
      ...textQuality(texts),
      judged: texts.length === 0 ? null : await judgedBy(judge, texts, options.signal),
    };
  };
  return { terms, models: [await one(0), await one(1)] };
}

async function judgedBy(
  judge: ComparedModel,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NonNullable<DescribedBy["judged"]>> {
  const documents = texts.map(
    (text, at): Document => ({ id: `${at}`, source: "-", passages: [{ kind: "text", text }] }),
  );
  const { perplexity, bitsPerCharacter } = await perplexityOf(judge, documents, {
    signal,
    end: false,
    bootstrap: { draws: 0 },
  });
  return { by: judge.name, perplexity, bitsPerCharacter };
}
