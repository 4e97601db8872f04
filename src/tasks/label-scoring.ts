/**
 * Choosing among given answers by their likelihood, in place of generating one: nothing can fail to parse, and every answer has a probability.
 *
 *     fine-tuned   log p( target </s> | </s> source prompt )                       the model's own learned tokens as prompt
 *     zero-shot    log p( target | </s> source ) - log p( target | </s> )          a base model; the target's words are the prompt
 *
 * The first is what the original could have done and did not. The second takes away how likely the words are by themselves
 * (Holtzman et al., 2021, arXiv:2104.08315), without which a base model gives every question the same, most frequent word.
 *
 * Units    log-likelihoods in nats, summed over the target's tokens; probabilities are shares among the given targets alone
 * Left out hypotheses outside the list, and length normalisation: see evaluation/benchmarks for answers of unequal length
 */
import { BiogptError, present } from "../base/errors.ts";
import type { CachedModel, ContinuationRun } from "../generation/generation.ts";
import { scoreContinuations } from "../generation/generation.ts";
import { promptBegin, type Tokenizer, textBegin } from "../tokenizers/tokenizer.ts";
import { isFineTuned, type NamedModel } from "./fine-tuned.ts";
import { ellipsisOf, promptSequence, truncateSource } from "./sequence.ts";

/** What label scoring needs of a model; `Model` has it. */
export interface LabelModel extends NamedModel {
  readonly decoder: CachedModel;
  readonly tokenizer: Tokenizer;
}

export type LabelMode = "fine-tuned" | "zero-shot";

export interface CandidateScore {
  /** Sum over the candidate's tokens given the prefix, nats; an upper bound where it is not complete. */
  readonly logLikelihood: number;
  readonly tokens: number;
  /** False where a tolerance let its end go uncomputed. */
  readonly complete: boolean;
}

/**
 * Log-likelihood of each candidate after the same prefix. The prefix, and what any candidates begin with in common, is computed once.
 *
 * @param prefix     ids, `</s>` first
 * @param candidates ids, each at least one
 * @param options    with a tolerance, unlikely candidates get an upper bound; default: every score is exact
 * @throws BiogptError `tasks/no-candidates`; `generation/...` when a sequence is longer than the model's context
 */
export async function scoreCandidates(
  decoder: CachedModel,
  prefix: readonly number[],
  candidates: readonly (readonly number[])[],
  options: ContinuationRun = {},
): Promise<CandidateScore[]> {
  if (candidates.length === 0 || candidates.some((ids) => ids.length === 0)) {
    throw new BiogptError("tasks/no-candidates", {
      what: candidates.length === 0 ? "There is no answer to choose." : "One of the answers to choose from is empty.",
      fix: "Give each answer at least one token.",
    });
  }
  const scored = await scoreContinuations(decoder, prefix, candidates, options);
  return scored.map(({ logLikelihood, complete }, at) => ({ logLikelihood, tokens: candidates[at]!.length, complete }));
}

