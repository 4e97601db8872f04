/**
 * A conversation with a model, as `biogpt chat` holds it: the folder's own chat template or a named format, a history, answers as they grow.
 *
 * Where the history outgrows the context its oldest turns go, whole: a turn is never cut.
 */
import type { FinishReason } from "../generation/generation.ts";
import type { TextSettings } from "../pretrained/model.ts";
import type { ChatMessage, ChatRenderer } from "../tokenizers/chat/conversation.ts";
import { encodePrompt } from "../tokenizers/chat/encode-prompt.ts";
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

/** Tokens of an answer where nothing is said. */
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

  /** Forgets what was said. */
  clear(): void {
    this.#messages = [];
  }

  /**
   * Says something and gives the answer's text as it grows. An answer that the signal stops stays in the history as far as it came; a question
   * without any answer does not.
   *
   * @throws BiogptError `generation/prompt-too-long` for a question that the context does not hold
   */
  async *answer(content: string, signal?: AbortSignal): AsyncGenerator<string, ChatAnswer, void> {
    const { ids, kept, leftOut } = this.#prompt([...this.#messages, { role: "user", content }]);
    const { maxNewTokens = USUAL_ANSWER } = this.#settings;
    const settings = { ...this.#settings, maxNewTokens, stop: this.#renderer.stops, signal };
    let text = "";
    let finishReason: FinishReason = "aborted";
    try {
      for await (const chunk of this.#opened.model.stream(ids, settings)) {
        text += chunk.text;
        finishReason = chunk.generation?.finishReason ?? finishReason;
        if (chunk.text !== "") yield chunk.text;
      }
    } finally {
      // Also where the caller stops listening.
      if (text !== "") this.#messages = [...kept, { role: "assistant", content: text.trim() }];
    }
    return { text, finishReason, promptTokens: ids.length, messagesLeftOut: leftOut };
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]();
  }

  /** The ids of as many of the last turns as leave room for an answer; the question is always among them. */
  #prompt(messages: readonly ChatMessage[]): { ids: number[]; kept: readonly ChatMessage[]; leftOut: number } {
    const { tokenizer, config } = this.#opened.model;
    const context = config.maxPositions;
    const room = Math.min(this.#settings.maxNewTokens ?? USUAL_ANSWER, Math.ceil(ANSWER_SHARE * context));
    for (let from = 0; ; from += 2) {
      const kept = messages.slice(from);
      const segments = encodePrompt(tokenizer, this.#renderer.render([...this.#system, ...kept]));
      const ids = segments.flatMap((segment) => ("ids" in segment ? [...segment.ids] : []));
      if (ids.length + room > context && kept.length > 1) continue;
      if (from > 0) {
        const text = `note: the ${from} oldest messages are left out from here on: the context holds ${context} tokens.`;
        this.#onEvent?.({ type: "note", text });
      }
      return { ids, kept, leftOut: from };
    }
  }
}
