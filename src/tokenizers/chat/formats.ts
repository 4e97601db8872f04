/**
 * Chat formats as data: those of models whose folders carry no template.
 *
 * Source    biomedgpt-2023, the format that BioMedGPT-10B was made with: PharMolix/OpenBioMed, open_biomed/utils/chat_utils.py of August 2023
 *           (its notebook's system text is the default). biomedgpt-2025 and biomedgpt-r1: `BioMedGPT4Chat` and `BioMedGPTR14Chat` of the authors'
 *           rewrite. llama-2: the chat template of meta-llama/Llama-2-7b-chat-hf.
 * Chosen    a molecule and a protein before one question are two messages of the user in biomedgpt-2023, as its code writes them, and only the
 *           last is joined with the question. An empty answer, which that code takes for one still to come, is refused.
 */
import { BiogptError } from "../../base/errors.ts";
import { type Attachment, type ChatMessage, type ChatRenderer, joinTexts, type PromptPart } from "./conversation.ts";

/** How a turn is written: `{content}` stands for what is said, `<s>` and `</s>` for special tokens. */
interface TurnForm {
  readonly before: string;
  readonly after: string;
}

interface AttachmentForm {
  readonly before: string;
  /** `{text}` stands for the SMILES or the residues. */
  readonly after: string;
}

export interface ChatFormat {
  readonly name: string;
  /** Where there is no system message; empty where the format has none. */
  readonly defaultSystem: string;
  /** `prompt`: before all turns; `first-user`: within the first turn of the user; `none`: refused. */
  readonly systemPlace: "prompt" | "first-user" | "none";
  readonly system: TurnForm;
  readonly user: TurnForm;
  readonly assistant: TurnForm;
  /** What an answer begins with. */
  readonly openAnswer: string;
  /** White space around what is said goes. */
  readonly trims: boolean;
  /** The special token that the sequence begins with; empty where it begins with none, or with one that stands in the turns. */
  readonly begins: "<s>" | "</s>" | "";
  /** Absent where the model reads text only. */
  readonly attachments?: {
    readonly molecule: AttachmentForm;
    readonly protein: AttachmentForm;
    /** Between the last attachment and the question. */
    readonly beforeText: string;
  };
  readonly stops: readonly string[];
}

const TAGS = {
  molecule: { before: "<molecule>", after: "</molecule>" },
  protein: { before: "<protein>", after: "</protein>" },
};

/** S2 of the original's script; S1, its notebook's, is the default. */
export const BIOMEDGPT_SCRIPT_SYSTEM =
  "You are working as an excellent assistant in biology. Below a human gives the representation of a molecule or a protein. Answer some questions about it. ";

const BIOMEDGPT_2023: ChatFormat = {
  name: "biomedgpt-2023",
  defaultSystem:
    "You are working as an excellent assistant in chemistry and molecule discovery. Below a human expert gives the representation of a molecule or a protein. Answer questions about it. ",
  systemPlace: "prompt",
  system: { before: "", after: "### " },
  user: { before: "Human: ", after: " ### " },
  assistant: { before: "Assistant: ", after: " ### " },
  openAnswer: "Assistant: ",
  trims: false,
  begins: "<s>",
  attachments: { ...TAGS, beforeText: " " },
  stops: ["###", "Human:"],
};

export const CHAT_FORMATS: Readonly<Record<string, ChatFormat>> = {
  "biomedgpt-2023": BIOMEDGPT_2023,
  "biomedgpt-2025": {
    ...BIOMEDGPT_2023,
    name: "biomedgpt-2025",
    user: { before: "USER: ", after: " ### " },
    assistant: { before: "ASSISTANT: ", after: " ### " },
    openAnswer: "ASSISTANT: ",
    attachments: { ...TAGS, beforeText: "" },
    stops: ["###", "USER:"],
  },
  "biomedgpt-r1": {
    name: "biomedgpt-r1",
    defaultSystem: "",
    systemPlace: "none",
    system: { before: "", after: "" },
    user: { before: "<｜User｜>\n", after: "\n" },
    assistant: { before: "<｜Assistant｜>", after: "\n" },
    openAnswer: "<｜Assistant｜><think>\n",
    trims: false,
    begins: "",
    attachments: {
      molecule: {
        before: "<molecule><representation>",
        after: "</representation><SMILES>{text}</SMILES></molecule> ",
      },
      protein: TAGS.protein,
      beforeText: "",
    },
    stops: ["<｜User｜>"],
  },
  "biomedgpt-mini": {
    name: "biomedgpt-mini",
    defaultSystem: "",
    systemPlace: "prompt",
    system: { before: "", after: "" },
    user: { before: "", after: " " },
    assistant: { before: "", after: " " },
    openAnswer: "",
    trims: true,
    begins: "</s>",
    attachments: { molecule: { before: "", after: "" }, protein: { before: "", after: "" }, beforeText: "" },
    stops: [],
  },
  "llama-2": {
    name: "llama-2",
    defaultSystem: "",
    systemPlace: "first-user",
    system: { before: "<<SYS>>\n", after: "\n<</SYS>>\n\n" },
    user: { before: "<s>[INST] ", after: " [/INST]" },
    assistant: { before: " ", after: " </s>" },
    openAnswer: "",
    trims: true,
    begins: "",
    stops: [],
  },
};

