/** The provider: from a model's name to what `generateText`, `streamText` and `embed` take. */
import { type EmbeddingModelV3, type LanguageModelV3, NoSuchModelError, type ProviderV3 } from "@ai-sdk/provider";
import { BiogptClient } from "../client/client.ts";
import type { ClientOptions } from "../client/requests.ts";
import { chatModel, completionModel, NAME } from "./language-models.ts";

export interface BiogptProvider extends ProviderV3 {
  /** A model that continues texts: the prompt's texts, one below the other. */
  (modelId: string): LanguageModelV3;
  /** A model with a chat format. */
  chat(modelId: string): LanguageModelV3;
}

/** Texts of one request to embed. */
const MOST_TEXTS = 2048;

/**
 * @param options with `client` in place of the others, one that is there already
 * @example
 *     const biogpt = createBiogpt({ baseUrl: "http://127.0.0.1:8080" });
 *     const { text } = await generateText({ model: biogpt("biogpt-mini"), prompt: "COVID-19 is" });
 */
export function createBiogpt(
  options: ClientOptions & { readonly client?: BiogptClient | undefined } = {},
): BiogptProvider {
  const client = options.client ?? new BiogptClient(options);
  const languageModel = (modelId: string): LanguageModelV3 => completionModel(client, modelId);
  const embeddingModel = (modelId: string): EmbeddingModelV3 => ({
    specificationVersion: "v3",
    provider: NAME,
    modelId,
    maxEmbeddingsPerCall: MOST_TEXTS,
    supportsParallelCalls: true,
    async doEmbed({ values, abortSignal }) {
      const request = { model: modelId, input: values, encoding_format: "float" } as const;
      const { data, usage } = await client.embed(request, { signal: abortSignal });
      return {
        embeddings: data.map(({ embedding }) => embedding as number[]),
        usage: { tokens: usage.prompt_tokens },
        warnings: [],
      };
    },
  });
  return Object.assign(languageModel, {
    specificationVersion: "v3" as const,
    languageModel,
    chat: (modelId: string) => chatModel(client, modelId),
    embeddingModel,
    imageModel(modelId: string): never {
      throw new NoSuchModelError({ modelId, modelType: "imageModel" });
    },
  });
}
