/** One question about molecules and proteins, as `biogpt ask` puts it. */
import { BiogptError } from "../base/errors.ts";
import type { ChatReply } from "../pretrained/chat/converse.ts";
import type { TextSettings } from "../pretrained/model.ts";
import type { ChatMessage } from "../tokenizers/chat/conversation.ts";
import { findAttachment, type NamedAttachment } from "./attachments.ts";
import { findModel, type ModelSettings } from "./open-model.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/** The model that is asked where none is named; it comes with the package. */
export const ASK_MODEL = "biomedgpt-mini";

export interface AskSettings
  extends ModelSettings,
    Pick<TextSettings, "maxNewTokens" | "temperature" | "topP" | "seed" | "repetitionPenalty"> {
  /** What the question is about, in order. Default: nothing, a question in words alone. */
  readonly attachments?: readonly NamedAttachment[] | undefined;
  /** What the model is told first. Default: the format's own. */
  readonly system?: string | undefined;
  /** One of `CHAT_FORMATS`. Default: the template of the model's folder, else the one that its family is used with. */
  readonly format?: string | undefined;
  /** An answer whose log-likelihood is wanted too. */
  readonly answer?: string | undefined;
}

/** Another piece of the answer's text. */
export interface TextEvent {
  readonly type: "text";
  readonly text: string;
}

export interface Asked extends ChatReply {
  /** Name of the model. */
  readonly model: string;
}

/**
 * Asks a model about what is attached. Everything that is wrong with the attachments is told before the model is loaded, but for what only it knows.
 *
 * @throws BiogptError `tasks/no-question`, `input/…` and `molecules/…` for attachments, `pretrained/no-encoder`, `generation/prompt-too-long`, those of
 *         `loadModel`; stopped by the signal, it gives what there was, with the `finishReason` "aborted"
 * @example
 *     import { ask } from "biogpt/workflows";
 *
 *     const attachments = [{ kind: "molecule", text: "CC(=O)Oc1ccccc1C(=O)O" }] as const;
 *     const { text } = await ask("Please describe this molecule.", { model: "PharMolix/BioMedGPT-10B", attachments });
 */
export async function ask(
  question: string,
  { model: asked = ASK_MODEL, load, attachments = [], system, ...settings }: AskSettings = {},
  context: WorkflowContext<NoteEvent | ProgressEvent | TextEvent> = {},
): Promise<Asked> {
  if (question.trim() === "") {
    throw new BiogptError("tasks/no-question", { what: "There is no question.", fix: "Ask something." });
  }
  const { signal, onEvent } = context;
  const onNote = (text: string): void => onEvent?.({ type: "note", text: `note: ${text}` });
  const found = await Promise.all(attachments.map((one) => findAttachment(one)));
  for (const note of found.flatMap(({ notes }) => notes)) onNote(note);
  const messages: ChatMessage[] = [
    ...(system === undefined ? [] : [{ role: "system", content: system } as const]),
    { role: "user", content: question, attachments: found.map(({ attachment }) => attachment) },
  ];
  using opened = await (await findModel(asked, load, context)).open(1);
  const onText = (text: string): void => onEvent?.({ type: "text", text });
  const reply = await opened.model.chat(messages, { ...settings, onNote, onText, signal });
  return { ...reply, model: opened.model.name };
}
