/** Questions about the relations of a graph: what a concept is joined to, by which chain it is joined to another, and which sentences say so. */
import { BiogptError, present } from "../../base/errors.ts";
import type { Database, Parameter } from "../store/database.ts";
import type { Concept, Evidence, Relation } from "./answers.ts";

export interface RelationFilter {
  /** Kinds of relations, as the graph has them. Default: all. */
  readonly relations?: readonly string[] | undefined;
  /** Leaves out relations under this probability. Default 0. */
  readonly threshold?: number | undefined;
  /** Years, inclusive: relations that a document of these years states, and of sentences those of such documents. Default: any, and none. */
  readonly fromYear?: number | undefined;
  readonly toYear?: number | undefined;
  /** At most so many. Default 20. */
  readonly limit?: number | undefined;
  /** After so many of the same order. Default 0. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const RELATION_COLUMNS = `r.head, h.name AS "headName", r.type AS relation, r.scheme, r.tail, t.name AS "tailName", r.probability, r.evidence, r.documents,
  r.first_year AS "firstYear", r.last_year AS "lastYear", r.negated, r.speculative, r.retracted, r.human, r.animal, r.in_vitro AS "inVitro"`;
export const WITH_NAMES = "JOIN concepts h ON h.id = r.head JOIN concepts t ON t.id = r.tail";
const STRONGEST_FIRST = "ORDER BY r.probability DESC, r.documents DESC, r.head, r.scheme, r.type, r.tail";

export interface Conditions {
  readonly sql: string;
  /** Parameters of a statement so far, those of the conditions behind them. */
  readonly parameters: readonly Parameter[];
}

/** Conditions of a filter on the rows `r` of a table, with their parameters behind those that are given. */
export function conditionsOf(
  { relations, threshold = 0, fromYear, toYear }: RelationFilter,
  before: readonly Parameter[],
  table: "relations" | "evidence" = "relations",
): Conditions {
  const parameters = [...before];
  const next = (value: Parameter): string => `$${parameters.push(value)}`;
  const conditions = [`r.probability >= ${next(threshold)}`];
  if (relations !== undefined)
    conditions.push(`list_contains((${next(JSON.stringify(relations))}::JSON)::VARCHAR[], r.type)`);
  if (fromYear !== undefined || toYear !== undefined) {
    const years = (year: string): string => `${year} BETWEEN ${next(fromYear ?? 0)} AND ${next(toYear ?? 9999)}`;
    conditions.push(
      table === "evidence"
        ? years("r.year")
        : `EXISTS (SELECT 1 FROM evidence e WHERE e.head = r.head AND e.scheme = r.scheme AND e.type = r.type AND e.tail = r.tail AND ${years("e.year")})`,
    );
  }
  return { sql: conditions.join(" AND "), parameters };
}

/** The part of an order that a filter asks for, as SQL with its parameters. */
export function pageOf({ limit = 20, offset = 0 }: RelationFilter, before: readonly Parameter[]): Conditions {
  return {
    sql: `LIMIT $${before.length + 1} OFFSET $${before.length + 2}`,
    parameters: [...before, limit, offset],
  };
}

export interface NeighbourOptions extends RelationFilter {
  /** Whether the concept is the head (`out`), the tail (`in`) or either. Default `both`. */
  readonly direction?: "in" | "out" | "both" | undefined;
}

/** Relations of a concept, the most probable first. */
export function neighbours(
  graph: Database,
  { id }: Pick<Concept, "id">,
  options: NeighbourOptions = {},
): Promise<Relation[]> {
  const side = { out: "r.head = $1", in: "r.tail = $1", both: "(r.head = $1 OR r.tail = $1)" };
  return chosenRelations(graph, side[options.direction ?? "both"], [id], options);
}

/** The strongest relations of the graph. */
export function strongestRelations(graph: Database, options: RelationFilter = {}): Promise<Relation[]> {
  return chosenRelations(graph, "true", [], options);
}

