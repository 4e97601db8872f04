/** Questions about the relations of a graph: what a concept is joined to, by which chain it is joined to another, and which sentences say so. */
import { BiogptError, present } from "../../base/errors.ts";
import type { Database, Parameter } from "../store/database.ts";
import type { Concept } from "./concepts.ts";

/** One relation between two concepts, with all documents that state it taken together. */
export interface Relation {
  readonly head: string;
  readonly headName: string;
  readonly relation: string;
  readonly scheme: string;
  readonly tail: string;
  readonly tailName: string;
  /** That at least one document is right: 1 − ∏(1 − p) over those that assert it and are not retracted. */
  readonly probability: number;
  /** Sentences. */
  readonly evidence: number;
  readonly documents: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  /** Of the sentences those that deny it, and those that only suppose it. */
  readonly negated: number;
  readonly speculative: number;
  /** Documents that were retracted. */
  readonly retracted: number;
  readonly human: number;
  readonly animal: number;
  readonly inVitro: number;
}

/** A sentence that states a relation. */
export interface Evidence {
  readonly document: string;
  readonly year: number | null;
  readonly head: string;
  readonly headName: string;
  readonly relation: string;
  readonly scheme: string;
  readonly tail: string;
  readonly tailName: string;
  readonly probability: number;
  readonly negated: boolean;
  readonly speculative: boolean;
  readonly system: string | null;
  readonly retracted: boolean;
  readonly sentence: string;
  /** UTF-16 indices into the document's passages. */
  readonly places: readonly { readonly passage: number; readonly start: number; readonly end: number }[];
}

export interface RelationFilter {
  /** Kinds of relations, as the graph has them. Default: all. */
  readonly relations?: readonly string[] | undefined;
  /** Leaves out relations under this probability. Default 0. */
  readonly threshold?: number | undefined;
  /** At most so many. Default 20. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const RELATION_COLUMNS = `r.head, h.name AS "headName", r.type AS relation, r.scheme, r.tail, t.name AS "tailName", r.probability, r.evidence, r.documents,
  r.first_year AS "firstYear", r.last_year AS "lastYear", r.negated, r.speculative, r.retracted, r.human, r.animal, r.in_vitro AS "inVitro"`;
export const WITH_NAMES = "JOIN concepts h ON h.id = r.head JOIN concepts t ON t.id = r.tail";

/** Conditions of a filter, with its parameters from number `from`. */
function conditionsOf(
  { relations, threshold = 0 }: RelationFilter,
  from: number,
): { sql: string; parameters: Parameter[] } {
  const kinds = relations === undefined ? "" : JSON.stringify(relations);
  return {
    sql: `r.probability >= $${from} AND ($${from + 1} = '' OR list_contains(($${from + 1}::JSON)::VARCHAR[], r.type))`,
    parameters: [threshold, kinds],
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
  const { direction = "both", limit = 20, signal } = options;
  const { sql, parameters } = conditionsOf(options, 2);
  const side = { out: "r.head = $1", in: "r.tail = $1", both: "(r.head = $1 OR r.tail = $1)" }[direction];
  return graph.rows(
    `WITH chosen AS (SELECT * FROM relations r WHERE ${side} AND ${sql}
       ORDER BY r.probability DESC, r.documents DESC, r.head, r.scheme, r.type, r.tail LIMIT $4)
     SELECT ${RELATION_COLUMNS} FROM chosen r ${WITH_NAMES} ORDER BY r.probability DESC, r.documents DESC, r.head, r.scheme, r.type, r.tail`,
    [id, ...parameters, limit],
    signal,
  );
}

/** The strongest relations of the graph. */
export function strongestRelations(graph: Database, options: RelationFilter = {}): Promise<Relation[]> {
  const { sql, parameters } = conditionsOf(options, 1);
  return graph.rows(
    `WITH chosen AS (SELECT * FROM relations r WHERE ${sql} ORDER BY r.probability DESC, r.documents DESC, r.head, r.scheme, r.type, r.tail LIMIT $3)
     SELECT ${RELATION_COLUMNS} FROM chosen r ${WITH_NAMES} ORDER BY r.probability DESC, r.documents DESC, r.head, r.scheme, r.type, r.tail`,
    [...parameters, options.limit ?? 20],
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
  const { sql, parameters } = conditionsOf(options, 3);
  const pair = "((r.head = $1 AND ($2 = '' OR r.tail = $2)) OR (r.tail = $1 AND ($2 = '' OR r.head = $2)))";
  return graph.rows(
    `SELECT r.document, r.year, r.head, r.head_name AS "headName", r.type AS relation, r.scheme, r.tail, r.tail_name AS "tailName", r.probability,
            r.negated, r.speculative, r.system, r.retracted, r.sentence, r.places
     FROM evidence r WHERE ${pair} AND ${sql}
     ORDER BY r.probability DESC, r.document, r.head, r.scheme, r.type, r.tail, r.sentence LIMIT $5`,
    [id, other?.id ?? "", ...parameters, options.limit ?? 20],
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
  const { sql, parameters } = conditionsOf(options, 2);
  const cameFrom = new Map<string, string | undefined>([[from.id, undefined]]);
  let frontier = [from.id];
  for (let step = 0; step < steps && !cameFrom.has(to.id) && frontier.length > 0; step++) {
    const reached = await graph.rows<{ here: string; there: string }>(
      `WITH ends AS (SELECT unnest(($1::JSON)::VARCHAR[]) AS id),
       links AS (
         SELECT r.head AS here, r.tail AS there, r.probability FROM relations r JOIN ends ON r.head = ends.id WHERE ${sql}
         UNION ALL SELECT r.tail, r.head, r.probability FROM relations r JOIN ends ON r.tail = ends.id WHERE ${sql})
       SELECT there, arg_max(here, (probability, here)) AS here FROM links GROUP BY there ORDER BY there`,
      [JSON.stringify(frontier), ...parameters],
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
      fix: "Allow more steps with --steps, or a lower --threshold.",
    });
  }
  const links: Relation[] = [];
  for (let there = to.id, here = cameFrom.get(there); here !== undefined; there = here, here = cameFrom.get(there)) {
    const [link] = await graph.rows<Relation>(
      `SELECT ${RELATION_COLUMNS} FROM relations r ${WITH_NAMES}
       WHERE ((r.head = $1 AND r.tail = $4) OR (r.head = $4 AND r.tail = $1)) AND ${sql}
       ORDER BY r.probability DESC, r.documents DESC, r.scheme, r.type LIMIT 1`,
      [here, ...parameters, there],
      signal,
    );
    links.unshift(present(link, "the link of a path"));
  }
  return links;
}
