/** A generated answer cut into its sentences, each with its probability: what extraction and evaluation both read. */
import type { Generation, Model } from "../pretrained/model.ts";

export interface Statement {
  readonly text: string;
  /** Of the sentence's tokens given those before it: the product over them, in (0, 1]. */
  readonly probability: number;
}

/** The answer cut at its semicolons; empty pieces are left out. */
export function statementsOf(
  { ids, logProbabilities }: Pick<Generation, "ids" | "logProbabilities">,
  { tokenizer }: Pick<Model, "tokenizer">,
): Statement[] {
  const separator = tokenizer.id(";");
  const statements: Statement[] = [];
  let start = 0;
  for (let at = 0; at <= ids.length; at++) {
    if (at < ids.length && ids[at] !== separator) continue;
    if (at > start) {
      const sum = logProbabilities.slice(start, at).reduce((total, value) => total + value, 0);
      statements.push({ text: tokenizer.decode(ids.slice(start, at)), probability: Math.min(1, Math.exp(sum)) });
    }
    start = at + 1;
  }
  return statements;
}
