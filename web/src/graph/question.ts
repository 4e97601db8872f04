/** What the explorer is asked, as the page's address says it: concepts that are opened, or both ends of a path, and what is left out. */

export interface GraphQuestion {
  /** Whose relations are drawn; none: the strongest of the graph. */
  readonly concepts: readonly string[];
  readonly path: { readonly from: string; readonly to: string } | undefined;
  /** Relations of the whole picture, or of each concept. */
  readonly limit: number;
  readonly relation: string;
  readonly threshold: number;
  readonly fromYear: string;
  readonly toYear: string;
}

/** Relations of one concept that is opened. */
export const FEW = 40;
/** Of the whole graph. */
export const MANY = 500;

export function questionOf(query: URLSearchParams): GraphQuestion {
  const [from, to] = [query.get("from"), query.get("to")];
  const concepts = query.getAll("concept");
  const limit = Number(query.get("limit"));
  return {
    concepts,
    path: from === null || to === null ? undefined : { from, to },
    limit: limit >= 1 && limit <= 100_000 ? limit : concepts.length > 0 ? FEW : MANY,
    relation: query.get("relation") ?? "",
    threshold: Math.min(1, Math.max(0, Number(query.get("threshold")) || 0)),
    fromYear: query.get("fromYear") ?? "",
    toYear: query.get("toYear") ?? "",
  };
}

/** The page's address for a question. */
export function addressOf(question: GraphQuestion): string {
  const query = filterOf(question);
  for (const concept of question.concepts) query.append("concept", concept);
  if (question.path !== undefined) {
    query.set("from", question.path.from);
    query.set("to", question.path.to);
  }
  if (question.limit !== (question.concepts.length > 0 ? FEW : MANY)) query.set("limit", String(question.limit));
  return query.size === 0 ? "/graph" : `/graph?${query}`;
}

/** What the server is asked of a filter. */
export function filterOf({ relation, threshold, fromYear, toYear }: GraphQuestion): URLSearchParams {
  const query = new URLSearchParams();
  if (relation !== "") query.set("relation", relation);
  if (threshold > 0) query.set("threshold", String(threshold));
  if (fromYear !== "") query.set("fromYear", fromYear);
  if (toYear !== "") query.set("toYear", toYear);
  return query;
}

/** The picture of a concept, or of the whole graph. */
export function networkAddress(question: GraphQuestion, concept: string | undefined): string {
  const query = filterOf(question);
  query.set("limit", String(question.limit));
  if (concept !== undefined) query.set("concept", concept);
  return `/v1/graph/network?${query}`;
}

export interface AssociationLink {
  readonly head: string;
  readonly scheme: string;
  readonly relation: string;
  readonly tail: string;
}

export function associationAddress({ head, scheme, relation, tail }: AssociationLink): string {
  return `/association?${new URLSearchParams({ head, scheme, relation, tail })}`;
}

/** The graph around one concept. */
export function conceptAddress(question: GraphQuestion, id: string): string {
  return addressOf({ ...question, concepts: [id], path: undefined, limit: FEW });
}
