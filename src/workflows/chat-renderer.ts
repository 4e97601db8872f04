/** How a model is talked to: what turns messages into a prompt. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../base/errors.ts";
import type { Model } from "../pretrained/model.ts";
import type { ChatRenderer } from "../tokenizers/chat/conversation.ts";
import { CHAT_FORMATS, chatFormat } from "../tokenizers/chat/formats.ts";
import { findChatTemplate, openChatTemplate } from "../tokenizers/chat/template.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/**
 * The format that is named, else the folder's template, else the format that models of the family are used with.
 *
 * @throws BiogptError `tokenizers/chat` for a model that nobody knows how to talk to, `tokenizers/chat-template`
 */
export async function chatRendererOf(
  { folder, family, tokenizer, name }: Model,
  format: string | undefined,
  { onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<ChatRenderer> {
  if (format !== undefined) return chatFormat(format);
  const read = async (file: string): Promise<string | undefined> =>
    folder !== undefined && existsSync(join(folder, file)) ? readFile(join(folder, file), "utf8") : undefined;
  const [tokenizerConfig, chatTemplate] = [await read("tokenizer_config.json"), await read("chat_template.jinja")];
  const source = findChatTemplate({
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  });
  if (source !== undefined) return openChatTemplate(source, { specialTokens: tokenizer.specialTokens?.keys() ?? [] });
  const known = Object.keys(CHAT_FORMATS).join(", ");
  if (family.chatFormat !== undefined) {
    const text = `note: ${name} brings no chat template; ${family.chatFormat} is used. Formats: ${known}.`;
    onEvent?.({ type: "note", text });
    return chatFormat(family.chatFormat);
  }
  throw new BiogptError("tokenizers/chat", {
    what: `${name} brings no chat template, and a ${family.title} is not made for conversations.`,
    fix: `Name a model that is, or a format: ${known}.`,
  });
}
