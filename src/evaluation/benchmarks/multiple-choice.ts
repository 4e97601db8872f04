/**
 * Multiple choice by label scoring: which option a model finds likeliest after the question.
 *
 *     [Question: … Answer: right option.]*  [Context: …] Question: … Answer:  ─▶  log p( option )
 *
 * Two choices of every question, both reported: the option of the highest log-likelihood (`raw`), and of the highest log-likelihood a
 * character (`normalized`), since long options are unlikely for their length alone. As lm-evaluation-harness's acc and acc_norm; its
 * letters ("A.", "B.") are left out: a model that was never taught to answer with letters has nothing to say about them.
 */

import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError, present } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { Random } from "../../base/random.ts";
import type { Benchmark, ChoiceQuestion } from "../../corpora/tasks/benchmarks.ts";
import { type LabelModel, scoreCandidates } from "../../tasks/label-scoring.ts";
import { textBegin } from "../../tokenizers/tokenizer.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "../scorers/bootstrap.ts";
import { mean } from "../scorers/counts.ts";

export interface MultipleChoiceOptions {
  /** Solved examples before each question. Default 0. */
  readonly shots?: number;
  /** Questions drawn at random; default all. */
  readonly limit?: number | undefined;
  /** Of the draw of questions and examples. Default 1. */
  readonly seed?: number;
  /** Questions in work at once. Default 4. */
  readonly concurrency?: number;
  readonly bootstrap?: BootstrapOptions;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** Shares are in [0, 1]. */
export interface ChoiceScore {
  readonly accuracy: number;
  readonly confidence: ConfidenceInterval | null;
}

export interface SubjectScore {
  readonly subject: string;
  readonly questions: number;
  readonly raw: number;
  readonly normalized: number;
}

/** What `biogpt benchmark --json` prints, with the model's names. */
export interface MultipleChoiceReport {
  readonly benchmark: string;
  readonly shots: number;
  /** Questions asked, and how many the benchmark has (those used as examples not counted). */
  readonly questions: number;
  readonly available: number;
  readonly raw: ChoiceScore;
  readonly normalized: ChoiceScore;
  /** Expected accuracy of guessing, and of always giving the most frequent right option where all questions have the same options. */
  readonly chance: number;
  readonly mostFrequent: number | null;
  readonly subjects: readonly SubjectScore[];
  /** Mean of the subjects' accuracies. */
  readonly bySubject: { readonly raw: number; readonly normalized: number };
  /** Questions that had to give up examples, or the beginning of their context or question, to fit the model's positions. */
  readonly shortened: number;
  readonly seed: number;
  readonly seconds: number;
}

export interface AskedQuestion {
  readonly question: ChoiceQuestion;
  /** Indices of the chosen options. */
  readonly raw: number;
  readonly normalized: number;
  readonly shortened: boolean;
}

export interface MultipleChoiceResult {
  readonly report: MultipleChoiceReport;
  readonly asked: readonly AskedQuestion[];
}

/** @throws BiogptError `evaluation/no-examples` when there are fewer examples than shots; `evaluation/no-questions` */
export async function multipleChoice(
  benchmark: Benchmark,
  model: LabelModel,
  options: MultipleChoiceOptions = {},
): Promise<MultipleChoiceResult> {
  const { shots = 0, limit, seed = 1, concurrency = 4, signal, progress } = options;
  const { examples } = benchmark;
  if (shots > examples.length) {
    throw new BiogptError("evaluation/no-examples", {
      what: `${shots} examples a question were asked for; the data of ${benchmark.name} hold ${examples.length}.`,
      fix:
        examples.length === 0
          ? "Put the training sample beside the test file (MedQA-MedMCQA-train-sample), or use --shots 0."
          : "Use fewer shots.",
    });
  }
  const held = new Set(shots > 0 ? examples.map(({ id }) => id) : []);
  const available = benchmark.questions.filter(({ id }) => !held.has(id));
  if (available.length === 0) {
    throw new BiogptError("evaluation/no-questions", { what: `${benchmark.name} has no question here.` });
  }
  const questions = sample(available, limit ?? available.length, new Random(seed));
  const started = performance.now();
  const asked = new Array<AskedQuestion>(questions.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < questions.length) {
      throwIfAborted(signal);
      const at = next++;
      // Each question has examples of its own, drawn by its place: the mean over them is not one lucky draw.
      const solved = sample(examples, shots, new Random(seed + 1 + at));
      asked[at] = await ask(questions[at]!, solved, model, signal);
      progress?.({ activity: `asking ${benchmark.name}`, done: ++done, total: questions.length, unit: "questions" });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, questions.length) }, work));
  const seconds = (performance.now() - started) / 1000;
  const subjects = subjectScores(asked);
  const report: MultipleChoiceReport = {
    benchmark: benchmark.name,
    shots,
    questions: questions.length,
    available: available.length,
    raw: choiceScore(asked, ({ raw }) => raw, options.bootstrap),
    normalized: choiceScore(asked, ({ normalized }) => normalized, options.bootstrap),
    chance: mean(questions.map((question) => 1 / question.options.length)),
    mostFrequent: mostFrequent(questions),
    subjects,
    bySubject: {
      raw: mean(subjects.map(({ raw }) => raw)),
      normalized: mean(subjects.map(({ normalized }) => normalized)),
    },
    shortened: asked.filter(({ shortened }) => shortened).length,
    seed,
    seconds,
  };
  return { report, asked };
}

