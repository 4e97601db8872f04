/** Scores as tables for people, in lines of fixed width: what `evaluate` and `benchmark` print. Shares are shown in percent. */
import { agreed, countOf } from "../../base/count-of.ts";
import type { MultipleChoiceReport } from "../benchmarks/multiple-choice.ts";
import type { PerplexityReport } from "../benchmarks/perplexity.ts";
import type { ClassifierEvaluation } from "../evaluate-classifier.ts";
import type { EntityEvaluation } from "../evaluate-entities.ts";
import type { OwnRelationsReport } from "../evaluate-relations.ts";
import type { EvaluatedTask, TaskReport } from "../evaluated-task.ts";
import { type AboveTrivial, gainText } from "../scorers/above-trivial.ts";

interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

type Prf = { readonly precision: number; readonly recall: number; readonly f1: number };

const LABEL_WIDTH = 26;

/** `34.56`, in a column. */
function percent(share: number, width = 8, digits = 2): string {
  return (100 * share).toFixed(digits).padStart(width);
}

function row(label: string, ...cells: readonly string[]): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${cells.join("")}`;
}

function prfRows(rows: Readonly<Record<string, Prf>>): string[] {
  return [
    `${"".padEnd(LABEL_WIDTH + 2)}precision recall    F1`,
    ...Object.entries(rows).map(([name, { precision, recall, f1 }]) =>
      row(name, percent(precision), percent(recall), percent(f1)),
    ),
  ];
}

function intervalOfF1(interval: Interval | null | undefined): string[] {
  if (interval == null) return [];
  const { low, high, level } = interval;
  return [`  ${Math.round(100 * level)} % interval of the F1${percent(low)} to${percent(high)}`];
}

/** A task's scores beside the paper's. */
export function taskTable(report: TaskReport, task: EvaluatedTask, above: AboveTrivial | null): string[] {
  const { split, setting, decoding, documents, failed, confidence, inventedArguments, paper, seconds } = report;
  const rows: [string, number | null | undefined, number | undefined][] = [
    ["precision", report.precision, paper.precision],
    ["recall", report.recall, paper.recall],
    [task.mainScore.label, task.mainScore.of(report), paper.f1 ?? paper.accuracy],
    ...task.furtherScores.map(({ label, of }): [string, number | undefined, undefined] => [
      label,
      of(report),
      undefined,
    ]),
    ["invented arguments", inventedArguments, undefined],
  ];
  return [
    `${report.task} ${split}, ${setting}, ${decoding}: ${countOf(documents, "document")}, ${failed} unread, ${seconds.toFixed(1)} s`,
    `${"".padEnd(LABEL_WIDTH + 2)}${"ours".padStart(8)}${"paper".padStart(10)}`,
    ...rows.flatMap(([label, ours, theirs]) =>
      typeof ours === "number" ? [row(label, percent(ours), (theirs?.toFixed(2) ?? "").padStart(10))] : [],
    ),
    ...(confidence === null
      ? []
      : [
          `  ${Math.round(100 * confidence.level)} % interval ${percent(confidence.low, 0)} to ${percent(confidence.high, 0)} (${confidence.draws} draws, seed ${confidence.seed})`,
        ]),
    ...(above === null ? [] : [`  ${gainText(above)}`]),
  ];
}

/** Relations of one's own, all and by their label. */
export function ownRelationsTable(report: OwnRelationsReport): string[] {
  const { scheme, decoding, documents, failed, seconds, confidence, inventedArguments, meanF1, byRelation } = report;
  return [
    `${scheme}, ${decoding}: ${countOf(documents, "document")}, ${failed} without a relation, ${seconds.toFixed(1)} s`,
    ...prfRows({ all: report, ...byRelation }),
    ...intervalOfF1(confidence),
    `  mean F1 of documents${percent(meanF1)}, invented arguments${percent(inventedArguments)}`,
  ];
}

/** Names of one file or split, by type and all. */
export function entityTable(part: Omit<EntityEvaluation, "names"> & { readonly name: string }): string[] {
  const { name, documents, seconds, byType, all, interval, certainty } = part;
  return [
    `${name}: ${countOf(documents, "document")}, ${seconds.toFixed(1)} s (${(documents / seconds).toFixed(1)} documents/s)`,
    ...prfRows({ ...byType, all }),
    ...intervalOfF1(interval),
    ...Object.entries(certainty).map(
      ([type, { probability, right, error }]) =>
        `  ${type}: probability${percent(probability, 6, 1)} on average, right${percent(right, 6, 1)}, calibration error${percent(error, 5, 1)}`,
    ),
  ];
}

/** Labels of one file's texts. */
export function classifierTable(part: ClassifierEvaluation & { readonly name: string }): string[] {
  const { name, texts, seconds, accuracy, macroF1, byLabel, mostFrequent, interval } = part;
  const confidence =
    interval === undefined
      ? []
      : [
          `  ${Math.round(100 * interval.level)} % interval of the accuracy${percent(interval.low)} to${percent(interval.high)}`,
        ];
  return [
    `${name}: ${countOf(texts, "text")}, ${seconds.toFixed(1)} s (${(texts / seconds).toFixed(1)} texts/s)`,
    row("accuracy", percent(accuracy)),
    ...confidence,
    row(`always ${mostFrequent.label}`, percent(mostFrequent.accuracy)),
    row("macro F1", percent(macroF1)),
    ...prfRows(byLabel),
  ];
}

/** Answers to short questions, and those that are wrong. */
export function answersTable(evaluation: {
  readonly questions: number;
  readonly right: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly interval: Interval;
  readonly answers: readonly { readonly question: string; readonly answer: string; readonly gold: string }[];
}): string[] {
  const { questions, right, accuracy, macroF1, interval, answers } = evaluation;
  return [
    `${right} of ${countOf(questions, "question")} right`,
    row("accuracy", percent(accuracy)),
    `  95 % interval${percent(interval.low)} to${percent(interval.high)}`,
    row("macro F1", percent(macroF1)),
    ...answers.flatMap(({ question, answer, gold }) =>
      answer === gold ? [] : [`  ${answer}, not ${gold}: ${question}`],
    ),
  ];
}

/** Multiple choice by both likelihoods, beside chance. */
export function choiceTable(model: string, report: MultipleChoiceReport): string[] {
  const { benchmark, shots, questions, available, raw, normalized, chance, mostFrequent, subjects, shortened } = report;
  const accuracies = (label: string, a: number, b: number): string =>
    `  ${label.slice(0, 30).padEnd(32)}${percent(a, 6, 1)}${percent(b, 12, 1)}`;
  const interval = (name: string, confidence: Interval | null): string[] =>
    confidence === null
      ? []
      : [
          `  ${name}: ${Math.round(100 * confidence.level)} % interval${percent(confidence.low, 6, 1)} to${percent(confidence.high, 6, 1)}`,
        ];
  const bySubject = subjects.map((subject) =>
    accuracies(`  ${subject.subject} (${subject.questions})`, subject.raw, subject.normalized),
  );
  return [
    `${benchmark}, ${countOf(shots, "shot")}, ${model}: ${questions} of ${countOf(available, "question")}, ${report.seconds.toFixed(1)} s`,
    `${"".padEnd(34)}${"raw".padStart(6)}${"normalized".padStart(12)}`,
    accuracies("accuracy", raw.accuracy, normalized.accuracy),
    ...(subjects.length > 1
      ? [accuracies("mean of subjects", report.bySubject.raw, report.bySubject.normalized), ...bySubject]
      : []),
    accuracies("chance", chance, chance),
    ...(mostFrequent === null ? [] : [accuracies("always the most frequent", mostFrequent, mostFrequent)]),
    ...interval("raw", raw.confidence),
    ...interval("normalized", normalized.confidence),
    ...(shortened === 0
      ? []
      : [
          `  ${countOf(shortened, "prompt")} ${agreed(shortened, "was", "were")} shortened to fit the model's positions`,
        ]),
  ];
}

/** How well a model foretells documents. */
export function perplexityTable(model: string, report: PerplexityReport): string[] {
  const { documents, tokens, perplexity, bitsPerCharacter, confidence, windowed, unknownTokens } = report;
  const interval =
    confidence === null
      ? ""
      : `   (${Math.round(100 * confidence.level)} % interval ${confidence.low.toFixed(4)} to ${confidence.high.toFixed(4)})`;
  return [
    `perplexity, ${model}: ${countOf(documents, "document")}, ${countOf(tokens, "token")}, ${report.seconds.toFixed(1)} s`,
    `  perplexity a token   ${perplexity.toFixed(3)}`,
    `  bits a character     ${bitsPerCharacter.toFixed(4)}${interval}`,
    ...(windowed === 0
      ? []
      : [
          `  ${countOf(windowed, "document")} ${agreed(windowed, "was", "were")} longer than the model's positions and read in windows`,
        ]),
    ...(unknownTokens === 0
      ? []
      : [`  ${countOf(unknownTokens, "token")} ${agreed(unknownTokens, "is", "are")} unknown to the vocabulary`]),
  ];
}
