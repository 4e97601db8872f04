/**
 * The report of an evaluation of the user's own relations as one HTML file: scores by relation, curves, errors with their sources, and
 * what is needed to run it again.
 *
 * The figures are those of `evaluate relations --json`. Left out: other systems, as nobody published any on these documents.
 */
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import type { OwnRelationsEvaluation, OwnRelationsReport } from "../evaluate-relations.ts";
import { examineOwn } from "./examine-relations.ts";
import { scoreChart } from "./report-charts.ts";
import { facts, html, type Markup, percent, renderPage, table } from "./report-page.ts";
import { curves, errors } from "./report-sections.ts";

export interface RelationsReportOptions {
  /** How the scores came about: version, command, data, model and its hash, precision, seeds. */
  readonly run: readonly (readonly [name: string, value: string])[];
  /** Documents with errors that are shown. Default 150: a page of all would be too long to open. */
  readonly mostDocuments?: number;
}

export function renderRelationsReport(
  scheme: RelationScheme,
  evaluation: OwnRelationsEvaluation,
  { run, mostDocuments }: RelationsReportOptions,
): string {
  const { report } = evaluation;
  const { name, headType, tailType, relations, symmetric, lowercase } = scheme;
  const examination = examineOwn(scheme, evaluation);
  const title = `${name}: ${report.decoding}`;
  return renderPage(
    title,
    html`<h1>${title}</h1>
<p class="quiet">${report.documents} documents; ${report.failed} answers hold no relation; ${report.seconds.toFixed(1)} s.</p>
${headline(report)}
${scores(report)}
${curves(examination)}
${errors(examination, mostDocuments)}
<h2>Run</h2>
${facts([
  ...run,
  ["decoding", report.decoding],
  ["documents", report.documents],
  ["scheme", name],
  ["arguments", `${headType}, ${tailType}${symmetric ? ", in either order" : ""}`],
  ["relations", relations.join(", ")],
  ["text", lowercase ? "lower-cased" : "as it is"],
])}`,
  );
}

function headline({ f1, meanF1, confidence, inventedArguments }: OwnRelationsReport): Markup {
  return html`<div class="headline"><span><strong>${percent(f1)}</strong> micro F1</span>
${confidence === null ? null : html`<span>${Math.round(100 * confidence.level)} % interval ${percent(confidence.low)} to ${percent(confidence.high)}</span>`}
<span>${percent(meanF1)} F1, mean of the documents'</span>
<span>${percent(inventedArguments)} % invented arguments</span></div>`;
}

function scores(report: OwnRelationsReport): Markup {
  const { f1, confidence, byRelation } = report;
  const labels = Object.entries(byRelation);
  const interval = confidence === null ? {} : { interval: [100 * confidence.low, 100 * confidence.high] as const };
  return html`<h2>Scores</h2>
<figure>${scoreChart("micro F1, in percent", [
    { system: "all relations", score: 100 * f1, ours: true, ...interval },
    ...labels.map(([system, score]) => ({ system, score: 100 * score.f1 })),
  ])}
<figcaption>micro F1 by relation, in percent; the bar is the interval of all.</figcaption></figure>
${table(
  ["", "precision", "recall", "micro F1"],
  [[html`<span class="ours">all relations</span>`, report] as const, ...labels].map(([name, score]) => [
    name,
    percent(score.precision),
    percent(score.recall),
    percent(score.f1),
  ]),
)}
<p class="quiet">Percent, by hard match: wording without case and spaces, "name (abbreviation)" by either.</p>`;
}
