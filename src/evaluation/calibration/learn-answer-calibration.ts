/**
 * What a model's likelihoods of yes, no and maybe mean, by maximum likelihood on questions with known answers: a logistic regression over the
 * three answers, with one scale for the log-likelihoods of yes and no, whose difference is what a model knows, one for that of maybe, which models
 * that were made with questions of yes and no alone have never learnt, and an offset for each answer but the first.
 *
 * The objective is convex, so Newton's method with halved steps ends at its only minimum.
 *
 * Source   Platt, 1999; Guo et al., 2017, arXiv:1706.04599 (vector scaling)
 */
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { softmax } from "../../tasks/label-scoring.ts";
import type { AnswerCalibration } from "../../tasks/question-answering/answer-calibration.ts";
import type { ShortContextCalibration } from "../../tasks/question-answering/calibration-schema.ts";

export interface AnsweredQuestion {
  /** Nats. */
  readonly logLikelihoods: Readonly<Record<YesNoMaybe, number>>;
  readonly answer: YesNoMaybe;
  /** Of short contexts: what the text's words state. */
  readonly stated?: YesNoMaybe | undefined;
}

/**
 * Weight of the belief that scales are 1 and offsets 0, in questions: an answer that never occurs gets a low probability, not none, and few
 * questions move nothing far.
 */
const BELIEF = 0.1;
/**
 * The same for what a text states: a gain of g nats costs as much as g² / 2 of these. The words were chosen on the questions that the gains are learnt
 * on, where they are nearly always right, so the gains are held to what such words are worth elsewhere (docs/experiments.md, "Short contexts").
 */
const BELIEF_STATED = 2;
const MOST_STEPS = 100;
const SMALLEST_GAIN = 1e-10;

/** Scale of yes and no, of maybe; offset of no, of maybe; gain of yes, no and maybe where the text states it. */
type Parameters = readonly number[];
const UNCHANGED: Parameters = [1, 1, 0, 0, 0, 0, 0];
const BELIEFS: readonly number[] = [BELIEF, BELIEF, BELIEF, BELIEF, BELIEF_STATED, BELIEF_STATED, BELIEF_STATED];
const GAINS = [4, 5, 6];
/**
 * Scales are not to be less than 0: a likelihood that points the wrong way says nothing, for no model is reliably wrong. One or both of them are 0
 * then; which, is tried.
 */
const SCALES = [0, 1];
const NOTHING_SAID: readonly (readonly number[])[] = [[], [0], [1], [0, 1]];

/** @param questions none leaves the likelihoods as they are; what their texts state is left aside */
export function learnAnswerCalibration(questions: readonly AnsweredQuestion[]): AnswerCalibration {
  return calibrationOf(learn(questions, GAINS));
}

/** @param questions with what their texts state */
export function learnShortContexts(questions: readonly AnsweredQuestion[]): Omit<ShortContextCalibration, "words"> {
  const learnt = learn(questions, []);
  const [yes, no, maybe] = GAINS.map((at) => learnt[at]!);
  return { ...calibrationOf(learnt), stated: { yes: yes!, no: no!, maybe: maybe! } };
}

function calibrationOf([scale, ofMaybe, no, maybe]: Parameters): AnswerCalibration {
  return { scales: { yes: scale!, no: scale!, maybe: ofMaybe! }, offsets: { yes: 0, no: no!, maybe: maybe! } };
}

/** @param unread parameters that stay 0 */
function learn(questions: readonly AnsweredQuestion[], unread: readonly number[]): Parameters {
  const found = NOTHING_SAID.map((fixed) => minimize(questions, [...fixed, ...unread])).filter(({ parameters }) =>
    SCALES.every((at) => parameters[at]! >= 0),
  );
  return found.reduce((best, point) => (point.loss < best.loss ? point : best)).parameters;
}

