/** Relations, names, labels and answers: the workflows of the command line over models that stay loaded. */
import type { BiogptError } from "../../base/errors.ts";
import { answer, YES_NO } from "../../workflows/answer.ts";
import { classify, HALLMARKS } from "../../workflows/classify.ts";
import { extract } from "../../workflows/extract.ts";
import { findNames } from "../../workflows/find-names.ts";
import {
  answerRequest,
  answerResponse,
  classifyRequest,
  classifyResponse,
  entitiesRequest,
  entitiesResponse,
  relationsRequest,
  relationsResponse,
} from "../contract/mining.ts";
import type {
  AnswerRequest,
  ClassifyRequest,
  EntitiesRequest,
  RelationsRequest,
  WireProblem,
  WireRelation,
  WireSentence,
} from "../contract.ts";
import { relationTarget } from "../relation-target.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { Services } from "../services.ts";
import { documentOf, mentionsOf, problemOf, sentenceOf } from "../wire-documents.ts";

export function miningRoutes(services: Services): Route[] {
  return [
    route<RelationsRequest>({
      method: "post",
      path: "/v1/relations",
      tag: "mining",
      summary: "Relations of documents, each with its places in the text, evidence and probability",
      body: relationsRequest,
      answers: { 200: { description: "The lines of `biogpt extract`.", schema: relationsResponse } },
      handle: (request) => relations(services, request),
    }),
    route<EntitiesRequest>({
      method: "post",
      path: "/v1/entities",
      tag: "mining",
      summary: "Names of chemicals, diseases, genes and what else the tagger knows",
      body: entitiesRequest,
      answers: { 200: { description: "The names of each document.", schema: entitiesResponse } },
      handle: (request) => entities(services, request),
    }),
    route<ClassifyRequest>({
      method: "post",
      path: "/v1/classify",
      tag: "mining",
      summary: "Hallmarks of cancer, sentence by sentence",
      body: classifyRequest,
      answers: { 200: { description: "Labels of each sentence.", schema: classifyResponse } },
      handle: (request) => labels(services, request),
    }),
    route<AnswerRequest>({
      method: "post",
      path: "/v1/answer",
      tag: "mining",
      summary: "Yes, no or maybe, read from a text",
      body: answerRequest,
      answers: { 200: { description: "The answer and the probability of each.", schema: answerResponse } },
      handle: (request) => say(services, request),
    }),
  ];
}

async function relations(services: Services, request: RouteRequest<RelationsRequest>): Promise<Response> {
  const { body, signal } = request;
  const { documents, decoding, beams, threshold } = body;
  const { ready, scheme } = await relationTarget(services.models, body, signal);
  const { turn } = await services.enter(ready.served, "documents", request);
  try {
    const problems: WireProblem[] = [];
    const found: WireRelation[] = [];
    const results = extract(
      documents.map(documentOf),
      { decoding, beams, threshold, scheme, model: ready.model },
      { signal, onEvent: collect(problems) },
    );
    for await (const result of results) found.push(...result.relations);
    request.note({ documents: documents.length, relations: found.length });
    return json({ relations: found, problems });
  } finally {
    turn[Symbol.dispose]();
  }
}

async function entities(services: Services, request: RouteRequest<EntitiesRequest>): Promise<Response> {
  const { body, signal } = request;
  const { served, tagger } = await services.models.tagger(body.model, signal);
  const { turn } = await services.enter(served, "documents", request);
  try {
    const problems: WireProblem[] = [];
    const documents: { id: string; mentions: ReturnType<typeof mentionsOf> }[] = [];
    const { types, threshold } = body;
    const found = findNames(
      body.documents.map(documentOf),
      { model: tagger, types, threshold },
      { signal, onEvent: collect(problems) },
    );
    for await (const names of found) documents.push({ id: names.document.id, mentions: mentionsOf(names) });
    request.note({ documents: documents.length });
    return json({ documents, model: served.name, problems });
  } finally {
    turn[Symbol.dispose]();
  }
}

async function labels(services: Services, request: RouteRequest<ClassifyRequest>): Promise<Response> {
  const { body, signal } = request;
  const ready = await services.models.forScheme(HALLMARKS, body.model, signal);
  const { turn } = await services.enter(ready.served, "documents", request);
  try {
    const problems: WireProblem[] = [];
    const sentences: WireSentence[] = [];
    const found = classify(
      body.documents.map(documentOf),
      { model: ready.model },
      { signal, onEvent: collect(problems) },
    );
    for await (const sentence of found) sentences.push(sentenceOf(sentence));
    request.note({ documents: body.documents.length });
    return json({ sentences, problems });
  } finally {
    turn[Symbol.dispose]();
  }
}

async function say(services: Services, request: RouteRequest<AnswerRequest>): Promise<Response> {
  const { body, signal } = request;
  const ready = await services.models.forScheme(YES_NO, body.model, signal);
  const { turn } = await services.enter(ready.served, "documents", request);
  try {
    const { question, context, conclusion } = body;
    const said = await answer(question, context, { model: ready.model, conclusion }, { signal });
    const { answer: word, probabilities, calibrated, contextCut, model } = said;
    return json({ answer: word, probabilities, calibrated, contextCut, model });
  } finally {
    turn[Symbol.dispose]();
  }
}

/** Documents that fail are told beside the others' results. */
export function collect(problems: WireProblem[]): (event: { readonly type: string }) => void {
  return (event) => {
    if (event.type === "problem") problems.push(problemOf((event as unknown as { error: BiogptError }).error));
  };
}
