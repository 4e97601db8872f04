/**
 * HoC as text: a sentence in, "the type of this document is L." out, with several labels joined by "|".
 *
 * Follows microsoft/BioGPT's DC-HoC scripts; sentences keep their case and tokenization.
 */
import type { HallmarkSentence } from "../../corpora/tasks/hoc.ts";
import { answerOf } from "../answer.ts";
import type { GoldLabels, TaskExample } from "../example.ts";
import { strip } from "../python-text.ts";

const PHRASE = "the type of this document is";

export function hallmarkExample(sentence: HallmarkSentence, source: string): TaskExample<GoldLabels> {
  const { id, labels, article } = sentence;
  const text = strip(sentence.text);
  return {
    id,
    source: text.endsWith(".") ? text : `${text}.`,
    target: `${PHRASE} ${labels.join("|")}.`,
    document: { id, source, passages: [{ kind: "text", text: sentence.text }] },
    gold: { kind: "labels", labels, ...(article === undefined ? {} : { article }) },
  };
}

/** @returns the labels written, known or not; undefined when the sentence is another ("failed") */
export function parseHallmarks(text: string): string[] | undefined {
  const answer = answerOf(text);
  const at = answer.lastIndexOf(PHRASE);
  if (at < 0) return undefined;
  return strip(answer.slice(at + PHRASE.length))
    .split("|")
    .map(strip);
}