function chosenRelations(
  graph: Database,
  condition: string,
  given: readonly Parameter[],
  options: RelationFilter,
): Promise<Relation[]> {
  const { sql, parameters } = conditionsOf(options, given);
  const page = pageOf(options, parameters);
  return graph.rows(
    `WITH chosen AS (SELECT * FROM relations r WHERE ${condition} AND ${sql} ${STRONGEST_FIRST} ${page.sql})
     SELECT ${RELATION_COLUMNS} FROM chosen r ${WITH_NAMES} ${STRONGEST_FIRST}`,
    page.parameters,
    options.signal,
  );
}

/** Sentences that state relations of a concept, or between two; the most probable first. */
export function evidence(
  graph: Database,
  { id }: Pick<Concept, "id">,
  other: Pick<Concept, "id"> | undefined,
  options: RelationFilter = {},
): Promise<Evidence[]> {
  const { sql, parameters } = conditionsOf(options, [id, other?.id ?? ""], "evidence");
  const page = pageOf(options, parameters);
  const pair = "((r.head = $1 AND ($2 = '' OR r.tail = $2)) OR (r.tail = $1 AND ($2 = '' OR r.head = $2)))";
  return graph.rows(
    `SELECT r.document, r.year, r.head, r.head_name AS "headName", r.type AS relation, r.scheme, r.tail, r.tail_name AS "tailName", r.probability,
            r.negated, r.speculative, r.system, r.retracted, r.sentence, r.places
     FROM evidence r WHERE ${pair} AND ${sql}
     ORDER BY r.probability DESC, r.document, r.head, r.scheme, r.type, r.tail, r.sentence ${page.sql}`,
    page.parameters,
    options.signal,
  );
}

export interface PathOptions extends RelationFilter {
  /** Most relations of the chain, 1 to 6. Default 4. */
  readonly steps?: number | undefined;
}

/**
 * A shortest chain of relations between two concepts, whichever way each of them points; of several links between two concepts the most probable.
 *
 * @throws BiogptError `knowledge-graph/no-path`
 */
export async function path(
  graph: Database,
  from: Concept,
  to: Concept,
  options: PathOptions = {},
): Promise<Relation[]> {
  const { steps = 4, signal } = options;
  const cameFrom = new Map<string, string | undefined>([[from.id, undefined]]);
  let frontier = [from.id];
  for (let step = 0; step < steps && !cameFrom.has(to.id) && frontier.length > 0; step++) {
    const { sql, parameters } = conditionsOf(options, [JSON.stringify(frontier)]);
    const reached = await graph.rows<{ here: string; there: string }>(
      `WITH ends AS (SELECT unnest(($1::JSON)::VARCHAR[]) AS id),
       links AS (
         SELECT r.head AS here, r.tail AS there, r.probability FROM relations r JOIN ends ON r.head = ends.id WHERE ${sql}
         UNION ALL SELECT r.tail, r.head, r.probability FROM relations r JOIN ends ON r.tail = ends.id WHERE ${sql})
       SELECT there, arg_max(here, (probability, here)) AS here FROM links GROUP BY there ORDER BY there`,
      parameters,
      signal,
    );
    frontier = [];
    for (const { here, there } of reached) {
      if (cameFrom.has(there)) continue;
      cameFrom.set(there, here);
      frontier.push(there);
    }
  }
  if (!cameFrom.has(to.id)) {
    throw new BiogptError("knowledge-graph/no-path", {
      what: `No chain of at most ${steps} relations joins ${from.name} and ${to.name}.`,
      fix: "Allow more steps (--steps), or a lower probability (--threshold).",
    });
  }
  const links: Relation[] = [];
  for (let there = to.id, here = cameFrom.get(there); here !== undefined; there = here, here = cameFrom.get(there)) {
    const between = "((r.head = $1 AND r.tail = $2) OR (r.head = $2 AND r.tail = $1))";
    const [link] = await chosenRelations(graph, between, [here, there], { ...options, limit: 1, offset: 0 });
    links.unshift(present(link, "the link of a path"));
  }
  return links;
}
