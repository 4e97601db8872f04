/** What is said, and what a model is given of it: text, special tokens, and places where molecules and proteins are spliced in. */

/** A molecule or protein that a message is about. */
export interface Attachment {
  readonly kind: "molecule" | "protein";
  /** SMILES or residues, as given; some formats write it out beside the place. */
  readonly text: string;
}

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  /** Before the content, in order. Default: none. */
  readonly attachments?: readonly Attachment[];
}

/**
 * A part of a prompt. Special tokens are parts of their own and nothing else is one: what a user writes is text, `</s>` and `<moleculeHere>` too.
 */
export type PromptPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "special"; readonly token: string }
  | { readonly kind: "attachment"; readonly attachment: Attachment };

export interface RenderOptions {
  /** Whether the prompt ends with the beginning of an answer. Default true. */
  readonly openAnswer?: boolean;
}

/** Messages to a prompt; made by `chatFormat` of a format that is data, or by `openChatTemplate` of a model's own template. */
export interface ChatRenderer {
  readonly name: string;
  /** Texts at which an answer is over, besides the end token. */
  readonly stops: readonly string[];
  /** @throws BiogptError `tokenizers/chat` for messages that the format has no form for */
  render(messages: readonly ChatMessage[], options?: RenderOptions): PromptPart[];
}

/** Text parts that touch become one, empty ones go. */
export function joinTexts(parts: Iterable<PromptPart>): PromptPart[] {
  const joined: PromptPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === "text" && part.text === "") continue;
    if (part.kind === "text" && last?.kind === "text")
      joined[joined.length - 1] = { kind: "text", text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
