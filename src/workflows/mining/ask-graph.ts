/** Questions to a graph's folder and its exports, as `biogpt graph` and `biogpt export` ask them: opened for one question, then closed. */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { exportGraph } from "../../knowledge-graph/export/export-graph.ts";
import type { ExportFilter } from "../../knowledge-graph/export/rows.ts";
import type { Concept, Evidence, GraphStatistics, Relation } from "../../knowledge-graph/query/answers.ts";
import { conceptNamed, findConcepts, nearName } from "../../knowledge-graph/query/concepts.ts";
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

/** Concepts by name, and a note of a near name where there is none; the strongest relations of the graph stand in `graphStrongest`. */
export function graphFind(
  folder: string,
  words: string,
  options: { readonly type?: string | undefined; readonly limit?: number | undefined } = {},
  context: WorkflowContext = {},
): Promise<Concept[]> {
  const { signal, onEvent } = context;
  return asking(folder, context, async (graph) => {
    const found = await findConcepts(graph, words, { ...options, signal });
    const near = found.length > 0 ? "" : await nearName(graph, words, signal);
    if (near !== "") noteEvents(onEvent)(`No name has ${JSON.stringify(words)} in it.${near}`);
    return found;
  });
}

/** A slip in a kind of relation would otherwise read as if nothing were known. @throws BiogptError `knowledge-graph/unknown-relation` */
async function expectKinds(
  graph: Database,
  kinds: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (kinds === undefined) return;
  const known = (
    await graph.rows<{ type: string }>("SELECT DISTINCT type FROM relations ORDER BY type", [], signal)
  ).map(({ type }) => type);
  const unknown = kinds.find((kind) => !known.includes(kind));
  if (unknown === undefined) return;
  throw new BiogptError("knowledge-graph/unknown-relation", {
    what: `The graph has no relation ${JSON.stringify(unknown)}.`,
    fix: known.length === 0 ? "It has no relations." : `Kinds: ${known.join(", ")}.${didYouMean(unknown, known)}`,
  });
}

/** @param concept an identifier or a name. @throws BiogptError `knowledge-graph/unknown-concept`, `knowledge-graph/unknown-relation` */
export function graphNeighbours(
  folder: string,
  concept: string,
  options: Settings<NeighbourOptions> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) => {
    const named = await conceptNamed(graph, concept, signal);
    await expectKinds(graph, options.relations, signal);
    return neighbours(graph, named, { ...options, signal });
  });
}

/** @throws BiogptError `knowledge-graph/unknown-relation` */
export function graphStrongest(
  folder: string,
  options: Settings<RelationFilter> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) => {
    await expectKinds(graph, options.relations, signal);
    return strongestRelations(graph, { ...options, signal });
  });
}

/** @throws BiogptError `knowledge-graph/unknown-concept`, `knowledge-graph/unknown-relation`, `knowledge-graph/no-path` */
export function graphPath(
  folder: string,
  from: string,
  to: string,
  options: Settings<PathOptions> = {},
  context: WorkflowContext = {},
): Promise<Relation[]> {
  const { signal } = context;
  return asking(folder, context, async (graph) => {
    const ends = [await conceptNamed(graph, from, signal), await conceptNamed(graph, to, signal)] as const;
    await expectKinds(graph, options.relations, signal);
    return path(graph, ...ends, { ...options, signal });
  });
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
    const two = other === undefined ? undefined : await conceptNamed(graph, other, signal);
    await expectKinds(graph, options.relations, signal);
    return evidence(graph, one, two, { ...options, signal });
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
