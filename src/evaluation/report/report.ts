/**
 * The report of a task's evaluation as one HTML file: scores beside the paper's and the baselines', curves, errors with their sources,
 * and everything needed to run it again.
 *
 * The figures are those of `evaluate --json`; the errors are those of report-examples.ts.
 */
import type { TaskData } from "../../tasks/build-examples.ts";
import { calibration, type ThresholdPoint, thresholdCurve } from "../calibration/calibration.ts";
import type { PublishedScore, TaskEvaluation, TaskReport } from "../evaluated-task.ts";
import { evaluatedTask, mainScore } from "../registry.ts";
import { type AboveTrivial, gainText } from "../scorers/above-trivial.ts";
import type { Examination } from "./examination.ts";
import { type ScoreRow, scoreChart } from "./report-charts.ts";
import { examine } from "./report-examples.ts";
import { facts, html, type Insertable, type Markup, percent, renderPage, table } from "./report-page.ts";
import { bestPoint, curves, errors } from "./report-sections.ts";

export interface TaskReportOptions {
  /** Trivial systems on the same examples. */
  readonly baselines?: readonly TaskReport[];
  /** What is said of the strongest of them. */
  readonly aboveTrivial?: AboveTrivial | null;
  /** How the scores came about: version, command, model and its hash, precision, seeds. */
  readonly run: readonly (readonly [name: string, value: string])[];
  /** Documents with errors that are shown. Default 150: a page of all would be too long to open. */
  readonly mostDocuments?: number;
}

/** What `evaluate --json` says besides the scores. */
export interface ErrorSummary {
  readonly errors: Examination["counts"];
  /** Null where nothing gave probabilities; `rawExpectedError` only where a map was learnt, before which it is the error. */
  readonly calibration: {
    readonly expectedError: number;
    readonly rawExpectedError?: number;
    readonly statements: number;
  } | null;
  /** The threshold that would have had the best F1 on these very examples: not to be reported as a score. */
  readonly bestThreshold: ThresholdPoint | null;
}

export function summarize({ counts, judged, rawJudged, gold }: Examination): ErrorSummary {
  const expectedError = calibration(judged).expectedError;
  const raw = rawJudged === undefined ? {} : { rawExpectedError: calibration(rawJudged).expectedError };
  return {
    errors: counts,
    calibration: judged.length === 0 ? null : { expectedError, ...raw, statements: judged.length },
    bestThreshold: bestPoint(thresholdCurve(judged, gold)) ?? null,
  };
}

export function renderTaskReport(data: TaskData, evaluation: TaskEvaluation, options: TaskReportOptions): string {
  const { report } = evaluation;
  const examination = examine(data, evaluation);
  const title = `${evaluatedTask(report.task).task.title}, ${report.split}: ${report.decoding}`;
  return renderPage(
    title,
    html`<h1>${title}</h1>
<p class="quiet">${report.documents} documents, ${report.setting}; ${report.failed} answers could not be read or say nothing; ${report.seconds.toFixed(1)} s.</p>
${headline(report, options.aboveTrivial ?? null)}
${scores(report, options.baselines ?? [])}
${details(report)}
${curves(examination)}
${errors(examination, options.mostDocuments)}
<h2>Run</h2>
${facts([
  ...options.run,
  ["split", `${report.split}, ${report.documents} documents`],
  ["setting", report.setting],
  ["decoding", report.decoding],
  ...data.files.map(({ name, sha256 }): [string, Insertable] => [
    fileName(name),
    html`<code>${sha256 || "a folder"}</code>`,
  ]),
])}
${data.surprises.length === 0 ? null : html`<h3>About the data</h3><ul>${data.surprises.map(({ text }) => html`<li>${text}</li>`)}</ul>`}`,
  );
}

function headline(report: TaskReport, above: AboveTrivial | null): Markup {
  const { name, value } = mainScore(report);
  const { confidence, paper, inventedArguments } = report;
  const published = paper.f1 ?? paper.accuracy;
  return html`<div class="headline"><span><strong>${percent(value)}</strong> ${name}</span>
${confidence === null ? null : html`<span>${Math.round(100 * confidence.level)} % interval ${percent(confidence.low)} to ${percent(confidence.high)}</span>`}
${above === null ? null : html`<span>${gainText(above)}</span>`}
${published === undefined ? null : html`<span>paper ${published.toFixed(2)}${report.split === "test" ? "" : " (on test)"}</span>`}
${inventedArguments === null ? null : html`<span>${percent(inventedArguments)} % invented arguments</span>`}</div>`;
}

function scores(report: TaskReport, baselines: readonly TaskReport[]): Markup {
  const {
    paper: { biogpt, large, others },
    furtherScores,
  } = evaluatedTask(report.task);
  const published = [biogpt, large, ...others];
  const scoreOf = ({ f1, accuracy }: PublishedScore): number => f1 ?? accuracy ?? 0;
  const charted: ScoreRow[] = [
    {
      system: "this run",
      score: 100 * mainScore(report).value,
      ours: true,
      ...(report.confidence === null ? {} : { interval: [100 * report.confidence.low, 100 * report.confidence.high] }),
    },
    ...baselines.map((one) => ({ system: one.decoding, score: 100 * mainScore(one).value })),
    ...published.slice(0, 9).map((row) => ({ system: row.system, score: scoreOf(row) })),
  ];
  const own = (one: TaskReport, name: Insertable): readonly Insertable[] => [
    name,
    percent(one.precision),
    percent(one.recall),
    percent(mainScore(one).value),
    ...furtherScores.map(({ of }) => percent(of(one))),
  ];
  const columns = ["", "precision", "recall", mainScore(report).name, ...furtherScores.map(({ name }) => name)];
  const kept = report.precision === null ? [0, 3, 4] : columns.map((_, at) => at);
  const rows = [
    own(report, html`<span class="ours">this run</span>`),
    ...baselines.map((one) => own(one, `${one.decoding} (trivial, here)`)),
    ...published.map((row) => [
      `${row.system} (published)`,
      row.precision?.toFixed(2),
      row.recall?.toFixed(2),
      (row.f1 ?? row.accuracy)?.toFixed(2),
    ]),
  ];
  return html`<h2>Scores</h2>
<figure>${scoreChart(`${mainScore(report).name}, in percent`, charted)}
<figcaption>${mainScore(report).name}, in percent; the bar is the interval of this run.</figcaption></figure>
${table(
  kept.map((at) => columns[at]),
  rows.map((row) => kept.map((at) => row[at])),
)}
<p class="quiet">Percent. Published scores: Luo et al., 2022, arXiv:2210.10341, and users' reproductions. Only systems on the same split and setting
compare; DDI's and KD-DTI's published "micro F1" is the mean of the documents' F1, HoC's counts the class "empty".</p>`;
}

/** The further scores of `details`, as they are: names and shares, nested ones indented by their path. */
function details({ details: all }: TaskReport): Markup {
  const rows: [string, Insertable][] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "number") rows.push([path, Number.isInteger(value) ? value : value.toFixed(4)]);
    else if (typeof value === "string") rows.push([path, value]);
    else if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}, ${key}`);
  };
  visit(all, "");
  return html`<details><summary>Further scores</summary>${facts(rows)}</details>`;
}

function fileName(path: string): string {
  return path.split("/").slice(-2).join("/");
}
