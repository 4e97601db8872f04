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

/**
 * Relations with at most `sentences` of their sentences, by head, scheme, kind and tail.
 *
 * Relations and evidence are sorted by these, so a page is a stretch of each, and the two are merged row by row. Concepts, documents and mentions
 * are sorted otherwise: what is wanted of them is looked up once for all pages, into temporary tables in the order of the former.
 */
export async function* exportedRelations(
  graph: Database,
  { threshold = 0, signal }: ExportFilter,
  sentences: number,
): AsyncGenerator<ExportedRelation[], void, void> {
  using connection = await graph.connected(); // whose temporary tables go with it
  await connection.run(PLACED, [], signal);
  await connection.run(EXPORTED, [threshold], signal);
  const [size] = await connection.rows<{ n: number }>("SELECT count(*) AS n FROM exported", [], signal);
  for (let from = 0; from < size!.n; from += PAGE) {
    const relations = await connection.rows<PageRelation>(RELATIONS, [from, from + PAGE], signal);
    const [first, last] = [relations[0], relations.at(-1)];
    if (first === undefined || last === undefined) continue;
    const stretch = [...keyOf(first), ...keyOf(last)];
    const [rows] = await connection.rows<{ least: number; most: number }>(ROWS, stretch, signal);
    const evidence = await connection.rows<PageEvidence>(EVIDENCE, [...stretch, rows!.least, rows!.most], signal);
    yield merged(relations, evidence, sentences);
  }
}

type PageRelation = Omit<ExportedRelation, "publications" | "sentences">;

interface PageEvidence extends Omit<ExportedSentence, "head" | "tail"> {
  readonly head: string;
  readonly scheme: string;
  readonly relation: string;
  readonly tail: string;
  readonly headStart: number | null;
  readonly headEnd: number | null;
  readonly tailStart: number | null;
  readonly tailEnd: number | null;
}

const keyOf = ({ head, scheme, relation, tail }: PageRelation): string[] => [head, scheme, relation, tail];

/** Both in the order of their keys; evidence of relations that are left out is passed over. */
function merged(
  relations: readonly PageRelation[],
  evidence: readonly PageEvidence[],
  most: number,
): ExportedRelation[] {
  let at = 0;
  return relations.map((relation) => {
    const isOf = ({ head, scheme, relation: type, tail }: PageEvidence): boolean =>
      head === relation.head && tail === relation.tail && type === relation.relation && scheme === relation.scheme;
    while (at < evidence.length && !isOf(evidence[at]!)) at++;
    const publications = new Set<string>();
    const sentences: ExportedSentence[] = [];
    for (; at < evidence.length && isOf(evidence[at]!); at++) {
      const one = evidence[at]!;
      publications.add(one.document);
      if (sentences.length < most) sentences.push(sentenceOf(one));
    }
    return { ...relation, publications: [...publications], sentences };
  });
}

function sentenceOf(row: PageEvidence): ExportedSentence {
  const { document, pmid, text, probability, negated, speculative, system } = row;
  const place = (start: number | null, end: number | null): ExportedSentence["head"] =>
    start === null || end === null ? null : [start, end];
  const places = { head: place(row.headStart, row.headEnd), tail: place(row.tailStart, row.tailEnd) };
  return { document, pmid, text, probability, negated, speculative, system, ...places };
}

const placeIn = (side: string, name: string): string => {
  const place = "e.places[1]";
  const isInside = `len(e.places) = 1 AND ${side}.passage = ${place}.passage AND ${side}.start >= ${place}.start AND ${side}."end" <= ${place}."end"`;
  const column = (end: string): string => `CASE WHEN ${isInside} THEN ${side}."${end}" - ${place}.start END`;
  return `${column("start")} AS "${name}Start", ${column("end")} AS "${name}End"`;
};

/** Of each row of evidence, what documents and mentions say. */
const PLACED = `CREATE OR REPLACE TEMP TABLE placed AS
  SELECT e.rowid AS row, d.pmid, ${placeIn("m", "head")}, ${placeIn("n", "tail")}
  FROM evidence e JOIN documents d ON d.id = e.document
  LEFT JOIN mentions m ON m.document = e.document AND m.mention = e.head_mention
  LEFT JOIN mentions n ON n.document = e.document AND n.mention = e.tail_mention
  ORDER BY row`;

/** The relations of the export, with what is said of their concepts. */
const EXPORTED = `CREATE OR REPLACE TEMP TABLE exported AS
  SELECT ${RELATION_COLUMNS}, h.type AS "headType", t.type AS "tailType" FROM relations r ${WITH_NAMES}
  WHERE r.probability >= $1 ORDER BY r.head, r.scheme, r.type, r.tail`;

const RELATIONS = "SELECT * FROM exported WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid";

/** The heads tell DuckDB which blocks to read; the rest keeps a head with very many relations from being read for each of its pages. */
const STRETCH = `e.head >= $1 AND e.head <= $5
  AND (e.head > $1 OR e.scheme > $2 OR (e.scheme = $2 AND (e.type > $3 OR (e.type = $3 AND e.tail >= $4))))
  AND (e.head < $5 OR e.scheme < $6 OR (e.scheme = $6 AND (e.type < $7 OR (e.type = $7 AND e.tail <= $8))))`;

const ROWS = `SELECT min(e.rowid) AS least, max(e.rowid) AS most FROM evidence e WHERE ${STRETCH}`;

const EVIDENCE = `SELECT e.head, e.scheme, e.type AS relation, e.tail, e.document, p.pmid, e.sentence AS text, e.probability, e.negated, e.speculative, e.system,
    p."headStart", p."headEnd", p."tailStart", p."tailEnd"
  FROM evidence e JOIN (SELECT * FROM placed WHERE row >= $9 AND row <= $10) p ON p.row = e.rowid
  WHERE ${STRETCH} ORDER BY e.head, e.scheme, e.type, e.tail, e.negated, e.probability DESC, e.document, e.sentence`;

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
