/**
 * Prompt-lookup drafting: guess that what followed the last tokens the time before follows them again.
 *
 * The guess is fed along with the last token in one call of the model; every position is then decided exactly as without it, and what follows
 * the first wrong guess is dropped. So nothing but the number of calls changes (up to how a device rounds one token and several).
 * Extraction copies its arguments from the source, so drafts are often right there.
 *
 * Source  github.com/apoorvumang/prompt-lookup-decoding, `PromptLookupCandidateGenerator` of transformers. Ours takes the latest match
 *         instead of the first, and adapts the length of the draft.
 */

const LONGEST_MATCH = 3; // tokens; longer matches are tried first
const MOST_PAUSED = 32; // steps without drafts after many wrong ones

/**
 * `length` tokens that followed the latest earlier occurrence of the sequence's last 3, 2 or 1 tokens; none if those are new.
 *
 * Where the sequence ends before that many, the draft goes on with itself, as text in a loop does.
 */
export function lookUp(sequence: readonly number[], length: number): number[] {
  for (let size = Math.min(LONGEST_MATCH, sequence.length - 1); size > 0; size--) {
    const suffix = sequence.length - size;
    for (let start = suffix - 1; start >= 0; start--) {
      let matches = true;
      for (let i = 0; i < size && matches; i++) matches = sequence[start + i] === sequence[suffix + i];
      if (!matches) continue;
      const draft: number[] = [];
      for (let i = start + size; draft.length < length; i++) draft.push(sequence[i] ?? draft[i - sequence.length]!);
      return draft;
    }
  }
  return [];
}

/** How long the next draft of a sequence should be, learnt from how the ones before it did. */
export class DraftLength {
  readonly #most: number;
  #length: number;
  #misses = 0;
  #paused = 0;

  /** @param most longest draft, 0 for none at all */
  constructor(most: number) {
    this.#most = most;
    this.#length = Math.min(4, most);
  }

  /** Length of the draft for this step; call once a step. */
  next(): number {
    if (this.#paused > 0) {
      this.#paused--;
      return 0;
    }
    return this.#length;
  }

  /** Twice as long after a draft that was right to its end, else a little longer than what was right; pauses after misses in a row. */
  learn(drafted: number, accepted: number): void {
    if (drafted === 0) return;
    this.#length = Math.min(this.#most, accepted === drafted ? Math.max(2 * drafted, this.#length) : accepted + 1);
    this.#misses = accepted === 0 ? this.#misses + 1 : 0;
    if (this.#misses >= 2) this.#paused = Math.min(MOST_PAUSED, 2 ** (this.#misses - 1));
  }
}
