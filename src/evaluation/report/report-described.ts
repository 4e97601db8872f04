/** The page of scored descriptions: every variant beside nearest neighbours and published rows, then texts with what should have been written. */
import type { DescribedSet } from "../described/described-sets.ts";
import type { DescriptionReport, ScoredDescription } from "../described/evaluate-descriptions.ts";
import type { EntityScore } from "../scorers/text/named-phrases.ts";
import type { DescriptionScores } from "../scorers/text/score-descriptions.ts";
import { SCORE_COLUMNS } from "./description-table.ts";
import { facts, html, type Insertable, type Markup, percent, renderPage, table } from "./report-page.ts";

/** Texts that are shown: the worst by named things, since a page of all would be too long to open. */
const MOST_TEXTS = 150;

export interface DescribedPage {
  readonly report: DescriptionReport & { readonly model?: string };
  readonly examples: readonly ScoredDescription[];
}

/** @param run how the page came about: version, command, files with their hashes */
export function renderDescribedReport(
  { title, published }: Pick<DescribedSet, "title" | "published">,
  { report, examples }: DescribedPage,
  run: readonly (readonly [name: string, value: string])[],
): string {
  const heading = `${title}: ${report.model ?? "given outputs"}`;
  const { nearest, entities } = report;
  const row = (name: Insertable, scores: DescriptionScores, named?: EntityScore): readonly Insertable[] => [
    name,
    ...SCORE_COLUMNS.map(([, of]) => percent(scores[of])),
    percent(named?.f1),
  ];
  return renderPage(
    heading,
    html`<h1>${heading}</h1>
<p class="quiet">${report.pairs} pairs. A score says how alike two texts are, not whether a text is true.</p>
${headline(report)}
<h2>Scores</h2>
${table(
  ["", ...SCORE_COLUMNS.map(([label]) => label), "named things, F1"],
  [
    ...Object.entries(report.metrics).flatMap(([variant, scores]) => [
      row(html`<span class="ours">this run, variant ${variant}</span>`, scores, entities),
      ...(nearest?.metrics[variant as "A"] === undefined
        ? []
        : [row(`nearest neighbour, variant ${variant}`, nearest.metrics[variant as "A"]!, nearest.entities)]),
    ]),
    ...published.map((one) => row(`${one.system} (published)`, one)),
  ],
)}
<p class="quiet">Percent. A: tokens apart at spaces, BLEU of the corpus; B: the mean of each sample’s smoothed BLEU; C: SciBERT’s word pieces, BLEU of
the corpus, as molecule captioning is published. Only rows of one variant compare. The nearest-neighbour row copies the answer of the most similar training record.</p>
${report.skipped.length === 0 ? null : html`<h3>Left out</h3><ul>${report.skipped.map((reason) => html`<li>${reason}</li>`)}</ul>`}
<h2>Texts</h2>
<p class="quiet">Those that name least of what they should, at most ${MOST_TEXTS}.</p>
${worst(examples).map(oneText)}
<h2>Run</h2>
${facts(run)}`,
  );
}

function headline({ metrics, confidence, nearest }: DescriptionReport): Markup {
  const variant = metrics.C === undefined ? "A" : "C";
  const interval = confidence[variant];
  const gain = nearest?.gain[variant];
  return html`<div class="headline"><span><strong>${percent(metrics[variant]!.bleu4)}</strong> BLEU-4, variant ${variant}</span>
${interval == null ? null : html`<span>${Math.round(100 * interval.level)} % interval ${percent(interval.low)} to ${percent(interval.high)}</span>`}
${
  gain === undefined
    ? null
    : html`<span>${percent(gain.bleu4)} points above the nearest neighbour${gain.confidence === null ? null : ` (${percent(gain.confidence.low)} to ${percent(gain.confidence.high)})`}</span>`
}</div>`;
}

function worst(examples: readonly ScoredDescription[]): ScoredDescription[] {
  const share = ({ named: { shared, inTruth } }: ScoredDescription): number => (inTruth === 0 ? 1 : shared / inTruth);
  return [...examples].sort((a, b) => share(a) - share(b) || a.rougeL - b.rougeL).slice(0, MOST_TEXTS);
}

function oneText({ record, output, nearest, named, rougeL }: ScoredDescription): Markup {
  return html`<details><summary><code>${record.id}</code> ${named.shared} of ${named.inTruth} things named, ROUGE-L ${percent(rougeL)}</summary>
<p class="quiet"><code>${record.input}</code></p>
<p class="quiet">${record.question}</p>
<div class="pair"><div><p class="quiet">written</p><p>${output === "" ? "nothing" : output}</p></div>
<div><p class="quiet">wanted</p><p>${record.answer}</p></div>
${nearest === undefined ? null : html`<div><p class="quiet">nearest neighbour, similarity ${nearest.similarity.toFixed(3)}</p><p>${nearest.answer}</p></div>`}</div></details>
`;
}
