/** Two models' descriptions side by side, as a page. */
import { DESCRIPTION_WARNING } from "../../tasks/description/describe.ts";
import type { DescribedBy, DescriptionComparison } from "../describe.ts";
import { facts, html, type Insertable, type Markup, percent, renderPage, table } from "./report-page.ts";

export interface DescriptionReportOptions {
  /** How the page came about: version, command, settings. */
  readonly run: readonly (readonly [name: string, value: string])[];
}

export function renderDescriptionReport(
  { terms, models }: DescriptionComparison,
  { run }: DescriptionReportOptions,
): string {
  const [first, second] = models;
  const row = (name: string, of: (side: DescribedBy) => Insertable): readonly Insertable[] => [
    name,
    of(first),
    of(second),
  ];
  return renderPage(
    `Descriptions by ${first.model} and ${second.model}`,
    html`<h1>Descriptions by ${first.model} and ${second.model}</h1>
<p class="warning">${DESCRIPTION_WARNING}</p>
${table(
  ["", first.model, second.model],
  [
    row("descriptions", ({ texts }) => texts),
    row("terms without a whole sentence", ({ unfinished }) => unfinished),
    row("words, mean", ({ words }) => words.toFixed(1)),
    row("distinct-1, %", (side) => percent(side.distinct[1], 1)),
    row("distinct-2, %", (side) => percent(side.distinct[2], 1)),
    row("distinct-3, %", (side) => percent(side.distinct[3], 1)),
    row("repeated 4-grams, %", ({ repetition }) => percent(repetition, 1)),
    row("perplexity under the other", ({ judged }) => judged?.perplexity.toFixed(2)),
    row("bits a character under the other", ({ judged }) => judged?.bitsPerCharacter.toFixed(3)),
  ],
)}
<p class="quiet">Distinct-n is the share of different n-grams among all. Perplexities a token compare only within one judge's vocabulary, bits a
character between vocabularies. No figure here says whether a text is true.</p>
<h2>Texts</h2>
${terms.map(
  (term, at) => html`<h3>${term}</h3>
<div class="pair">${models.map((side) => oneText(side, at))}</div>
`,
)}
<h2>Run</h2>
${facts([...run, ["model 1", `${first.model}, ${first.modelHash}`], ["model 2", `${second.model}, ${second.modelHash}`]])}`,
  );
}

function oneText({ model, descriptions }: DescribedBy, at: number): Markup {
  const { text, score, candidates } = descriptions[at]!;
  return html`<div><p class="quiet">${model}${score === null ? "" : `, ${score.toFixed(3)} nats a token`}</p>
<p>${text ?? "No whole sentence."}</p>
<details><summary class="quiet">${candidates.length} prompts</summary>${candidates.map(
    (candidate) =>
      html`<p><code>${candidate.prompt}</code> ${candidate.score === null ? "" : `(${candidate.score.toFixed(3)})`} ${candidate.text ?? "no whole sentence"}</p>`,
  )}</details></div>`;
}
