/** Wire types of `/v1/responses`, of which there is what answers with text and keeps nothing. */
import { z } from "zod";
import { count, modelName, text } from "./fields.ts";
import { type TextFormat, textFormat } from "./response-format.ts";

export interface ResponseMessage {
  readonly type?: "message" | undefined;
  readonly role: "system" | "developer" | "user" | "assistant";
  readonly content: string | readonly { readonly type: "input_text" | "output_text"; readonly text: string }[];
}

export interface ResponseRequest {
  readonly model?: string | undefined;
  readonly input: string | readonly ResponseMessage[];
  /** Goes before the input, as the system says it. */
  readonly instructions?: string | null | undefined;
  readonly max_output_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  /** The form that the answer is held to, as `response_format` of the other calls. */
  readonly text?: { readonly format?: TextFormat | undefined } | null | undefined;
  readonly stream?: boolean | null | undefined;
  /** Nothing is kept, so false is all there is. */
  readonly store?: false | null | undefined;
}

export interface ResponseText {
  readonly type: "output_text";
  readonly text: string;
  readonly annotations: readonly never[];
}

export interface ResponseItem {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly status: "in_progress" | "completed" | "incomplete";
  readonly content: readonly ResponseText[];
}

export interface TextResponse {
  readonly id: string;
  readonly object: "response";
  readonly created_at: number;
  readonly model: string;
  readonly status: "in_progress" | "completed" | "incomplete";
  readonly incomplete_details: { readonly reason: "max_output_tokens" } | null;
  readonly error: null;
  readonly output: readonly ResponseItem[];
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly total_tokens: number;
  } | null;
}

const part = z.strictObject({ type: z.enum(["input_text", "output_text"]), text });

export const responseRequest: z.ZodType<ResponseRequest> = z.strictObject({
  model: modelName.optional(),
  input: z.union([
    text,
    z
      .array(
        z.strictObject({
          type: z.literal("message").optional(),
          role: z.enum(["system", "developer", "user", "assistant"]),
          content: z.union([text, z.array(part).min(1).max(1000)]),
        }),
      )
      .min(1)
      .max(10_000),
  ]),
  instructions: text.nullish(),
  max_output_tokens: count(1, 100_000).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  text: z.strictObject({ format: textFormat.optional() }).nullish(),
  stream: z.boolean().nullish(),
  store: z.literal(false).nullish(),
});

export const textResponse: z.ZodType<TextResponse> = z.object({
  id: z.string(),
  object: z.literal("response"),
  created_at: z.number(),
  model: z.string(),
  status: z.enum(["in_progress", "completed", "incomplete"]),
  incomplete_details: z.object({ reason: z.literal("max_output_tokens") }).nullable(),
  error: z.null(),
  output: z.array(
    z.object({
      id: z.string(),
      type: z.literal("message"),
      role: z.literal("assistant"),
      status: z.enum(["in_progress", "completed", "incomplete"]),
      content: z.array(z.object({ type: z.literal("output_text"), text: z.string(), annotations: z.array(z.never()) })),
    }),
  ),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() }).nullable(),
});
