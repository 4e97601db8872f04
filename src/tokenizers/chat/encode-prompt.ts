/** A prompt's parts as ids, with the places where features are spliced in. */
import { BiogptError } from "../../base/errors.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { Attachment, PromptPart } from "./conversation.ts";

export type PromptSegment = { readonly ids: Int32Array } | { readonly attachment: Attachment };

/**
 * Segments in order, ids between attachments joined.
 *
 * Each text is encoded by itself, so what puts a `▁` before a text does so after every special token and attachment too, unless the tokenizer
 * says that only a beginning has one: as the tokenizers did that the formats were made with.
 *
 * @throws BiogptError `tokenizers/chat` for a special token that the tokenizer does not have
 */
export function encodePrompt(tokenizer: Tokenizer, parts: readonly PromptPart[]): PromptSegment[] {
  const segments: PromptSegment[] = [];
  let ids: number[] = [];
  const close = (): void => {
    if (ids.length > 0) segments.push({ ids: Int32Array.from(ids) });
    ids = [];
  };
  for (const [i, part] of parts.entries()) {
    if (part.kind === "attachment") {
      close();
      segments.push({ attachment: part.attachment });
    } else if (part.kind === "special") ids.push(idOfSpecial(tokenizer, part.token));
    else for (const id of tokenizer.encode(part.text, { continues: i > 0 })) ids.push(id);
  }
  close();
  return segments;
}

function idOfSpecial(tokenizer: Tokenizer, token: string): number {
  const id = tokenizer.specialTokens?.get(token) ?? tokenizer.id(token);
  if (id !== undefined) return id;
  throw new BiogptError("tokenizers/chat", {
    what: `The chat format needs the token ${token}, which the tokenizer does not have.`,
    fix: "Take tokenizer and chat format from one model.",
  });
}
