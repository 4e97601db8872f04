/** Pairs that their own sentences deny: "heart failure was seen in none of the animals given doxorubicin". */
import { statementContext } from "../statement-context.ts";
import type { PairFilter } from "./pair-filter.ts";

/** @returns whether a pair's names stand in one sentence at least once, and every such sentence denies that they are related */
export const deniedPairs: PairFilter = ({ document, mentions, sentences }) => {
  return ({ places }) => {
    let together = 0;
    for (const [first, second] of places) {
      const [head, tail] = [mentions[first]!, mentions[second]!];
      if (head.passage !== tail.passage) continue;
      const sentence = sentences[head.passage]!.find(
        ({ start, end }) => start <= Math.min(head.start, tail.start) && Math.max(head.end, tail.end) <= end,
      );
      if (sentence === undefined) continue;
      const within = ({ start, end }: typeof head) => ({ start: start - sentence.start, end: end - sentence.start });
      const text = document.passages[head.passage]!.text.slice(sentence.start, sentence.end);
      if (!statementContext(text, within(head), within(tail)).negated) return false;
      together++;
    }
    return together > 0;
  };
};
