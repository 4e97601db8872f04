/**
 * The loss curve of a run as an SVG that stands alone: training loss (each point a mean over its stretch of updates), held-out loss,
 * and, below, the induction score where it is measured. Works on light and dark pages. Leaves out interaction.
 */
import type { EvaluationRecord, LogRecord, UpdateRecord } from "./run-log.ts";

const WIDTH = 900;
const MARGIN = { left: 62, right: 26, top: 44, bottom: 46 };
const MAIN_HEIGHT = 340;
const SMALL_HEIGHT = 90;
const GAP = 46;
/** More points than pixels tell nothing. */
const MAX_POINTS = 400;

type Point = readonly [x: number, y: number];

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** @param records of a run's log, in order; an empty log gives empty axes */
export function lossPlot(records: readonly LogRecord[]): string {
  const updates = records.filter((record): record is UpdateRecord => "loss" in record);
  const evaluations = records.filter((record): record is EvaluationRecord => "heldOut" in record);
  const isFinitePoint = ([, y]: Point): boolean => Number.isFinite(y);
  const training = bucketMeans(updates.map(({ step, loss }): Point => [step, loss]).filter(isFinitePoint));
  const heldOut = evaluations.map(({ step, heldOut }): Point => [step, heldOut.loss]).filter(isFinitePoint);
  const induction = evaluations.flatMap(({ step, heldOut }): Point[] =>
    heldOut.induction === undefined ? [] : [[step, heldOut.induction.score]],
  );
  const last = records.at(-1)?.step ?? 1;
  const x = axis(0, Math.max(last, 2), 8, true);
  const hasSmall = induction.length > 0;
  const height = MARGIN.top + MAIN_HEIGHT + (hasSmall ? GAP + SMALL_HEIGHT : 0) + MARGIN.bottom;
  const main = panel({
    top: MARGIN.top,
    height: MAIN_HEIGHT,
    x,
    y: rangeOf([...training, ...heldOut], 6),
    label: "loss, nats a token",
    xLabel: hasSmall ? undefined : "updates",
    lines: [
      { points: training, className: "training" },
      { points: heldOut, className: "held-out", dots: true },
    ],
  });
  const small = hasSmall
    ? panel({
        top: MARGIN.top + MAIN_HEIGHT + GAP,
        height: SMALL_HEIGHT,
        x,
        y: rangeOf([[0, 0], ...induction], 3),
        label: "induction, nats",
        xLabel: "updates",
        lines: [{ points: induction, className: "induction", dots: true }],
      })
    : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Loss curve">
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${legend(updates, evaluations)}
${main}
${small}
</svg>
`;
}

const STYLE = `
svg{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;--ink:#24292f;--faint:#d8dee4;--page:#fff;--training:#0969da;--held-out:#cf6a16;--induction:#2c7d3f}
@media(prefers-color-scheme:dark){svg{--ink:#d0d7de;--faint:#30363d;--page:#0d1117;--training:#58a6ff;--held-out:#f0883e;--induction:#56d364}}
text{fill:var(--ink)}.page{fill:var(--page)}.grid{stroke:var(--faint)}.axis{stroke:var(--ink);fill:none}
polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
.training{stroke:var(--training)}.held-out{stroke:var(--held-out)}.induction{stroke:var(--induction)}
circle.held-out{fill:var(--held-out)}circle.induction{fill:var(--induction)}`;

interface Panel {
  readonly top: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly label: string;
  readonly xLabel: string | undefined;
  readonly lines: readonly { readonly points: readonly Point[]; readonly className: string; readonly dots?: boolean }[];
}

function panel({ top, height, x, y, label, xLabel, lines }: Panel): string {
  const right = WIDTH - MARGIN.right;
  const bottom = top + height;
  const across = (value: number): string =>
    fixed(MARGIN.left + ((value - x.from) / (x.to - x.from)) * (right - MARGIN.left));
  const up = (value: number): string => fixed(bottom - ((value - y.from) / (y.to - y.from)) * height);
  const parts: string[] = [];
  for (const tick of y.ticks) {
    parts.push(`<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${up(tick)}" y2="${up(tick)}"/>`);
    parts.push(`<text x="${MARGIN.left - 8}" y="${up(tick)}" dy="4" text-anchor="end">${tickText(tick)}</text>`);
  }
  for (const tick of x.ticks) {
    parts.push(`<line class="grid" x1="${across(tick)}" x2="${across(tick)}" y1="${top}" y2="${bottom}"/>`);
    parts.push(
      `<text x="${across(tick)}" y="${bottom + 17}" text-anchor="middle">${tick.toLocaleString("en-US")}</text>`,
    );
  }
  parts.push(`<path class="axis" d="M${MARGIN.left} ${top}V${bottom}H${right}"/>`);
  parts.push(`<text transform="translate(16 ${top + height / 2}) rotate(-90)" text-anchor="middle">${label}</text>`);
  if (xLabel !== undefined) {
    parts.push(`<text x="${(MARGIN.left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${xLabel}</text>`);
  }
  for (const { points, className, dots } of lines) {
    if (points.length > 1) {
      parts.push(
        `<polyline class="${className}" points="${points.map(([a, b]) => `${across(a)},${up(b)}`).join(" ")}"/>`,
      );
    }
    if (dots || points.length === 1) {
      for (const [a, b] of points.slice(points.length > 60 ? -1 : 0)) {
        parts.push(`<circle class="${className}" cx="${across(a)}" cy="${up(b)}" r="2.6"/>`);
      }
    }
  }
  return parts.join("\n");
}

function legend(updates: readonly UpdateRecord[], evaluations: readonly EvaluationRecord[]): string {
  const entries: (readonly [string, string])[] = [];
  const [update, evaluation] = [updates.at(-1), evaluations.at(-1)];
  if (update !== undefined) entries.push(["training", `training ${update.loss.toFixed(3)}`]);
  if (evaluation !== undefined) {
    const { loss, bitsPerCharacter, induction } = evaluation.heldOut;
    const bits = bitsPerCharacter === undefined ? "" : ` (${bitsPerCharacter.toFixed(3)} bits a character)`;
    entries.push(["held-out", `held-out ${loss.toFixed(3)}${bits}`]);
    if (induction !== undefined) entries.push(["induction", `induction ${induction.score.toFixed(2)}`]);
  }
  let left = MARGIN.left;
  const parts = entries.map(([className, text]) => {
    const part = `<polyline class="${className}" points="${left},22 ${left + 18},22"/><text x="${left + 24}" y="26">${text}</text>`;
    left += 24 + 6.3 * text.length + 22;
    return part;
  });
  if (update !== undefined) {
    const text = `${tokenText(update.tokens)} tokens, update ${update.step.toLocaleString("en-US")}`;
    parts.push(`<text x="${WIDTH - MARGIN.right}" y="26" text-anchor="end">${text}</text>`);
  }
  return parts.join("\n");
}

/** Means over equal stretches of x, so that a long run stays readable. */
function bucketMeans(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MAX_POINTS);
  if (size <= 1) return [...points];
  const means: Point[] = [];
  for (let start = 0; start < points.length; start += size) {
    const bucket = points.slice(start, start + size);
    const mean = (index: 0 | 1): number => bucket.reduce((sum, point) => sum + point[index], 0) / bucket.length;
    means.push([mean(0), mean(1)]);
  }
  return means;
}

function rangeOf(points: readonly Point[], ticks: number): Axis {
  const values = points.map(([, y]) => y);
  return values.length === 0 ? axis(0, 1, ticks, false) : axis(Math.min(...values), Math.max(...values), ticks, false);
}

/** An axis whose ends and ticks are round numbers: steps of 1, 2 or 5 times a power of ten. */
function axis(low: number, high: number, wanted: number, exactEnd: boolean): Axis {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const from = Math.floor(low / step) * step;
  const to = exactEnd ? high : Math.ceil((low + span) / step) * step;
  const ticks: number[] = [];
  for (let i = 0; from + i * step <= to + step * 1e-6; i++) ticks.push(Number((from + i * step).toPrecision(12)));
  return { from, to, ticks: exactEnd ? ticks.filter((tick) => Number.isInteger(tick)) : ticks };
}

function fixed(value: number): string {
  return (Math.round(value * 10) / 10).toString();
}

function tickText(value: number): string {
  return Math.abs(value) >= 1000 ? value.toLocaleString("en-US") : Number(value.toPrecision(4)).toString();
}

function tokenText(tokens: number): string {
  if (tokens >= 1e9) return `${(tokens / 1e9).toFixed(2)} G`;
  return tokens >= 1e6 ? `${(tokens / 1e6).toFixed(1)} M` : tokens.toLocaleString("en-US");
}
