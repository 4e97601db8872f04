/**
 * Perplexity of documents under a model, and bits per character, which compare between vocabularies.
 *
 * Every token but those of `</s>` at the beginning is predicted once. A document longer than the model's positions is read in windows that
 * overlap by half, and a token is predicted in the first window that holds it, so it never has less than half a window before it.
 *
 * Units    nats for log-likelihoods; characters are Unicode code points of the text as given
 */

import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { type Document, joinedText } from "../../corpora/document.ts";
import { score } from "../../generation/generation.ts";
import type { LabelModel } from "../../tasks/label-scoring.ts";
import { textBegin } from "../../tokenizers/tokenizer.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "../scorers/bootstrap.ts";

export interface PerplexityOptions {
  /** Predict the `</s>` after each document too. Default true: the model was trained on it. */
  readonly end?: boolean;
  /** Stop after this many documents. */
  readonly limit?: number | undefined;
  /** Documents in work at once. Default 8. */
  readonly concurrency?: number;
  readonly bootstrap?: BootstrapOptions;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export interface PerplexityReport {
  readonly benchmark: "perplexity";
  readonly documents: number;
  readonly tokens: number;
  readonly characters: number;
  /** Nats. */
  readonly logLikelihood: number;
  /** exp of the mean negative log-likelihood of a token; not comparable between vocabularies. */
  readonly perplexity: number;
  readonly bitsPerCharacter: number;
  /** Of bits per character, documents drawn with replacement. */
  readonly confidence: ConfidenceInterval | null;
  /** Documents read in more than one window. */
  readonly windowed: number;
  /** Tokens that the vocabulary does not have; their prediction as `<unk>` is counted and flatters. */
  readonly unknownTokens: number;
  readonly seconds: number;
}

interface Measured {
  readonly logLikelihood: number;
  readonly tokens: number;
  readonly characters: number;
  readonly windowed: boolean;
  readonly unknown: number;
}

/** @throws BiogptError `evaluation/no-documents` when there is no text */
export async function perplexityOf(
  model: LabelModel,
  documents: AsyncIterable<Document> | Iterable<Document>,
  options: PerplexityOptions = {},
): Promise<PerplexityReport> {
  const { end = true, limit = Number.POSITIVE_INFINITY, concurrency = 8, signal, progress } = options;
  const started = performance.now();
  const measured: Measured[] = [];
  const running: Promise<Measured>[] = [];
  const finishOne = async (): Promise<void> => {
    measured.push(await running.shift()!);
    progress?.({ activity: "measuring perplexity", done: measured.length, unit: "documents" });
  };
  let count = 0;
  for await (const document of documents) {
    throwIfAborted(signal);
    const text = joinedText(document);
    if (text.trim() === "") continue;
    const work = measure(model, text, end, signal);
    work.catch(() => {}); // awaited below, in order
    running.push(work);
    if (++count >= limit) break;
    if (running.length >= concurrency) await finishOne();
  }
  while (running.length > 0) await finishOne();
  if (measured.length === 0) {
    throw new BiogptError("evaluation/no-documents", {
      what: "There is no text to measure.",
      fix: "Name files with documents, or lines of text.",
    });
  }
  const total = (sample: readonly Measured[], of: (item: Measured) => number): number =>
    sample.reduce((sum, item) => sum + of(item), 0);
  const [tokens, characters] = [total(measured, (item) => item.tokens), total(measured, (item) => item.characters)];
  const bits = (sample: readonly Measured[]): number =>
    -total(sample, (item) => item.logLikelihood) / Math.LN2 / total(sample, (item) => item.characters);
  const logLikelihood = total(measured, (item) => item.logLikelihood);
  return {
    benchmark: "perplexity",
    documents: measured.length,
    tokens,
    characters,
    logLikelihood,
    perplexity: Math.exp(-logLikelihood / tokens),
    bitsPerCharacter: bits(measured),
    confidence: bootstrap(measured, bits, options.bootstrap) ?? null,
    windowed: measured.filter(({ windowed }) => windowed).length,
    unknownTokens: total(measured, (item) => item.unknown),
    seconds: (performance.now() - started) / 1000,
  };
}

async function measure(
  { decoder, tokenizer }: LabelModel,
  text: string,
  end: boolean,
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const ids = [...textBegin(tokenizer), ...tokenizer.encode(text), ...(end ? [tokenizer.endId] : [])];
  const widest = decoder.maxLength + 1; // the last token is only predicted
  let logLikelihood = 0;
  let scored = 1;
  let start = 0;
  while (scored < ids.length) {
    const stop = Math.min(ids.length, start + widest);
    const [result] = await score(decoder, [ids.slice(start, stop)], { from: scored - start, signal });
    logLikelihood += result!.logLikelihood;
    scored = stop;
    start = stop - Math.ceil(widest / 2);
  }
  return {
    logLikelihood,
    tokens: ids.length - 1,
    characters: [...text].length,
    windowed: ids.length > widest,
    unknown: ids.filter((id) => id === tokenizer.unknownId).length,
  };
}
