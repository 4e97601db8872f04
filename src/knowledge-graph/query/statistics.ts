/** What is in a graph, in numbers. */
import type { Database } from "../store/database.ts";

export interface GraphStatistics {
  readonly documents: number;
  readonly retracted: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  readonly mentions: number;
  /** Mentions that have a concept. */
  readonly normalized: number;
  readonly concepts: number;
  readonly evidence: number;
  readonly negated: number;
  readonly speculative: number;
  readonly relations: number;
  /** The commonest first. */
  readonly conceptTypes: readonly { readonly type: string; readonly concepts: number; readonly mentions: number }[];
  readonly relationTypes: readonly {
    readonly scheme: string;
    readonly relation: string;
    readonly relations: number;
    readonly evidence: number;
  }[];
  readonly sources: readonly {
    readonly source: string;
    readonly pipeline: string;
    readonly documents: number;
    readonly problems: number;
  }[];
}

export async function graphStatistics(graph: Database, signal?: AbortSignal): Promise<GraphStatistics> {
  const [counts] = await graph.rows<Omit<GraphStatistics, "conceptTypes" | "relationTypes" | "sources">>(
    `SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FILTER (retracted) FROM documents) AS retracted,
            (SELECT min(year) FROM documents) AS "firstYear", (SELECT max(year) FROM documents) AS "lastYear",
            (SELECT count(*) FROM mentions) AS mentions, (SELECT count(*) FILTER (len(list_filter(concepts, lambda c: NOT starts_with(c, 'name:'))) > 0) FROM mentions) AS normalized,
            (SELECT count(*) FROM concepts) AS concepts, (SELECT count(*) FROM evidence) AS evidence,
            (SELECT count(*) FILTER (negated) FROM evidence) AS negated, (SELECT count(*) FILTER (speculative) FROM evidence) AS speculative,
            (SELECT count(*) FROM relations) AS relations`,
    [],
    signal,
  );
  const conceptTypes = await graph.rows<GraphStatistics["conceptTypes"][number]>(
    "SELECT type, count(*) AS concepts, sum(mentions)::BIGINT AS mentions FROM concepts GROUP BY type ORDER BY concepts DESC, type",
    [],
    signal,
  );
  const relationTypes = await graph.rows<GraphStatistics["relationTypes"][number]>(
    `SELECT scheme, type AS relation, count(*) AS relations, sum(evidence)::BIGINT AS evidence FROM relations
     GROUP BY scheme, type ORDER BY relations DESC, scheme, type`,
    [],
    signal,
  );
  const sources = await graph.rows<GraphStatistics["sources"][number]>(
    "SELECT source, pipeline, documents, problems FROM runs",
    [],
    signal,
  );
  return { ...counts!, conceptTypes, relationTypes, sources };
}
