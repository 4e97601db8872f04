/** Many relations at once, for pictures of a graph: numbers in place of names that come again and again. */
import type { Database } from "../store/database.ts";
import type { Concept, NetworkPiece } from "./answers.ts";
import { conditionsOf, pageOf, type RelationFilter } from "./relations.ts";

/** Concepts are rows of their table until their names are needed: joined to every relation, names take most of the time. */
type Columns = [
  head: number[],
  scheme: string[],
  type: string[],
  tail: number[],
  probability: number[],
  documents: number[],
  firstYear: (number | null)[],
  lastYear: (number | null)[],
];

export interface NetworkOptions extends RelationFilter {
  /** Relations of this concept alone, whichever end it is. Default: all. */
  readonly concept?: Pick<Concept, "id"> | undefined;
}

/** The strongest relations, some thousands a piece, so that nothing waits for all of them to be sent. */
export async function* network(
  graph: Database,
  options: NetworkOptions = {},
): AsyncGenerator<NetworkPiece, void, void> {
  const { concept, signal } = options;
  const { sql, parameters } = conditionsOf(options, concept === undefined ? [] : [concept.id]);
  const ends = concept === undefined ? "true" : "(r.head = $1 OR r.tail = $1)";
  const page = pageOf(options, parameters);
  const found = graph.columns(
    `WITH chosen AS (SELECT head, scheme, r.type, tail, probability, documents, first_year, last_year FROM relations r WHERE ${ends} AND ${sql}
                     ORDER BY probability DESC, documents DESC, head, scheme, r.type, tail ${page.sql}),
          placed AS (SELECT *, row_number() OVER () AS place FROM chosen)
     SELECT h.rowid::INTEGER, r.scheme, r.type, t.rowid::INTEGER, r.probability, r.documents::INTEGER, r.first_year, r.last_year
     FROM placed r JOIN concepts h ON h.id = r.head JOIN concepts t ON t.id = r.tail ORDER BY r.place`,
    page.parameters,
    signal,
  );
  const pieces: Columns[] = [];
  for await (const columns of found) pieces.push(columns as unknown as Columns);
  const named = new Named(graph, signal);
  const concepts = new Numbered<number>();
  const kinds = new Numbered<string>();
  for (const [at, piece] of pieces.entries()) {
    // The first is sent before the names of the others are looked up.
    if (at < 2) await named.look(at === 0 ? [piece] : pieces.slice(1));
    const added = { concepts: [] as NetworkPiece["concepts"][number][], kinds: [] as NetworkPiece["kinds"][number][] };
    const [heads, schemes, types, tails, probabilities, documents, firstYears, lastYears] = piece;
    const relations = heads.map((first, i) => {
      const head = concepts.of(first, () => added.concepts.push(named.of(first)));
      const tail = concepts.of(tails[i]!, () => added.concepts.push(named.of(tails[i]!)));
      const kind = kinds.of(`${schemes[i]}\n${types[i]}`, () => added.kinds.push([schemes[i]!, types[i]!]));
      return [head, kind, tail, probabilities[i]!, documents[i]!, firstYears[i]!, lastYears[i]!] as const;
    });
    yield { ...added, relations };
  }
}

/** Identifiers, names and types of concepts by their rows. */
class Named {
  readonly #graph: Database;
  readonly #signal: AbortSignal | undefined;
  readonly #found = new Map<number, NetworkPiece["concepts"][number]>();

  constructor(graph: Database, signal: AbortSignal | undefined) {
    this.#graph = graph;
    this.#signal = signal;
  }

  /** Looks up both ends of all relations of the pieces. */
  async look(pieces: readonly Columns[]): Promise<void> {
    const rows = new Set(pieces.flatMap(([heads, , , tails]) => [...heads, ...tails]));
    for (const row of rows) if (this.#found.has(row)) rows.delete(row);
    const wanted = JSON.stringify([...rows]);
    const found = this.#graph.columns(
      "SELECT rowid::INTEGER, id, name, type FROM concepts WHERE rowid IN (SELECT unnest(($1::JSON)::BIGINT[]))",
      [wanted],
      this.#signal,
    );
    for await (const columns of found) {
      const [all, ids, names, types] = columns as unknown as [number[], string[], string[], string[]];
      for (const [i, row] of all.entries()) this.#found.set(row, [ids[i]!, names[i]!, types[i]!]);
    }
  }

  of(row: number): NetworkPiece["concepts"][number] {
    return this.#found.get(row)!;
  }
}

/** Numbers by the order in which things came. */
class Numbered<Thing> {
  readonly #numbers = new Map<Thing, number>();

  of(thing: Thing, onNew: () => void): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(thing, number);
    onNew();
    return number;
  }
}
