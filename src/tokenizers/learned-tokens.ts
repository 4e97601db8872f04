/** Learned prompt tokens of tokenizers that have them as added tokens: `learned1`, `learned2`, … are rows of the embedding and never text. */
import type { AddedToken } from "./sentencepiece/model.ts";

const SPELLING = /^learned([1-9]\d{0,3})$/;

export function isLearned({ text, special }: AddedToken): boolean {
  return special && SPELLING.test(text);
}

/** Their ids, learned1 first. */
export function learnedIdsAmong(added: readonly AddedToken[]): number[] {
  const numberOf = ({ text }: AddedToken): number => Number(SPELLING.exec(text)![1]);
  return added
    .filter(isLearned)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map(({ id }) => id);
}

/** So many, with the ids from `first` on. */
export function newLearnedTokens(count: number, first: number): AddedToken[] {
  return Array.from({ length: count }, (_, i) => ({ id: first + i, text: `learned${i + 1}`, special: true }));
}
