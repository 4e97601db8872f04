/** Questions to a graph's folder and its exports, as `biogpt graph` and `biogpt export` ask them: opened for one question, then closed. */
import { exportGraph } from "../../knowledge-graph/export/export-graph.ts";
import type { ExportFilter } from "../../knowledge-graph/export/rows.ts";
import type { Concept, Evidence, GraphStatistics, Relation } from "../../knowledge-graph/query/answers.ts";
import { conceptNamed, findConcepts } from "../../knowledge-graph/query/concepts.ts";
import {
  evidence,
  type NeighbourOptions,
  neighbours,
  type PathOptions,
  path,
  type RelationFilter,
  strongestRelations,
} from "../../knowledge-graph/query/relations.ts";
import { graphStatistics } from "../../knowledge-graph/query/statistics.ts";
import type { Database } from "../../knowledge-graph/store/database.ts";
import { openGraph } from "../../knowledge-graph/store/open-graph.ts";
import { noteEvents, progressEvents, type WorkflowContext } from "../workflow.ts";

type Settings<Options> = Omit<Options, "signal">;

/** @throws BiogptError as `openGraph` */
async function asking<Answer>(
  folder: string,
  { signal, onEvent }: WorkflowContext,
  question: (graph: Database) => Promise<Answer>,
): Promise<Answer> {
  const note = noteEvents(onEvent);
  using graph = await openGraph(folder, { signal, progress: progressEvents(onEvent), note });
  return await question(graph);
}

export function graphStats(folder: string, context: WorkflowContext = {}): Promise<GraphStatistics> {
  return asking(folder, context, (graph) => graphStatistics(graph, context.signal));
}

/** Concepts by name; the strongest relations of the graph stand in `graphStrongest`. */
export function graphFind(
  folder: string,
  words: string,
  options: { readonly type?: string | undefined; readonly limit?: number | undefined } = {},
  context: WorkflowContext = {},
): Promise<Concept[]> {
  return asking(folder, context, (graph) => findConcepts(graph, words, { ...options, signal: context.signal }));
}

/** @param concept an identifier or a name. @throws BiogptError `knowledge-graph/unknown-concept` */
export function graphNeighbours(
  folder: string,
  concept: string,
  options: Settings<NeighbourOptions> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) =>
    neighbours(graph, await conceptNamed(graph, concept, signal), { ...options, signal }),
  );
}

export function graphStrongest(
  folder: string,
  options: Settings<RelationFilter> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  return asking(folder, context, (graph) => strongestRelations(graph, { ...options, signal: context.signal }));
}

/** @throws BiogptError `knowledge-graph/unknown-concept`, `knowledge-graph/no-path` */
export function graphPath(
  folder: string,
  from: string,
  to: string,
  options: Settings<PathOptions> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) =>
    path(graph, await conceptNamed(graph, from, signal), await conceptNamed(graph, to, signal), { ...options, signal }),
  );
}

/** @param other the other end, where only sentences about both are wanted */
export function graphEvidence(
  folder: string,
  concept: string,
  other: string | undefined,
  options: Settings<RelationFilter> = {},
  context: WorkflowContext = {},
): Promise<Evidence[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) => {
    const one = await conceptNamed(graph, concept, signal);
    return evidence(graph, one, other === undefined ? undefined : await conceptNamed(graph, other, signal), {
      ...options,
      signal,
    });
  });
}

/** Writes the graph of a folder into another. @throws BiogptError `knowledge-graph/unknown-format` */
export function exportFolder(
  folder: string,
  format: string,
  out: string,
  filter: Omit<ExportFilter, "signal"> = {},
  context: WorkflowContext = {},
): Promise<void> {
  return asking(folder, context, (graph) => exportGraph(graph, format, out, { ...filter, signal: context.signal }));
}
