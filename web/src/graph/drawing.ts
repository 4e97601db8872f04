/** What is drawn: concepts and relations by their identifiers, as a graph whose nodes have places. */
import Graph from "graphology";
import type { WireConcept, WireGraphRelation, WireNetworkPiece } from "../../../src/server/contract.ts";

export interface DrawnConcept {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

export interface DrawnRelation {
  readonly head: DrawnConcept;
  readonly scheme: string;
  readonly relation: string;
  readonly tail: DrawnConcept;
  readonly probability: number;
  readonly documents: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
}

/** Turn from one new node to the next, radians: the golden angle, by which no two lie behind each other. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

function keyOf({ head, scheme, relation, tail }: DrawnRelation): string {
  return [head.id, scheme, relation, tail.id].join("\n");
}

export class Drawing {
  /** Concepts, and relations by their number in `relations` once `joinNodes` was called. */
  readonly graph: Graph = new Graph({ type: "directed", multi: true, allowSelfLoops: true });
  readonly concepts: Map<string, DrawnConcept> = new Map();
  readonly relations: DrawnRelation[] = [];
  readonly #degrees = new Map<string, number>();

  /** Adds the pieces of a picture. @param around a node beside which new ones are put */
  async add(pieces: AsyncIterable<WireNetworkPiece>, around?: string): Promise<void> {
    // One answer has each relation once; only a second one may repeat some.
    const known = new Set(this.relations.map(keyOf));
    const concepts: DrawnConcept[] = [];
    const kinds: WireNetworkPiece["kinds"][number][] = [];
    for await (const piece of pieces) {
      for (const [id, name, type] of piece.concepts) concepts.push(this.#concept({ id, name, type }, around));
      kinds.push(...piece.kinds);
      for (const [head, kind, tail, probability, documents, firstYear, lastYear] of piece.relations) {
        const [scheme, relation] = kinds[kind]!;
        const ends = { head: concepts[head]!, tail: concepts[tail]! };
        const found = { ...ends, scheme, relation, probability, documents, firstYear, lastYear };
        if (known.size === 0 || !known.has(keyOf(found))) this.#relation(found);
      }
    }
    this.#sizeNodes();
  }

  /** Adds a chain. */
  addPath(concepts: readonly WireConcept[], relations: readonly WireGraphRelation[]): void {
    const ends = new Map(concepts.map((concept) => [concept.id, this.#concept(concept, undefined)]));
    for (const { head, tail, ...relation } of relations)
      this.#relation({ ...relation, head: ends.get(head)!, tail: ends.get(tail)! });
    this.#sizeNodes();
  }

  #concept({ id, name, type }: DrawnConcept, around: string | undefined): DrawnConcept {
    const known = this.concepts.get(id);
    if (known !== undefined) return known;
    const concept = { id, name, type };
    const order = this.concepts.size;
    const centre =
      around !== undefined && this.graph.hasNode(around) ? this.graph.getNodeAttributes(around) : undefined;
    // A sunflower: the strongest in the middle, equally dense everywhere.
    const distance = centre === undefined ? 10 * Math.sqrt(order) : 5 + Math.sqrt(order);
    const x = ((centre?.["x"] as number | undefined) ?? 0) + distance * Math.cos(order * GOLDEN);
    const y = ((centre?.["y"] as number | undefined) ?? 0) + distance * Math.sin(order * GOLDEN);
    this.concepts.set(id, concept);
    this.graph.addNode(id, { x, y, size: 4, label: name, type });
    return concept;
  }

  #relation(relation: DrawnRelation): void {
    for (const { id } of [relation.head, relation.tail]) this.#degrees.set(id, 1 + (this.#degrees.get(id) ?? 0));
    this.relations.push(relation);
  }

  /** The concepts with the most relations, as a graph without edges. */
  hubs(most: number): Graph {
    const found = new Graph();
    const degrees = [...this.#degrees].sort(([, a], [, b]) => b - a).slice(0, most);
    for (const [id] of degrees) found.addNode(id, this.graph.getNodeAttributes(id));
    return found;
  }

  /** x and y of each node, in the graph's order. */
  places(): Float32Array {
    const places = new Float32Array(2 * this.graph.order);
    let i = 0;
    this.graph.forEachNode((_id, { x, y }) => {
      places[i++] = x as number;
      places[i++] = y as number;
    });
    return places;
  }

  /** Makes edges of relations, whose sizes say how probable they are. */
  joinNodes(): void {
    for (let i = this.graph.size; i < this.relations.length; i++) {
      const { head, tail, probability } = this.relations[i]!;
      this.graph.addEdgeWithKey(String(i), head.id, tail.id, { size: 0.5 + 2 * probability });
    }
  }

  /** Both nodes of each relation, by their order in the graph. */
  ends(): Uint32Array {
    const numbers = new Map(this.graph.nodes().map((id, i) => [id, i]));
    return Uint32Array.from(this.relations.flatMap(({ head, tail }) => [numbers.get(head.id)!, numbers.get(tail.id)!]));
  }

  #sizeNodes(): void {
    // Pixels from the middle; in a picture of many the small ones are points.
    const [least, more] = this.graph.order > 2000 ? [1, 0.3] : [4, 1.5];
    this.graph.updateEachNodeAttributes(
      (id, attributes) => ({ ...attributes, size: least + Math.min(12, more * Math.sqrt(this.#degrees.get(id) ?? 0)) }),
      { attributes: ["size"] },
    );
  }
}
