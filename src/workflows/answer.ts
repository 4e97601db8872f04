/** Yes, no or maybe, as `biogpt answer` says it. */
import { BiogptError } from "../base/errors.ts";
import type { YesNoMaybe } from "../corpora/tasks/pubmedqa.ts";
import { embeddedModelFor } from "../tasks/embedded-models.ts";
import { expectMadeFor } from "../tasks/fine-tuned.ts";
import type { LabelMode } from "../tasks/label-scoring.ts";
import { answerCalibrationOf } from "../tasks/question-answering/answer-calibration.ts";
import type { CalibratedSetting, ShortContextCalibration } from "../tasks/question-answering/calibration-schema.ts";
import { type AnswerScores, answerScorer } from "../tasks/question-answering/label-scoring.ts";
import { isShort, shortContextScorer } from "../tasks/question-answering/short-context.ts";
import { questionSource } from "../tasks/question-answering/yes-no.ts";
import { taskOf } from "../tasks/task-file.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import { type NoteEvent, noteEvents, type ProgressEvent, type WorkflowContext } from "./workflow.ts";

/** What a model that answers was made for. */
export const YES_NO = "yes-no-maybe";

export interface AnswerSettings {
  /** What the text itself concludes, as PubMedQA's reasoning-free setting has it. Default: none. */
  readonly conclusion?: string | undefined;
  /** Default: fine-tuned where the model was, else zero-shot, as if the model were a base model. */
  readonly mode?: LabelMode | undefined;
  /** Zero-shot: take off how likely each answer is without question and context. Default true; refused for a fine-tuned model. */
  readonly correctPrior?: boolean | undefined;
  /** What short contexts mean. Default: what the model's folder says; where it says nothing, they are read as any other. */
  readonly shortContexts?: ShortContextCalibration | undefined;
}

export interface Answer {
  readonly question: string;
  readonly answer: YesNoMaybe;
  /** Of the three answers, most probable first; they sum to 1. */
  readonly probabilities: Readonly<Record<YesNoMaybe, number>>;
  readonly mode: LabelMode;
  /** How the question was asked: with a conclusion, of a context of a few sentences (short-context.ts), or else. */
  readonly setting: CalibratedSetting;
  /** Whether the probabilities were calibrated on questions that the model was not trained on. */
  readonly calibrated: boolean;
  /** The context was longer than the model reads. */
  readonly contextCut: boolean;
  readonly model: string;
  readonly modelHash: string;
}

/**
 * Answers a yes/no question from a text, with the command's defaults.
 *
 * @param context what the answer is to be read from, such as an abstract without its conclusion
 * @throws BiogptError `tasks/no-context` for a text without a word, `tasks/wrong-model`, `tasks/not-fine-tuned`, `tasks/no-effect`, those
 *         of `loadModel`, `aborted`
 * @example
 *     import { answer } from "biogpt/workflows";
 *
 *     const { answer: said, probabilities } = await answer("Does aspirin cause bleeding?", abstract);
 */
export async function answer(
  question: string,
  context: string,
  { model: asked, load, conclusion, mode, correctPrior, shortContexts }: AnswerSettings & ModelSettings = {},
  run: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<Answer> {
  const { signal, onEvent } = run;
  expectWord(question, "tasks/no-question", "Ask something.");
  expectWord(context, "tasks/no-context", "Give the text that the answer is in, such as an abstract.");
  const zeroShot = mode === "zero-shot";
  const found = await findModel(asked ?? (zeroShot ? undefined : embeddedModelFor(YES_NO)), load, run);
  using opened = await found.open();
  const { model } = opened;
  if (!zeroShot) expectMadeFor(model, YES_NO, embeddedModelFor(YES_NO));
  const short = shortContexts ?? taskOf(model).calibration?.["short-context"];
  const isPlain = !zeroShot && conclusion === undefined && correctPrior === undefined; // else the scorer says what has no effect
  const isShortContext = isPlain && short !== undefined && isShort(context, short.words);
  const plain = conclusion === undefined ? "reasoning-required" : "reasoning-free";
  const setting = isShortContext ? "short-context" : plain;
  const ask = (): Promise<AnswerScores> => {
    if (isShortContext) return shortContextScorer(model, { calibration: short, signal })(question, context);
    const scorer = answerScorer(model, {
      mode,
      calibration: zeroShot || correctPrior === false ? undefined : answerCalibrationOf(model, plain),
      signal,
      ...(correctPrior === undefined ? {} : { correctPrior }),
    });
    return scorer(questionSource({ question, context, conclusion }));
  };
  const { mode: used, scores, sourceCut, contextWords, calibrated } = await ask();
  const note = noteEvents(onEvent);
  if (contextWords !== undefined)
    note(`note: of the context the model reads the last ${contextWords} words, as it was trained to.`);
  if (sourceCut) note("note: the context is longer than the model reads; its end was left out.");
  return {
    question,
    answer: scores[0]!.label,
    probabilities: Object.fromEntries(scores.map(({ label, probability }) => [label, probability])) as Record<
      YesNoMaybe,
      number
    >,
    ...{ mode: used, setting, calibrated, contextCut: sourceCut || contextWords !== undefined },
    ...{ model: model.name, modelHash: model.hash },
  };
}

/** Every model would answer all the same, and surely. */
function expectWord(text: string, code: "tasks/no-question" | "tasks/no-context", fix: string): void {
  if (/[\p{L}\p{N}]/u.test(text)) return;
  throw new BiogptError(code, {
    what: `The ${code === "tasks/no-question" ? "question" : "context"} holds no word.`,
    why: "An answer is read from a text; without one it would say what the model says of everything.",
    fix,
  });
}
