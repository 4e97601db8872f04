/**
 * PubMedQA as text: question and context in, "the answer to the question given the context is yes." out.
 *
 * Two settings, never to be compared with each other:
 * - `reasoning-required`  the abstract without its conclusion; the recipe at the head of microsoft/BioGPT, with case
 * - `reasoning-free`      the conclusion (LONG_ANSWER) as well, which gives the answer away; the repository's only recipe
 *                         until March 2023, lower-cased, with a final full stop
 */
import { type QuestionDocument, YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { answerOf } from "../answer.ts";
import type { GoldAnswer, TaskExample } from "../example.ts";
import { collapseSpaces, strip } from "../python-text.ts";
import { QUESTION_SETTINGS, type QuestionSetting } from "./question-setting.ts";

export { QUESTION_SETTINGS, type QuestionSetting };

const PHRASE = "the answer to the question given the context is";

export interface Question {
  readonly question: string;
  /** What the answer is to be read from, such as an abstract without its conclusion. */
  readonly context: string;
  /** The text's own conclusion, PubMedQA's long answer; with it the question is asked in the reasoning-free setting. */
  readonly conclusion?: string | undefined;
}

/** What a model reads. */
export function questionSource({ question, context, conclusion }: Question): string {
  const text = `question: ${strip(question)} context: ${collapseSpaces(context)} `;
  if (conclusion === undefined) return text;
  const concluded = `${text}answer: ${strip(conclusion)}`.toLowerCase();
  return concluded.endsWith(".") ? concluded : `${concluded}.`;
}

/** What stands between question and context. */
const BEFORE_CONTEXT = " context: ";

/** Whether a source has the form that `questionSource` writes. */
export function isQuestionSource(source: string): boolean {
  return source.startsWith("question: ") && source.includes(BEFORE_CONTEXT);
}

/**
 * A source with only the last words of its context, for models that read no more (input-unit.ts): an abstract ends with what was found.
 * A conclusion behind the context counts as its end.
 *
 * @param words white-space words, at least 1
 */
export function shortenContext(source: string, words: number): string {
  if (!isQuestionSource(source)) return source;
  const from = source.indexOf(BEFORE_CONTEXT) + BEFORE_CONTEXT.length;
  const starts = [...source.slice(from).matchAll(/\S+/gu)].map(({ index }) => from + index);
  return starts.length <= words ? source : source.slice(0, from) + source.slice(starts.at(-words));
}

export function questionExample(
  record: QuestionDocument,
  source: string,
  setting: QuestionSetting = "reasoning-required",
): TaskExample<GoldAnswer> {
  const { id, question, contexts, longAnswer, answer } = record;
  const conclusion = setting === "reasoning-free" ? { conclusion: longAnswer } : {};
  return {
    id,
    source: questionSource({ question, context: contexts.join(" "), ...conclusion }),
    target: answerTarget(answer),
    document: {
      id,
      source,
      passages: [
        { kind: "title", text: question },
        ...contexts.map((part, at) => ({
          kind: "text" as const,
          text: part,
          ...(record.labels[at] === undefined ? {} : { label: record.labels[at] }),
        })),
        ...(setting === "reasoning-free" ? [{ kind: "text" as const, text: longAnswer, label: "LONG_ANSWER" }] : []),
      ],
    },
    gold: { kind: "answer", answer },
  };
}

/** The sentence that stands for an answer. */
export function answerTarget(answer: YesNoMaybe): string {
  return `${PHRASE} ${answer}.`;
}

/** @returns yes, no or maybe; undefined when something else is written ("failed") */
export function parseAnswer(text: string): YesNoMaybe | undefined {
  const answer = answerOf(text);
  const at = answer.lastIndexOf(PHRASE);
  if (at < 0) return undefined;
  const word = strip(answer.slice(at + PHRASE.length));
  return YES_NO_MAYBE.find((known) => known === word);
}
