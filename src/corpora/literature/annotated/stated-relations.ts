/**
 * Relations that a source annotates, whichever way it writes the arguments down:
 *
 * | form | arguments |
 * |---|---|
 * | BC5CDR's BioC | infons named by the type: `relation: CID, Chemical: D008750, Disease: D007022` |
 * | BioRED, PubTator | infons `entity1`, `entity2` |
 * | PubTator 3 | infons `role1`, `role2`, each an object with `identifier` |
 * | BioC by the book | nodes, whose `refid` is an annotation's id |
 *
 * Leaves out relations of other than two arguments.
 */
import type { Mention, StatedArgument, StatedRelation } from "../../document.ts";

export interface BiocRelation {
  readonly id?: string;
  readonly infons: Readonly<Record<string, string>>;
  /** Ids of annotations. */
  readonly nodes: readonly string[];
}

/** Infons of a relation that are no argument. */
const OTHER_INFONS: ReadonlySet<string> = new Set(["type", "relation", "novel", "score", "probability", "note"]);
const PAIRS = [
  ["role1", "role2"],
  ["entity1", "entity2"],
] as const;

/** @param mentions of the document, by whose ids nodes refer to them */
export function statedRelations(relations: readonly BiocRelation[], mentions: readonly Mention[]): StatedRelation[] {
  if (relations.length === 0) return [];
  const byId = new Map(mentions.flatMap(({ id }, index) => (id === undefined ? [] : [[id, index] as const])));
  return relations.flatMap((relation) => {
    const [head, tail, ...others] = argumentsOf(relation, byId);
    if (head === undefined || tail === undefined || others.length > 0) return [];
    const { id, infons } = relation;
    const probability = shareOf(infons["score"]) ?? shareOf(infons["probability"]);
    const type = infons["type"] ?? infons["relation"] ?? "";
    return [
      { ...(id === undefined ? {} : { id }), type, head, tail, ...(probability === undefined ? {} : { probability }) },
    ];
  });
}

function argumentsOf({ infons, nodes }: BiocRelation, byId: ReadonlyMap<string, number>): StatedArgument[] {
  const pair = PAIRS.find((names) => names.every((name) => infons[name] !== undefined));
  const named = pair ?? Object.keys(infons).filter((name) => !OTHER_INFONS.has(name));
  const places = nodes.map((node) => byId.get(node));
  if (nodes.length === 2 && places.every((place) => place !== undefined)) {
    return places.map((mention, at) => {
      const identifier = pair === undefined ? undefined : infons[pair[at]!];
      return { mention: mention!, ...(identifier === undefined ? {} : { identifier }) };
    });
  }
  return named.map((name) => ({ identifier: infons[name]! }));
}

/** A number in [0, 1] out of what an infon says. */
export function shareOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text.trim() !== "" && value >= 0 && value <= 1 ? value : undefined;
}
