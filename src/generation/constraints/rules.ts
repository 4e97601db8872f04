/**
 * Logit rules: small functions that rewrite one row of logits before a token is chosen. They compose by being run one after another.
 *
 * A rule forbids a token by giving it -Infinity. Greedy decoding and sampling hand it logits, beam search hands it log-probabilities,
 * as Hugging Face does; only `repetitionPenalty` can tell the difference (it depends on the sign).
 * The rules that only sampling uses (temperature, top-k, top-p, min-p) stand in sampling.ts.
 */

export interface RuleContext {
  /** The prompt's tokens, then the generated ones. */
  readonly sequence: readonly number[];
  readonly promptLength: number;
}

/** Rewrites `logits` (V) in place. */
export type LogitRule = (context: RuleContext, logits: Float32Array) => void;

/** Never these tokens: padding, or the learned prompt's. Ids outside the vocabulary are passed over. */
export function banTokens(ids: readonly number[]): LogitRule {
  return (_, logits) => {
    for (const id of ids) if (id < logits.length) logits[id] = Number.NEGATIVE_INFINITY;
  };
}

/** Never these sequences: the last token of each is forbidden where the ones before it were just written (the prompt counts). */
export function banSequences(sequences: readonly (readonly number[])[]): LogitRule {
  return ({ sequence }, logits) => {
    for (const banned of sequences) {
      const before = banned.length - 1;
      if (before > sequence.length) continue;
      const offset = sequence.length - before;
      let matches = true;
      for (let i = 0; i < before && matches; i++) matches = sequence[offset + i] === banned[i];
      if (matches && banned[before]! < logits.length) logits[banned[before]!] = Number.NEGATIVE_INFINITY;
    }
  };
}

/** No end before `count` generated tokens. Same as fairseq's min_len = (prompt without its first token) + count. */
export function minNewTokens(count: number, endId: number): LogitRule {
  return ({ sequence, promptLength }, logits) => {
    if (sequence.length - promptLength < count) logits[endId] = Number.NEGATIVE_INFINITY;
  };
}

/**
 * No n-gram twice: forbids every token that would complete an n-gram already in prompt + generated.
 *
 * Source  fairseq's CUDA kernel (its Python path compares with the tail of a padded buffer and blocks next to nothing) and
 *         NoRepeatNGramLogitsProcessor of transformers. The prompt itself is never checked, only counted.
 */
export function noRepeatNGram(size: number): LogitRule {
  return ({ sequence }, logits) => {
    const before = size - 1;
    const suffix = sequence.length - before;
    if (suffix < 0) return;
    for (let start = 0; start < suffix; start++) {
      let matches = true;
      for (let i = 0; i < before && matches; i++) matches = sequence[start + i] === sequence[suffix + i];
      const completing = sequence[start + before]!;
      if (matches && completing < logits.length) logits[completing] = Number.NEGATIVE_INFINITY;
    }
  };
}

/**
 * Makes every token of prompt and generated text less likely, once each: a positive logit is divided by `penalty`, a negative one multiplied.
 *
 * Source  arXiv:1909.05858 as in transformers' RepetitionPenaltyLogitsProcessor. 1 turns it off, over 1 discourages.
 */
export function repetitionPenalty(penalty: number): LogitRule {
  return ({ sequence }, logits) => {
    for (const id of new Set(sequence)) {
      if (id >= logits.length) continue;
      const logit = logits[id]!;
      logits[id] = logit < 0 ? logit * penalty : logit / penalty;
    }
  };
}
