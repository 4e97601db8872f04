/**
 * Wire types of the calls that OpenAI's clients make: completions, chat, embeddings, models.
 *
 * Follows   https://platform.openai.com/docs/api-reference as the official `openai` client sends it
 * Added     `response_format` for completions; beams, top_k, min_p, repetition_penalty, no_repeat_ngram, length_penalty, early_stopping: what this package's search has besides;
 *           molecules and proteins as parts of what a user says, `notes` of what was changed or cut of them
 * Left out  tools, images, audio, stored conversations, `suffix`: a field that would have no effect is refused, not ignored
 */
import { z } from "zod";
import { count, LONGEST_TEXT, modelName, probability, text, tokenIds } from "./fields.ts";
import { type ResponseFormat, responseFormat } from "./response-format.ts";

/** Sequences of one request: prompts times `n`. */
export const MOST_CHOICES = 64;
const MOST_STOPS = 16;
const MOST_ALTERNATIVES = 20;
/** Characters of a SMILES or a protein, whose own limits are in atoms and residues. */
const LONGEST_ATTACHMENT = 200_000;

/** What both kinds of text generation take. Absent fields have OpenAI's defaults: temperature 1, top_p 1, n 1, another seed each time. */
export interface SamplingFields {
  readonly model?: string | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: boolean | undefined } | null | undefined;
  /** From -2 to 2: taken off the logit of every token that the answer has already. */
  readonly presence_penalty?: number | null | undefined;
  /** From -2 to 2: the same, as often as the answer has it. */
  readonly frequency_penalty?: number | null | undefined;
  /** By token id, from -100 to 100: added to its logit. */
  readonly logit_bias?: Readonly<Record<string, number>> | null | undefined;
  /** The text is JSON, any object or one that a schema allows; not with `stop`, `echo` and `no_repeat_ngram`. Cut at `max_tokens` it is a beginning. */
  readonly response_format?: ResponseFormat | null | undefined;
  /** Stands in the log, for telling abuse; has no other effect, as in OpenAI's. */
  readonly user?: string | undefined;

  /** Hypotheses of a beam search; above 1 nothing is drawn and temperature must be 0 or absent. */
  readonly beams?: number | undefined;
  readonly top_k?: number | undefined;
  readonly min_p?: number | undefined;
  readonly repetition_penalty?: number | undefined;
  readonly no_repeat_ngram?: number | undefined;
  readonly length_penalty?: number | undefined;
  readonly early_stopping?: boolean | undefined;
}

export interface CompletionRequest extends SamplingFields {
  /** Texts, or token ids that are used as they are (the first should be the begin token). */
  readonly prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  /** Default 16. */
  readonly max_tokens?: number | null | undefined;
  /** The prompt's text stands before each completion. Default false; not with `logprobs`. */
  readonly echo?: boolean | null | undefined;
  /** Log-probabilities of the tokens, with so many alternatives each. */
  readonly logprobs?: number | null | undefined;
}

/** Molecules and proteins are for models whose abilities name them, in messages of the user, who speaks of what was attached before. */
export type ChatContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "molecule"; readonly smiles: string }
  /** Residues, FASTA or UniProt text of one. */
  | { readonly type: "protein"; readonly sequence: string };

export interface ChatRequestMessage {
  readonly role: "system" | "developer" | "user" | "assistant";
  readonly content: string | readonly ChatContentPart[];
}

export interface ChatCompletionRequest extends SamplingFields {
  readonly messages: readonly ChatRequestMessage[];
  /** Default: what the context has room for, at most 512. */
  readonly max_tokens?: number | null | undefined;
  readonly max_completion_tokens?: number | null | undefined;
  readonly logprobs?: boolean | null | undefined;
  readonly top_logprobs?: number | null | undefined;
  /** One of the chat formats by name, in place of the model's own. */
  readonly chat_format?: string | undefined;
}

export interface EmbeddingRequest {
  readonly model?: string | undefined;
  readonly input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  /** `base64` is little-endian float32. Default `float`. */
  readonly encoding_format?: "float" | "base64" | undefined;
  readonly user?: string | undefined;
}

export interface TokenizeRequest {
  readonly model?: string | undefined;
  readonly text: string;
  /** Whether the begin token of a prompt stands before the text's own. Default false. */
  readonly add_special_tokens?: boolean | undefined;
}

