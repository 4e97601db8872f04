/** What is in a graph, in numbers. */
import type { Database } from "../store/database.ts";
import type { GraphStatistics } from "./answers.ts";

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
