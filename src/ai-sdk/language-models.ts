/**
 * Models of the server as the AI SDK's language models.
 *
 * A setting that means nothing to the server is a warning, as the SDK has it; tools and files, without which the answer would be to another question,
 * are refused.
 */
import {
  type LanguageModelV3,
  type LanguageModelV3CallOptions,
  type LanguageModelV3FinishReason,
  type LanguageModelV3Prompt,
  type LanguageModelV3StreamPart,
  type LanguageModelV3Usage,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { BiogptClient } from "../client/client.ts";
import type { ChatRequestMessage, ResponseFormat, WireFinishReason, WireUsage } from "../server/contract.ts";

export const NAME = "biogpt";
/** Of the one text of an answer. */
const TEXT_ID = "text";

/** A piece of an answer. */
interface Piece {
  readonly text: string;
  readonly finish: WireFinishReason | null;
  readonly usage?: WireUsage | null | undefined;
}

/** How one kind of model is asked. */
interface Asked {
  whole(options: LanguageModelV3CallOptions): Promise<Piece>;
  pieces(options: LanguageModelV3CallOptions): AsyncGenerator<Piece>;
}

export function completionModel(client: BiogptClient, model: string): LanguageModelV3 {
  const request = (options: LanguageModelV3CallOptions) => ({
    ...settingsOf(model, options),
    prompt: messagesOf(options.prompt)
      .map(({ content }) => content)
      .join("\n"),
  });
  return languageModel(model, {
    async whole(options) {
      const { choices, usage } = await client.complete(request(options), { signal: options.abortSignal });
      return { text: choices[0]!.text, finish: choices[0]!.finish_reason, usage };
    },
    async *pieces(options) {
      const given = { ...request(options), ...WITH_USAGE };
      for await (const { choices, usage } of client.streamCompletion(given, { signal: options.abortSignal }))
        yield { text: choices[0]?.text ?? "", finish: choices[0]?.finish_reason ?? null, usage };
    },
  });
}

export function chatModel(client: BiogptClient, model: string): LanguageModelV3 {
  const request = (options: LanguageModelV3CallOptions) => ({
    ...settingsOf(model, options),
    messages: messagesOf(options.prompt),
  });
  return languageModel(model, {
    async whole(options) {
      const { choices, usage } = await client.chat(request(options), { signal: options.abortSignal });
      return { text: choices[0]!.message.content, finish: choices[0]!.finish_reason, usage };
    },
    async *pieces(options) {
      const given = { ...request(options), ...WITH_USAGE };
      for await (const { choices, usage } of client.streamChat(given, { signal: options.abortSignal }))
        yield { text: choices[0]?.delta.content ?? "", finish: choices[0]?.finish_reason ?? null, usage };
    },
  });
}

const WITH_USAGE = { stream_options: { include_usage: true } };

function languageModel(modelId: string, asked: Asked): LanguageModelV3 {
  return {
    specificationVersion: "v3",
    provider: NAME,
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      refuseTools(options);
      const { text, finish, usage } = await asked.whole(options);
      return {
        content: [{ type: "text", text }],
        finishReason: finishOf(finish),
        usage: usageOf(usage),
        warnings: [],
      };
    },
    async doStream(options) {
      refuseTools(options);
      const parts = partsOf(asked.pieces(options));
      return {
        stream: new ReadableStream<LanguageModelV3StreamPart>({
          async pull(controller) {
            const { done, value } = await parts.next();
            if (done === true) controller.close();
            else controller.enqueue(value);
          },
          async cancel() {
            await parts.return();
          },
        }),
      };
    },
  };
}

async function* partsOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<LanguageModelV3StreamPart, void, void> {
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id: TEXT_ID };
  let [finish, usage]: [WireFinishReason | null, WireUsage | undefined] = [null, undefined];
  try {
    for await (const piece of pieces) {
      if (piece.text !== "") yield { type: "text-delta", id: TEXT_ID, delta: piece.text };
      finish = piece.finish ?? finish;
      usage = piece.usage ?? usage;
    }
  } catch (error) {
    yield { type: "error", error };
    return;
  }
  yield { type: "text-end", id: TEXT_ID };
  yield { type: "finish", finishReason: finishOf(finish), usage: usageOf(usage) };
}

function settingsOf(
  model: string,
  options: LanguageModelV3CallOptions,
): Readonly<Record<string, unknown>> & { model: string } {
  const { maxOutputTokens, temperature, topP, topK, seed, stopSequences, presencePenalty, frequencyPenalty } = options;
  const given = {
    max_tokens: maxOutputTokens,
    temperature,
    top_p: topP,
    top_k: topK,
    seed,
    stop: stopSequences === undefined || stopSequences.length === 0 ? undefined : stopSequences,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    response_format: formatOf(options.responseFormat),
  };
  return { model, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/** @throws UnsupportedFunctionalityError for tools */
function refuseTools({ tools }: LanguageModelV3CallOptions): void {
  if (tools !== undefined && tools.length > 0) throw new UnsupportedFunctionalityError({ functionality: "tools" });
}

/** Of a schema that asks for what generation cannot be held to, the server says so. */
function formatOf(format: LanguageModelV3CallOptions["responseFormat"]): ResponseFormat | undefined {
  if (format?.type !== "json") return undefined;
  const { schema, name = "answer", description } = format;
  if (schema === undefined) return { type: "json_object" };
  const named = { name, schema: { ...schema }, ...(description === undefined ? {} : { description }) };
  return { type: "json_schema", json_schema: named };
}

/** @throws UnsupportedFunctionalityError for what is no text */
function messagesOf(prompt: LanguageModelV3Prompt): ChatRequestMessage[] {
  return prompt.map(({ role, content }) => {
    if (role === "tool") throw new UnsupportedFunctionalityError({ functionality: "tools" });
    if (typeof content === "string") return { role, content };
    const texts = content.map((part) => {
      if (part.type === "text") return part.text;
      throw new UnsupportedFunctionalityError({ functionality: `a ${part.type} in a prompt` });
    });
    return { role, content: texts.join("") };
  });
}

function finishOf(reason: WireFinishReason | null): LanguageModelV3FinishReason {
  return { unified: reason ?? "other", raw: reason ?? undefined };
}

function usageOf(usage: WireUsage | null | undefined): LanguageModelV3Usage {
  const [input, output] = [usage?.prompt_tokens, usage?.completion_tokens];
  return {
    inputTokens: { total: input, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}
