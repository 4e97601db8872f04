/** Many relations at once, for pictures of a graph: numbers in place of names that come again and again. */
import type { Database } from "../store/database.ts";
import type { Concept, NetworkPiece } from "./answers.ts";
import { conditionsOf, pageOf, type RelationFilter } from "./relations.ts";

interface Row {
  readonly head: string;
  readonly head_name: string;
  readonly head_type: string;
  readonly scheme: string;
  readonly type: string;
  readonly tail: string;
  readonly tail_name: string;
  readonly tail_type: string;
  readonly probability: number;
  readonly documents: number;
  readonly first_year: number | null;
  readonly last_year: number | null;
}

export interface NetworkOptions extends RelationFilter {
  /** Relations of this concept alone, whichever end it is. Default: all. */
  readonly concept?: Pick<Concept, "id"> | undefined;
}

/** The strongest relations, as DuckDB gives them: some thousands a piece, so that nothing waits for all of them. */
export async function* network(
  graph: Database,
  options: NetworkOptions = {},
): AsyncGenerator<NetworkPiece, void, void> {
  const { concept, signal } = options;
  const { sql, parameters } = conditionsOf(options, concept === undefined ? [] : [concept.id]);
  const ends = concept === undefined ? "true" : "(r.head = $1 OR r.tail = $1)";
  const page = pageOf(options, parameters);
  const order = "ORDER BY probability DESC, documents DESC, head, scheme, r.type, tail";
  const pieces = graph.stream<Row>(
    `WITH chosen AS (SELECT head, scheme, r.type, tail, probability, documents, first_year, last_year FROM relations r WHERE ${ends} AND ${sql} ${order} ${page.sql})
     SELECT r.*, h.name AS head_name, h.type AS head_type, t.name AS tail_name, t.type AS tail_type
     FROM chosen r JOIN concepts h ON h.id = r.head JOIN concepts t ON t.id = r.tail ${order}`,
    page.parameters,
    signal,
  );
  const concepts = new Numbered();
  const kinds = new Numbered();
  for await (const rows of pieces) {
    const added = { concepts: [] as NetworkPiece["concepts"][number][], kinds: [] as NetworkPiece["kinds"][number][] };
    const relations = rows.map((row) => {
      const head = concepts.of(row.head, () => added.concepts.push([row.head, row.head_name, row.head_type]));
      const tail = concepts.of(row.tail, () => added.concepts.push([row.tail, row.tail_name, row.tail_type]));
      const kind = kinds.of(`${row.scheme}\n${row.type}`, () => added.kinds.push([row.scheme, row.type]));
      return [head, kind, tail, row.probability, row.documents, row.first_year, row.last_year] as const;
    });
    yield { ...added, relations };
  }
}

/** Names by the order in which they came. */
class Numbered {
  readonly #numbers = new Map<string, number>();

  of(name: string, onNew: () => void): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    onNew();
    return number;
  }
}
