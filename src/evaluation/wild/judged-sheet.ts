/** A judged sheet and its key: the share of right lines by scheme and version, what the judge makes of planted lines, and whether probabilities add up. */
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { type ConfidenceInterval, wilsonInterval } from "../scorers/wilson.ts";
import { type KeyLine, SHEET_COLUMNS } from "./sheet.ts";

export const KEY_FORMAT = "biogpt-wild-key/1";
const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const STATISTICS = z.strictObject({
  version: z.string(),
  scheme: z.string(),
  documents: count,
  documentsWithOutput: count,
  relations: count,
  probabilitySum: z.number().min(0),
});
export const SHEET_KEY: z.ZodType<SheetKey> = z.strictObject({
  format: z.literal(KEY_FORMAT),
  sheet: z.string(),
  seed: z.number(),
  versions: z.array(z.string()),
  statistics: z.array(STATISTICS),
  lines: z.array(
    z.strictObject({
      id: z.number().int().min(1),
      scheme: z.string(),
      printed: z.array(z.strictObject({ version: count, probability: share })),
      planted: z.boolean().nullable(),
    }),
  ),
});

/** How much a version printed of a scheme, over all documents. */
export interface WildStatistics {
  readonly version: string;
  readonly scheme: string;
  readonly documents: number;
  readonly documentsWithOutput: number;
  readonly relations: number;
  /** Over all that was printed: how many are right, if the probabilities hold. */
  readonly probabilitySum: number;
}

export interface SheetKey {
  readonly format: typeof KEY_FORMAT;
  readonly sheet: string;
  readonly seed: number;
  readonly versions: readonly string[];
  readonly statistics: readonly WildStatistics[];
  readonly lines: readonly KeyLine[];
}

/** Right ones among judged ones. */
export interface Judged {
  readonly judged: number;
  readonly right: number;
  readonly share: number;
  readonly interval: ConfidenceInterval;
}

export interface JudgedVersion extends Judged {
  readonly version: string;
  readonly scheme: string;
  /** Of the judged lines. */
  readonly probabilitySum: number;
}

export interface JudgedWild {
  /** By version and scheme, and of all schemes of a version together as `all`. */
  readonly versions: readonly JudgedVersion[];
  /** The judge's own error: planted wrong lines that were called right, planted right ones that were called wrong. */
  readonly judge: { readonly wrongCalledRight: Judged; readonly rightCalledWrong: Judged };
  /** Lines without a judgement. */
  readonly unjudged: number;
  readonly statistics: readonly WildStatistics[];
}

/** Number of a line to its judgement; lines without one are left out. @throws BiogptError `evaluation/judged` */
export function readJudgements(text: string, path: string, key: SheetKey): ReadonlyMap<number, boolean> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const remarks = lines.findIndex((line) => !/^"?#/.test(line));
  const name = /^"?# sheet (\w+)/.exec(lines.find((line) => /^"?# sheet /.test(line)) ?? "")?.[1];
  if (name !== key.sheet)
    throw refused(path, `it is ${name === undefined ? "no sheet" : `sheet ${name}`}, and the key is of ${key.sheet}`);
  let rows: Record<string, string>[];
  try {
    rows = parse(lines.slice(Math.max(0, remarks)).join("\n"), {
      delimiter: "\t",
      columns: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (cause) {
    throw refused(path, (cause as Error).message);
  }
  const known = new Set(key.lines.map(({ id }) => id));
  const judgements = new Map<number, boolean>();
  for (const row of rows) {
    const id = Number(row["id"]);
    if (!known.has(id))
      throw refused(path, `it has a line ${row["id"] ?? "without a number"}, which the key does not have`);
    const said = (row[SHEET_COLUMNS.at(-1)!] ?? "").trim().toLowerCase();
    if (said === "") continue;
    if (judgements.has(id)) throw refused(path, `line ${id} stands twice`);
    if (["right", "r", "1", "yes"].includes(said)) judgements.set(id, true);
    else if (["wrong", "w", "0", "no"].includes(said)) judgements.set(id, false);
    else throw refused(path, `line ${id} is judged ${JSON.stringify(said)}`);
  }
  if (judgements.size === 0) throw refused(path, "no line is judged");
  return judgements;
}

export function scoreJudgements(
  { versions, lines, statistics }: SheetKey,
  judgements: ReadonlyMap<number, boolean>,
): JudgedWild {
  const judged = lines.filter(({ id }) => judgements.has(id));
  const rightOf = (line: KeyLine): boolean => judgements.get(line.id)!;
  const schemes = [...new Set(judged.filter(({ planted }) => planted === null).map(({ scheme }) => scheme))].sort();
  const planted = (right: boolean): KeyLine[] => judged.filter((line) => line.planted === right);
  return {
    versions: versions.flatMap((version, at) =>
      [...schemes, "all"].map((scheme): JudgedVersion => {
        const own = judged.flatMap((line) => {
          const printed = line.printed.find((one) => one.version === at);
          return printed === undefined || (scheme !== "all" && line.scheme !== scheme)
            ? []
            : [{ line, probability: printed.probability }];
        });
        const probabilitySum = own.reduce((sum, { probability }) => sum + probability, 0);
        return { version, scheme, ...counted(own.map(({ line }) => rightOf(line))), probabilitySum };
      }),
    ),
    judge: {
      wrongCalledRight: counted(planted(false).map(rightOf)),
      rightCalledWrong: counted(planted(true).map((line) => !rightOf(line))),
    },
    unjudged: lines.length - judged.length,
    statistics,
  };
}

function counted(hits: readonly boolean[]): Judged {
  const right = hits.filter(Boolean).length;
  return {
    judged: hits.length,
    right,
    share: hits.length === 0 ? 0 : right / hits.length,
    interval: wilsonInterval(right, hits.length),
  };
}

function refused(path: string, why: string): BiogptError {
  return new BiogptError("evaluation/judged", {
    what: `${path} cannot be used: ${why}.`,
    fix: "Give a sheet that `biogpt evaluate wild` made, with right or wrong in the last column, beside its key.",
  });
}
