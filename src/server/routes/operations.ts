/** Health, readiness, figures, and the document of the interface itself. */
import { asBiogptError } from "../../base/system-errors.ts";
import { serverFacts } from "../contract/server.ts";
import type { ServerFacts } from "../contract.ts";
import { openApiDocument } from "../openapi.ts";
import { json, type Route, route } from "../route.ts";
import type { Services } from "../services.ts";

/**
 * @param facts what the server was started with
 * @param draining whether the server is ending, so that a balancer sends no more
 */
export function operationRoutes(services: Services, facts: ServerFacts, draining: () => boolean): Route[] {
  const { models, metrics } = services;
  return [
    route({
      method: "get",
      path: "/health",
      tag: "operations",
      summary: "Whether the server is alive",
      open: true,
      answers: { 200: { description: "It is." } },
      handle: () => json({ status: "ok" }),
    }),
    route({
      method: "get",
      path: "/ready",
      tag: "operations",
      summary: "Whether every model is loaded and the server is not ending",
      open: true,
      answers: { 200: { description: "It is." }, 503: { description: "Not yet, or not any more." } },
      handle() {
        if (draining()) return json({ status: "draining" }, 503);
        if (models.failure !== undefined)
          return json({ status: "failed", code: asBiogptError(models.failure).code }, 503);
        return models.isReady ? json({ status: "ready" }) : json({ status: "loading" }, 503);
      },
    }),
    route({
      method: "get",
      path: "/v1/server",
      tag: "operations",
      summary: "What the server was started with",
      answers: { 200: { description: "What there is to be asked for.", schema: serverFacts } },
      handle: () => json(facts),
    }),
    route({
      method: "get",
      path: "/metrics",
      tag: "operations",
      summary: "Figures for Prometheus",
      answers: { 200: { description: "In its text format.", media: "text/plain" } },
      handle: async () => new Response(await metrics.text(), { headers: { "Content-Type": metrics.contentType } }),
    }),
  ];
}

export function documentRoute(routes: () => readonly Route[], version: string): Route {
  let document: string | undefined;
  return route({
    method: "get",
    path: "/openapi.json",
    tag: "operations",
    summary: "This document",
    open: true,
    answers: { 200: { description: "The OpenAPI document." } },
    handle() {
      document ??= JSON.stringify(openApiDocument(routes(), version));
      return new Response(document, { headers: { "Content-Type": "application/json" } });
    },
  });
}
