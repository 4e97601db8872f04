/** The graph's rows for exports: streamed, in one order. */
import type { Concept, Relation } from "../query/answers.ts";
import { RELATION_COLUMNS, WITH_NAMES } from "../query/relations.ts";
import type { Database } from "../store/database.ts";

export interface ExportFilter {
  /** Leaves out relations under this probability. Default 0. */
  readonly threshold?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Concepts that a relation of the export joins, by their ids. */
export function exportedConcepts(
  graph: Database,
  { threshold = 0, signal }: ExportFilter,
): AsyncGenerator<Concept[], void, void> {
  return graph.stream(
    `SELECT id, name, type, mentions, documents FROM concepts
     WHERE id IN (SELECT head FROM relations WHERE probability >= $1 UNION ALL SELECT tail FROM relations WHERE probability >= $1) ORDER BY id`,
    [threshold],
    signal,
  );
}

export interface ExportedRelation extends Relation {
  readonly headType: string;
  readonly tailType: string;
  /** Documents, the most probable sentence first. */
  readonly publications: readonly string[];
  readonly sentences: readonly ExportedSentence[];
}

export interface ExportedSentence {
  readonly document: string;
  readonly pmid: string | null;
  readonly text: string;
  readonly probability: number;
  readonly negated: boolean;
  readonly speculative: boolean;
  readonly system: string | null;
  /** UTF-16 places of the arguments in the text of the sentence; null where they do not stand in it. */
  readonly head: readonly [start: number, end: number] | null;
  readonly tail: readonly [start: number, end: number] | null;
}

/** Relations that are put together with their sentences at once: memory does not grow with the graph. */
const PAGE = 20_000;

/** Relations with at most `sentences` of their sentences, by head, scheme, kind and tail. Both tables are sorted by these, so a page is a stretch of each. */
export async function* exportedRelations(
  graph: Database,
  { threshold = 0, signal }: ExportFilter,
  sentences: number,
): AsyncGenerator<ExportedRelation[], void, void> {
  const [size] = await graph.rows<{ n: number }>("SELECT count(*) AS n FROM relations", [], signal);
  for (let from = 0; from < size!.n; from += PAGE) {
    const [ends] = await graph.rows<{ first: string; last: string }>(
      "SELECT min(head) AS first, max(head) AS last FROM relations WHERE rowid >= $1 AND rowid < $2",
      [from, from + PAGE],
      signal,
    );
    yield await graph.rows<ExportedRelation>(
      PAGE_QUERY,
      [threshold, sentences, from, from + PAGE, ends!.first, ends!.last],
      signal,
    );
  }
}

const placeIn = (side: string): string =>
  `CASE WHEN len(e.places) = 1 AND ${side}.passage = e.places[1].passage AND ${side}.start >= e.places[1].start AND ${side}."end" <= e.places[1]."end"
    THEN [${side}.start - e.places[1].start, ${side}."end" - e.places[1].start] END`;

const PAGE_QUERY = `WITH ranked AS (
    SELECT e.*, row_number() OVER (PARTITION BY head, scheme, type, tail ORDER BY negated, probability DESC, document, sentence) AS rank
    FROM evidence e WHERE head >= $5 AND head <= $6),
  kept AS (
    SELECT e.head, e.scheme, e.type, e.tail, e.rank,
           {'document': e.document, 'pmid': d.pmid, 'text': e.sentence, 'probability': e.probability, 'negated': e.negated,
            'speculative': e.speculative, 'system': e.system, 'head': ${placeIn("m")}, 'tail': ${placeIn("n")}} AS said
    FROM ranked e JOIN documents d ON d.id = e.document
    LEFT JOIN mentions m ON m.document = e.document AND m.mention = e.head_mention
    LEFT JOIN mentions n ON n.document = e.document AND n.mention = e.tail_mention
    WHERE e.rank <= $2),
  gathered AS (SELECT head, scheme, type, tail, list(said ORDER BY rank) AS sentences FROM kept GROUP BY ALL),
  published AS (
    SELECT head, scheme, type, tail, list(document ORDER BY best, document) AS publications
    FROM (SELECT head, scheme, type, tail, document, min(rank) AS best FROM ranked GROUP BY ALL) GROUP BY ALL)
  SELECT ${RELATION_COLUMNS}, h.type AS "headType", t.type AS "tailType", p.publications, g.sentences
  FROM (SELECT * FROM relations WHERE rowid >= $3 AND rowid < $4 AND probability >= $1) r ${WITH_NAMES}
  JOIN gathered g ON g.head = r.head AND g.scheme = r.scheme AND g.type = r.type AND g.tail = r.tail
  JOIN published p ON p.head = r.head AND p.scheme = r.scheme AND p.type = r.type AND p.tail = r.tail
  ORDER BY r.head, r.scheme, r.type, r.tail`;

/** Relations without their sentences. */
export function plainRelations(
  graph: Database,
  { threshold = 0, signal }: ExportFilter,
): AsyncGenerator<Relation[], void, void> {
  return graph.stream(
    `SELECT ${RELATION_COLUMNS} FROM relations r ${WITH_NAMES} WHERE r.probability >= $1 ORDER BY r.head, r.scheme, r.type, r.tail`,
    [threshold],
    signal,
  );
}