export interface DetokenizeRequest {
  readonly model?: string | undefined;
  readonly tokens: readonly number[];
}

export type WireFinishReason = "stop" | "length";

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface CompletionLogprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  /** Alternatives by their text; null where none were asked for. */
  readonly top_logprobs: readonly Readonly<Record<string, number>>[] | null;
  readonly text_offset: readonly number[];
}

export interface CompletionChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: CompletionLogprobs | null;
  /** Null in the pieces of a stream before the last. */
  readonly finish_reason: WireFinishReason | null;
}

export interface Completion {
  readonly id: string;
  readonly object: "text_completion";
  readonly created: number;
  readonly model: string;
  /** Begins the model's hash: equal ones give equal texts for equal seeds. */
  readonly system_fingerprint: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage?: WireUsage | null | undefined;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top_logprobs: readonly Omit<TokenLogprob, "top_logprobs">[];
}

export interface ChatLogprobs {
  readonly content: readonly TokenLogprob[];
  readonly refusal: null;
}

export interface ChatChoice {
  readonly index: number;
  readonly message: { readonly role: "assistant"; readonly content: string; readonly refusal: null };
  readonly logprobs: ChatLogprobs | null;
  readonly finish_reason: WireFinishReason;
}

interface ChatEnvelope {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
  readonly usage?: WireUsage | null | undefined;
  /** What was changed or cut of molecules and proteins, or whose text the answer is, a sentence each; of a stream in its first chunk. Absent where nothing was. */
  readonly notes?: readonly string[] | undefined;
}

export interface ChatCompletion extends ChatEnvelope {
  readonly object: "chat.completion";
  readonly choices: readonly ChatChoice[];
}

export interface ChatCompletionChunk extends ChatEnvelope {
  readonly object: "chat.completion.chunk";
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly role?: "assistant"; readonly content?: string };
    readonly logprobs: ChatLogprobs | null;
    readonly finish_reason: WireFinishReason | null;
  }[];
}

export interface EmbeddingList {
  readonly object: "list";
  readonly model: string;
  readonly data: readonly {
    readonly object: "embedding";
    readonly index: number;
    readonly embedding: readonly number[] | string;
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** What a model can be asked for. */
export type Ability =
  | "completions"
  | "chat"
  | "molecules"
  | "proteins"
  | "embeddings"
  | "relations"
  | "classify"
  | "answer"
  | "entities";

export interface ModelCard {
  readonly id: string;
  readonly object: "model";
  /** Seconds since 1970 at which it was loaded. */
  readonly created: number;
  readonly owned_by: "biogpt";
  readonly abilities: readonly Ability[];
  /** Relation schemes that it was fine-tuned for. */
  readonly schemes: readonly string[];
  /** Most tokens of a sequence; absent for a tagger. */
  readonly max_positions?: number | undefined;
  readonly ready: boolean;
}

export interface ModelList {
  readonly object: "list";
  readonly data: readonly ModelCard[];
}

const sampling = {
  model: modelName.optional(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  n: count(1, MOST_CHOICES).nullish(),
  seed: count(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).nullish(),
  stop: z.union([z.string().min(1).max(1000), z.array(z.string().min(1).max(1000)).max(MOST_STOPS)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string().regex(/^\d{1,8}$/), z.number().min(-100).max(100)).nullish(),
  response_format: responseFormat.nullish(),
  user: z.string().max(256).optional(),
  beams: count(1, MOST_CHOICES).optional(),
  top_k: count(1, 10_000_000).optional(),
  min_p: probability.optional(),
  repetition_penalty: z.number().gt(0).max(100).optional(),
  no_repeat_ngram: count(0, 1000).optional(),
  length_penalty: z.number().min(-100).max(100).optional(),
  early_stopping: z.boolean().optional(),
};
const textsOrIds = z.union([
  text,
  z.array(text).min(1).max(MOST_CHOICES),
  tokenIds,
  z.array(tokenIds).min(1).max(MOST_CHOICES),
]);
const mostTokens = count(1, LONGEST_TEXT).nullish();

export const completionRequest: z.ZodType<CompletionRequest> = z.strictObject({
  ...sampling,
  prompt: textsOrIds,
  max_tokens: mostTokens,
  echo: z.boolean().nullish(),
  logprobs: count(0, MOST_ALTERNATIVES).nullish(),
});

const attachment = z.string().min(1).max(LONGEST_ATTACHMENT);
const contentPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text }),
  z.strictObject({ type: z.literal("molecule"), smiles: attachment }),
  z.strictObject({ type: z.literal("protein"), sequence: attachment }),
]);

