/**
 * The tables of `graph.duckdb`, as SQL over `records` (the rows of all units that count, in the order of their ids).
 *
 * No primary keys and no indexes: those of big tables are what databases of other projects break by. Tables are sorted by what is looked for,
 * which DuckDB's block statistics make quick. docs/formats/graph.md describes the columns.
 */

/** Each table, and the query that makes it of those before it. */
export const TABLES: readonly (readonly [name: string, query: string])[] = [
  [
    "documents",
    `SELECT id, version, source, pmid, pmcid, doi, year, journal, retracted, languages, publicationTypes AS publication_types, mesh, notices, passages
     FROM records ORDER BY id`,
  ],
  [
    "mentions",
    `SELECT document, mention, m.passage, m.start, m."end", m.text, m.type, m.probability,
            list_transform(m.concepts, lambda c: c.id) AS concepts, m.concepts AS candidates
     FROM (SELECT id AS document, unnest(mentions) AS m, generate_subscripts(mentions, 1) - 1 AS mention FROM records WHERE len(mentions) > 0)
     ORDER BY document, mention`,
  ],
  [
    "evidence",
    `SELECT document, r.scheme, r.type, r.head.concept AS head, r.tail.concept AS tail, r.head.name AS head_name, r.tail.name AS tail_name,
            r.head.type AS head_type, r.tail.type AS tail_type, r.head.mention AS head_mention, r.tail.mention AS tail_mention,
            r.probability, r.negated, r.speculative, r.system, year, retracted, r.places, r.sentence
     FROM (SELECT id AS document, year, retracted, unnest(relations) AS r, generate_subscripts(relations, 1) AS number
           FROM records WHERE len(relations) > 0)
     ORDER BY r.head.concept, r.scheme, r.type, r.tail.concept, document, number`,
  ],
  [
    "concepts",
    `WITH named AS (
       SELECT c.id, c.name, type, document, 1 AS mentions FROM (SELECT document, type, unnest(candidates) AS c FROM mentions WHERE len(candidates) > 0)
       UNION ALL SELECT head, head_name, head_type, document, 0 FROM evidence
       UNION ALL SELECT tail, tail_name, tail_type, document, 0 FROM evidence),
     counted AS (SELECT id, name, type, count(*) AS uses FROM named GROUP BY ALL),
     chosen AS (SELECT id, name, type FROM counted QUALIFY row_number() OVER (PARTITION BY id ORDER BY uses DESC, name, type) = 1),
     totals AS (SELECT id, sum(mentions) AS mentions, count(DISTINCT document) AS documents FROM named GROUP BY id)
     SELECT id, name, type, mentions::BIGINT AS mentions, documents FROM chosen JOIN totals USING (id) ORDER BY id`,
  ],
  [
    "names",
    `SELECT concept, text AS name, count(*) AS mentions
     FROM (SELECT unnest(concepts) AS concept, text FROM mentions WHERE len(concepts) > 0) GROUP BY ALL ORDER BY concept, mentions DESC, name`,
  ],
  [
    "relations",
    `WITH by_document AS (
       SELECT head, scheme, type, tail, document, count(*) AS evidence,
              max(probability) FILTER (NOT negated AND NOT retracted) AS probability, any_value(year) AS year,
              count(*) FILTER (negated) AS negated, count(*) FILTER (speculative) AS speculative, bool_or(retracted) AS retracted,
              count(*) FILTER (system = 'human') AS human, count(*) FILTER (system = 'animal') AS animal,
              count(*) FILTER (system = 'in vitro') AS in_vitro
       FROM evidence GROUP BY head, scheme, type, tail, document)
     SELECT head, scheme, type, tail, sum(evidence)::BIGINT AS evidence, count(*) AS documents,
            CASE WHEN max(probability) >= 1 THEN 1
                 ELSE round(coalesce(1 - exp(sum(ln(1 - least(probability, 0.999999999)) ORDER BY document) FILTER (probability IS NOT NULL)), 0), 6) END AS probability,
            min(year) AS first_year, max(year) AS last_year, sum(negated)::BIGINT AS negated, sum(speculative)::BIGINT AS speculative,
            count(*) FILTER (retracted) AS retracted, sum(human)::BIGINT AS human, sum(animal)::BIGINT AS animal, sum(in_vitro)::BIGINT AS in_vitro
     FROM by_document GROUP BY head, scheme, type, tail ORDER BY head, scheme, type, tail`,
  ],
];
