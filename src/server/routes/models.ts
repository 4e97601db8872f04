/** `/v1/models`, `/v1/embeddings`, `/tokenize` and `/detokenize`: what a model is asked for besides text. */
import { checkPrompt } from "../../generation/settings.ts";
import { tooLong, unusable } from "../continuations.ts";
import {
  detokenizedText,
  detokenizeRequest,
  embeddingList,
  embeddingRequest,
  modelCard,
  modelList,
  tokenizedText,
  tokenizeRequest,
} from "../contract/generation.ts";
import type {
  DetokenizedText,
  DetokenizeRequest,
  EmbeddingRequest,
  TokenizedText,
  TokenizeRequest,
} from "../contract.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { Services } from "../services.ts";

export function modelRoutes(services: Services): Route[] {
  const { models } = services;
  return [
    route({
      method: "get",
      path: "/v1/models",
      tag: "models",
      summary: "The models that are served",
      answers: { 200: { description: "Models, the usual one first.", schema: modelList } },
      handle: () => json({ object: "list", data: models.cards() }),
    }),
    route({
      method: "get",
      path: "/v1/models/:model",
      tag: "models",
      summary: "One model",
      answers: { 200: { description: "The model.", schema: modelCard } },
      handle: ({ params }) => {
        const { name } = models.find(params["model"]!);
        return json(models.cards().find(({ id }) => id === name));
      },
    }),
    route<EmbeddingRequest>({
      method: "post",
      path: "/v1/embeddings",
      tag: "generation",
      summary: "Texts as vectors: the mean of the last layer's states, of length 1",
      body: embeddingRequest,
      answers: { 200: { description: "One vector for each text.", schema: embeddingList } },
      handle: (request) => embed(services, request),
    }),
    route<TokenizeRequest>({
      method: "post",
      path: "/tokenize",
      tag: "models",
      summary: "A text's token ids, with their places in it",
      body: tokenizeRequest,
      answers: { 200: { description: "The tokens and their places.", schema: tokenizedText } },
      async handle({ body, signal }) {
        const { model } = await models.generative(body.model, signal);
        const { ids, starts, ends } = model.tokenizer.encodeWithOffsets(body.text);
        const begin = body.add_special_tokens === true ? model.encodePrompt("") : [];
        const zeros = begin.map(() => 0);
        const tokens = [...begin, ...ids];
        const places = { starts: [...zeros, ...starts], ends: [...zeros, ...ends] };
        const counts = { count: tokens.length, max_model_len: model.config.maxPositions };
        return json({ tokens, ...places, ...counts } satisfies TokenizedText);
      },
    }),
    route<DetokenizeRequest>({
      method: "post",
      path: "/detokenize",
      tag: "models",
      summary: "The text of token ids",
      body: detokenizeRequest,
      answers: { 200: { description: "The text.", schema: detokenizedText } },
      async handle({ body, signal }) {
        const { model } = await models.generative(body.model, signal);
        return json({ text: model.tokenizer.decode(body.tokens) } satisfies DetokenizedText);
      },
    }),
  ];
}

async function embed(services: Services, request: RouteRequest<EmbeddingRequest>): Promise<Response> {
  const { body, signal } = request;
  const { input } = body;
  const texts = (typeof input === "string" || typeof input[0] === "number" ? [input] : input) as readonly (
    | string
    | readonly number[]
  )[];
  if (texts.includes("")) throw unusable("A text is empty.", "Leave it out.", "input");
  const { served, model, embedder } = await services.models.embedder(body.model, signal);
  const sequences = texts.map((text) => (typeof text === "string" ? model.encodePrompt(text) : text));
  for (const ids of sequences) {
    const { maxLength } = model.decoder;
    if (ids.length > maxLength)
      throw tooLong(`A text has ${ids.length} tokens; the model's context holds ${maxLength}.`, "text");
    checkPrompt(ids, model.decoder);
  }
  const { turn } = await services.enter(served, "documents", request, Number.POSITIVE_INFINITY); // one encoder, one at a time
  try {
    const vectors = await embedder.embed(sequences, { signal });
    const tokens = sequences.reduce((sum, ids) => sum + ids.length, 0);
    request.note({ promptTokens: tokens });
    return json({
      object: "list",
      model: served.name,
      data: vectors.map(ofLengthOne).map((vector, index) => ({
        object: "embedding",
        index,
        embedding: body.encoding_format === "base64" ? base64(vector) : [...vector],
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  } finally {
    turn[Symbol.dispose]();
  }
}

function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / (length || 1));
}

/** Little-endian float32, as the official client asks for unasked. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes.toString("base64");
}
