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
  return {
    id,
    source: hallmarkSource(sentence.text),
    target: hallmarkTarget(labels),
    document: { id, source, passages: [{ kind: "text", text: sentence.text }] },
    gold: { kind: "labels", labels, ...(article === undefined ? {} : { article }) },
  };
}

/** What the model reads of a sentence: a full stop at its end is added where there is none. */
export function hallmarkSource(sentence: string): string {
  const text = strip(sentence);
  return text.endsWith(".") ? text : `${text}.`;
}

/** The sentence that stands for labels. */
export function hallmarkTarget(labels: readonly string[]): string {
  return `${PHRASE} ${labels.join("|")}.`;
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
