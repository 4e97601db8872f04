/** `/v1/documents:annotate` and BERN2's `/plain`: documents in the formats that curators' tools speak, with the names that were found in them. */
import { type FoundNames, findNames } from "../../workflows/find-names.ts";
import { mentionRows } from "../../workflows/mention-rows.ts";
import { bern2Answer } from "../bern2.ts";
import { annotateRequest, plainRequest, plainResponse } from "../contract/mining.ts";
import type { AnnotateRequest, PlainRequest, PlainResponse, WireProblem } from "../contract.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { Services } from "../services.ts";
import { collect } from "./mining.ts";

export function annotateRoutes(services: Services): Route[] {
  return [
    route<AnnotateRequest>({
      method: "post",
      path: "/v1/documents:annotate",
      tag: "mining",
      summary: "BioC or PubTator with the names that were found",
      body: annotateRequest,
      answers: { 200: { description: "A BioC collection, or PubTator.", media: "text/plain" } },
      handle: (request) => annotate(services, request),
    }),
    route<PlainRequest>({
      method: "post",
      path: "/plain",
      tag: "mining",
      summary: "Names in a text, as BERN2's API answers",
      body: plainRequest,
      answers: { 200: { description: "The annotations.", schema: plainResponse } },
      handle: (request) => plain(services, request),
    }),
  ];
}

async function annotate(services: Services, request: RouteRequest<AnnotateRequest>): Promise<Response> {
  const { content, types, threshold, output } = request.body;
  const problems: WireProblem[] = [];
  const found: FoundNames[] = [];
  const { served, tagger } = await services.models.tagger(request.body.model, request.signal);
  const { turn } = await services.enter(served, "documents", request);
  try {
    // The text itself stands for standard input, so the readers of files read it, and no file is opened.
    const reading = { model: tagger, types, threshold, standardInput: bytesOf(content) };
    const context = { signal: request.signal, onEvent: collect(problems) };
    for await (const names of findNames("-", reading, context)) found.push(names);
  } finally {
    turn[Symbol.dispose]();
  }
  request.note({ documents: found.length });
  const wanted = output ?? (/^\s*[<{[]/.test(content) ? "bioc" : "pubtator");
  const rows = mentionRows(wanted, served.name);
  if (wanted === "pubtator") {
    const text = found.map((names) => rows.of(names)).join("");
    return new Response(text, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
  }
  const documents = found.map((names) => JSON.parse(rows.of(names)) as unknown);
  return json({
    source: "biogpt",
    date: new Date().toISOString().slice(0, 10),
    key: "",
    infons: {},
    documents,
    problems,
  });
}

export async function* bytesOf(text: string): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(text, "utf8");
}

async function plain(services: Services, request: RouteRequest<PlainRequest>): Promise<Response> {
  const { text } = request.body;
  const { served, tagger } = await services.models.tagger(undefined, request.signal);
  const { turn } = await services.enter(served, "documents", request);
  try {
    const document = { id: "plain", source: "request", passages: [{ kind: "text" as const, text }] };
    for await (const names of findNames([document], { model: tagger }, { signal: request.signal }))
      return json(bern2Answer(names));
    return json({ text, annotations: [], timestamp: new Date().toISOString() } satisfies PlainResponse);
  } finally {
    turn[Symbol.dispose]();
  }
}
