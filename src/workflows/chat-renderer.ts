/** How a model is talked to: what turns messages into a prompt. */
import { usualRenderer } from "../pretrained/chat/renderer.ts";
import type { Model } from "../pretrained/model.ts";
import type { ChatRenderer } from "../tokenizers/chat/conversation.ts";
import { chatFormat } from "../tokenizers/chat/formats.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/**
 * The format that is named, else the folder's template, else the format that models of the family are used with.
 *
 * @throws BiogptError `tokenizers/chat` for a model that nobody knows how to talk to, `tokenizers/chat-template`
 */
export async function chatRendererOf(
  model: Model,
  format: string | undefined,
  { onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<ChatRenderer> {
  if (format !== undefined) return chatFormat(format);
  return usualRenderer(model, (text) => onEvent?.({ type: "note", text: `note: ${text}` }));
}
