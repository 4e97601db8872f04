/** Of a symmetric scheme (a, b) and (b, a) are one relation. */
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";

/** A relation of a symmetric scheme as one of its two writings, the same for both; any other as it is. */
export function oneWay(triple: RelationTriple, { symmetric }: RelationScheme): RelationTriple {
  const { head, tail, relation } = triple;
  return symmetric && tail.toLowerCase() < head.toLowerCase() ? { head: tail, tail: head, relation } : triple;
}
