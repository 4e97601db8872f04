/** Where passages begin in a document whose offsets count code points, with one character between two: BioC's and PubTator's usage. */
import { codePointLength } from "../../code-points.ts";

export function codePointStarts(passages: readonly { readonly text: string }[]): number[] {
  let at = 0;
  return passages.map(({ text }) => {
    const start = at;
    at += codePointLength(text) + 1;
    return start;
  });
}
