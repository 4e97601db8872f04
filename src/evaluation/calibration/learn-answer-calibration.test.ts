import fc from "fast-check";
import { expect, test } from "vitest";
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { calibratedShares } from "../../tasks/question-answering/answer-calibration.ts";
import { type AnsweredQuestion, learnAnswerCalibration, learnShortContexts } from "./learn-answer-calibration.ts";

const asked = (yes: number, no: number, maybe: number, answer: YesNoMaybe): AnsweredQuestion => ({
  logLikelihoods: { yes, no, maybe },
  answer,
});
const sharesOf = (question: AnsweredQuestion, learnt: ReturnType<typeof learnAnswerCalibration>): number[] =>
  calibratedShares(
    learnt,
    YES_NO_MAYBE.map((label) => ({ label, logLikelihood: question.logLikelihoods[label] })),
  );
const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

test("likelihoods that say nothing become the answers' own shares", () => {
  const learnt = learnAnswerCalibration(
    [times(600, "yes"), times(300, "no"), times(100, "maybe")]
      .flat()
      .map((answer) => asked(-1, -1, -1, answer as YesNoMaybe)),
  );
  const [yes, no, maybe] = sharesOf(asked(-1, -1, -1, "yes"), learnt);
  expect([yes, no, maybe].map((share) => share!.toFixed(2))).toEqual(["0.60", "0.30", "0.10"]);
  expect(learnt.offsets.yes).toBe(0);
});

test("a model that is twice as sure as it should be is halved", () => {
  // log odds of 2 that are right in 73 of 100: the log odds of .73 are 1
  const questions = [times(731, asked(0, -2, -50, "yes")), times(269, asked(0, -2, -50, "no"))].flat();
  const mirrored = [times(731, asked(-2, 0, -50, "no")), times(269, asked(-2, 0, -50, "yes"))].flat();
  const { scales, offsets } = learnAnswerCalibration([...questions, ...mirrored]);
  expect(scales.yes).toBeCloseTo(0.5, 2);
  expect(scales.no).toBe(scales.yes);
  expect(offsets.no).toBeCloseTo(0, 6);
});

test("no small change of what was learnt is better", () => {
  const value = fc.double({ min: -12, max: 0, noNaN: true });
  const question = fc.tuple(value, value, value, fc.constantFrom(...YES_NO_MAYBE)).map((one) => asked(...one));
  fc.assert(
    fc.property(fc.array(question, { minLength: 1, maxLength: 40 }), (questions) => {
      const learnt = learnAnswerCalibration(questions);
      const loss = (change: readonly number[]): number => {
        const [scale, ofMaybe, no, maybe] = [
          learnt.scales.yes + change[0]!,
          learnt.scales.maybe + change[1]!,
          learnt.offsets.no + change[2]!,
          learnt.offsets.maybe + change[3]!,
        ];
        const scales = { yes: scale, no: scale, maybe: ofMaybe };
        return questions.reduce(
          (sum, one) =>
            sum -
            Math.log(sharesOf(one, { scales, offsets: { yes: 0, no, maybe } })[YES_NO_MAYBE.indexOf(one.answer)]!),
          0.05 * ((scale - 1) ** 2 + (ofMaybe - 1) ** 2 + no ** 2 + maybe ** 2),
        );
      };
      const least = loss([0, 0, 0, 0]);
      expect(Math.min(learnt.scales.yes, learnt.scales.maybe)).toBeGreaterThanOrEqual(0);
      for (const at of [0, 1, 2, 3]) {
        const change = [0, 0, 0, 0];
        change[at] = 0.01;
        expect(loss(change)).toBeGreaterThan(least - 1e-9);
        change[at] = -0.01;
        if (at > 1 || [learnt.scales.yes, learnt.scales.maybe][at]! >= 0.01)
          expect(loss(change)).toBeGreaterThan(least - 1e-9);
      }
    }),
  );
});

test("none leaves the likelihoods as they are; likelihoods that point the wrong way say nothing", () => {
  expect(learnAnswerCalibration([])).toEqual({
    ...{ scales: { yes: 1, no: 1, maybe: 1 }, offsets: { yes: 0, no: 0, maybe: 0 } },
  });
  const wrong = [times(50, asked(0, -3, -9, "no")), times(50, asked(-3, 0, -9, "yes"))].flat();
  expect(learnAnswerCalibration(wrong).scales.yes).toBe(0);
});

test("what a text states counts where it is right, and not where it is chance", () => {
  const stating = (stated: YesNoMaybe | undefined, answer: YesNoMaybe): AnsweredQuestion => ({
    ...asked(-1, -1, -1, answer),
    stated,
  });
  const questions = [
    times(90, stating("no", "no")),
    times(10, stating("no", "yes")),
    times(40, stating("yes", "yes")),
    times(40, stating("yes", "no")),
    times(60, stating(undefined, "yes")),
    times(60, stating(undefined, "no")),
  ].flat();
  const { stated, offsets } = learnShortContexts(questions);
  expect(stated.no).toBeGreaterThan(1.5); // the log odds of .9 are 2.2, held back by the belief
  expect(stated.no).toBeLessThan(2.2);
  expect(Math.abs(stated.yes)).toBeLessThan(0.3);
  expect(Math.abs(offsets.no)).toBeLessThan(0.3);
  expect(stated.maybe).toBe(0); // never stated
});
