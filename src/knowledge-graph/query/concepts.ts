/** Finding concepts of a graph: by identifier or by name. */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Database } from "../store/database.ts";
import type { Concept } from "./answers.ts";

export interface FindOptions {
  /** Of this type alone, in any case of letters. */
  readonly type?: string | undefined;
  /** At most so many. Default 20. */
  readonly limit?: number | undefined;
  /** After so many of the same order. Default 0. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Concepts that have the words in one of their names, or as their identifier: equal names first, then beginnings, each by their documents. */
export function findConcepts(
  graph: Database,
  words: string,
  { type, limit = 20, offset = 0, signal }: FindOptions = {},
): Promise<Concept[]> {
  return graph.rows(
    `WITH found AS (
       SELECT id AS concept, name FROM concepts WHERE contains(lower(name), lower($1)) OR lower(id) = lower($1)
       UNION ALL SELECT concept, name FROM names WHERE contains(lower(name), lower($1))),
     ranked AS (
       SELECT concept, min(CASE WHEN lower(name) = lower($1) OR lower(concept) = lower($1) THEN 0 WHEN starts_with(lower(name), lower($1)) THEN 1 ELSE 2 END) AS rank
       FROM found GROUP BY concept)
     SELECT id, name, type, mentions, documents FROM concepts JOIN ranked ON id = concept
     WHERE $2 = '' OR lower(type) = lower($2) ORDER BY rank, documents DESC, id LIMIT $3 OFFSET $4`,
    [words, type ?? "", limit, offset],
    signal,
  );
}

/** The concepts of identifiers, in no order; those that are none are left out. */
export function conceptsOf(graph: Database, ids: readonly string[], signal?: AbortSignal): Promise<Concept[]> {
  return graph.rows(
    "SELECT id, name, type, mentions, documents FROM concepts WHERE id IN (SELECT unnest(($1::JSON)::VARCHAR[]))",
    [JSON.stringify(ids)],
    signal,
  );
}

/**
 * The concept that an identifier or a name means; of several with the name that of the most documents.
 *
 * @throws BiogptError `knowledge-graph/unknown-concept`
 */
export async function conceptNamed(graph: Database, text: string, signal?: AbortSignal): Promise<Concept> {
  const [found] = await graph.rows<Concept>(
    `SELECT c.id, c.name, c.type, c.mentions, c.documents FROM concepts c
     WHERE lower(c.id) = lower($1) OR lower(c.name) = lower($1) OR c.id IN (SELECT concept FROM names WHERE lower(name) = lower($1))
     ORDER BY lower(c.id) = lower($1) DESC, c.documents DESC, c.id LIMIT 1`,
    [text],
    signal,
  );
  if (found !== undefined) return found;
  throw new BiogptError("knowledge-graph/unknown-concept", {
    what: `The graph has no concept ${JSON.stringify(text)}.`,
    fix: `\`biogpt graph find\` lists what there is.${await nearName(graph, text, signal)}`,
  });
}

/** ` Did you mean "…"?`, of the names of the graph; empty where none is near. */
export async function nearName(graph: Database, text: string, signal?: AbortSignal): Promise<string> {
  const near = await graph.rows<{ name: string }>(
    "SELECT name FROM names GROUP BY name ORDER BY jaro_winkler_similarity(lower(name), lower($1)) DESC, sum(mentions) DESC, name LIMIT 20",
    [text.slice(0, 200)],
    signal,
  );
  return didYouMean(
    text,
    near.map(({ name }) => name),
  );
}
