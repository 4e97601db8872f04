/** `/v1/graph/…`: the questions of `biogpt graph` to the graph that is served. */
import { basename } from "node:path";
import type { Concept } from "../../knowledge-graph/query/answers.ts";
import { association } from "../../knowledge-graph/query/association.ts";
import { conceptNamed, conceptsOf, findConcepts } from "../../knowledge-graph/query/concepts.ts";
import { network } from "../../knowledge-graph/query/network.ts";
import {
  evidence,
  neighbours,
  path,
  type RelationFilter,
  strongestRelations,
} from "../../knowledge-graph/query/relations.ts";
import {
  graphAssociationQuery,
  graphAssociationResponse,
  graphEvidenceQuery,
  graphEvidenceResponse,
  graphFindQuery,
  graphFindResponse,
  graphNeighboursQuery,
  graphNeighboursResponse,
  graphNetworkQuery,
  graphPathQuery,
  graphPathResponse,
  graphStatsResponse,
} from "../contract/graph.ts";
import type {
  GraphAssociationQuery,
  GraphAssociationResponse,
  GraphEvidenceQuery,
  GraphEvidenceResponse,
  GraphFilter,
  GraphFindQuery,
  GraphFindResponse,
  GraphNeighboursQuery,
  GraphNeighboursResponse,
  GraphNetworkQuery,
  GraphPage,
  GraphPathQuery,
  GraphPathResponse,
  GraphStatsResponse,
} from "../contract.ts";
import { withoutPaths } from "../errors.ts";
import { json, type Route, type RouteRequest, route, streamed } from "../route.ts";
import type { ServedGraph } from "../served-graph.ts";
import { begun } from "../server-sent-events.ts";

