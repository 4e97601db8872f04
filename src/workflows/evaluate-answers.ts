/** `answer` held against short questions with known answers, and what short contexts mean learnt on such, as `biogpt evaluate answers` does. */
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import { YES_NO_MAYBE, type YesNoMaybe } from "../corpora/tasks/pubmedqa.ts";
import { learnShortContexts } from "../evaluation/calibration/learn-answer-calibration.ts";
import { scoreAnswers } from "../evaluation/scorers/classification.ts";
import { type ConfidenceInterval, wilsonInterval } from "../evaluation/scorers/wilson.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { readJsonFile } from "../tasks/json-file.ts";
import { saveLearnt } from "../tasks/learnt-file.ts";
import type { ShortContextCalibration } from "../tasks/question-answering/calibration-schema.ts";
import { isShort, SHORT_CONTEXT_WORDS, shortContextScorer } from "../tasks/question-answering/short-context.ts";
import { type Answer, answer, YES_NO } from "./answer.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface EvaluateAnswersOptions extends ModelSettings {
  /** JSON file: an array of {question, context, answer}. */
  readonly data: string;
  /** Learns on the questions with a short context what short contexts mean, writes it into this file, and scores with it. Default: nothing is learnt. */
  readonly learnThresholds?: string | undefined;
}

export interface AnswersEvaluation {
  readonly questions: number;
  readonly right: number;
  readonly accuracy: number;
  readonly macroF1: number;
  /** Of the accuracy, 95 %, by Wilson's score. */
  readonly interval: ConfidenceInterval;
  /** What was asked, what it is, and what was said. */
  readonly answers: readonly (Pick<Answer, "question" | "answer" | "probabilities" | "setting"> & {
    readonly gold: YesNoMaybe;
  })[];
  readonly model: string;
  /** Where what was learnt stands. */
  readonly learnt: string | null;
}

const QUESTIONS = z
  .array(
    z.looseObject({ question: z.string().min(1), context: z.string().min(1), answer: z.enum(["yes", "no", "maybe"]) }),
  )
  .min(1)
  .max(10_000);
type AskedQuestion = z.infer<typeof QUESTIONS>[number];

/**
 * Asks each question as `answer` does. With `learnThresholds` the score is on the questions that were learnt on, and says so little.
 *
 * @throws BiogptError `evaluation/questions`, those of `answer`, `aborted`
 * @example
 *     const { accuracy } = await evaluateAnswers({ data: "questions.json" });
 */
export async function evaluateAnswers(
  { data, learnThresholds, model: asked, load }: EvaluateAnswersOptions,
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<AnswersEvaluation> {
  const questions = readQuestions(data);
  const found = await findModel(asked ?? embeddedModelFor(YES_NO), load, context);
  using opened = await found.open();
  const { model } = opened;
  const progress = progressEvents(context.onEvent);
  const short = questions.filter((one) => isShort(one.context));
  let learnt: string | null = null;
  let calibration: ShortContextCalibration | undefined;
  if (learnThresholds !== undefined) {
    if (short.length === 0) throw badQuestions(data, `no context has at most ${SHORT_CONTEXT_WORDS} words`);
    const scorer = shortContextScorer(model, { signal: context.signal });
    const scored = [];
    for (const { question, context: text, answer: gold } of short) {
      const { scores, stated } = await scorer(question, text);
      const logLikelihoods = Object.fromEntries(scores.map((score) => [score.label, score.logLikelihood]));
      scored.push({ logLikelihoods: logLikelihoods as Record<YesNoMaybe, number>, stated, answer: gold });
      progress?.({ activity: "learning", done: scored.length, total: short.length, unit: "questions" });
    }
    calibration = { ...learnShortContexts(scored), words: SHORT_CONTEXT_WORDS };
    learnt = await saveLearnt(learnThresholds, { calibration: { "short-context": calibration } });
  }
  const answers: AnswersEvaluation["answers"][number][] = [];
  for (const { question, context: text, answer: gold } of questions) {
    const settings = { model, ...(calibration === undefined ? {} : { shortContexts: calibration }) };
    const said = await answer(question, text, settings, { signal: context.signal });
    answers.push({ question, answer: said.answer, probabilities: said.probabilities, setting: said.setting, gold });
    progress?.({ activity: "answering", done: answers.length, total: questions.length, unit: "questions" });
  }
  const score = scoreAnswers(answers.map((one) => ({ predicted: one.answer, gold: one.gold })));
  const right = score.correct.filter(Boolean).length;
  return {
    ...{ questions: answers.length, right, accuracy: score.accuracy, macroF1: score.macroF1 },
    interval: wilsonInterval(right, answers.length),
    ...{ answers, model: model.name, learnt },
  };
}

function readQuestions(path: string): readonly AskedQuestion[] {
  const parsed = QUESTIONS.safeParse(readJsonFile(path, (why, cause) => badQuestions(path, why, cause)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw badQuestions(path, `${issue.path.join(".") || "the whole"}: ${issue.message}`);
}

function badQuestions(path: string, why: string, cause?: unknown): BiogptError {
  return new BiogptError("evaluation/questions", {
    what: `${path} holds no questions: ${why}.`,
    fix: `Give a JSON array of {"question": …, "context": …, "answer": "${YES_NO_MAYBE.join('" | "')}"}.`,
    cause,
  });
}