/** `count` of the items, drawn without replacement, in their own order. */
function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  if (count >= items.length) return [...items];
  const places = Int32Array.from(items, (_, at) => at);
  random.shuffle(places);
  return [...places.subarray(0, count)].sort((a, b) => a - b).map((at) => items[at]!);
}

/** Question, with its context before it, up to the word after which an option stands. */
export function questionPrompt({ context, question }: ChoiceQuestion): string {
  const text = `Question: ${question.trim()} Answer:`;
  return context === undefined || context.trim() === "" ? text : `Context: ${context.trim()} ${text}`;
}

async function ask(
  question: ChoiceQuestion,
  solved: readonly ChoiceQuestion[],
  { decoder, tokenizer }: LabelModel,
  signal: AbortSignal | undefined,
): Promise<AskedQuestion> {
  const candidates = question.options.map((option) => [...tokenizer.encode(option.trim())]);
  const longest = Math.max(...candidates.map((ids) => ids.length));
  let room = decoder.maxLength - longest; // </s> takes one position, the last token none
  const own = [...tokenizer.encode(questionPrompt(question))];
  const shown: number[][] = [];
  room -= own.length;
  for (const example of solved) {
    const ids = [...tokenizer.encode(`${questionPrompt(example)} ${example.options[example.answer]!.trim()}.`)];
    if (ids.length > room) continue;
    room -= ids.length;
    shown.push(ids);
  }
  const kept = room >= 0 ? own : own.slice(-room); // the end holds what is asked
  const scored = await scoreCandidates(decoder, [...textBegin(tokenizer), ...shown.flat(), ...kept], candidates, {
    signal,
  });
  const characters = question.options.map((option) => [...option.trim()].length);
  return {
    question,
    raw: best(scored.map(({ logLikelihood }) => logLikelihood)),
    normalized: best(scored.map(({ logLikelihood }, at) => logLikelihood / characters[at]!)),
    shortened: shown.length < solved.length || room < 0,
  };
}

/** The first of equals. */
function best(values: readonly number[]): number {
  return values.reduce((leader, value, at) => (value > values[leader]! ? at : leader), 0);
}

function choiceScore(
  asked: readonly AskedQuestion[],
  chosen: (asked: AskedQuestion) => number,
  options: BootstrapOptions | undefined,
): ChoiceScore {
  const right = asked.map((item) => Number(chosen(item) === item.question.answer));
  return { accuracy: mean(right), confidence: bootstrap(right, mean, options) ?? null };
}

function subjectScores(asked: readonly AskedQuestion[]): SubjectScore[] {
  const groups = new Map<string, AskedQuestion[]>();
  for (const item of asked) {
    const { subject } = item.question;
    groups.set(subject, [...(groups.get(subject) ?? []), item]);
  }
  return [...groups].map(([subject, items]) => ({
    subject,
    questions: items.length,
    raw: mean(items.map(({ raw, question }) => Number(raw === question.answer))),
    normalized: mean(items.map(({ normalized, question }) => Number(normalized === question.answer))),
  }));
}

function mostFrequent(questions: readonly ChoiceQuestion[]): number | null {
  const [first] = questions;
  const key = (question: ChoiceQuestion): string => JSON.stringify(question.options);
  if (questions.some((question) => key(question) !== key(present(first, "a question")))) return null;
  const counts = present(first, "a question").options.map(
    (_, at) => questions.filter(({ answer }) => answer === at).length,
  );
  return Math.max(...counts) / questions.length;
}
