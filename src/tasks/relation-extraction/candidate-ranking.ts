/**
 * Ranked decoding: the most probable candidate relations of a source, each with its probability, in place of one long answer.
 *
 *     </s> source prompt ─▶ beam search over "before HEAD between TAIL after [LABEL] ." ─▶ candidates, best first ─▶ those that a rule keeps
 *
 * The constraint is that of grounded decoding, ended after one relation. Each token's probability is taken among the tokens allowed
 * there, so the fixed words cost nothing and all relations of a source sum to 1. A model taught to write a document's n relations in
 * any order puts about 1/n on each: what is kept is a question of a threshold, or of a share of the best candidate's probability.
 *
 * Where a model reads sentences (input-unit.ts), each is such a source, which may also say nothing; a document's candidates are theirs.
 *
 * Left out  candidates that the search loses: with more beams fewer are lost, with as many as there are prefixes of one length none.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { generate } from "../../generation/generation.ts";
import type { Model } from "../../pretrained/model.ts";
import { type CandidateRelation, candidateKey } from "./candidate-relation.ts";
import { groundedConstraint } from "./grounded.ts";
import type { RelationScheme } from "./schemes.ts";
import type { SourcePlaces } from "./source-spans.ts";

export interface RankOptions {
  /** Hypotheses of the search, at least 2, and so the most candidates. Default 16. */
  readonly beams?: number | undefined;
  /** Lets a source have no relation at all, which then has a share of the probability too. Default false: documents have one. */
  readonly allowEmpty?: boolean | undefined;
  /** Probability under which candidates are not looked for, in [0, 1): what makes most sentences cheap. Default 0. */
  readonly least?: number | undefined;
  /** Where the source's ids stand in its text (`groundedConstraint`). */
  readonly places?: SourcePlaces | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_RANKED_BEAMS = 16;
/** Of a sentence: far under what any rule keeps, and reached by few sentences that say nothing. */
export const LEAST_OF_SENTENCE = 0.001;
/** Two arguments of 40 tokens (source-spans.ts), the fixed words and the longest label. */
const LONGEST_RELATION = 128;

/**
 * The likeliest relations, most probable first; two writings of one relation (spacing, case, a symmetric pair turned round) are one,
 * written as the likelier is and as probable as both together. What names the same thing twice is left out.
 *
 * @param ids       the whole prompt: `</s>`, source, learned prompt
 * @param sourceIds ids of the source alone, which the arguments come from
 * @returns an empty list for a source without a pair
 * @throws BiogptError as `groundedConstraint` and `generate` do; `aborted`
 */
export async function rankCandidates(
  model: Pick<Model, "decoder" | "tokenizer">,
  ids: readonly number[],
  sourceIds: ArrayLike<number>,
  scheme: RelationScheme,
  { beams = DEFAULT_RANKED_BEAMS, allowEmpty = false, least = 0, places, signal }: RankOptions = {},
): Promise<CandidateRelation[]> {
  const { decoder, tokenizer } = model;
  const settings = {
    constraint: groundedConstraint(tokenizer, scheme, sourceIds, { statements: 1, allowEmpty, places }),
    endId: tokenizer.endId,
    maxNewTokens: LONGEST_RELATION,
    beams,
    returnCount: beams,
    renormalize: true,
    ...(least > 0 ? { leastScore: Math.log(least) } : {}),
    lengthPenalty: 0, // a score is then a relation's log-probability, and the search ends when no open one can reach the last kept
  };
  const [sequences = []] = await generate(decoder, [ids], settings, { signal });
  throwIfAborted(signal);
  const candidates = new Map<string, CandidateRelation>();
  for (const { ids: written, score, finishReason } of sequences) {
    if (finishReason !== "stop") continue; // cut at the end of the context
    const [triple] = scheme.template.parse(tokenizer.decode(written));
    if (triple === undefined || Math.exp(score) < least) continue; // the empty answer; a last beam that nothing was to replace
    const key = candidateKey(triple, scheme);
    if (key === undefined) continue;
    const likelier = candidates.get(key);
    const probability = Math.min(1, Math.exp(score) + (likelier?.probability ?? 0));
    candidates.set(key, { ...(likelier ?? triple), probability });
  }
  return [...candidates.values()].sort((a, b) => b.probability - a.probability);
}
