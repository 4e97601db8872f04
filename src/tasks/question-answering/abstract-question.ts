/**
 * The yes/no questions that an abstract asks and answers, from its title and its conclusion, by rules: the best of the first four kinds, and
 * one of the last.
 *
 * question         the title asks it ("Does X improve Y?"), the conclusion answers; PubMedQA's own questions are such titles
 * title            the title states the answer; made a question, as in PQA-A of PubMedQA
 * conclusion       the first sentences of a labelled conclusion state it
 * last-sentence    the last sentences of an abstract without that label state it
 * topic            the title names what was studied ("Effect of X on Y"), and a labelled conclusion denies or it does not
 */
import { abstractParts } from "../../corpora/literature/abstract-parts.ts";
import { splitSentences } from "../../corpora/sentences.ts";
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { conclusionAnswer, conclusionDenies } from "./conclusion-answer.ts";
import { contentWords, sharedShare } from "./content-words.ts";
import { type StatementQuestion, statementQuestion } from "./statement-question.ts";

/** Best first. */
export const QUESTION_KINDS = ["question", "title", "conclusion", "last-sentence", "topic"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface AbstractQuestion {
  readonly kind: QuestionKind;
  readonly question: string;
  /** The abstract without its conclusion. */
  readonly context: string;
  /** The conclusion. */
  readonly longAnswer: string;
  readonly answer: YesNoMaybe;
}

/** White-space words; less is a note, or an abstract that is all conclusion. */
const SHORTEST_CONTEXT = 40;
const SHORTEST_CONCLUSION = 5;
/** Share of the question's content words that the context must have, 0 to 1: else it cannot be answered from it. */
const ENOUGH_IN_CONTEXT = 0.6;
/** The same of a topic, which names things in general. */
const ENOUGH_OF_TOPIC = 0.3;
/** Sentences of a conclusion that may state it. */
const FIRST_SENTENCES = 2;
const ASKS = /^(?:is|are|was|were|does|do|did|can|could|should|has|have|will|may|might)\b/iu;
/** Asks for one of two, or for a number or a manner. */
const NOT_YES_OR_NO = /\b(?:or|versus|vs|what|which|how|why|when|who|where)\b/iu;

/** White-space words. */
const SHORTEST_TOPIC = 3;
/** What comes after the topic: ": a randomized trial". */
const STUDY_DESIGN =
  /(?:: | [–—-] |--|; |\. )(?=(?:an?|the|results|design|rationale|protocol|evidence|findings|from|randomi[sz]ed|double|multi|prospective|retrospective|pilot|clinical|systematic|meta|cross|case|cohort|open|phase|long|study|studies|observational|comparison|comparative|experience)\b)/iu;

/** @returns none, one or two, in the order of their kinds */
export function abstractQuestions(text: string): AbstractQuestion[] {
  const { title, body, conclusion, labelled } = abstractParts(text);
  if (wordsOf(body) < SHORTEST_CONTEXT || wordsOf(conclusion) < SHORTEST_CONCLUSION) return [];
  const inContext = contentWords(body);
  const answerable = (question: string, enough = ENOUGH_IN_CONTEXT): boolean =>
    sharedShare(contentWords(question), inContext) >= enough;
  const made = (
    kind: QuestionKind,
    { question, answer }: { question: string; answer: YesNoMaybe },
    enough?: number,
  ): AbstractQuestion[] =>
    answerable(question, enough) ? [{ kind, question, context: body, longAnswer: conclusion, answer }] : [];

  if (title?.endsWith("?") === true) {
    const asked = title.split(/: ?|\. | [–—-] |--/u).find((part) => ASKS.test(part));
    if (asked === undefined || NOT_YES_OR_NO.test(asked)) return [];
    const answer = conclusionAnswer(title, conclusion);
    return answer === undefined ? [] : made("question", { question: title, answer });
  }
  const isName = nameTest(text);
  const fromTitle = title === undefined ? undefined : titleQuestion(title, isName);
  if (fromTitle !== undefined) return made("title", fromTitle);
  const sentences = splitSentences(conclusion).slice(0, labelled ? FIRST_SENTENCES : undefined);
  const stated = sentences
    .map(({ start, end }) => statementQuestion(conclusion.slice(start, end), isName))
    .find((found) => found !== undefined && answerable(found.question));
  const topic = title === undefined || !labelled ? undefined : topicOf(title);
  const answer = conclusionDenies(conclusion) ? "no" : "yes";
  return [
    ...(stated === undefined ? [] : made(labelled ? "conclusion" : "last-sentence", stated)),
    ...(topic === undefined ? [] : made("topic", { question: `${topic}?`, answer }, ENOUGH_OF_TOPIC)),
  ];
}

/** What a title is about, without the design of its study; undefined for one that answers itself. */
function topicOf(title: string): string | undefined {
  const topic = title.split(STUDY_DESIGN)[0]!.trim();
  return wordsOf(topic) < SHORTEST_TOPIC || conclusionDenies(topic) ? undefined : topic;
}

/** The title as a whole, else what follows its colon: "Migraine in children: topiramate prevents attacks". */
function titleQuestion(title: string, isName: (word: string) => boolean): StatementQuestion | undefined {
  const whole = statementQuestion(title, isName, { isTitle: true });
  if (whole !== undefined) return whole;
  return title
    .split(/: | [–—-] |--/u)
    .slice(1)
    .filter((part) => !/^(?:no|lack|absence|failure)\b/iu.test(part)) // of what the part before names
    .map((part) => statementQuestion(part, isName, { isTitle: true }))
    .find((found) => found !== undefined);
}

/** A word is a name when it keeps its capital within a sentence. */
function nameTest(text: string): (word: string) => boolean {
  return (word) => {
    const bare = word.replace(/,$/u, "");
    if (/^(?:the|an?)$/iu.test(bare)) return false;
    for (let at = text.indexOf(bare, 1); at > 0; at = text.indexOf(bare, at + 1)) {
      if (/[\p{Ll},(] ?$/u.test(text.slice(Math.max(0, at - 2), at)) && !/\p{L}/u.test(text[at + bare.length] ?? ""))
        return true;
    }
    return false;
  };
}

function wordsOf(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
