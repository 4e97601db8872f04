/** `/v1/chat/completions`: conversations, for models that bring a chat template or belong to a family with a known format. */
import { randomUUID } from "node:crypto";
import { attachmentsOf, type ChatPrompt, embedChatPrompt, readChatPrompt } from "../../pretrained/chat/chat-prompt.ts";
import type { Attachment, ChatMessage, ChatRenderer } from "../../tokenizers/chat/conversation.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { chatRendererOf } from "../../workflows/chat-renderer.ts";
import {
  continued,
  continuing,
  finishReason,
  type Piece,
  roomFor,
  type ServedPrompt,
  tooLong,
  unusable,
} from "../continuations.ts";
import { chatCompletion, chatCompletionRequest } from "../contract/generation.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChatContentPart,
  ChatLogprobs,
  ChatRequestMessage,
  TokenLogprob,
} from "../contract.ts";
import { RequestError } from "../errors.ts";
import { json, type Route, type RouteRequest, route } from "../route.ts";
import type { ReadyModel } from "../served-models.ts";
import type { Services } from "../services.ts";
import { tokenText } from "../token-texts.ts";
import { usageOf, wantsUsage } from "./completions.ts";
import { answerFromKnown } from "./known-answers.ts";

/** Tokens of an answer where nothing is said, if the context has room for so many. */
export const USUAL_ANSWER = 512;
/** Molecules and proteins of a conversation: each is read before the request waits for its turn. */
const MOST_ATTACHMENTS = 16;

export function chatRoutes(services: Services): Route[] {
  return [
    route<ChatCompletionRequest>({
      method: "post",
      path: "/v1/chat/completions",
      tag: "generation",
      summary: "Answer in a conversation",
      body: chatCompletionRequest,
      answers: {
        200: { description: "The answers, or a stream of them.", schema: chatCompletion, media: "text/event-stream" },
      },
      handle: (request) => converse(services, request),
    }),
  ];
}

async function converse(services: Services, request: RouteRequest<ChatCompletionRequest>): Promise<Response> {
  const { body } = request;
  if (body.top_logprobs != null && body.logprobs !== true)
    throw unusable("top_logprobs has no effect without logprobs.", "Set logprobs to true.", "top_logprobs");
  const knowing = await services.models.knowing(body.model, request.signal);
  if (knowing !== undefined) return answerFromKnown(services, request, knowing, body.messages.map(messageOf));
  const ready = await services.models.generative(body.model, request.signal);
  const { tokenizer } = ready.model;
  const { read, notes, room, stops } = await conversation(ready, body.messages, body.chat_format);
  const asked = body.max_completion_tokens ?? body.max_tokens ?? USUAL_ANSWER;
  const alternatives = body.logprobs === true ? (body.top_logprobs ?? 0) : 0;
  const maxNewTokens = Math.min(asked, room);
  const plan = continuing(ready, [read.ids], body, { maxNewTokens, alternatives, ends: stops });
  const { turn, began } = await services.enter(ready.served, "generation", request, plan.sequences);
  const prompt = await embedded(ready, read, request.signal).catch((error: unknown) => {
    turn[Symbol.dispose]();
    throw error;
  });
  const work = { ...plan, prompts: [prompt] };
  const head = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: ready.served.name,
    system_fingerprint: ready.model.hash.slice(0, 16),
  };
  const noted = notes.length === 0 ? {} : { notes };
  const told = new ToldTokens(tokenizer, body.logprobs === true);
  const pieces = continued(ready, work, { signal: request.signal, note: request.note, began }, services);
  if (body.stream === true) return services.stream(chunks(), turn, request);
  try {
    const texts = new Map<number, string>();
    const content = new Map<number, TokenLogprob[]>();
    let next = await pieces.next();
    for (; next.done !== true; next = await pieces.next()) {
      const { index, text } = next.value;
      texts.set(index, (texts.get(index) ?? "") + text);
      content.set(index, [...(content.get(index) ?? []), ...(told.logprobs(next.value)?.content ?? [])]);
    }
    const choices = next.value.map((generation, index) => ({
      index,
      message: { role: "assistant" as const, content: (texts.get(index) ?? "").trim(), refusal: null },
      logprobs: body.logprobs === true ? { content: content.get(index) ?? [], refusal: null } : null,
      finish_reason: finishReason(generation),
    }));
    const usage = usageOf([prompt], next.value);
    return json({ ...head, object: "chat.completion", choices, usage, ...noted } satisfies ChatCompletion);
  } finally {
    turn[Symbol.dispose]();
  }

  async function* chunks(): AsyncGenerator<ChatCompletionChunk, void, void> {
    const chunk = (choices: ChatCompletionChunk["choices"]): ChatCompletionChunk => ({
      ...head,
      object: "chat.completion.chunk",
      choices,
      ...(wantsUsage(body) ? { usage: null } : {}),
    });
    const begun = new Set<number>();
    try {
      for (let index = 0; index < work.n; index++) {
        const first = chunk([
          { index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null },
        ]);
        yield index === 0 ? { ...first, ...noted } : first;
      }
      let next = await pieces.next();
      for (; next.done !== true; next = await pieces.next()) {
        const { index, generation } = next.value;
        const text = begun.has(index) ? next.value.text : next.value.text.trimStart();
        if (text !== "") begun.add(index);
        const logprobs = told.logprobs(next.value);
        if (text !== "" || logprobs !== null)
          yield chunk([{ index, delta: { content: text }, logprobs, finish_reason: null }]);
        if (generation !== undefined)
          yield chunk([{ index, delta: {}, logprobs: null, finish_reason: finishReason(generation) }]);
      }
      if (wantsUsage(body)) yield { ...chunk([]), usage: usageOf([prompt], next.value) };
    } finally {
      await pieces.return([]);
    }
  }
}

