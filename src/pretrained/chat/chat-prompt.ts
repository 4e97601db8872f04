/** A conversation as a prompt: its text, its ids with the places of molecules and proteins, and the rows that stand there. */
import { BiogptError } from "../../base/errors.ts";
import type { ChatMessage, ChatRenderer, PromptPart } from "../../tokenizers/chat/conversation.ts";
import { encodePrompt } from "../../tokenizers/chat/encode-prompt.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { PromptReader } from "../attachments/prompt-reader.ts";
import type { ReadAttachment } from "../attachments/read-attachment.ts";
import type { EmbeddedPrompt, Prompt } from "../text-types.ts";

export interface ReadingModel {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly reader: PromptReader | undefined;
}

export interface ChatPrompt {
  /** With `<moleculeHere>` and `<proteinHere>` where they stand; what begins every prompt is left out. */
  readonly text: string;
  /** Ids of the text, -1 for a molecule or protein. */
  readonly ids: readonly number[];
  /** Positions of the language model that it takes: one an id, an atom, a residue and an end of a chain. */
  readonly positions: number;
  readonly segments: readonly (readonly number[] | ReadAttachment)[];
}

/**
 * Parses attachments and counts positions; computes nothing.
 *
 * @throws BiogptError `tokenizers/chat`, `pretrained/no-encoder`, and what molecules/ throws
 */
export async function readChatPrompt(
  { name, tokenizer, reader }: ReadingModel,
  renderer: ChatRenderer,
  messages: readonly ChatMessage[],
): Promise<ChatPrompt> {
  const parts = renderer.render(messages);
  const segments: (readonly number[] | ReadAttachment)[] = [];
  for (const segment of encodePrompt(tokenizer, parts)) {
    if ("ids" in segment) segments.push([...segment.ids]);
    else if (reader === undefined) throw textAlone(name, segment.attachment.kind);
    else segments.push(await reader.read(segment.attachment));
  }
  return {
    text: textOf(parts),
    ids: segments.flatMap((segment) => (isIds(segment) ? segment : [-1])),
    positions: segments.reduce((sum, segment) => sum + (isIds(segment) ? segment.length : segment.positions), 0),
    segments,
  };
}

/** What the model is given: ids alone, or with the rows of what is attached. */
export async function embedChatPrompt(
  { reader }: ReadingModel,
  { segments }: ChatPrompt,
  signal?: AbortSignal,
): Promise<Prompt | EmbeddedPrompt> {
  const attachments = attachmentsOf(segments);
  if (attachments.length === 0) return segments.flatMap((segment) => (isIds(segment) ? segment : []));
  const rows = await reader!.encode(attachments, signal);
  let next = 0;
  return { inputsEmbeds: segments.map((segment) => (isIds(segment) ? segment : rows[next++]!)) };
}

export function attachmentsOf(segments: ChatPrompt["segments"]): ReadAttachment[] {
  return segments.flatMap((segment) => (isIds(segment) ? [] : [segment]));
}

function isIds(segment: readonly number[] | ReadAttachment): segment is readonly number[] {
  return Array.isArray(segment);
}

function textOf(parts: readonly PromptPart[]): string {
  return parts
    .map((part, i) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "attachment") return `<${part.attachment.kind}Here>`;
      return i === 0 ? "" : part.token;
    })
    .join("");
}

function textAlone(name: string, kind: string): BiogptError {
  return new BiogptError("pretrained/no-encoder", {
    what: `${name} has no encoder of ${kind}s: it reads text alone.`,
    fix: "Name a model that has one, as PharMolix/BioMedGPT-10B, or write SMILES or residues into the question.",
  });
}
