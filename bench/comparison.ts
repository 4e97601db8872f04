/**
 * From measurements in rounds to the table of ratios: which figures are judged, against whom, by which bar. Computes only; bench/compare.ts
 * measures and writes.
 *
 * A ratio is taken within a round, where both ran within minutes of each other, and only then is the median taken: what else the machine did
 * meanwhile then hits both alike. Its spread is the least and the greatest of the rounds.
 */
import { type Metrics, medianOf } from "./peers/task.ts";

/** One process's answer. */
export interface Measurement {
  readonly round: number;
  /** Such as "ours q8". */
  readonly contestant: string;
  readonly metrics: Metrics;
  /** Share of the processors that others had meanwhile, 0 to 1. */
  readonly others?: number;
}

/** A figure of a contestant: ["ours q8", "decode 16"]. */
export type Figure = readonly [contestant: string, metric: string];

export interface Claim {
  readonly what: string;
  readonly ours: Figure;
  /** Absent: the figure itself is judged. */
  readonly against?: Figure;
  /** At least for ratios and rates, at most for what is better small; absent where nothing was promised. */
  readonly bar?: number;
  readonly stretch?: number;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
  readonly rounds: number;
}

export interface Verdict extends Claim {
  readonly measured: Spread;
  readonly meets: "stretch" | "bar" | "neither" | undefined;
}

const llama = { q4: "llama.cpp Q4_0", q8: "llama.cpp Q8_0", fp32: "llama.cpp F16" };

/** What was promised of speed and memory, then what is good to know. */
export const CLAIMS: readonly Claim[] = [
  ...(["q4", "q8"] as const).map((precision) =>
    claim(`decode, 1 row, ${precision}`, [`ours ${precision}`, "decode 1"], llama[precision], 2, 3.5),
  ),
  claim("decode, 1 row, fp32", ["ours fp32", "decode 1"], "transformers fp32", 3, 4),
  claim("decode, 1 row, q4", ["ours q4", "decode 1"], "transformers bf16", 5, 7),
  ...(["q4", "q8"] as const).flatMap((precision) => [
    claim(`prompt, ${precision}`, [`ours ${precision}`, "prefill"], llama[precision], 1.5, 3),
    claim(`prompt, ${precision}`, [`ours ${precision}`, "prefill"], "transformers bf16", 1, 2),
  ]),
  claim("beam search, fp32", ["ours fp32", "beam"], "transformers fp32", 3),
  claim("beam search, q8", ["ours q8", "beam"], "transformers fp32", 6),
  claim("decode, 16 rows, q8", ["ours q8", "decode 16"], "transformers bf16", 2.5, 4),
  { what: "decode, 16 rows, q8", ours: ["ours q8", "decode 16"], against: ["ours q8", "decode 1"], bar: 2, stretch: 3 },
  ...(["q4", "q8"] as const).map((precision) => ({
    what: `a token over one reading of the weights, ${precision}`,
    ours: [`ours ${precision}`, "over memory"] as const,
    bar: precision === "q4" ? 1.6 : 1.5,
    stretch: 1.3,
  })),
  { what: "peak memory, q4, 1 row", ours: ["ours q4", "memory"], bar: 700e6, stretch: 500e6 },
  { what: "load to first token, q4", ours: ["ours q4", "load"], bar: 1.5, stretch: 0.7 },
  { what: "tokenizer, text to ids, first pass", ours: ["tokenizer", "cold"], bar: 3, stretch: 10 },
  { what: "PubMed XML (gzip) to documents", ours: ["pubmed-xml", "ours"], bar: 25, stretch: 60 },

  claim("decode, 1 row, fp32", ["ours fp32", "decode 1"], llama.fp32),
  claim("prompt, fp32", ["ours fp32", "prefill"], "transformers fp32"),
  claim("beam search, q8", ["ours q8", "beam"], "transformers bf16"),
  ...(["q4", "q8"] as const).map((precision) =>
    claim(`decode, 16 rows, ${precision}`, [`ours ${precision}`, "decode 16"], llama[precision]),
  ),
  claim("decode, 16 rows, fp32", ["ours fp32", "decode 16"], "transformers fp32"),
  claim("decode, 8 rows, q8", ["ours q8", "decode 8"], "transformers bf16"),
  claim("decode, 8 rows, q8", ["ours q8", "decode 8"], "transformers fp32"),
  { what: "tokenizer, text to ids, texts seen before", ours: ["tokenizer", "warm"] },
  { what: "tokenizer with offsets, first pass", ours: ["tokenizer", "offsets"] },
];

/** Of Llama-2-7B's shape; a bar of llama.cpp's own speed is what was promised. */
export const LARGE_CLAIMS: readonly Claim[] = [
  claim("decode, 1 row, q4", ["ours q4", "decode 1"], llama.q4, 1, 1.3),
  claim("prompt, q4", ["ours q4", "prefill"], llama.q4, 1),
  claim("decode, 1 row, q8", ["ours q8", "decode 1"], llama.q8),
  claim("prompt, q8", ["ours q8", "prefill"], llama.q8, 1, 2),
  { what: "peak memory, q4, 1 row, mapped files among it", ours: ["ours q4", "memory"] },
  { what: "load to first token, q4", ours: ["ours q4", "load"], bar: 10, stretch: 4 },
];