/**
 * @param changes what a model's config says otherwise, for example another system text
 * @throws BiogptError `tokenizers/chat` for a name that is none of `CHAT_FORMATS`
 */
export function chatFormat(name: string, changes: Partial<ChatFormat> = {}): ChatRenderer {
  const known = CHAT_FORMATS[name];
  if (known === undefined) {
    throw refuse(`There is no chat format ${name}.`, `Known are ${Object.keys(CHAT_FORMATS).join(", ")}.`);
  }
  const format = { ...known, ...changes };
  return {
    name: format.name,
    stops: format.stops,
    render: (messages, { openAnswer = true } = {}) => joinTexts(renderAll(format, messages, openAnswer)),
  };
}

function* renderAll(format: ChatFormat, messages: readonly ChatMessage[], openAnswer: boolean): Generator<PromptPart> {
  const [first] = messages;
  const system = first?.role === "system" ? first.content : format.defaultSystem;
  const turns = first?.role === "system" ? messages.slice(1) : messages;
  if (first?.role === "system" && format.systemPlace === "none")
    throw refuse(`${format.name} has no place for a system text.`);
  const systemText =
    system === "" && format.systemPlace !== "prompt" ? "" : format.system.before + system + format.system.after;
  if (format.begins !== "") yield { kind: "special", token: format.begins };
  if (format.systemPlace === "prompt") yield* written(systemText);
  let isFirst = true;
  for (const message of turns) {
    if (message.role === "system") throw refuse("A system text stands after the first message.", "Put it first.");
    if (message.role === "user") {
      yield* userTurn(format, message, isFirst && format.systemPlace === "first-user" ? systemText : "");
      isFirst = false;
    } else {
      if (message.content.trim() === "") throw refuse("An answer of the conversation is empty.", "Leave the turn out.");
      yield* written(format.assistant.before);
      yield { kind: "text", text: said(format, message.content) };
      yield* written(format.assistant.after);
    }
  }
  if (openAnswer) yield* written(format.openAnswer);
}

function* userTurn(
  format: ChatFormat,
  { content, attachments = [] }: ChatMessage,
  system: string,
): Generator<PromptPart> {
  if (attachments.length > 0 && format.attachments === undefined) {
    throw refuse(
      `${format.name} takes no molecules or proteins.`,
      "Use BioMedGPT-10B, or write SMILES or residues into the question.",
    );
  }
  for (const [i, attachment] of attachments.entries()) {
    if (i > 0) yield* written(format.user.after);
    yield* written(format.user.before);
    yield* attached(format, attachment);
  }
  if (attachments.length === 0) yield* written(format.user.before);
  else if (content !== "") yield { kind: "text", text: format.attachments!.beforeText };
  yield { kind: "text", text: said(format, system + content) };
  yield* written(format.user.after);
}

function* attached(format: ChatFormat, attachment: Attachment): Generator<PromptPart> {
  const { before, after } = format.attachments![attachment.kind];
  yield { kind: "text", text: before };
  yield { kind: "attachment", attachment };
  yield { kind: "text", text: after.replace("{text}", () => attachment.text) };
}

function said({ trims }: ChatFormat, content: string): string {
  return trims ? content.trim() : content;
}

/** A text of the format itself, in which `<s>` and `</s>` are tokens. */
function* written(text: string): Generator<PromptPart> {
  for (const part of text.split(/(<\/?s>)/)) {
    yield part === "<s>" || part === "</s>" ? { kind: "special", token: part } : { kind: "text", text: part };
  }
}

function refuse(what: string, fix?: string): BiogptError {
  return new BiogptError("tokenizers/chat", { what, ...(fix === undefined ? {} : { fix }) });
}
