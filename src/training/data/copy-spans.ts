/**
 * Repeated spans: how a model is taught to copy, and how it is measured that it does.
 *
 * Extraction writes arguments that stand in the source, so the model needs induction heads (Olsson et al., 2022, "In-context
 * Learning and Induction Heads"): seen A B … A, say B. In plain abstracts they form late in small models; a few percent of sequences
 * in which spans come back make them form much earlier.
 */
import type { Random } from "../../base/random.ts";

/** Shorter ones are common by chance; longer ones leave little else in the sequence. */
const SHORTEST = 8;
const LONGEST = 64;
/** One repeat for this many tokens of the sequence. */
const TOKENS_PER_REPEAT = 128;

/**
 * Overwrites parts of a sequence with copies of earlier parts of it, in place: about an eighth to a half of the tokens.
 * A sequence of fewer than 16 tokens is left alone.
 */
export function repeatSpans(tokens: Int32Array, random: Random): void {
  const longest = Math.min(LONGEST, Math.floor(tokens.length / 2));
  if (longest < SHORTEST) return;
  const repeats = Math.max(1, Math.round(tokens.length / TOKENS_PER_REPEAT));
  for (let i = 0; i < repeats; i++) {
    const length = SHORTEST + random.integer(longest - SHORTEST + 1);
    const to = length + random.integer(tokens.length - 2 * length + 1);
    const from = random.integer(to - length + 1);
    tokens.copyWithin(to, from, from + length);
  }
}

/** A sequence for measuring, and which of its tokens are predicted inside a span's first and second occurrence. */
export interface InductionProbe {
  /** L + 1 tokens: inputs and, one further on, labels. */
  readonly tokens: Int32Array;
  /** Indices into the L labels. The first token of an occurrence is left out: nothing foretells it. */
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** Tokens of the span that a probe repeats: as long as a few names. */
const PROBE_SPAN = 24;

/**
 * Writes one span of tokens in random order, drawn from the text itself, twice into a sequence of real text. No word order helps with it, so
 * whatever the second occurrence costs less than the first was copied (or is the frequency of words just seen).
 *
 * @param text L + 1 tokens, at least 2 · 24 + 2; overwritten
 */
export function inductionProbe(text: Int32Array, random: Random): InductionProbe {
  const span = Math.min(PROBE_SPAN, Math.floor((text.length - 2) / 2));
  const drawn = Int32Array.from({ length: span }, () => text[random.integer(text.length)]!);
  const firstStart = 1 + random.integer(Math.max(1, Math.floor(text.length / 2) - span));
  const secondStart = firstStart + span + random.integer(text.length - firstStart - 2 * span + 1);
  text.set(drawn, firstStart);
  text.set(drawn, secondStart);
  const labels = (start: number): number[] => Array.from({ length: span - 1 }, (_, i) => start + i); // label i is token i + 1
  return { tokens: text, first: labels(firstStart), second: labels(secondStart) };
}
