/**
 * A conversation with a model, as `biogpt chat` holds it: the folder's own chat template or a named format, a history, answers as they grow. A
 * question may be about molecules and proteins that were attached before it; they stay in the history and are spliced in again.
 *
 * Where the history outgrows the context its oldest turns go, whole: a turn is never cut.
 */
import type { FinishReason } from "../generation/generation.ts";
import { attachmentsOf, type ChatPrompt, embedChatPrompt, readChatPrompt } from "../pretrained/chat/chat-prompt.ts";
import { tooLong } from "../pretrained/chat/converse.ts";
import type { TextSettings } from "../pretrained/model.ts";
import type { Attachment, ChatMessage, ChatRenderer } from "../tokenizers/chat/conversation.ts";
import { findAttachment, type NamedAttachment } from "./attachments.ts";
import { chatRendererOf } from "./chat-renderer.ts";
import { findModel, type ModelSettings, type OpenedModel } from "./open-model.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

export interface ChatSettings
  extends ModelSettings,
    Pick<TextSettings, "maxNewTokens" | "temperature" | "topP" | "seed" | "repetitionPenalty"> {
  /** One of `CHAT_FORMATS`. Default: the template of the model's folder, else the one that its family is used with. */
  readonly format?: string | undefined;
  /** Default: the format's own, if any. */
  readonly system?: string | undefined;
}

export interface ChatAnswer {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly promptTokens: number;
  /** Messages of earlier turns that the context had no room for. */
  readonly messagesLeftOut: number;
}

/** Tokens of an answer where nothing is said: the conversation's, not one question's. */
const USUAL_ANSWER = 512;
/** At least this share of the context is kept for an answer, or the answer's most tokens where that is less. */
const ANSWER_SHARE = 0.25;

/**
 * Loads a model and begins a conversation; dispose it at its end.
 *
 * @throws BiogptError `tokenizers/chat` for a model that nobody knows how to talk to, `tokenizers/chat-template`, those of `loadModel`, `aborted`
 * @example
 *     import { openChat } from "biogpt/workflows";
 *
 *     using chat = await openChat({ model: "PharMolix/BioMedGPT-LM-7B" });
 *     for await (const text of chat.answer("What is aspirin?")) process.stdout.write(text);
 */
export async function openChat(
  { model: asked, load, format, system, ...settings }: ChatSettings = {},
  context: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<Chat> {
  const found = await findModel(asked, load, context);
  const opened = await found.open();
  try {
    const renderer = await chatRendererOf(opened.model, format, context);
    return new Chat(opened, renderer, { settings, system, onEvent: context.onEvent });
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

export class Chat implements Disposable {
  /** Name of the model. */
  readonly model: string;
  /** Name of the format, or the file of the template. */
  readonly format: string;
  readonly #opened: OpenedModel;
  readonly #renderer: ChatRenderer;
  readonly #system: readonly ChatMessage[];
  readonly #settings: TextSettings;
  readonly #onEvent: WorkflowContext["onEvent"];
  #messages: ChatMessage[] = [];
  #attachments: Attachment[] = [];

  constructor(
    opened: OpenedModel,
    renderer: ChatRenderer,
    options: {
      readonly settings: TextSettings;
      readonly system?: string | undefined;
      readonly onEvent: WorkflowContext["onEvent"];
    },
  ) {
    this.model = opened.model.name;
    this.format = renderer.name;
    this.#opened = opened;
    this.#renderer = renderer;
    this.#system = options.system === undefined ? [] : [{ role: "system", content: options.system }];
    this.#settings = options.settings;
    this.#onEvent = options.onEvent;
  }

  /** What was said since the beginning or since `clear`, the system text not among it. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Forgets what was said and attached. */
  clear(): void {
    this.#messages = [];
    this.#attachments = [];
  }

  /**
   * Attaches a molecule or a protein to the next question.
   *
   * @returns a line that says what it is
   * @throws BiogptError `pretrained/no-encoder`, `input/…`, `molecules/…`; nothing is attached then
   */
  async attach(named: NamedAttachment): Promise<string> {
    const { attachment, notes } = await findAttachment(named);
    const prompt = await readChatPrompt(this.#opened.model, this.#renderer, [
      { role: "user", content: "", attachments: [attachment] },
    ]);
    const [read] = attachmentsOf(prompt.segments);
    for (const text of [...notes, ...read!.notes]) this.#onEvent?.({ type: "note", text: `note: ${text}` });
    this.#attachments.push(attachment);
    if (read!.kind === "molecule") return `Attached ${read!.smiles}, ${read!.atoms} atoms. Ask about it.`;
    return `Attached ${read!.name === "" ? "a protein" : read!.name}, ${read!.residues} residues. Ask about it.`;
  }

  /**
   * Says something and gives the answer's text as it grows. An answer that the signal stops stays in the history as far as it came; a question
   * without any answer does not.
   *
   * @throws BiogptError `generation/prompt-too-long` for a question that the context does not hold
   */
  async *answer(content: string, signal?: AbortSignal): AsyncGenerator<string, ChatAnswer, void> {
    const attachments = [...this.#attachments];
    const { prompt, kept, leftOut } = await this.#prompt([...this.#messages, { role: "user", content, attachments }]);
    const given = await embedChatPrompt(this.#opened.model, prompt, signal);
    const { maxNewTokens = USUAL_ANSWER } = this.#settings;
    const settings = { ...this.#settings, maxNewTokens, stop: this.#renderer.stops, signal };
    let text = "";
    let finishReason: FinishReason = "aborted";
    try {
      for await (const chunk of this.#opened.model.stream(given, settings)) {
        text += chunk.text;
        finishReason = chunk.generation?.finishReason ?? finishReason;
        if (chunk.text !== "") yield chunk.text;
      }
    } finally {
      // Also where the caller stops listening.
      if (text.trim() !== "") {
        this.#messages = [...kept, { role: "assistant", content: text.trim() }];
        this.#attachments = [];
      }
    }
    return { text, finishReason, promptTokens: prompt.positions, messagesLeftOut: leftOut };
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]();
  }

  /** As many of the last turns as leave room for an answer; the question is always among them. */
  async #prompt(
    messages: readonly ChatMessage[],
  ): Promise<{ prompt: ChatPrompt; kept: readonly ChatMessage[]; leftOut: number }> {
    const { model } = this.#opened;
    const context = model.config.maxPositions;
    const room = Math.min(this.#settings.maxNewTokens ?? USUAL_ANSWER, Math.ceil(ANSWER_SHARE * context));
    for (let from = 0; ; from += 2) {
      const kept = messages.slice(from);
      const prompt = await readChatPrompt(model, this.#renderer, [...this.#system, ...kept]);
      if (prompt.positions + room > context && kept.length > 1) continue;
      if (prompt.positions >= context) throw tooLong(prompt.positions, context, attachmentsOf(prompt.segments));
      if (from > 0) {
        const text = `note: the ${from} oldest messages are left out from here on: the context holds ${context} tokens.`;
        this.#onEvent?.({ type: "note", text });
      }
      return { prompt, kept, leftOut: from };
    }
  }
}
