/** One relation of two concepts with all that stands behind it: its sentences, where the arguments are in them, and the documents that have them. */
import { BiogptError } from "../../base/errors.ts";
import type { Database } from "../store/database.ts";
import type { Association, AssociationKey, AssociationSentence, Concept, Relation, Stretch } from "./answers.ts";
import { conceptsOf } from "./concepts.ts";
import { conditionsOf, pageOf, RELATION_COLUMNS, type RelationFilter, WITH_NAMES } from "./relations.ts";

interface Place extends Stretch {
  readonly passage: number;
}

interface Row extends Omit<AssociationSentence, "headPlace" | "tailPlace"> {
  readonly headMention: Place | null;
  readonly tailMention: Place | null;
}

/** Between the sentences of a statement that has several (mining/relation-evidence.ts). */
const BETWEEN = " … ";

/**
 * @param options of the sentences: probability, years, limit, offset
 * @throws BiogptError `knowledge-graph/unknown-relation`
 */
export async function association(
  graph: Database,
  { head, scheme, relation, tail }: AssociationKey,
  options: Omit<RelationFilter, "relations"> = {},
): Promise<Association> {
  const { signal } = options;
  const key = [head, scheme, relation, tail];
  const of = "r.head = $1 AND r.scheme = $2 AND r.type = $3 AND r.tail = $4";
  const [found] = await graph.rows<Relation>(
    `SELECT ${RELATION_COLUMNS} FROM relations r ${WITH_NAMES} WHERE ${of}`,
    key,
    signal,
  );
  if (found === undefined) throw unknownRelation({ head, scheme, relation, tail });
  const ends = await conceptsOf(graph, [head, tail], signal);
  const { sql, parameters } = conditionsOf(options, key, "evidence");
  const page = pageOf(options, parameters);
  const place = (mention: string): string =>
    `CASE WHEN ${mention}.start IS NULL THEN NULL ELSE struct_pack(passage := ${mention}.passage, start := ${mention}.start, "end" := ${mention}."end") END`;
  const rows = await graph.rows<Row>(
    `WITH chosen AS (SELECT *, row_number() OVER () AS place FROM (
       SELECT * FROM evidence r WHERE ${of} AND ${sql} ORDER BY r.probability DESC, r.document, r.head_mention, r.tail_mention, r.sentence ${page.sql}))
     SELECT r.document, r.year, r.probability, r.negated, r.speculative, r.system, r.retracted, r.sentence, r.places,
            d.pmid, d.pmcid, d.doi, d.journal, list_filter(d.passages, lambda p: p.kind = 'title')[1].text AS title,
            ${place("h")} AS "headMention", ${place("t")} AS "tailMention", d.source, runs.pipeline
     FROM chosen r JOIN documents d ON d.id = r.document
       LEFT JOIN mentions h ON h.document = r.document AND h.mention = r.head_mention
       LEFT JOIN mentions t ON t.document = r.document AND t.mention = r.tail_mention
       LEFT JOIN runs ON runs.source = d.source
     ORDER BY r.place`,
    page.parameters,
    signal,
  );
  const end = (id: string): Concept => ends.find((one) => one.id === id)!;
  const sentences = rows.map(({ headMention, tailMention, ...row }): AssociationSentence => {
    return { ...row, headPlace: placeInSentence(headMention, row), tailPlace: placeInSentence(tailMention, row) };
  });
  return { relation: found, head: end(head), tail: end(tail), sentences };
}

/** From a place in a passage to that in the sentences' text; null where it stands in none of them. */
function placeInSentence(
  mention: Place | null,
  { places, sentence }: Pick<AssociationSentence, "places" | "sentence">,
): Stretch | null {
  if (mention === null) return null;
  let before = 0;
  for (const { passage, start, end } of places) {
    if (mention.passage === passage && mention.start >= start && mention.end <= end) {
      const place = { start: before + mention.start - start, end: before + mention.end - start };
      return place.end <= sentence.length ? place : null;
    }
    before += end - start + BETWEEN.length;
  }
  return null;
}

function unknownRelation({ head, scheme, relation, tail }: AssociationKey): BiogptError {
  const said = [head, `${scheme}/${relation}`, tail].map((part) => JSON.stringify(part)).join(", ");
  return new BiogptError("knowledge-graph/unknown-relation", {
    what: `The graph has no relation ${said}.`,
    fix: "Take its parts from an answer with neighbours, as they stand there.",
  });
}
