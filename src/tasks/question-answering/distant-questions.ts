/**
 * Distantly labelled yes/no questions from a corpus of abstracts, in the form of PubMedQA's examples.
 *
 * Source     PQA-A of PubMedQA (Jin et al., 2019, arXiv:1909.06146, section 2.2): 211 thousand such questions from titles. BioGPT's 78.2 was
 *            fine-tuned on them first.
 * Differs    conclusions are used where the title states nothing (abstract-question.ts), since a corpus on one's own disk is small;
 *            yes and no are balanced within each kind and opening of a question, so that neither tells the answer. In PQA-A 93 % are yes.
 * Left out   documents that share 13-grams or ids with an example of any split of the task, and long ones (full text).
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { Random } from "../../base/random.ts";
import type { CorpusDocument } from "../../corpora/prepare/corpus-folder.ts";
import { GramReader } from "../../corpora/prepare/fingerprints.ts";
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type DistantExample, exclusionOf, isLonger, type TaskExclusions } from "../distant-documents.ts";
import { type AbstractQuestion, abstractQuestions, QUESTION_KINDS, type QuestionKind } from "./abstract-question.ts";
import { type QuestionSetting, questionExample } from "./yes-no.ts";

export interface DistantQuestionOptions extends TaskExclusions {
  /** The forms in which each question is written. Default: reasoning-required. */
  readonly settings?: readonly QuestionSetting[] | undefined;
  /** Most questions. Default 10,000. */
  readonly limit?: number | undefined;
  /** Share of yes among yes and no, 0 to 1, exclusive; of questions that titles ask all are taken. Default 0.6. */
  readonly yesShare?: number | undefined;
  /** Most white-space words of a document. Default 500. */
  readonly maxWords?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DistantQuestionSummary {
  readonly documents: number;
  readonly examples: number;
  readonly questions: number;
  /** Documents that gave none, by the first reason; and questions that were not drawn. */
  readonly leftOut: {
    readonly tooLong: number;
    /** Ask and state nothing that the rules are sure of, or nothing that their context could answer. */
    readonly noQuestion: number;
    readonly evaluation: number;
    readonly training: number;
    /** Questions beyond the limit, or more than the balance of yes and no takes. */
    readonly notDrawn: number;
  };
  readonly kinds: Readonly<Record<QuestionKind, Readonly<Record<YesNoMaybe, number>>>>;
}

interface Drawn extends AbstractQuestion {
  readonly id: string;
  readonly place: number;
}

/** @param documents in an order that does not change: it and the seed decide which are drawn */
export async function distantQuestions(
  documents: AsyncIterable<CorpusDocument>,
  options: DistantQuestionOptions,
): Promise<{ readonly examples: readonly DistantExample[]; readonly summary: DistantQuestionSummary }> {
  const {
    settings = ["reasoning-required"],
    limit = 10_000,
    yesShare = 0.6,
    maxWords = 500,
    seed = 1,
    signal,
  } = options;
  const random = new Random(seed);
  const grams = new GramReader();
  const leftOut = { tooLong: 0, noQuestion: 0, evaluation: 0, training: 0, notDrawn: 0 };
  const pools = new Map<string, Drawn[]>();
  let [read, candidates] = [0, 0];
  for await (const document of documents) {
    throwIfAborted(signal);
    read++;
    if (isLonger(document.text, maxWords)) {
      leftOut.tooLong++;
      continue;
    }
    const found = abstractQuestions(document.text);
    const excludedBy = found.length === 0 ? "noQuestion" : exclusionOf(document, options, grams);
    if (excludedBy !== undefined) {
      leftOut[excludedBy]++;
      continue;
    }
    candidates += found.length;
    for (const question of found) {
      const key = poolKey(question.kind, openingOf(question.question), question.answer);
      const pool = pools.get(key) ?? [];
      const id = question.kind === "topic" ? `${document.id} topic` : document.id; // a document may have another
      pool.push({ ...question, id, place: random.next() });
      pools.set(key, pool.length >= 2 * limit ? inLine(pool).slice(0, limit) : pool); // in bounded memory
    }
  }
  const chosen = QUESTION_KINDS.flatMap((kind) => inLine(balanced(kind, pools, yesShare))).slice(0, limit);
  random.shuffle(chosen);
  leftOut.notDrawn = candidates - chosen.length;
  return {
    examples: chosen.flatMap((question) =>
      settings.map((setting) => exampleOf(question, setting, settings.length > 1)),
    ),
    summary: {
      documents: read,
      examples: chosen.length * settings.length,
      questions: chosen.length,
      leftOut,
      kinds: countKinds(chosen),
    },
  };
}

/** As the importer of the task writes it. */
function exampleOf(drawn: Drawn, setting: QuestionSetting, several: boolean): DistantExample {
  const { id, question, context, longAnswer, answer } = drawn;
  const { source, target } = questionExample(
    { id, question, contexts: [context], labels: [], longAnswer, answer },
    "",
    setting,
  );
  return { id: several ? `${id} ${setting}` : id, source, target };
}

/** All questions that titles ask; of made ones, by opening, as many yes as the share allows beside every no. */
function balanced(kind: QuestionKind, pools: ReadonlyMap<string, Drawn[]>, yesShare: number): Drawn[] {
  return OPENINGS.flatMap((opening) => {
    const [yes, no, maybe] = YES_NO_MAYBE.map((answer) => inLine(pools.get(poolKey(kind, opening, answer)) ?? []));
    const most = kind === "question" ? Number.POSITIVE_INFINITY : Math.round((no!.length * yesShare) / (1 - yesShare));
    return [...yes!.slice(0, most), ...no!, ...maybe!];
  });
}

/** What a question begins with, as far as it may tell its answer: "Is there …" is seldom made of a yes. */
const OPENINGS = ["there", "be", "do", "other"] as const;
function openingOf(question: string): (typeof OPENINGS)[number] {
  if (/^(?:is|are|was|were) there\b/iu.test(question)) return "there";
  if (/^(?:is|are|was|were)\b/iu.test(question)) return "be";
  return /^(?:do|does|did)\b/iu.test(question) ? "do" : "other";
}

function poolKey(kind: QuestionKind, opening: string, answer: YesNoMaybe): string {
  return `${kind} ${opening} ${answer}`;
}

function inLine(pool: readonly Drawn[]): Drawn[] {
  return [...pool].sort((a, b) => a.place - b.place);
}

function countKinds(chosen: readonly Drawn[]): DistantQuestionSummary["kinds"] {
  const count = (kind: QuestionKind, answer: YesNoMaybe): number =>
    chosen.filter((question) => question.kind === kind && question.answer === answer).length;
  return Object.fromEntries(
    QUESTION_KINDS.map((kind) => [
      kind,
      Object.fromEntries(YES_NO_MAYBE.map((answer) => [answer, count(kind, answer)])),
    ]),
  ) as DistantQuestionSummary["kinds"];
}
