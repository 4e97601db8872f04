/**
 * Descriptions of terms, as in the paper's case study of generation: beam search from several prompts, the best text kept.
 *
 *     term ─▶ prompts ─▶ beams, no n-gram twice ─▶ whole sentences ─▶ the text of the highest mean log-probability
 *
 * Adds to the paper what its shown texts lack: several prompts, and an end at a sentence's end. Left out: any check of what
 * is said. The paper's own examples hold errors of fact; whoever shows a description says that a model wrote it.
 */
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { splitSentences } from "../../corpora/sentences.ts";
import type { Generation, Model } from "../../pretrained/model.ts";
import { descriptionPrompts, type TermKind } from "./prompts.ts";

/** To be shown with every description. */
export const DESCRIPTION_WARNING =
  "A language model wrote this from memory. It can be wrong in every point; check it against a source.";

export interface DescribeOptions {
  /** Chooses the prompts. Default: prompts that fit anything. */
  readonly kind?: TermKind | undefined;
  /** Hypotheses of the search. Default 5, as in the paper; 1 is greedy. */
  readonly beams?: number | undefined;
  /** Most generated tokens of a text. Default 100. */
  readonly maxNewTokens?: number | undefined;
  /** No sequence of this many tokens twice, the prompt counted. Default 3; 0 turns it off. */
  readonly blockRepeatedNgrams?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export interface DescriptionCandidate {
  readonly prompt: string;
  /** Whole sentences, the prompt included; null where no sentence came to its end. */
  readonly text: string | null;
  /** Mean log-probability of the kept generated tokens, nats; null with the text. */
  readonly score: number | null;
  /** Generated tokens that the text keeps. */
  readonly tokens: number;
}

export interface Description {
  readonly term: string;
  readonly kind: TermKind | null;
  /** The best candidate's; null where none has a whole sentence. */
  readonly text: string | null;
  readonly score: number | null;
  /** Best first, those without a text last. */
  readonly candidates: readonly DescriptionCandidate[];
}

export type DescribingModel = Pick<Model, "generate" | "tokenizer">;

/** @throws BiogptError `tasks/term`, `tasks/term-kind`, `generation/...`, `aborted` */
export async function describeTerms(
  model: DescribingModel,
  terms: readonly string[],
  options: DescribeOptions = {},
): Promise<Description[]> {
  const { kind, beams = 5, maxNewTokens = 100, blockRepeatedNgrams = 3, signal, progress } = options;
  const prompts = terms.map((term) => descriptionPrompts(term, kind));
  throwIfAborted(signal);
  const generated = await model.generate(prompts.flat(), {
    maxNewTokens,
    noRepeatNGram: blockRepeatedNgrams,
    ...(beams > 1 ? { beams } : {}),
    signal,
    progress,
  });
  if (signal?.aborted) throw abortedError(signal);
  let next = 0;
  return terms.map((term, at) => {
    const candidates = prompts[at]!.map((prompt) => candidateOf(prompt, generated[next++]![0]!, model));
    candidates.sort((a, b) => (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY));
    const { text, score } = candidates[0]!;
    return { term: term.trim(), kind: kind ?? null, text, score, candidates };
  });
}

function candidateOf(prompt: string, answer: Generation, { tokenizer }: DescribingModel): DescriptionCandidate {
  const between = /^(?:[,.;:!?)%\]]|-[\p{L}\p{N}])/u.test(answer.text) || answer.text === "" ? "" : " ";
  const whole = `${prompt}${between}${answer.text}`;
  const text = wholeSentences(whole);
  const keptLength = text.length - prompt.length - between.length;
  if (text === "" || keptLength <= 0) return { prompt, text: null, score: null, tokens: 0 };
  const kept = whole.slice(prompt.length + between.length, text.length);
  const tokens = tokensOf(kept, answer.ids, (ids) => tokenizer.decode(ids));
  const sum = answer.logProbabilities.slice(0, tokens).reduce((total, value) => total + value, 0);
  return { prompt, text, score: sum / tokens, tokens };
}

/** The text up to the end of its last whole sentence; empty where there is none. */
export function wholeSentences(text: string): string {
  const last = splitSentences(text).findLast(({ start, end }) => /[.!?]["'”’)\]]*$/.test(text.slice(start, end)));
  return last === undefined ? "" : text.slice(0, last.end);
}

/** How many of the ids write the text: the first so many whose text is as long, white space aside. */
function tokensOf(text: string, ids: readonly number[], decode: (ids: readonly number[]) => string): number {
  const wanted = text.replace(/\s+/g, "").length;
  for (let count = 1; count < ids.length; count++) {
    if (decode(ids.slice(0, count)).replace(/\s+/g, "").length >= wanted) return count;
  }
  return Math.max(1, ids.length);
}
