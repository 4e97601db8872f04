/** The text that each token adds, for log-probabilities: joined, the texts of a sequence are its text as far as its tokenizer allows. */
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

/** Tokens before one that its text may depend on: spaces around punctuation, words of many pieces. */
const BEFORE = 12;

export function tokenTexts(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  return ids.map((id, i) => {
    const before = ids.slice(Math.max(0, i - BEFORE), i);
    const shorter = tokenizer.decode(before);
    const longer = tokenizer.decode([...before, id]);
    // Where the token changed what stood before it (a space that goes, a word that goes on), its own spelling says what it is.
    return longer.startsWith(shorter) ? longer.slice(shorter.length) : tokenizer.decode([id]);
  });
}

/** One token as text: special ones by their spelling, since they have none. */
export function tokenText(tokenizer: Tokenizer, before: readonly number[], id: number): string {
  return tokenTexts(tokenizer, [...before.slice(-BEFORE), id]).at(-1) || tokenizer.piece(id);
}
