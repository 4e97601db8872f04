/**
 * What every report of an evaluation has: threshold and calibration curves, errors by kind, and the documents with their arguments
 * marked.
 */
import type { Passage } from "../../corpora/document.ts";
import type { PassageSpan } from "../../tasks/relation-extraction/content.ts";
import { calibration, type ThresholdPoint, thresholdCurve } from "../calibration/calibration.ts";
import {
  ERROR_KINDS,
  type ErrorKind,
  type Examination,
  type ExaminedExample,
  type ExaminedStatement,
} from "./examination.ts";
import { calibrationChart, thresholdChart } from "./report-charts.ts";
import { html, type Markup, percent, table } from "./report-page.ts";

/** A page of all documents of a large split would be too long to open. */
const MOST_DOCUMENTS = 150;

const NO_PROBABILITIES: Markup = html`<h2>Thresholds and calibration</h2>
<p>The answers of this run carry no probabilities, so there is no curve.</p>`;

/** The point of the highest F1, the first of equals. */
export function bestPoint(curve: readonly ThresholdPoint[]): ThresholdPoint | undefined {
  return curve.reduce<ThresholdPoint | undefined>(
    (best, point) => (point.f1 > (best?.f1 ?? -1) ? point : best),
    undefined,
  );
}

/** What other thresholds would have given, and whether probabilities mean what they say. */
export function curves({ judged, rawJudged, gold }: Examination): Markup {
  if (judged.length === 0) return NO_PROBABILITIES;
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

/**
 * Errors counted by kind, then each document that has one, closed until it is asked for.
 *
 * @param most documents that are shown
 */
export function errors({ examples, counts }: Examination, most: number = MOST_DOCUMENTS): Markup {
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
