/**
 * From the ids of source and target to the sequence a model is trained on, exactly as BioGPT's fairseq task builds it.
 *
 *     default  </s> source  prompt  target </s>          prefix  </s> prompt  source  <seqsep>  target </s>
 *
 * A family with another begin token has it in place of the first `</s>`; one without any begins with the source, whose first token is then not
 * predicted.
 *
 * Source  microsoft/BioGPT, src/language_model_prompt_dataset.py. Every label counts in the loss: source, prompt and target;
 *         each is predicted from what stands before it, the first from `</s>`.
 * Letters S most source tokens · P positions of the model · T = P - S - prompt (- 1 with a prefix) most target tokens, `</s>` included
 */

import type { Tokenizer } from "../tokenizers/tokenizer.ts";

export interface SequenceLimits {
  /** S, `</s>` not counted: 640 for relations, 900 for HoC and PubMedQA, 1900 for BioGPT-Large's PubMedQA. */
  readonly maxSourceTokens: number;
  /** P: 1024, or 2048 for BioGPT-Large. */
  readonly maxPositions: number;
}

export interface SequencePrompt {
  /** Learned tokens, or a hard prompt's text as ids; may be empty. */
  readonly ids: readonly number[];
  /** Id of `<seqsep>`: the prompt then stands first and this between source and target. */
  readonly separatorId?: number;
}

export interface SpecialIds {
  /** `</s>`. */
  readonly endId: number;
  /** What stands before the source; empty for families that put nothing there. Default: `endId`. */
  readonly begin?: readonly number[];
  /** The word "...", which marks a cut. */
  readonly ellipsisId: number;
}

export interface TaskSequence {
  /** Labels: the sequence after its first token. */
  readonly labels: readonly number[];
  /** Inputs, equally long: the sequence but its last token. */
  readonly inputs: readonly number[];
  /** Where the target begins in `labels`. */
  readonly targetStart: number;
  readonly sourceCut: boolean;
  readonly targetCut: boolean;
}

/** Source ids (without `</s>`) as parity mode cuts them: the last one kept becomes "...". */
export function truncateSource(source: ArrayLike<number>, maxSourceTokens: number, ellipsisId: number): number[] {
  const ids = Array.from(source);
  if (ids.length <= maxSourceTokens) return ids;
  ids.length = maxSourceTokens;
  ids[maxSourceTokens - 1] = ellipsisId;
  return ids;
}

/** T: the longest target, `</s>` included. */
export function maxTargetTokens({ maxSourceTokens, maxPositions }: SequenceLimits, prompt: SequencePrompt): number {
  return maxPositions - maxSourceTokens - prompt.ids.length - (prompt.separatorId === undefined ? 0 : 1);
}

/** @param source, target ids without special tokens */
export function buildTaskSequence(
  source: ArrayLike<number>,
  target: ArrayLike<number>,
  prompt: SequencePrompt,
  limits: SequenceLimits,
  { endId, ellipsisId, begin = [endId] }: SpecialIds,
): TaskSequence {
  const keptSource = truncateSource(source, limits.maxSourceTokens, ellipsisId);
  const most = maxTargetTokens(limits, prompt);
  const keptTarget = [...Array.from(target), endId];
  const targetCut = keptTarget.length > most;
  if (targetCut) {
    keptTarget.length = most;
    keptTarget[most - 2] = ellipsisId;
    keptTarget[most - 1] = endId;
  }
  const before = [...begin, ...promptSequence(keptSource, prompt)];
  const whole = [...before, ...keptTarget];
  return {
    labels: whole.slice(1),
    inputs: whole.slice(0, -1),
    targetStart: Math.max(0, before.length - 1),
    sourceCut: keptSource.length < source.length,
    targetCut,
  };
}

/** What generation starts from after `</s>`: source (cut already) and prompt, in their order. */
export function promptSequence(source: readonly number[], { ids, separatorId }: SequencePrompt): number[] {
  return separatorId === undefined ? [...source, ...ids] : [...ids, ...source, separatorId];
}

/** The token that marks a cut: the word "..." where it is one, else what the vocabulary has for unknown words, else how it begins. */
export function ellipsisOf(tokenizer: Tokenizer): number {
  const { unknownId } = tokenizer;
  return tokenizer.id("...") ?? (unknownId >= 0 ? unknownId : tokenizer.encode("...")[0]!);
}