interface Conversation {
  readonly read: ChatPrompt;
  /** What was changed or cut of what is attached. */
  readonly notes: readonly string[];
  /** Positions that are left for an answer, at least 1. */
  readonly room: number;
  /** What ends the answer. */
  readonly stops: readonly string[];
}

/**
 * A conversation as what the model continues; molecules and proteins are read, but nothing is computed yet.
 *
 * @throws RequestError `server/no-model-for`, `server/request`; BiogptError `pretrained/no-encoder`, `generation/prompt-too-long`, and what molecules/
 *         throws for an attachment
 */
export async function conversation(
  ready: ReadyModel,
  messages: readonly ChatRequestMessage[],
  format: string | undefined,
): Promise<Conversation> {
  const { model } = ready;
  const renderer = await rendererOf(ready, format);
  const said = messages.map(messageOf);
  const count = said.reduce((sum, { attachments = [] }) => sum + attachments.length, 0);
  if (count > MOST_ATTACHMENTS)
    throw unusable(`${count} molecules and proteins are attached.`, `At most ${MOST_ATTACHMENTS}.`, "messages");
  const read = await readChatPrompt(model, renderer, said);
  const attached = attachmentsOf(read.segments);
  const { maxPositions } = model.config;
  if (attached.length > 0 && read.positions >= maxPositions) {
    const takes = `The prompt takes ${read.positions} positions, one for each atom and residue`;
    throw tooLong(`${takes}; the model's context holds ${maxPositions}, answer included.`, "molecule or protein");
  }
  const room = roomFor([{ length: read.positions }], maxPositions);
  return { read, notes: attached.flatMap(({ notes }) => notes), room, stops: renderer.stops };
}

/** Ids, or with the rows that the model's encoders make of what is attached. */
export async function embedded({ model }: ReadyModel, read: ChatPrompt, signal: AbortSignal): Promise<ServedPrompt> {
  const prompt = await embedChatPrompt(model, read, signal);
  return typeof prompt === "object" && "inputsEmbeds" in prompt ? { ...prompt, length: read.positions } : read.ids;
}

async function rendererOf({ model, chat, served }: ReadyModel, format: string | undefined): Promise<ChatRenderer> {
  if (format !== undefined) return chatRendererOf(model, format);
  if (chat !== undefined) return chat;
  throw new RequestError(
    "server/no-model-for",
    {
      what: `${served.name} brings no chat template, so nobody knows how to talk to it.`,
      fix: "Ask a model whose abilities in GET /v1/models name chat, or give chat_format.",
    },
    "model",
  );
}

/** @throws RequestError `server/request` for a molecule or protein in what is not the user's */
function messageOf({ role, content }: ChatRequestMessage): ChatMessage {
  const ours = role === "developer" ? "system" : role;
  if (typeof content === "string") return { role: ours, content };
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const attachments = content.flatMap(attachmentOf);
  if (attachments.length > 0 && role !== "user") {
    const what = `A message of the ${role} brings a ${attachments[0]!.kind}.`;
    throw unusable(what, "Attach it to a message of the user.", "messages");
  }
  return { role: ours, content: text, attachments };
}

function attachmentOf(part: ChatContentPart): Attachment[] {
  if (part.type === "molecule") return [{ kind: "molecule", text: part.smiles }];
  return part.type === "protein" ? [{ kind: "protein", text: part.sequence }] : [];
}

/** Log-probabilities of each sequence's tokens as text, which depends on the tokens before. */
class ToldTokens {
  readonly #tokenizer: Tokenizer;
  readonly #wanted: boolean;
  readonly #before = new Map<number, number[]>();

  constructor(tokenizer: Tokenizer, wanted: boolean) {
    this.#tokenizer = tokenizer;
    this.#wanted = wanted;
  }

  logprobs({ index, ids, logProbabilities, alternatives }: Piece): ChatLogprobs | null {
    if (!this.#wanted || ids.length === 0) return null;
    const before = this.#before.get(index) ?? [];
    this.#before.set(index, before);
    const entry = (id: number, logprob: number): Omit<TokenLogprob, "top_logprobs"> => {
      const token = tokenText(this.#tokenizer, before, id);
      return { token, logprob, bytes: [...Buffer.from(token)] };
    };
    const content = ids.map((id, i): TokenLogprob => {
      const top = (alternatives[i] ?? []).map((other) => entry(other.id, other.logProbability));
      const told = { ...entry(id, logProbabilities[i]!), top_logprobs: top };
      before.push(id);
      return told;
    });
    return { content, refusal: null };
  }
}