function claim(what: string, ours: Figure, peer: string, bar?: number, stretch?: number): Claim {
  return {
    what,
    ours,
    against: [peer, ours[1]],
    ...(bar === undefined ? {} : { bar }),
    ...(stretch === undefined ? {} : { stretch }),
  };
}

/** Seconds, bytes, and times over the least time are better small. */
export function smallerIsBetter(metric: string): boolean {
  return metric === "load" || metric === "memory" || metric === "over memory";
}

/** Judges each claim whose figures were measured; the others are left out (`unmeasured` lists them). */
export function judge(measurements: readonly Measurement[], claims: readonly Claim[] = CLAIMS): Verdict[] {
  return claims.flatMap((each): Verdict[] => {
    const { ours, against, bar, stretch } = each;
    const own = byRound(measurements, ours);
    const peer = against && byRound(measurements, against);
    const values: number[] = [];
    for (const [round, value] of own) {
      if (peer === undefined) values.push(value);
      else if (peer.has(round)) {
        values.push(smallerIsBetter(ours[1]) ? peer.get(round)! / value : value / peer.get(round)!);
      }
    }
    if (values.length === 0) return [];
    const measured = spread(values);
    const small = against === undefined && smallerIsBetter(ours[1]);
    const reaches = (goal: number | undefined): boolean =>
      goal !== undefined && (small ? measured.median <= goal : measured.median >= goal);
    const meets = bar === undefined ? undefined : reaches(stretch) ? "stretch" : reaches(bar) ? "bar" : "neither";
    return [{ ...each, measured, meets }];
  });
}

export function unmeasured(verdicts: readonly Verdict[], claims: readonly Claim[] = CLAIMS): Claim[] {
  return claims.filter(({ ours, against }) => !verdicts.some((v) => v.ours === ours && v.against === against));
}

export function spread(values: readonly number[]): Spread {
  return {
    median: medianOf(values),
    least: Math.min(...values),
    greatest: Math.max(...values),
    rounds: values.length,
  };
}

/** A figure's value in each round; of several processes the first that measured it counts, which for memory is the one with one row. */
function byRound(measurements: readonly Measurement[], [contestant, metric]: Figure): Map<number, number> {
  const values = new Map<number, number>();
  for (const { round, contestant: name, metrics } of measurements) {
    const value = metrics[metric];
    if (name === contestant && value !== undefined && !values.has(round)) values.set(round, value);
  }
  return values;
}

/** Medians of every figure of every contestant. */
export function figures(measurements: readonly Measurement[]): Record<string, Record<string, Spread>> {
  const result: Record<string, Record<string, Spread>> = {};
  for (const { contestant, metrics } of measurements) {
    for (const metric of Object.keys(metrics)) {
      result[contestant] ??= {};
      result[contestant][metric] ??= spread([...byRound(measurements, [contestant, metric]).values()]);
    }
  }
  return result;
}

/** The two tables in Markdown: what was judged, and every figure. */
export function tables(verdicts: readonly Verdict[], all: Readonly<Record<string, Record<string, Spread>>>): string[] {
  const judged = verdicts.map(({ what, ours, against, bar, stretch, measured, meets }) => {
    const write = (value: number): string => (against === undefined ? amount(ours[1], value) : `${value.toFixed(2)}×`);
    const than = against === undefined && smallerIsBetter(ours[1]) ? "≤" : "≥";
    const goal = (value: number | undefined): string => (value === undefined ? "" : `${than} ${write(value)}`);
    const range = `${write(measured.least)} to ${write(measured.greatest)}`;
    return [
      what,
      against === undefined ? "" : against.join(", "),
      goal(bar),
      goal(stretch),
      write(measured.median),
      range,
      meets ?? "",
    ];
  });
  const metrics = [...new Set(Object.values(all).flatMap((each) => Object.keys(each)))];
  const absolute = Object.entries(all).map(([contestant, each]) => [
    contestant,
    ...metrics.map((metric) => (each[metric] === undefined ? "" : amount(metric, each[metric].median))),
  ]);
  return [
    ...markdownTable(["what", "against", "bar", "stretch", "measured", "rounds' range", "meets"], judged),
    "",
    ...markdownTable(["median", ...metrics], absolute),
  ];
}

/** With its unit. */
export function amount(metric: string, value: number): string {
  if (metric === "over memory") return `${value.toFixed(2)}×`;
  if (metric === "load") return `${value.toFixed(2)} s`;
  if (metric === "memory") return `${(value / 1e6).toFixed(0)} MB`;
  if (["cold", "warm", "offsets", "ours"].includes(metric)) return `${value.toFixed(1)} MB/s`;
  return `${value.toFixed(value < 100 ? 1 : 0)} /s`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
