/**
 * The report of a task's evaluation as one HTML file: scores beside the paper's and the baselines', curves, errors with their sources,
 * and everything needed to run it again.
 *
 * The figures are those of `evaluate --json`; the errors are those of report-examples.ts.
 */
import type { Passage } from "../corpora/document.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { PassageSpan } from "../tasks/relation-extraction/content.ts";
import { calibration, type ThresholdPoint, thresholdCurve } from "./calibration.ts";
import type { TaskEvaluation, TaskReport } from "./evaluate-task.ts";
import { PAPER_SCORES, type PublishedScore } from "./paper-scores.ts";
import { calibrationChart, type ScoreRow, scoreChart, thresholdChart } from "./report-charts.ts";
import {
  ERROR_KINDS,
  type ErrorKind,
  type Examination,
  type ExaminedExample,
  type ExaminedStatement,
  examine,
} from "./report-examples.ts";
import { facts, html, type Insertable, type Markup, percent, renderPage, table } from "./report-page.ts";

export interface TaskReportOptions {
  /** Trivial systems on the same examples. */
  readonly baselines?: readonly TaskReport[];
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
  const { judged } = examination;
  const title = `${TITLES[report.task]}, ${report.split}: ${report.decoding}`;
  return renderPage(
    title,
    html`<h1>${title}</h1>
<p class="quiet">${report.documents} documents, ${report.setting}; ${report.failed} answers could not be read or say nothing; ${report.seconds.toFixed(1)} s.</p>
${headline(report)}
${scores(report, options.baselines ?? [])}
${details(report)}
${judged.length === 0 ? NO_PROBABILITIES : curves(examination)}
${errors(examination, options.mostDocuments ?? 150)}
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

const TITLES: Readonly<Record<TaskReport["task"], string>> = {
  bc5cdr: "BC5CDR",
  ddi: "DDI",
  "kd-dti": "KD-DTI",
  hoc: "HoC",
  pubmedqa: "PubMedQA",
};

/** The task's own score, and what it is called. */
export function mainScore(report: TaskReport): { readonly name: string; readonly value: number } {
  if (report.task === "pubmedqa") return { name: "accuracy", value: report.accuracy ?? 0 };
  if (report.task === "hoc") return { name: 'micro F1 with "empty"', value: report.microF1 ?? 0 };
  return {
    name: report.task === "bc5cdr" ? "micro F1" : "F1, mean of the documents'",
    value: report.f1 ?? 0,
  };
}

function headline(report: TaskReport): Markup {
  const { name, value } = mainScore(report);
  const { confidence, paper, inventedArguments } = report;
  const published = paper.f1 ?? paper.accuracy;
  return html`<div class="headline"><span><strong>${percent(value)}</strong> ${name}</span>
${confidence === null ? null : html`<span>${Math.round(100 * confidence.level)} % interval ${percent(confidence.low)} to ${percent(confidence.high)}</span>`}
${published === undefined ? null : html`<span>paper ${published.toFixed(2)}${report.split === "test" ? "" : " (on test)"}</span>`}
${inventedArguments === null ? null : html`<span>${percent(inventedArguments)} % invented arguments</span>`}</div>`;
}

function scores(report: TaskReport, baselines: readonly TaskReport[]): Markup {
  const { biogpt, large, others } = PAPER_SCORES[report.task];
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
    ...(report.task === "ddi" || report.task === "kd-dti" ? [percent(one.microF1)] : []),
    ...(report.task === "pubmedqa" ? [percent(one.macroF1)] : []),
  ];
  const further = { ddi: ["micro F1"], "kd-dti": ["micro F1"], pubmedqa: ["macro F1"], bc5cdr: [], hoc: [] };
  const columns = ["", "precision", "recall", mainScore(report).name, ...further[report.task]];
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

const NO_PROBABILITIES: Markup = html`<h2>Thresholds and calibration</h2>
<p>The answers of this run carry no probabilities, so there is no curve.</p>`;

function bestPoint(curve: readonly ThresholdPoint[]): ThresholdPoint | undefined {
  return curve.reduce<ThresholdPoint | undefined>(
    (best, point) => (point.f1 > (best?.f1 ?? -1) ? point : best),
    undefined,
  );
}

function curves({ judged, rawJudged, gold }: Examination): Markup {
  const curve = thresholdCurve(judged, gold);
  const best = bestPoint(curve);
  const meaning = calibration(judged);
  const raw = rawJudged === undefined ? undefined : calibration(rawJudged);
  const rows = Math.min(10, curve.length);
  const sampled = Array.from({ length: rows }, (_, at) => curve[Math.floor((at * curve.length) / rows)]!);
  return html`<h2>Thresholds and calibration</h2>
<div class="charts">
<figure>${thresholdChart(curve, best)}<figcaption>Leaving out statements under a threshold; the dot has the best F1${
    best === undefined ? "" : ` (${percent(best.f1)}, at ${best.threshold.toPrecision(3)})`
  } on these very examples, which is no score to report.</figcaption></figure>
<figure>${calibrationChart(meaning)}<figcaption>Expected calibration error ${percent(meaning.expectedError)} % over ${judged.length} statements${
    raw === undefined ? "" : ", calibrated as learnt on validation"
  };
on the dashed line probabilities mean what they say.</figcaption></figure>
${
  raw === undefined
    ? null
    : html`<figure>${calibrationChart(raw)}<figcaption>The same before calibration: ${percent(raw.expectedError)} %.</figcaption></figure>`
}
</div>
${table(
  ["threshold", "kept", "precision", "recall", "F1"],
  sampled.map((point) => [
    point.threshold.toPrecision(3),
    point.kept,
    percent(point.precision),
    percent(point.recall),
    percent(point.f1),
  ]),
)}
<p class="quiet">By statement: each pair, label or answer once, as the model gave it a probability. Where a score is a mean over documents it differs.</p>`;
}

const KIND_NAMES: Readonly<Record<"right" | ErrorKind, string>> = {
  right: "right",
  missed: "missed",
  relation: "wrong relation",
  swapped: "arguments swapped",
  invented: "invented argument",
  spurious: "spurious",
  unread: "unread",
};
const KIND_MEANINGS: Readonly<Record<"right" | ErrorKind, string>> = {
  right: "as in the gold",
  missed: "in the gold, not in the answer",
  relation: "the pair is in the gold under another label",
  swapped: "the pair is in the gold the other way round",
  invented: "an argument stands nowhere in the source",
  spurious: "the gold has no such pair or label",
  unread: "no answer could be read",
};

function errors({ examples, counts }: Examination, most: number): Markup {
  const wrong = examples.filter(({ statements }) => statements.some(({ kind }) => kind !== "right"));
  const kinds = (["right", ...ERROR_KINDS] as const).filter((kind) => counts[kind] > 0);
  return html`<h2>Errors</h2>
<div class="words">${table(
    ["kind", "count", "meaning"],
    kinds.map((kind) => [
      html`<span class="kind ${kind}">${KIND_NAMES[kind]}</span>`,
      counts[kind],
      KIND_MEANINGS[kind],
    ]),
  )}</div>
<p class="quiet">${wrong.length} of ${examples.length} documents have an error${wrong.length > most ? `; the first ${most} are shown` : ""}.
In the sources <mark class="head">first</mark> and <mark class="tail">second</mark> arguments are marked.</p>
${wrong.slice(0, most).map(oneDocument)}`;
}

function oneDocument({ id, passages, statements, output }: ExaminedExample): Markup {
  const tally = (["right", ...ERROR_KINDS] as const)
    .map((kind) => [kind, statements.filter((statement) => statement.kind === kind).length] as const)
    .filter(([, count]) => count > 0);
  return html`<details><summary>${id}: ${tally.map(([kind, count]) => html`<span class="kind ${kind}">${count} ${KIND_NAMES[kind]}</span> `)}</summary>
<ul class="errors">${statements.map(
    ({ kind, text, probability }) =>
      html`<li><span class="kind ${kind}">${KIND_NAMES[kind]}</span> ${text}${probability === undefined ? "" : ` (${probability.toPrecision(3)})`}</li>`,
  )}</ul>
<div class="source">${passages.map((passage, at) => html`<p>${highlighted(passage, at, statements)}</p>`)}</div>
<p class="quiet">Answer: ${output === "" ? "nothing" : output}</p></details>
`;
}

/** The passage with its arguments marked; where marks overlap the earlier and longer one stays. */
function highlighted({ text }: Passage, passage: number, statements: readonly ExaminedStatement[]): Markup {
  const marks = statements
    .flatMap(({ heads, tails }) => [...heads.map(asMark("head")), ...tails.map(asMark("tail"))])
    .filter((mark) => mark.passage === passage)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: Markup[] = [];
  let at = 0;
  for (const { start, end, role } of marks) {
    if (start < at) continue;
    parts.push(html`${text.slice(at, start)}<mark class="${role}">${text.slice(start, end)}</mark>`);
    at = end;
  }
  return html`${parts}${text.slice(at)}`;
}

function asMark(role: "head" | "tail"): (span: PassageSpan) => PassageSpan & { readonly role: string } {
  return (span) => ({ ...span, role });
}

function fileName(path: string): string {
  return path.split("/").slice(-2).join("/");
}