/** @param fixed which parameters are 0 */
function minimize(questions: readonly AnsweredQuestion[], fixed: readonly number[]): Point {
  const from = UNCHANGED.map((value, at) => (fixed.includes(at) ? 0 : value));
  const free = [...from.keys()].filter((at) => !fixed.includes(at));
  let at: Point = { parameters: from, loss: lossAt(questions, from) };
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, curvature } = slopesAt(questions, at.parameters, free);
    const direction = solve(curvature, gradient);
    const next = shorterStep(questions, at, free, direction);
    if (next === undefined) break;
    const gain = at.loss - next.loss;
    at = next;
    if (gain < SMALLEST_GAIN) break;
  }
  return at;
}

interface Point {
  readonly parameters: Parameters;
  readonly loss: number;
}

/** The first of the step, its half, its quarter … that lowers the loss. */
function shorterStep(
  questions: readonly AnsweredQuestion[],
  { parameters, loss }: Point,
  free: readonly number[],
  direction: readonly number[],
): Point | undefined {
  for (let length = 1; length > 1e-6; length /= 2) {
    const tried = parameters.map((value, at) => {
      const moves = free.indexOf(at);
      return moves < 0 ? value : value - length * direction[moves]!;
    });
    const lower = lossAt(questions, tried);
    if (lower < loss) return { parameters: tried, loss: lower };
  }
  return undefined;
}

function lossAt(questions: readonly AnsweredQuestion[], parameters: Parameters): number {
  const belief = parameters.reduce((sum, value, at) => sum + BELIEFS[at]! * (value - UNCHANGED[at]!) ** 2, 0);
  return questions.reduce(
    (sum, question) => sum - Math.log(shares(question, parameters)[YES_NO_MAYBE.indexOf(question.answer)]!),
    belief / 2,
  );
}

/** First and second derivatives of the loss by the parameters that are free. */
function slopesAt(questions: readonly AnsweredQuestion[], parameters: Parameters, free: readonly number[]) {
  const gradient = free.map((at) => BELIEFS[at]! * (parameters[at]! - UNCHANGED[at]!));
  const curvature = free.map((at, row) => free.map((_, column) => (row === column ? BELIEFS[at]! : 0)));
  for (const question of questions) {
    const features = YES_NO_MAYBE.map((answer) => {
      const all = featuresOf(question, answer);
      return free.map((at) => all[at]!);
    });
    const share = shares(question, parameters);
    const right = features[YES_NO_MAYBE.indexOf(question.answer)]!;
    const mean = free.map((_, at) => share.reduce((sum, one, answer) => sum + one * features[answer]![at]!, 0));
    for (const row of free.keys()) {
      gradient[row]! += mean[row]! - right[row]!;
      for (const column of free.keys()) {
        const product = share.reduce(
          (sum, one, answer) => sum + one * features[answer]![row]! * features[answer]![column]!,
          0,
        );
        curvature[row]![column]! += product - mean[row]! * mean[column]!;
      }
    }
  }
  return { gradient, curvature };
}

/** What each parameter is multiplied with in the answer's score. */
function featuresOf({ logLikelihoods, stated }: AnsweredQuestion, answer: YesNoMaybe): readonly number[] {
  const isMaybe = answer === "maybe";
  const likelihood = logLikelihoods[answer];
  const gains = YES_NO_MAYBE.map((one) => Number(one === answer && one === stated));
  return [isMaybe ? 0 : likelihood, isMaybe ? likelihood : 0, Number(answer === "no"), Number(isMaybe), ...gains];
}

function shares(question: AnsweredQuestion, parameters: Parameters): number[] {
  const scores = YES_NO_MAYBE.map((answer) =>
    featuresOf(question, answer).reduce((sum, feature, at) => sum + feature * parameters[at]!, 0),
  );
  return softmax(scores);
}

/** Gaussian elimination; the matrix is symmetric and positive definite, so no rows need to change places. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  for (const [pivot, row] of rows.entries()) {
    for (const below of rows.slice(pivot + 1)) {
      const factor = below[pivot]! / row[pivot]!;
      for (const column of row.keys()) below[column]! -= factor * row[column]!;
    }
  }
  const solution = new Array<number>(rows.length).fill(0);
  for (const [at, row] of [...rows.entries()].reverse()) {
    const known = solution.reduce((sum, value, column) => sum + (column > at ? row[column]! * value : 0), 0);
    solution[at] = (row.at(-1)! - known) / row[at]!;
  }
  return solution;
}