/** exp of each, divided by their sum. */
export function softmax(logs: readonly number[]): number[] {
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

export interface LabelTarget<L> {
  readonly label: L;
  /** The sentence that a fine-tuned model would write for it. */
  readonly target: string;
}

export interface LabelScore<L> extends CandidateScore {
  readonly label: L;
  /** Zero-shot: log-likelihood of the target without a source, which is taken off. */
  readonly prior?: number;
  /** In [0, 1]; those of all labels sum to 1. 0 where the score is not complete. */
  readonly probability: number;
}

export interface LabelScores<L> {
  readonly mode: LabelMode;
  /** Most probable first; equals in the order of the targets. */
  readonly scores: readonly LabelScore<L>[];
  /** The source did not fit and lost its end. */
  readonly sourceCut: boolean;
}

export interface LabelScorerOptions {
  /** S of the recipe: longer sources are cut. A model with too few positions cuts earlier. */
  readonly maxSourceTokens: number;
  /** Default: fine-tuned where the model was (fine-tuned.ts). */
  readonly mode?: LabelMode | undefined;
  /** Zero-shot: take the prior off. Default true. */
  readonly correctPrior?: boolean | undefined;
  /**
   * Fine-tuned: how far a probability may be off because unlikely targets were not computed to their ends, in [0, 1). Default 0: all are. No effect
   * zero-shot, where an unlikely target can still have the best score once its prior is taken off.
   */
  readonly tolerance?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a model is asked where nothing is said: fine-tuned if it was, else zero-shot. */
export function usualMode(model: LabelModel): LabelMode {
  return isFineTuned(model) ? "fine-tuned" : "zero-shot";
}

/**
 * A function from source to label scores.
 *
 * @throws BiogptError `tasks/not-fine-tuned` for mode "fine-tuned" with a model that was not; `tasks/no-effect`;
 *         `tasks/no-candidates`; `tasks/no-room` when the targets leave no position for a source
 */
export function labelScorer<L>(
  model: LabelModel,
  targets: readonly LabelTarget<L>[],
  { maxSourceTokens, mode: wanted, correctPrior, tolerance, signal }: LabelScorerOptions,
): (source: string) => Promise<LabelScores<L>> {
  const { name, decoder, tokenizer } = model;
  const mode = wanted ?? usualMode(model);
  if (mode === "fine-tuned" && !isFineTuned(model)) {
    throw new BiogptError("tasks/not-fine-tuned", {
      what: `${name} has no learned prompt tokens, so it was not fine-tuned on a task.`,
      fix: "Use a fine-tuned model, or score zero-shot.",
    });
  }
  if (mode === "fine-tuned" && correctPrior !== undefined) {
    throw new BiogptError("tasks/no-effect", {
      what: "A fine-tuned model's answers have no prior taken off, nor any to be left on.",
      why: "It has learnt how frequent they are.",
      fix: "Leave the correction out, or score zero-shot.",
    });
  }
  const prompt = mode === "fine-tuned" ? [...tokenizer.learnedIds] : [];
  const end = mode === "fine-tuned" ? [tokenizer.endId] : [];
  const candidates = targets.map(({ target }) => [...tokenizer.encode(target), ...end]);
  const longest = Math.max(0, ...candidates.map((ids) => ids.length));
  const room = decoder.maxLength - prompt.length - longest; // a last token is only predicted, so `</s>` is paid for
  if (room < 1) {
    throw new BiogptError("tasks/no-room", {
      what: `The longest answer has ${longest} tokens and ${name} only ${decoder.maxLength} positions.`,
      fix: "Shorten the answers, or use a model with a longer context.",
    });
  }
  const most = Math.min(maxSourceTokens, room);
  const ellipsisId = ellipsisOf(tokenizer);
  const begin = promptBegin(tokenizer);
  let priors: Promise<CandidateScore[]> | undefined;
  return async (source) => {
    const ids = tokenizer.encode(source);
    const kept = truncateSource(ids, most, ellipsisId);
    const prefix = [...begin, ...promptSequence(kept, { ids: prompt })];
    if (mode === "zero-shot" && correctPrior !== false) {
      priors ??= scoreCandidates(decoder, textBegin(tokenizer), candidates, { signal });
    }
    const prior = await priors;
    const run = mode === "fine-tuned" ? { signal, tolerance } : { signal };
    const scored = await scoreCandidates(decoder, prefix, candidates, run);
    const shares = softmax(
      scored.map(({ logLikelihood, complete }, at) =>
        complete ? logLikelihood - (prior?.[at]?.logLikelihood ?? 0) : Number.NEGATIVE_INFINITY,
      ),
    );
    const scores = scored.map((candidate, at) => ({
      label: present(targets[at], "a target").label,
      ...candidate,
      ...(prior === undefined ? {} : { prior: prior[at]!.logLikelihood }),
      probability: shares[at]!,
    }));
    return {
      mode,
      scores: scores.sort((a, b) => b.probability - a.probability),
      sourceCut: kept.length < ids.length,
    };
  };
}
