/** How a model's conversations are written: by the template of its folder, else in the format that its family is used with. */
import { BiogptError } from "../../base/errors.ts";
import type { ModelFamily } from "../../models/family.ts";
import type { ChatRenderer } from "../../tokenizers/chat/conversation.ts";
import { CHAT_FORMATS, chatFormat } from "../../tokenizers/chat/formats.ts";
import { findChatTemplate, openChatTemplate } from "../../tokenizers/chat/template.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export interface WrittenModel {
  readonly name: string;
  /** A text file of the model's folder; undefined where there is none. */
  readText(file: string): Promise<string | undefined>;
  readonly family: Pick<ModelFamily, "chatFormat" | "title">;
  readonly tokenizer: Tokenizer;
}

/**
 * @param onNote told where the choice is the family's
 * @throws BiogptError `tokenizers/chat` for a model that nobody knows how to talk to, `tokenizers/chat-template`
 */
export async function usualRenderer(
  model: WrittenModel,
  onNote: (text: string) => void = () => {},
): Promise<ChatRenderer> {
  const { family, tokenizer, name } = model;
  const [tokenizerConfig, chatTemplate] = [
    await model.readText("tokenizer_config.json"),
    await model.readText("chat_template.jinja"),
  ];
  const source = findChatTemplate({
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  });
  if (source !== undefined) return openChatTemplate(source, { specialTokens: tokenizer.specialTokens?.keys() ?? [] });
  const known = Object.keys(CHAT_FORMATS).join(", ");
  if (family.chatFormat !== undefined) {
    onNote(`${name} brings no chat template; ${family.chatFormat} is used. Formats: ${known}.`);
    return chatFormat(family.chatFormat);
  }
  throw new BiogptError("tokenizers/chat", {
    what: `${name} brings no chat template, and a ${family.title} is not made for conversations.`,
    fix: `Name a model that is, or a format: ${known}.`,
  });
}
