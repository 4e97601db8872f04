/** Wire types of the form that a text is held to: `response_format`, and `text.format` of `/v1/responses`. */
import { z } from "zod";

/** A JSON schema; docs/formats/json-schema.md says what is taken of it. */
export type WireSchema = Readonly<Record<string, unknown>>;

export interface NamedSchema {
  readonly name: string;
  /** For people: no model is shown it. */
  readonly description?: string | undefined;
  readonly schema: WireSchema;
  /** Texts are always held to the schema; strict or not is the same. */
  readonly strict?: boolean | null | undefined;
}

interface FreeFormat {
  /** `json_object` is any object. */
  readonly type: "text" | "json_object";
}

export type ResponseFormat = FreeFormat | { readonly type: "json_schema"; readonly json_schema: NamedSchema };

/** As `/v1/responses` writes it. */
export type TextFormat = FreeFormat | ({ readonly type: "json_schema" } & NamedSchema);

const free = z.strictObject({ type: z.enum(["text", "json_object"]) });
const named = {
  name: z.string().min(1).max(64),
  description: z.string().max(10_000).optional(),
  schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
};

export const responseFormat: z.ZodType<ResponseFormat> = z.union([
  free,
  z.strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject(named) }),
]);

export const textFormat: z.ZodType<TextFormat> = z.union([
  free,
  z.strictObject({ type: z.literal("json_schema"), ...named }),
]);

/** The one as the other. */
export function responseFormatOf(format: TextFormat | undefined): ResponseFormat | undefined {
  if (format?.type !== "json_schema") return format;
  const { type, ...json_schema } = format;
  return { type, json_schema };
}

/** The schema that a text is held to; undefined: it is free. */
export function schemaOfFormat(format: ResponseFormat | null | undefined): WireSchema | undefined {
  if (format == null || format.type === "text") return undefined;
  return "json_schema" in format ? format.json_schema.schema : { type: "object" };
}
