/** Text generation of `biogpt serve` as a LangChain language model: invoked, batched, streamed, and piped like any other. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { type BaseLLMParams, LLM } from "@langchain/core/language_models/llms";
import { GenerationChunk } from "@langchain/core/outputs";
import { BiogptClient } from "../client/client.ts";
import type { ClientOptions } from "../client/requests.ts";
import type { CompletionRequest } from "../server/contract.ts";

/** What is asked for with each prompt; `stop` and `signal` may also come with a call. */
export type BiogptLlmOptions = ClientOptions &
  BaseLLMParams &
  Omit<CompletionRequest, "prompt" | "n" | "stream" | "stream_options" | "echo" | "logprobs"> & {
    /** Default: a client of the other options. */
    readonly client?: BiogptClient | undefined;
  };

/**
 * @example
 *     const llm = new BiogptLlm({ max_tokens: 40, temperature: 0 });
 *     for await (const piece of await llm.stream("COVID-19 is")) process.stdout.write(piece);
 */
export class BiogptLlm extends LLM {
  readonly #client: BiogptClient;
  readonly #settings: Omit<CompletionRequest, "prompt">;

  static override lc_name(): string {
    return "BiogptLlm";
  }

  constructor(options: BiogptLlmOptions = {}) {
    const { client, baseUrl, apiKey, retries, fetch, headers, ...rest } = options;
    super(rest as BaseLLMParams);
    this.#client = client ?? new BiogptClient({ baseUrl, apiKey, retries, fetch, headers });
    this.#settings = settingsOf(rest);
  }

  override _llmType(): string {
    return "biogpt";
  }

  override async _call(prompt: string, options: this["ParsedCallOptions"]): Promise<string> {
    const { choices } = await this.#client.complete(this.#request(prompt, options), { signal: options.signal });
    return choices[0]!.text;
  }

  override async *_streamResponseChunks(
    prompt: string,
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<GenerationChunk> {
    const pieces = this.#client.streamCompletion(this.#request(prompt, options), { signal: options.signal });
    for await (const { choices } of pieces) {
      const text = choices[0]?.text ?? "";
      if (text === "") continue;
      yield new GenerationChunk({ text });
      await run?.handleLLMNewToken(text);
    }
  }

  #request(prompt: string, { stop }: this["ParsedCallOptions"]): CompletionRequest {
    return { ...this.#settings, prompt, ...(stop === undefined ? {} : { stop }) };
  }
}

const SETTINGS = [
  "model",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "seed",
  "stop",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "user",
  "beams",
  "repetition_penalty",
  "no_repeat_ngram",
  "length_penalty",
  "early_stopping",
] as const satisfies readonly (keyof CompletionRequest)[];

/** What of the options goes to the server; the rest is LangChain's. */
function settingsOf(options: Omit<CompletionRequest, "prompt">): Omit<CompletionRequest, "prompt"> {
  return Object.fromEntries(
    SETTINGS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Omit<CompletionRequest, "prompt">;
}
