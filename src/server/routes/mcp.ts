/**
 * `/mcp`: the Model Context Protocol, so that an assistant can ask for relations and names, and the graph that is served, as tools.
 *
 * Stateless: each request has a server of its own over the same models, and nothing is kept between two.
 */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { z } from "zod";
import { answer, YES_NO } from "../../workflows/answer.ts";
import { extract } from "../../workflows/extract.ts";
import { findNames } from "../../workflows/find-names.ts";
import { LONGEST_TEXT } from "../contract/fields.ts";
import { errorAnswer } from "../errors.ts";
import { relationTarget } from "../relation-target.ts";
import { type Route, type RouteRequest, route } from "../route.ts";
import type { ServedModel } from "../served-models.ts";
import type { Services } from "../services.ts";
import { documentOf, mentionsOf } from "../wire-documents.ts";
import { registerGraphTools, type ToolResult, textResult } from "./mcp-graph-tools.ts";

export function mcpRoutes(services: Services, version: string): Route[] {
  return [
    route({
      method: "post",
      path: "/mcp",
      tag: "mining",
      summary: "Model Context Protocol (streamable HTTP): relations, names, answers and the graph as tools",
      answers: {
        200: { description: "A JSON-RPC answer.", media: "application/json" },
        202: { description: "A notification was taken." },
        406: { description: "`Accept` does not name both application/json and text/event-stream." },
      },
      async handle(request) {
        const server = toolServer(services, request, version);
        // No session, as the option's absence says.
        const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
        await server.connect(transport as Transport);
        try {
          return await transport.handleRequest(request.raw);
        } finally {
          await server.close();
        }
      },
    }),
  ];
}

function toolServer(services: Services, request: RouteRequest, version: string): McpServer {
  const server = new McpServer({ name: "biogpt", version });
  const { models } = services;
  const text = z.string().min(1).max(LONGEST_TEXT);
  const hints = { readOnlyHint: true, openWorldHint: false };
  /** Work at a model in its turn; what fails is told to the assistant, which may mend it. */
  const atModel = async (served: ServedModel, work: () => Promise<unknown>): Promise<ToolResult> => {
    const { turn } = await services.enter(served, "documents", request);
    try {
      return textResult(await work());
    } finally {
      turn[Symbol.dispose]();
    }
  };
  const told = async (work: () => Promise<ToolResult>): Promise<ToolResult> => {
    try {
      return await work();
    } catch (error) {
      return { content: [{ type: "text", text: errorAnswer(error, request.id).body.error.message }], isError: true };
    }
  };

  if (services.graph !== undefined) registerGraphTools(server, { graph: services.graph, request, told, hints });
  server.registerTool(
    "extract_relations",
    {
      title: "Relations in biomedical text",
      description:
        "Finds relations between chemicals, diseases, drugs and targets in an abstract. Each has both names, the sentence that says it and a probability.",
      inputSchema: {
        text: text.describe("A title and abstract, or any passage of biomedical English."),
        scheme: z.enum(["chemical-disease", "drug-drug", "drug-target"]).optional(),
      },
      annotations: hints,
    },
    ({ text: given, scheme: wanted }) =>
      told(async () => {
        const { ready, scheme } = await relationTarget(models, { scheme: wanted, model: undefined }, request.signal);
        return atModel(ready.served, async () => {
          const found = [];
          const input = [documentOf({ id: "text", text: given })];
          for await (const { relations } of extract(input, { model: ready.model, scheme }, { signal: request.signal }))
            for (const { relation, head, tail, probability, evidence } of relations)
              found.push({ relation, head: head.text, tail: tail.text, probability, evidence: evidence?.text ?? null });
          return { relations: found };
        });
      }),
  );
  server.registerTool(
    "find_entities",
    {
      title: "Names in biomedical text",
      description: "Finds names of chemicals, diseases and genes in a text, each with its place and a probability.",
      inputSchema: { text },
      annotations: hints,
    },
    ({ text: given }) =>
      told(async () => {
        const { served, tagger } = await models.tagger(undefined, request.signal);
        return atModel(served, async () => {
          const input = [documentOf({ id: "text", text: given })];
          const found = [];
          for await (const names of findNames(input, { model: tagger }, { signal: request.signal }))
            found.push(...mentionsOf(names));
          return { mentions: found };
        });
      }),
  );
  server.registerTool(
    "answer_question",
    {
      title: "Yes, no or maybe, from a text",
      description:
        "Answers a yes/no question from a biomedical text that is given, with the probability of each answer.",
      inputSchema: { question: text, context: text },
      annotations: hints,
    },
    ({ question, context }) =>
      told(async () => {
        const ready = await models.forScheme(YES_NO, undefined, request.signal);
        return atModel(ready.served, async () => {
          const said = await answer(question, context, { model: ready.model }, { signal: request.signal });
          return { answer: said.answer, probabilities: said.probabilities };
        });
      }),
  );
  return server;
}
