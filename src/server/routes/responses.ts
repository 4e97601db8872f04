/** `/v1/responses`: an answer as text, whole or as events. Stateless: nothing is kept, so none can go on from another. */
import { randomUUID } from "node:crypto";
import { continued, continuing, finishReason } from "../continuations.ts";
import { responseFormatOf } from "../contract/response-format.ts";
import { responseRequest, textResponse } from "../contract/responses.ts";
import type { ChatRequestMessage, ResponseItem, ResponseMessage, ResponseRequest, TextResponse } from "../contract.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { Services } from "../services.ts";
import { conversation, USUAL_ANSWER } from "./chat.ts";
import { usageOf } from "./completions.ts";

export function responseRoutes(services: Services): Route[] {
  return [
    route<ResponseRequest>({
      method: "post",
      path: "/v1/responses",
      tag: "generation",
      summary: "Answer a text or a conversation",
      body: responseRequest,
      answers: {
        200: { description: "The answer, or a stream of events.", schema: textResponse, media: "text/event-stream" },
      },
      handle: (request) => respond(services, request),
    }),
  ];
}

interface ResponseEvent {
  readonly type: string;
  readonly sequence_number: number;
}

async function respond(services: Services, request: RouteRequest<ResponseRequest>): Promise<Response> {
  const { body } = request;
  const ready = await services.models.generative(body.model, request.signal);
  const { read, room, stops } = await conversation(ready, messagesOf(body), undefined);
  const prompt = read.ids; // without rows: what is said here is text alone
  const maxNewTokens = Math.min(body.max_output_tokens ?? USUAL_ANSWER, room);
  const { temperature, top_p, text: form } = body;
  const fields = { temperature, top_p, response_format: responseFormatOf(form?.format) };
  const options = { maxNewTokens, alternatives: 0, ends: stops, formatField: "text.format" };
  const work = continuing(ready, [prompt], fields, options);
  const { turn, began } = await services.enter(ready.served, "generation", request, work.sequences);
  const pieces = continued(ready, work, { signal: request.signal, note: request.note, began }, services);
  const head = {
    ...{ id: `resp_${randomUUID()}`, object: "response" as const, created_at: Math.floor(Date.now() / 1000) },
    ...{ model: ready.served.name, error: null },
  };
  const itemId = `msg_${randomUUID()}`;
  const item = (status: ResponseItem["status"], text: string | undefined): ResponseItem => {
    const content = text === undefined ? [] : [{ type: "output_text" as const, text, annotations: [] }];
    return { id: itemId, type: "message", role: "assistant", status, content };
  };
  const begun: TextResponse = { ...head, status: "in_progress", incomplete_details: null, output: [], usage: null };
  if (body.stream === true) return services.stream(events(), turn, request);
  try {
    let last: TextResponse | undefined;
    for await (const event of events()) if ("response" in event) last = event.response as TextResponse;
    return json(last);
  } finally {
    turn[Symbol.dispose]();
  }

  async function* events(): AsyncGenerator<ResponseEvent, void, void> {
    let number = 0;
    const event = (type: string, fields: object): ResponseEvent => ({ type, sequence_number: number++, ...fields });
    const place = { item_id: itemId, output_index: 0, content_index: 0 };
    const part = (text: string): object => ({ ...place, part: { type: "output_text", text, annotations: [] } });
    try {
      yield event("response.created", { response: begun });
      yield event("response.output_item.added", { output_index: 0, item: item("in_progress", undefined) });
      yield event("response.content_part.added", part(""));
      let text = "";
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        const delta = text === "" ? next.value.text.trimStart() : next.value.text;
        if (delta === "") continue;
        text += delta;
        yield event("response.output_text.delta", { ...place, delta, logprobs: [] });
      }
      const isCut = finishReason(next.value[0]!) === "length";
      const status = isCut ? "incomplete" : "completed";
      yield event("response.output_text.done", { ...place, text, logprobs: [] });
      yield event("response.content_part.done", part(text));
      yield event("response.output_item.done", { output_index: 0, item: item(status, text) });
      const { prompt_tokens, completion_tokens, total_tokens } = usageOf([prompt], next.value);
      const response: TextResponse = {
        ...{ ...head, status, output: [item(status, text)] },
        incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
        usage: { input_tokens: prompt_tokens, output_tokens: completion_tokens, total_tokens },
      };
      yield event(`response.${status}`, { response });
    } finally {
      await pieces.return([]);
    }
  }
}

function messagesOf({ input, instructions }: ResponseRequest): ChatRequestMessage[] {
  const messages: readonly ResponseMessage[] = typeof input === "string" ? [{ role: "user", content: input }] : input;
  return [
    ...(instructions == null ? [] : [{ role: "system" as const, content: instructions }]),
    ...messages.map(({ role, content }) => ({
      role,
      content: typeof content === "string" ? content : content.map(({ text }) => text).join(""),
    })),
  ];
}
