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

export class Drawing {
  readonly graph: Graph = new Graph({ type: "directed", multi: true, allowSelfLoops: true });
  readonly concepts: Map<string, DrawnConcept> = new Map();
  readonly relations: DrawnRelation[] = [];
  readonly #keys = new Set<string>();

  /** Adds the pieces of a picture. @param around a node beside which new ones are put */
  async add(pieces: AsyncIterable<WireNetworkPiece>, around?: string): Promise<void> {
    const concepts: DrawnConcept[] = [];
    const kinds: WireNetworkPiece["kinds"][number][] = [];
    for await (const piece of pieces) {
      for (const [id, name, type] of piece.concepts) concepts.push(this.#concept({ id, name, type }, around));
      kinds.push(...piece.kinds);
      for (const [head, kind, tail, probability, documents, firstYear, lastYear] of piece.relations) {
        const [scheme, relation] = kinds[kind]!;
        const ends = { head: concepts[head]!, tail: concepts[tail]! };
        this.#relation({ ...ends, scheme, relation, probability, documents, firstYear, lastYear });
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
    const key = [relation.head.id, relation.scheme, relation.relation, relation.tail.id].join("\n");
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const size = 0.5 + 2 * relation.probability;
    this.graph.addEdgeWithKey(String(this.relations.length), relation.head.id, relation.tail.id, { size });
    this.relations.push(relation);
  }

  #sizeNodes(): void {
    // In a picture of many the small ones are points.
    const least = this.graph.order > 2000 ? 1.5 : 4;
    this.graph.updateEachNodeAttributes(
      (id, attributes) => ({ ...attributes, size: least + Math.min(12, 1.5 * Math.sqrt(this.graph.degree(id))) }),
      { attributes: ["size"] },
    );
  }
}