export const chatCompletionRequest: z.ZodType<ChatCompletionRequest> = z.strictObject({
  ...sampling,
  messages: z
    .array(
      z.strictObject({
        role: z.enum(["system", "developer", "user", "assistant"]),
        content: z.union([text, z.array(contentPart).min(1).max(1000)]),
      }),
    )
    .min(1)
    .max(10_000),
  max_tokens: mostTokens,
  max_completion_tokens: mostTokens,
  logprobs: z.boolean().nullish(),
  top_logprobs: count(0, MOST_ALTERNATIVES).nullish(),
  chat_format: z.string().max(100).optional(),
});

export const embeddingRequest: z.ZodType<EmbeddingRequest> = z.strictObject({
  model: modelName.optional(),
  input: z.union([text, z.array(text).min(1).max(2048), tokenIds, z.array(tokenIds).min(1).max(2048)]),
  encoding_format: z.enum(["float", "base64"]).optional(),
  user: z.string().max(256).optional(),
});

export const tokenizeRequest: z.ZodType<TokenizeRequest> = z.strictObject({
  model: modelName.optional(),
  text,
  add_special_tokens: z.boolean().optional(),
});

export const detokenizeRequest: z.ZodType<DetokenizeRequest> = z.strictObject({
  model: modelName.optional(),
  tokens: z.array(count(0, 10_000_000)).max(LONGEST_TEXT),
});

const usage = z.object({ prompt_tokens: count(0, 1e9), completion_tokens: count(0, 1e9), total_tokens: count(0, 1e9) });
const finishReason = z.enum(["stop", "length"]);
const envelope = { id: z.string(), created: z.number(), model: z.string(), system_fingerprint: z.string() };

export const completion: z.ZodType<Completion> = z.object({
  ...envelope,
  object: z.literal("text_completion"),
  choices: z.array(
    z.object({
      index: count(0, MOST_CHOICES * MOST_CHOICES),
      text: z.string(),
      logprobs: z
        .object({
          tokens: z.array(z.string()),
          token_logprobs: z.array(z.number()),
          top_logprobs: z.array(z.record(z.string(), z.number())).nullable(),
          text_offset: z.array(z.number()),
        })
        .nullable(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullish(),
});

const logprobEntry = { token: z.string(), logprob: z.number(), bytes: z.array(z.number()).nullable() };

export const chatCompletion: z.ZodType<ChatCompletion> = z.object({
  ...envelope,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.object({
      index: count(0, MOST_CHOICES),
      message: z.object({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      logprobs: z
        .object({
          content: z.array(z.object({ ...logprobEntry, top_logprobs: z.array(z.object(logprobEntry)) })),
          refusal: z.null(),
        })
        .nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage: usage.nullish(),
  notes: z.array(z.string()).optional(),
});

export const embeddingList: z.ZodType<EmbeddingList> = z.object({
  object: z.literal("list"),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal("embedding"),
      index: z.number(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: z.object({ prompt_tokens: z.number(), total_tokens: z.number() }),
});

export const modelCard: z.ZodType<ModelCard> = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.number(),
  owned_by: z.literal("biogpt"),
  abilities: z.array(
    z.enum([
      ...(["completions", "chat", "molecules", "proteins", "embeddings"] as const),
      ...(["relations", "classify", "answer", "entities"] as const),
    ]),
  ),
  schemes: z.array(z.string()),
  max_positions: z.number().optional(),
  ready: z.boolean(),
});

export interface TokenizedText {
  readonly tokens: readonly number[];
  /** Where each token stands in the text, UTF-16 units. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly count: number;
  readonly max_model_len: number;
}

export interface DetokenizedText {
  readonly text: string;
}

const places = z.array(count(0, LONGEST_TEXT));

export const tokenizedText: z.ZodType<TokenizedText> = z.object({
  tokens: z.array(count(0, 10_000_000)),
  starts: places,
  ends: places,
  count: count(0, 10 * LONGEST_TEXT),
  max_model_len: count(1, 10_000_000),
});

export const detokenizedText: z.ZodType<DetokenizedText> = z.object({ text: z.string() });

export const modelList: z.ZodType<ModelList> = z.object({ object: z.literal("list"), data: z.array(modelCard) });