export function graphRoutes(graph: ServedGraph): Route[] {
  const common = { method: "get", tag: "graph" } as const;
  return [
    route({
      ...common,
      path: "/v1/graph/stats",
      summary: "What is in the graph, in numbers, and what made it",
      answers: { 200: { description: "Counts, kinds, sources.", schema: graphStatsResponse } },
      async handle(request) {
        const statistics = await graph.statistics(request);
        const sources = statistics.sources.map((one) => ({ ...one, source: sourceName(one.source) }));
        return json({ ...statistics, sources, pipeline: graph.pipeline } satisfies GraphStatsResponse);
      },
    }),
    route<unknown, GraphFindQuery>({
      ...common,
      path: "/v1/graph/find",
      summary: "Concepts that have the words in one of their names, or as their identifier",
      query: graphFindQuery,
      answers: { 200: { description: "Equal names first, then beginnings.", schema: graphFindResponse } },
      async handle(request) {
        const { q, type, ...page } = request.query;
        const found = await graph.ask(request, (database, signal) =>
          findConcepts(database, q, { type, ...oneMore(page), signal }),
        );
        const { rows: concepts, next } = paged(found, page);
        return json({ concepts, next } satisfies GraphFindResponse);
      },
    }),
    route<unknown, GraphNeighboursQuery>({
      ...common,
      path: "/v1/graph/neighbours",
      summary: "Relations of a concept, the most probable first; of the whole graph without one",
      query: graphNeighboursQuery,
      answers: { 200: { description: "The relations.", schema: graphNeighboursResponse } },
      handle: (request) =>
        graph.ask(request, async (database, signal) => {
          const { concept: name, direction } = request.query;
          const concept = name === undefined ? null : await conceptNamed(database, name, signal);
          const filter = { ...filterOf(request.query), ...oneMore(request.query), signal };
          const found =
            concept === null
              ? await strongestRelations(database, filter)
              : await neighbours(database, concept, { ...filter, direction });
          const { rows: relations, next } = paged(found, request.query);
          return json({ concept, relations, next } satisfies GraphNeighboursResponse);
        }),
    }),
    route<unknown, GraphPathQuery>({
      ...common,
      path: "/v1/graph/path",
      summary: "A shortest chain of relations between two concepts, whichever way each points",
      query: graphPathQuery,
      answers: { 200: { description: "The chain.", schema: graphPathResponse } },
      handle: (request) =>
        graph.ask(request, async (database, signal) => {
          const { steps } = request.query;
          const from = await conceptNamed(database, request.query.from, signal);
          const to = await conceptNamed(database, request.query.to, signal);
          const relations = await path(database, from, to, { ...filterOf(request.query), steps, signal });
          const ids = [from.id, to.id, ...relations.flatMap(({ head, tail }) => [head, tail])];
          const concepts = await conceptsOf(database, ids, signal);
          return json({ from, to, concepts, relations } satisfies GraphPathResponse);
        }),
    }),
    route<unknown, GraphEvidenceQuery>({
      ...common,
      path: "/v1/graph/evidence",
      summary: "Sentences that state relations of a concept, or between two",
      query: graphEvidenceQuery,
      answers: { 200: { description: "The most probable first.", schema: graphEvidenceResponse } },
      handle: (request) =>
        graph.ask(request, async (database, signal) => {
          const { query } = request;
          const concept = await conceptNamed(database, query.concept, signal);
          const other = query.other === undefined ? null : await conceptNamed(database, query.other, signal);
          const filter = { ...filterOf(query), ...oneMore(query), signal };
          const { rows, next } = paged(await evidence(database, concept, other ?? undefined, filter), query);
          return json({ concept, other, evidence: rows, next } satisfies GraphEvidenceResponse);
        }),
    }),
    route<unknown, GraphAssociationQuery>({
      ...common,
      path: "/v1/graph/association",
      summary: "One relation with its sentences, the arguments' places in them, and the documents that have them",
      query: graphAssociationQuery,
      answers: { 200: { description: "The relation and its sentences.", schema: graphAssociationResponse } },
      handle: (request) =>
        graph.ask(request, async (database, signal) => {
          const { query } = request;
          const found = await association(database, query, { ...strengthOf(query), ...oneMore(query), signal });
          const { rows, next } = paged(found.sentences, query);
          const sentences = rows.map((one) => ({ ...one, source: sourceName(one.source) }));
          return json({ ...found, sentences, next } satisfies GraphAssociationResponse);
        }),
    }),
    route<unknown, GraphNetworkQuery>({
      ...common,
      path: "/v1/graph/network",
      summary: "The strongest relations of the graph or of a concept, up to 100,000, as numbers for a picture",
      query: graphNetworkQuery,
      answers: {
        200: {
          description:
            "Lines of {concepts, kinds, relations}; a relation is [head, kind, tail, probability, documents, firstYear, lastYear].",
          media: "application/jsonl",
        },
      },
      handle: (request) => picture(graph, request),
    }),
  ];
}

async function picture(graph: ServedGraph, request: RouteRequest<unknown, GraphNetworkQuery>): Promise<Response> {
  const { concept: name, limit } = request.query;
  const session = await graph.enter(request);
  const { signal } = session;
  // Before the head is sent, however long the graph's other readers take: what is not there is told by a status.
  let concept: Concept | undefined;
  try {
    concept = name === undefined ? undefined : await conceptNamed(session.graph, name, signal);
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
  const lines = (async function* () {
    using held = session;
    const filter = { ...filterOf(request.query), concept, limit, signal };
    for await (const piece of network(held.graph, filter)) yield `${JSON.stringify(piece)}\n`;
  })();
  return streamed(await begun(lines), "application/jsonl");
}

type Strength = Pick<GraphFilter, "threshold" | "fromYear" | "toYear">;

const strengthOf = ({ threshold, fromYear, toYear }: Strength): RelationFilter => ({ threshold, fromYear, toYear });

export function filterOf({ relation, ...strength }: GraphFilter): RelationFilter {
  return { ...strengthOf(strength), relations: relation.length === 0 ? undefined : relation };
}

/** A row more than is sent tells whether there are more. */
const oneMore = ({ limit, offset }: GraphPage): GraphPage => ({ limit: limit + 1, offset });

function paged<Row>(rows: readonly Row[], { limit, offset }: GraphPage): { rows: readonly Row[]; next: number | null } {
  return { rows: rows.slice(0, limit), next: rows.length > limit ? offset + limit : null };
}

/** A file's name without its folder; a query as it is. */
function sourceName(source: string): string {
  return /\s/.test(source) ? withoutPaths(source) : basename(source);
}
