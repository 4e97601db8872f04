/** A generated answer cut into its sentences, each with its probability: what extraction and evaluation both read. */
import type { Generation, Model } from "../pretrained/model.ts";

export interface AnswerPart {
  readonly text: string;
  /** Of the sentence's tokens given those before it: the product over them, in (0, 1]. */
  readonly probability: number;
}

/** The answer cut at its semicolons; empty pieces are left out. */
export function answerParts(
  { ids, logProbabilities }: Pick<Generation, "ids" | "logProbabilities">,
  { tokenizer }: Pick<Model, "tokenizer">,
): AnswerPart[] {
  const separator = tokenizer.id(";");
  const parts: AnswerPart[] = [];
  let start = 0;
  for (let at = 0; at <= ids.length; at++) {
    if (at < ids.length && ids[at] !== separator) continue;
    if (at > start) {
      const sum = logProbabilities.slice(start, at).reduce((total, value) => total + value, 0);
      parts.push({ text: tokenizer.decode(ids.slice(start, at)), probability: Math.min(1, Math.exp(sum)) });
    }
    start = at + 1;
  }
  return parts;
}
