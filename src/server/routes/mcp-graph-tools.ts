/** The graph that is served as tools of an assistant: find, neighbours, path, evidence. */
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { conceptNamed, findConcepts } from "../../knowledge-graph/query/concepts.ts";
import { evidence, neighbours, path } from "../../knowledge-graph/query/relations.ts";
import type { Database } from "../../knowledge-graph/store/database.ts";
import { LONGEST_CONCEPT } from "../contract/graph.ts";
import type { RouteRequest } from "../route.ts";
import type { ServedGraph } from "../served-graph.ts";

export interface ToolResult {
  [key: string]: unknown;
  content: { type: "text"; text: string }[];
  isError?: boolean;
}

export function textResult(value: unknown): ToolResult {
  return { content: [{ type: "text", text: JSON.stringify(value) }] };
}

export interface GraphTools {
  readonly graph: ServedGraph;
  readonly request: RouteRequest;
  /** Makes of a failure a result that says it. */
  readonly told: (work: () => Promise<ToolResult>) => Promise<ToolResult>;
  readonly hints: { readonly readOnlyHint: boolean; readonly openWorldHint: boolean };
}

/** Rows of one answer: what fits into an assistant's context. */
const MOST_ROWS = 100;

export function registerGraphTools(server: McpServer, { graph, request, told, hints: annotations }: GraphTools): void {
  const concept = z.string().min(1).max(LONGEST_CONCEPT).describe("A concept's name, or identifier as mesh:D008687.");
  const limit = z.number().int().min(1).max(MOST_ROWS).optional();
  const threshold = z.number().min(0).max(1).optional().describe("Least probability.");
  const asked = (question: (database: Database, signal: AbortSignal) => Promise<unknown>): Promise<ToolResult> =>
    told(async () => textResult(await graph.ask(request, question)));

  server.registerTool(
    "graph_find",
    {
      title: "Concepts of the knowledge graph",
      description: "Finds chemicals, diseases and other concepts of the graph by words of their names.",
      inputSchema: { words: concept, type: z.string().max(LONGEST_CONCEPT).optional(), limit },
      annotations,
    },
    ({ words, ...options }) =>
      asked(async (database, signal) => ({ concepts: await findConcepts(database, words, { ...options, signal }) })),
  );
  server.registerTool(
    "graph_neighbours",
    {
      title: "Relations of a concept",
      description:
        "What a concept is related to in the literature that the graph was mined from, the most probable first.",
      inputSchema: { concept, direction: z.enum(["in", "out", "both"]).optional(), threshold, limit },
      annotations,
    },
    ({ concept: name, ...options }) =>
      asked(async (database, signal) => {
        const found = await conceptNamed(database, name, signal);
        return { concept: found, relations: await neighbours(database, found, { ...options, signal }) };
      }),
  );
  server.registerTool(
    "graph_path",
    {
      title: "Chain of relations between two concepts",
      description: "A shortest chain of relations that joins two concepts.",
      inputSchema: { from: concept, to: concept, steps: z.number().int().min(1).max(6).optional(), threshold },
      annotations,
    },
    ({ from, to, ...options }) =>
      asked(async (database, signal) => {
        const ends = [await conceptNamed(database, from, signal), await conceptNamed(database, to, signal)] as const;
        return { relations: await path(database, ...ends, { ...options, signal }) };
      }),
  );
  server.registerTool(
    "graph_evidence",
    {
      title: "Sentences behind relations",
      description: "Sentences of papers, with their PubMed ids, that state relations of a concept, or between two.",
      inputSchema: { concept, other: concept.optional(), threshold, limit },
      annotations,
    },
    ({ concept: name, other, ...options }) =>
      asked(async (database, signal) => {
        const one = await conceptNamed(database, name, signal);
        const second = other === undefined ? undefined : await conceptNamed(database, other, signal);
        return { evidence: await evidence(database, one, second, { ...options, signal }) };
      }),
  );
}
