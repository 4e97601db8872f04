/**
 * The report's drawings, as inline SVG in the page's own colours: scores with their intervals, the threshold curve, calibration.
 *
 * Each has a title for screen readers, and its numbers stand in a table of the page, so nothing is said by a picture alone.
 */
import type { Calibration, ThresholdPoint } from "../calibration/calibration.ts";
import { html, type Markup, percent } from "./report-page.ts";

const INK = "fill:var(--quiet)";
const LINE = "stroke:var(--line);stroke-width:1";

export interface ScoreRow {
  readonly system: string;
  /** In percent. */
  readonly score: number;
  readonly interval?: readonly [low: number, high: number];
  /** Drawn in the run's colour. */
  readonly ours?: boolean;
}

/** A dot for each system on a common scale from 0 to 100, best above. */
export function scoreChart(title: string, rows: readonly ScoreRow[]): Markup {
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  const [left, width, step] = [190, 280, 22];
  const height = sorted.length * step + 30;
  const x = (score: number): number => left + (Math.min(100, Math.max(0, score)) / 100) * width;
  return html`<svg viewBox="0 0 520 ${height}" role="img" aria-label="${title}">
<title>${title}</title>
${[0, 25, 50, 75, 100].map(
  (tick) => html`<line x1="${x(tick)}" x2="${x(tick)}" y1="4" y2="${height - 20}" style="${LINE}"/>
<text x="${x(tick)}" y="${height - 6}" text-anchor="middle" style="${INK}">${tick}</text>`,
)}
${sorted.map(({ system, score, interval, ours }, at) => {
  const y = 14 + at * step;
  const colour = ours === true ? "var(--ours)" : "var(--other)";
  return html`<text x="${left - 10}" y="${y + 4}" text-anchor="end" style="fill:${ours === true ? "var(--ours)" : "var(--ink)"}">${shortened(system)}</text>
${
  interval === undefined
    ? null
    : html`<line x1="${x(interval[0])}" x2="${x(interval[1])}" y1="${y}" y2="${y}" style="stroke:${colour};stroke-width:3;opacity:.45"/>`
}<circle cx="${x(score)}" cy="${y}" r="5" style="fill:${colour}"/>
<text x="${x(100) + 8}" y="${y + 4}" style="${INK}">${score.toFixed(1)}</text>`;
})}
</svg>`;
}

function shortened(name: string): string {
  return name.length <= 30 ? name : `${name.slice(0, 29)}…`;
}

const [SIDE, PAD_LEFT, PAD_TOP] = [300, 44, 12];

/** A unit square with axes from 0 to 1; `content` is drawn with the two scales. */
function unitChart(
  title: string,
  across: string,
  up: string,
  content: (x: (share: number) => number, y: (share: number) => number) => Markup,
): Markup {
  const x = (share: number): number => Math.round(10 * (PAD_LEFT + share * SIDE)) / 10;
  const y = (share: number): number => Math.round(10 * (PAD_TOP + (1 - share) * SIDE)) / 10;
  return html`<svg viewBox="0 0 ${SIDE + PAD_LEFT + 16} ${SIDE + PAD_TOP + 44}" role="img" aria-label="${title}">
<title>${title}</title>
${[0, 0.25, 0.5, 0.75, 1].map(
  (tick) => html`<line x1="${x(tick)}" x2="${x(tick)}" y1="${y(0)}" y2="${y(1)}" style="${LINE}"/>
<line x1="${x(0)}" x2="${x(1)}" y1="${y(tick)}" y2="${y(tick)}" style="${LINE}"/>
<text x="${x(tick)}" y="${y(0) + 16}" text-anchor="middle" style="${INK}">${tick}</text>
<text x="${x(0) - 6}" y="${y(tick) + 4}" text-anchor="end" style="${INK}">${tick}</text>`,
)}
<text x="${x(0.5)}" y="${y(0) + 36}" text-anchor="middle" style="${INK}">${across}</text>
<text x="12" y="${y(0.5)}" text-anchor="middle" style="${INK}" transform="rotate(-90 12 ${y(0.5)})">${up}</text>
${content(x, y)}
</svg>`;
}

/** Points beyond this are thinned out: no screen shows more. */
const MOST_POINTS = 400;

/** Precision against recall as the threshold falls; the best F1 is marked. */
export function thresholdChart(curve: readonly ThresholdPoint[], best: ThresholdPoint | undefined): Markup {
  const stride = Math.max(1, Math.ceil(curve.length / MOST_POINTS));
  const shown = curve.filter((_, at) => at % stride === 0 || at === curve.length - 1);
  return unitChart("Precision against recall", "recall", "precision", (x, y) => {
    const points = shown.map(({ recall, precision }) => `${x(recall)},${y(precision)}`).join(" ");
    return html`<polyline points="${points}" style="fill:none;stroke:var(--ours);stroke-width:2"/>
${
  best === undefined
    ? null
    : html`<circle cx="${x(best.recall)}" cy="${y(best.precision)}" r="5" style="fill:var(--ours)"><title>best F1 ${percent(best.f1)}</title></circle>`
}`;
  });
}

/** Share of right statements against what the model said, bin by bin; the area of a dot follows the bin's count. */
export function calibrationChart({ bins }: Calibration): Markup {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return unitChart("Calibration", "probability, mean of the bin", "share right", (x, y) => {
    const dots = bins
      .filter(({ count }) => count > 0)
      .map(({ probability, accuracy, count }) => {
        const radius = (3 + 9 * Math.sqrt(count / most)).toFixed(1);
        return html`<circle cx="${x(probability)}" cy="${y(accuracy)}" r="${radius}" style="fill:var(--ours);opacity:.8"><title>${count} statements: ${percent(accuracy)} % right at ${percent(probability)} %</title></circle>`;
      });
    return html`<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" style="stroke:var(--quiet);stroke-dasharray:4 4"/>${dots}`;
  });
}
