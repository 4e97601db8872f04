/** `/pubmed/{ids}`: names in articles of PubMed, as BERN2's API; the one route that goes to the network, and only where the server may. */
import { findNames } from "../../workflows/find-names.ts";
import type { EntrezClient } from "../../workflows/mining/entrez.ts";
import { bern2Answer } from "../bern2.ts";
import { type PubmedDocument, pubmedIds, pubmedResponse } from "../contract/mining.ts";
import { RequestError } from "../errors.ts";
import { checked } from "../read-body.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { Services } from "../services.ts";
import { bytesOf } from "./annotate.ts";

/** @param entrez undefined where the server may not use the network */
export function pubmedRoutes(services: Services, entrez: EntrezClient | undefined): Route[] {
  return [
    route({
      method: "get",
      path: "/pubmed/:ids",
      tag: "mining",
      summary:
        "Names in articles of PubMed, by their ids with commas between them, as BERN2's API answers (needs --allow-network)",
      answers: {
        200: { description: "The articles that PubMed has, in the order asked for.", schema: pubmedResponse },
        403: { description: "The server may not use the network." },
      },
      handle(request) {
        if (entrez === undefined) throw noNetwork();
        return annotated(services, entrez, request);
      },
    }),
  ];
}

async function annotated(services: Services, entrez: EntrezClient, request: RouteRequest): Promise<Response> {
  const { signal } = request;
  const ids = [...new Set(checked(request.params["ids"]!.split(","), pubmedIds, "ids"))];
  const { served, tagger } = await services.models.tagger(undefined, signal);
  const standardInput = bytesOf(await entrez.records(ids, signal));
  const found = new Map<string, PubmedDocument>();
  const { turn } = await services.enter(served, "documents", request);
  try {
    const reading = { model: tagger, standardInput, inputFormat: "pubmed-xml" } as const;
    for await (const names of findNames("-", reading, { signal, onEvent: () => {} }))
      found.set(names.document.id, {
        ...{ pmid: names.document.id, passages: names.document.passages.map(({ kind, text }) => ({ kind, text })) },
        ...bern2Answer(names),
      });
  } finally {
    turn[Symbol.dispose]();
  }
  request.note({ documents: found.size });
  if (found.size === 0) throw noArticle(ids);
  return json(ids.flatMap((id) => found.get(id) ?? []));
}

function noNetwork(): RequestError {
  const text = {
    what: "This server may not fetch articles.",
    why: "It was started without --allow-network.",
    fix: "Start it with --allow-network, or send the text to /plain.",
  };
  return new RequestError("server/no-network", text, null);
}

function noArticle(ids: readonly string[]): RequestError {
  const what = `PubMed has no article with a text under ${ids.join(", ")}.`;
  return new RequestError("server/no-article", { what, fix: "Give ids of PubMed, not of PubMed Central." }, "ids");
}
