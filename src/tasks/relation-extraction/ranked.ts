/**
 * Ranked decoding: the most probable single statements of a source, each with its probability, in place of one long answer.
 *
 *     </s> source prompt ─▶ beam search over "before HEAD between TAIL after [LABEL] ." ─▶ statements, best first ─▶ those that a rule keeps
 *
 * The constraint is that of grounded decoding, ended after one statement. Each token's probability is taken among the tokens allowed
 * there, so the fixed words cost nothing and all statements of a source sum to 1. A model taught to write a document's n relations in
 * any order puts about 1/n on each: what is kept is a question of a threshold, or of a share of the best statement's probability.
 *
 * Where a model reads sentences (input-unit.ts), each is such a source, which may also say nothing; a document's statements are theirs.
 *
 * Left out  statements that the search loses: with more beams fewer are lost, with as many as there are prefixes of one length none.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { generate } from "../../generation/generation.ts";
import type { Model } from "../../pretrained/model.ts";
import { groundedConstraint } from "./grounded.ts";
import { type ProbableStatement, statementKey } from "./probable-statements.ts";
import type { RelationScheme } from "./schemes.ts";
import type { SourcePlaces } from "./source-spans.ts";

export interface RankOptions {
  /** Hypotheses of the search, at least 2, and so the most statements. Default 16. */
  readonly beams?: number | undefined;
  /** Lets a source have no relation at all, which then has a share of the probability too. Default false: documents have one. */
  readonly allowEmpty?: boolean | undefined;
  /** Probability under which statements are not looked for, in [0, 1): what makes most sentences cheap. Default 0. */
  readonly least?: number | undefined;
  /** Where the source's ids stand in its text (`groundedConstraint`). */
  readonly places?: SourcePlaces | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_RANKED_BEAMS = 16;
/** Of a sentence: far under what any rule keeps, and reached by few sentences that say nothing. */
export const LEAST_OF_SENTENCE = 0.001;
/** Two arguments of 40 tokens (source-spans.ts), the fixed words and the longest label. */
const LONGEST_STATEMENT = 128;

/**
 * The likeliest statements, most probable first; two writings of one statement (spacing, case, a symmetric pair turned round) are one,
 * written as the likelier is and as probable as both together. What names the same thing twice is left out.
 *
 * @param ids       the whole prompt: `</s>`, source, learned prompt
 * @param sourceIds ids of the source alone, which the arguments come from
 * @returns an empty list for a source without a pair
 * @throws BiogptError as `groundedConstraint` and `generate` do; `aborted`
 */
export async function rankStatements(
  model: Pick<Model, "decoder" | "tokenizer">,
  ids: readonly number[],
  sourceIds: ArrayLike<number>,
  scheme: RelationScheme,
  { beams = DEFAULT_RANKED_BEAMS, allowEmpty = false, least = 0, places, signal }: RankOptions = {},
): Promise<ProbableStatement[]> {
  const { decoder, tokenizer } = model;
  const settings = {
    constraint: groundedConstraint(tokenizer, scheme, sourceIds, { statements: 1, allowEmpty, places }),
    endId: tokenizer.endId,
    maxNewTokens: LONGEST_STATEMENT,
    beams,
    returnCount: beams,
    renormalize: true,
    ...(least > 0 ? { leastScore: Math.log(least) } : {}),
    lengthPenalty: 0, // a score is then a statement's log-probability, and the search ends when no open one can reach the last kept
  };
  const [sequences = []] = await generate(decoder, [ids], settings, { signal });
  throwIfAborted(signal);
  const statements = new Map<string, ProbableStatement>();
  for (const { ids: written, score, finishReason } of sequences) {
    if (finishReason !== "stop") continue; // cut at the end of the context
    const [triple] = scheme.template.parse(tokenizer.decode(written));
    if (triple === undefined || Math.exp(score) < least) continue; // the empty answer; a last beam that nothing was to replace
    const key = statementKey(triple, scheme);
    if (key === undefined) continue;
    const likelier = statements.get(key);
    const probability = Math.min(1, Math.exp(score) + (likelier?.probability ?? 0));
    statements.set(key, { ...(likelier ?? triple), probability });
  }
  return [...statements.values()].sort((a, b) => b.probability - a.probability);
}
