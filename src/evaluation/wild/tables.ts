/** What was printed and how it was judged, as lines for people. */
import { countOf } from "../../base/count-of.ts";
import type { Judged, JudgedWild, WildStatistics } from "./judged-sheet.ts";

const percent = (share: number): string => (100 * share).toFixed(1);

function printedRows(statistics: readonly WildStatistics[]): string[] {
  return [
    `  ${"version".padEnd(24)}${"scheme".padEnd(20)}with output  relations  a document  sum of probabilities`,
    ...statistics.map(({ version, scheme, documents, documentsWithOutput, relations, probabilitySum }) =>
      [
        `  ${version.slice(0, 23).padEnd(24)}${scheme.slice(0, 19).padEnd(20)}`,
        `${percent(documentsWithOutput / documents)} %`.padStart(11),
        String(relations).padStart(11),
        (relations / documents).toFixed(2).padStart(12),
        probabilitySum.toFixed(1).padStart(22),
      ].join(""),
    ),
  ];
}

export function wildTable({
  documents,
  statistics,
  sheet,
}: {
  readonly documents: number;
  readonly statistics: readonly WildStatistics[];
  readonly sheet: { readonly path: string; readonly key: string; readonly lines: number } | null;
}): string[] {
  const told =
    sheet === null
      ? []
      : [`${countOf(sheet.lines, "line")} to judge in ${sheet.path}; ${sheet.key} is not for the judge`];
  return [countOf(documents, "document"), ...printedRows(statistics), ...told];
}

export function judgedTable({ versions, judge, unjudged, statistics }: JudgedWild): string[] {
  const shareOf = ({ right, judged, share, interval }: Judged): string =>
    judged === 0
      ? "none judged"
      : `${right} of ${judged}, ${percent(share)} % (${percent(interval.low)} to ${percent(interval.high)})`;
  return [
    ...printedRows(statistics),
    "right among what was judged, with Wilson's 95 % interval, beside the sum of its probabilities",
    ...versions.map(
      (one) =>
        `  ${one.version.slice(0, 23).padEnd(24)}${one.scheme.slice(0, 19).padEnd(20)}${shareOf(one)}; ${one.probabilitySum.toFixed(1)}`,
    ),
    `the judge: planted wrong lines called right ${shareOf(judge.wrongCalledRight)}; planted right ones called wrong ${shareOf(judge.rightCalledWrong)}`,
    ...(unjudged === 0 ? [] : [`${countOf(unjudged, "line")} not judged`]),
  ];
}
