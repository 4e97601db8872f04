/** Answers of a graph as lines: JSON, a table with a header, or text for people. */
import { countOf } from "../../base/count-of.ts";
import type { Concept, Evidence, GraphStatistics, Relation } from "../../knowledge-graph/query/answers.ts";
import type { StatedRelation } from "./passing-graph.ts";

export type GraphRowFormat = "json" | "tsv" | "text";

type Answer = Concept | Relation | StatedRelation | Evidence | GraphStatistics;

export function graphRows(rows: readonly object[], format: GraphRowFormat): string[] {
  switch (format) {
    case "json":
      return rows.map((row) => JSON.stringify(row));
    case "tsv":
      return rows.length === 0 ? [] : [Object.keys(rows[0]!).join("\t"), ...rows.map(tabbed)];
    case "text":
      return rows.length === 0 ? ["nothing"] : rows.flatMap((row) => words(row as Answer));
    default:
      return format satisfies never;
  }
}

function tabbed(row: object): string {
  return Object.values(row)
    .map((cell: unknown) => (typeof cell === "object" && cell !== null ? JSON.stringify(cell) : String(cell ?? "")))
    .map((cell) => cell.replaceAll(/[\t\r\n]+/g, " "))
    .join("\t");
}

function words(row: Answer): string[] {
  if ("sentence" in row && !("document" in row)) {
    const { headName, head, relation, tailName, tail, probability, sentence } = row;
    const edge = `${headName} (${head}) ─ ${relation} ▶ ${tailName} (${tail})   ${probability.toPrecision(2)}`;
    return [edge, `  “${sentence}”`];
  }
  if ("sentence" in row) {
    const marks = [row.negated && "denied", row.speculative && "supposed", row.retracted && "retracted", row.system];
    const said = marks.filter((mark) => typeof mark === "string").join(", ");
    const where = `${row.document}${row.year === null ? "" : ` (${row.year})`}`;
    return [
      `${link(row)}   ${row.probability.toPrecision(2)}  ${where}${said === "" ? "" : `  ${said}`}`,
      `    “${row.sentence}”`,
    ];
  }
  if ("head" in row) {
    const years =
      row.firstYear === null ? "" : `, ${row.firstYear}${row.lastYear === row.firstYear ? "" : `–${row.lastYear}`}`;
    const denied = row.negated === 0 ? "" : `, denied in ${row.negated}`;
    return [
      `${link(row)}   ${row.probability.toPrecision(2)}  ${countOf(row.documents, "document")}, ${countOf(row.evidence, "sentence")}${years}${denied}`,
    ];
  }
  if ("id" in row)
    return [
      `${row.id}   ${row.name}  (${row.type}; ${countOf(row.mentions, "mention")} in ${countOf(row.documents, "document")})`,
    ];
  return statistics(row);
}

const link = ({ headName, relation, tailName }: Relation | Evidence): string =>
  `${headName} ─ ${relation} ▶ ${tailName}`;

function statistics(row: GraphStatistics): string[] {
  const share = row.mentions === 0 ? 0 : Math.round((100 * row.normalized) / row.mentions);
  const years = row.firstYear === null ? "" : ` of ${row.firstYear} to ${row.lastYear}`;
  return [
    `${countOf(row.documents, "document")}${years}, ${row.retracted} of them retracted`,
    `${row.mentions} mentions, ${share} % of them with an identifier; ${row.concepts} concepts`,
    ...row.conceptTypes.map(
      ({ type, concepts, mentions }) => `    ${type || "(no type)"}: ${concepts}, named ${mentions} times`,
    ),
    `${row.relations} relations by ${row.evidence} sentences, ${row.negated} denied and ${row.speculative} supposed`,
    ...row.relationTypes.map(
      ({ scheme, relation, relations, evidence }) => `    ${scheme}: ${relation}: ${relations} by ${evidence}`,
    ),
    ...row.sources.map(
      ({ source, documents, problems }) =>
        `from ${source}: ${documents} documents${problems === 0 ? "" : `, ${problems} left out`}`,
    ),
  ];
}
