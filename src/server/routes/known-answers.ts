/**
 * Conversations with a model that answers from what is known: the description of a relative of the molecule that the last message brings, copied whole.
 *
 * What is said before does not matter, nor do settings of generation: nothing is generated, and a copied text has no log-probabilities.
 */
import { randomUUID } from "node:crypto";
import type { ChatMessage } from "../../tokenizers/chat/conversation.ts";
import { sourceLine } from "../../workflows/known-descriptions.ts";
import { unusable } from "../continuations.ts";
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest, WireUsage } from "../contract.ts";
import { RequestError } from "../errors.ts";
import { json, type RouteRequest } from "../route.ts";
import type { KnowingModel } from "../served-models.ts";
import type { Services } from "../services.ts";
import { wantsUsage } from "./completions.ts";

/** No tokens are read or written. */
const USAGE: WireUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/** @throws RequestError `server/no-model-for` for another question, `server/request` for several answers; what molecules/ throws for the molecule */
export async function answerFromKnown(
  services: Services,
  request: RouteRequest<ChatCompletionRequest>,
  { served, known }: KnowingModel,
  messages: readonly ChatMessage[],
): Promise<Response> {
  const { body } = request;
  if ((body.n ?? 1) > 1) throw unusable(`${served.name} knows one answer.`, "Leave n at 1.", "n");
  const last = messages.at(-1)!;
  const [attachment, ...more] = last.attachments ?? [];
  const { turn } = await services.enter(served, "generation", request);
  try {
    const isOne = last.role === "user" && attachment !== undefined && more.length === 0;
    const found = isOne ? await known.find(last.content, attachment) : undefined;
    if (found === undefined) throw notKnown(served.name, known.questions);
    const notes = [sourceLine(found, attachment!.kind)];
    const head = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: served.name,
      system_fingerprint: known.hash.slice(0, 16),
    };
    if (body.stream === true) return services.stream(chunks(head, found.text, notes, wantsUsage(body)), turn, request);
    const message = { role: "assistant", content: found.text, refusal: null } as const;
    const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }] as const;
    return json({ ...head, object: "chat.completion", choices, usage: USAGE, notes } satisfies ChatCompletion);
  } finally {
    turn[Symbol.dispose]();
  }
}

/** A stream of one piece. */
async function* chunks(
  head: Pick<ChatCompletionChunk, "id" | "created" | "model" | "system_fingerprint">,
  text: string,
  notes: readonly string[],
  isUsageWanted: boolean,
): AsyncGenerator<ChatCompletionChunk, void, void> {
  const chunk = (choices: ChatCompletionChunk["choices"]): ChatCompletionChunk => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    ...(isUsageWanted ? { usage: null } : {}),
  });
  const delta = { role: "assistant", content: text } as const;
  yield { ...chunk([{ index: 0, delta, logprobs: null, finish_reason: null }]), notes };
  yield chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }]);
  if (isUsageWanted) yield { ...chunk([]), usage: USAGE };
}

function notKnown(name: string, questions: readonly string[]): RequestError {
  return new RequestError(
    "server/no-model-for",
    {
      what: `${name} has no answer to this.`,
      why: "It copies what is known of a relative, and has no language model.",
      fix: `Ask ${questions.map((question) => JSON.stringify(question)).join(" or ")} with one molecule, or another model.`,
    },
    "messages",
  );
}
