/** One answer in a conversation, whole. */
import { BiogptError } from "../../base/errors.ts";
import type { FinishReason } from "../../generation/generation.ts";
import type { ModelConfig } from "../../models/family.ts";
import type { Attachment, ChatMessage } from "../../tokenizers/chat/conversation.ts";
import { chatFormat } from "../../tokenizers/chat/formats.ts";
import type { ReadAttachment } from "../attachments/read-attachment.ts";
import type { EmbeddedPrompt, GenerateOptions, Generation, Prompt, TextChunk } from "../text-types.ts";
import { attachmentsOf, embedChatPrompt, type ReadingModel, readChatPrompt } from "./chat-prompt.ts";
import { usualRenderer, type WrittenModel } from "./renderer.ts";

export interface ChatOptions
  extends Pick<GenerateOptions, "maxNewTokens" | "temperature" | "topP" | "seed" | "repetitionPenalty" | "signal"> {
  /** SMILES that the last message is about, before its proteins; messages may bring their own instead, in any order. */
  readonly molecules?: readonly string[] | undefined;
  /** Proteins that it is about: residues, or FASTA of one. */
  readonly proteins?: readonly string[] | undefined;
  /** One of `CHAT_FORMATS`. Default: the template of the model's folder, else the one that its family is used with. */
  readonly format?: string | undefined;
  /** Log-likelihood of this answer too. */
  readonly answer?: string | undefined;
  /** Called with each piece of the answer as it grows. Default: nobody waits for them. */
  readonly onText?: ((text: string) => void) | undefined;
  /** What a user should know: what was changed or cut of the attachments. */
  readonly onNote?: ((text: string) => void) | undefined;
}

export interface ChatReply {
  /** As the model was given it, with `<moleculeHere>` and `<proteinHere>` in the places of rows. */
  readonly prompt: string;
  /** Ids of the prompt's text, -1 for a molecule or a protein. */
  readonly promptIds: readonly number[];
  /** Positions of the language model that the prompt takes: a row an atom, a residue and an end of a chain. */
  readonly positions: number;
  /** Generated ids, with the end token or stop text if one came. */
  readonly ids: readonly number[];
  /** The answer up to a stop text, without white space around it. */
  readonly text: string;
  readonly finishReason: FinishReason;
  /** Of the whole conversation, in order. */
  readonly molecules: readonly { readonly smiles: string; readonly atoms: number }[];
  /** `used`: residues from the first on that the encoder read. */
  readonly proteins: readonly { readonly name: string; readonly residues: number; readonly used: number }[];
  /** Of the `answer` that was given, in nats; the end token is not counted. */
  readonly answerLogLikelihood?: number;
}

/** Tokens of an answer where nothing is said: as BioMedGPT-10B's own code. */
export const USUAL_ANSWER = 256;

export interface ConversingModel extends ReadingModel, WrittenModel {
  readonly config: ModelConfig;
  stream(
    prompt: Prompt | EmbeddedPrompt,
    options: Omit<GenerateOptions, "progress">,
  ): AsyncGenerator<TextChunk, void, void>;
  scoreAfter(
    prompt: Prompt | EmbeddedPrompt,
    ids: readonly number[],
    options: { signal?: AbortSignal | undefined },
  ): Promise<number>;
}

export async function converse(
  model: ConversingModel,
  messages: readonly ChatMessage[],
  { molecules = [], proteins = [], format, answer, onText, onNote, signal, ...settings }: ChatOptions,
): Promise<ChatReply> {
  const renderer = format === undefined ? await usualRenderer(model) : chatFormat(format);
  const attachments = [
    ...molecules.map((text): Attachment => ({ kind: "molecule", text })),
    ...proteins.map((text): Attachment => ({ kind: "protein", text })),
  ];
  const read = await readChatPrompt(model, renderer, withAttachments(messages, attachments));
  for (const { notes } of attachmentsOf(read.segments)) for (const note of notes) onNote?.(note);
  if (read.positions >= model.config.maxPositions)
    throw tooLong(read.positions, model.config.maxPositions, attachmentsOf(read.segments));
  const prompt = await embedChatPrompt(model, read, signal);
  const run = { maxNewTokens: USUAL_ANSWER, ...settings, stop: renderer.stops, signal };
  let generation: Generation | undefined;
  for await (const chunk of model.stream(prompt, run)) {
    if (chunk.text !== "") onText?.(chunk.text);
    generation = chunk.generation ?? generation;
  }
  const { ids, text, finishReason } = generation!;
  const continued = answer === undefined ? undefined : [...model.tokenizer.encode(answer, { continues: true })];
  return {
    prompt: read.text,
    promptIds: read.ids,
    positions: read.positions,
    ids,
    text: text.trim(),
    finishReason,
    molecules: attachmentsOf(read.segments).flatMap((one) =>
      one.kind === "molecule" ? [{ smiles: one.smiles, atoms: one.atoms }] : [],
    ),
    proteins: attachmentsOf(read.segments).flatMap((one) =>
      one.kind === "protein" ? [{ name: one.name, residues: one.residues, used: one.used }] : [],
    ),
    ...(continued === undefined ? {} : { answerLogLikelihood: await model.scoreAfter(prompt, continued, { signal }) }),
  };
}

function withAttachments(messages: readonly ChatMessage[], more: readonly Attachment[]): readonly ChatMessage[] {
  const last = messages.at(-1);
  if (last?.role !== "user") {
    throw new BiogptError("tokenizers/chat", {
      what: "There is nothing to answer: the last message is not the user's.",
      fix: "End with a message of the role user.",
    });
  }
  if (more.length === 0) return messages;
  return [...messages.slice(0, -1), { ...last, attachments: [...(last.attachments ?? []), ...more] }];
}

/** Told before anything is encoded. */
export function tooLong(positions: number, context: number, attachments: readonly ReadAttachment[]): BiogptError {
  const rows = attachments.reduce((sum, one) => sum + one.positions, 0);
  return new BiogptError("generation/prompt-too-long", {
    what: `The prompt takes ${positions} positions; the model's context holds ${context}, the answer among them.`,
    ...(rows === 0 ? {} : { why: `Every atom and every residue takes one: those of what is attached take ${rows}.` }),
    fix: rows === 0 ? "Ask less at once." : "Attach less at once: a domain of the protein, a part of the molecule.",
  });
}
