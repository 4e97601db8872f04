/** The OpenAPI document, made of the routes themselves (`/openapi.json`). */
import { z } from "zod";
import type { Answer, Route } from "./route.ts";

const ERROR_SCHEMA = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "code", "param", "what"],
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        code: { type: "string" },
        param: { type: ["string", "null"] },
        what: { type: "string" },
        why: { type: "string" },
        fix: { type: "string" },
      },
    },
  },
};

const ERRORS: Readonly<Record<string, string>> = {
  400: "The request makes no sense.",
  401: "A key is needed.",
  403: "The request names another host, or needs a network that the server may not use.",
  404: "There is no such model or record.",
  413: "The body is too large.",
  415: "The body is not JSON.",
  422: "A text or document cannot be used.",
  429: "Too much is waiting; `Retry-After` says when to come again.",
  503: "The model cannot be had now.",
  504: "The deadline has passed.",
};

export function openApiDocument(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/\/:(\w+)/g, "/{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "biogpt",
      version,
      description: "Biomedical text generation and mining. Follows OpenAI's API where that has a call for it.",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths,
    components: {
      schemas: { Error: ERROR_SCHEMA },
      responses: Object.fromEntries(
        Object.entries(ERRORS).map(([status, description]) => [
          status,
          { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } },
        ]),
      ),
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
    security: [{ key: [] }],
  };
}

function operation({ method, path, tag, summary, open, body, query = {}, answers }: Route): Record<string, unknown> {
  const named = [...path.matchAll(/\/:(\w+)/g)].map(([, name]) => name!);
  const parameters = [
    ...named.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: "query", schema: schemaOf(schema, "input") })),
  ];
  const failures = open === true ? [] : Object.keys(ERRORS);
  return {
    operationId: `${method}${path.replace(/[^A-Za-z0-9]+(\w)?/g, (_, next: string = "") => next.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(open === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])),
      ...Object.fromEntries(failures.map((status) => [status, { $ref: `#/components/responses/${status}` }])),
    },
  };
}

function answerOf({ description, schema, media }: Answer): Record<string, unknown> {
  const content = {
    ...(schema === undefined ? {} : { "application/json": { schema: schemaOf(schema, "output") } }),
    ...(media === undefined ? {} : { [media]: { schema: { type: "string" } } }),
  };
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
