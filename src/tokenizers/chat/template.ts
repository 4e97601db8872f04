/**
 * The chat template that came with a model: Jinja, from `chat_template.jinja` or `tokenizer_config.json`, run by @huggingface/jinja (small,
 * no dependencies, made for just these templates).
 *
 * A template writes one string in which `</s>` is the end token, wherever it came from. So that a message cannot bring one along, the special
 * tokens within messages are set aside as single private characters before the template runs, and put back into the text parts after it.
 *
 * Left out  tools, documents and content in parts; a template that asks for them says so itself
 */
import { BiogptError } from "../../base/errors.ts";
import { type ChatRenderer, joinTexts, type PromptPart } from "./conversation.ts";

/** The longest published templates have some 20,000 characters. */
const LONGEST_TEMPLATE = 1 << 18;

export interface ChatTemplateSource {
  /** Where it was found, for messages. */
  readonly name: string;
  readonly template: string;
  /** `bos_token`, `eos_token` and the others of tokenizer_config.json, as templates use them. */
  readonly tokens: Readonly<Record<string, string>>;
}

/**
 * @param files texts of a model's folder; `chat_template.jinja` goes before the config, whose list of templates gives the one named `default`
 * @returns undefined where the folder has no template
 * @throws BiogptError `tokenizers/chat-template` for JSON that cannot be read
 */
export function findChatTemplate(files: {
  readonly tokenizerConfig?: string;
  readonly chatTemplate?: string;
}): ChatTemplateSource | undefined {
  let config: Readonly<Record<string, unknown>> = {};
  if (files.tokenizerConfig !== undefined) {
    try {
      const value: unknown = JSON.parse(files.tokenizerConfig);
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it is no object");
      config = value as Readonly<Record<string, unknown>>;
    } catch (cause) {
      throw broken("tokenizer_config.json", (cause as Error).message, cause);
    }
  }
  const tokens: Record<string, string> = {};
  for (const [key, value] of Object.entries(config)) {
    const content = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
    if (key.endsWith("_token") && typeof content === "string") tokens[key] = content;
  }
  if (files.chatTemplate !== undefined) return { name: "chat_template.jinja", template: files.chatTemplate, tokens };
  const name = "chat_template of tokenizer_config.json";
  const own = config["chat_template"];
  if (own === undefined || own === null) return undefined;
  if (typeof own === "string") return { name, template: own, tokens };
  const named = Array.isArray(own)
    ? own.find(
        (entry): entry is { template: string } => entry?.name === "default" && typeof entry.template === "string",
      )
    : undefined;
  if (named === undefined) throw broken(name, "it is neither a text nor a list with one named default");
  return { name, template: named.template, tokens };
}

/**
 * @param specialTokens spellings that the tokenizer has ids for: `Tokenizer.specialTokens`, besides those of `source.tokens`
 * @throws BiogptError `tokenizers/chat-template` for a template that is no Jinja
 */
export async function openChatTemplate(
  source: ChatTemplateSource,
  { specialTokens = [] }: { readonly specialTokens?: Iterable<string> } = {},
): Promise<ChatRenderer> {
  const { Template } = await import("@huggingface/jinja");
  if (source.template.length > LONGEST_TEMPLATE)
    throw broken(source.name, `it has ${source.template.length} characters`);
  let template: InstanceType<typeof Template>;
  try {
    template = new Template(source.template);
  } catch (cause) {
    throw broken(source.name, (cause as Error).message, cause);
  }
  const special = [...new Set([...Object.values(source.tokens), ...specialTokens])]
    .filter((token) => token !== "")
    .sort((a, b) => b.length - a.length);
  return {
    name: source.name,
    stops: [],
    render(messages, { openAnswer = true } = {}) {
      if (messages.some(({ attachments = [] }) => attachments.length > 0)) {
        throw new BiogptError("tokenizers/chat", {
          what: "The model's own chat template has no place for molecules or proteins.",
          fix: "Use BioMedGPT-10B, or write SMILES or residues into the question.",
        });
      }
      const aside = new SetAside(special, messages.map(({ content }) => content).join(""));
      let text: string;
      try {
        text = template.render({
          ...source.tokens,
          messages: messages.map(({ role, content }) => ({ role, content: aside.hide(content) })),
          add_generation_prompt: openAnswer,
        });
      } catch (cause) {
        throw new BiogptError("tokenizers/chat", {
          what: `The model's chat template refuses the conversation: ${(cause as Error).message}.`,
          fix: "Most templates want one system text at most, then user and assistant in turns.",
          cause,
        });
      }
      return joinTexts(aside.parts(text));
    },
  };
}

/** Special tokens that are in messages, as single characters of Unicode's private use while the template runs. */
class SetAside {
  readonly #pattern: RegExp | undefined;
  readonly #special: readonly string[];
  readonly #standIns: readonly string[];

  constructor(special: readonly string[], content: string) {
    this.#special = special;
    const free = privateCharacters(content, special.length);
    this.#standIns = free;
    const escaped = special.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#pattern = special.length === 0 ? undefined : new RegExp(`(${escaped.join("|")})`, "g");
  }

  hide(text: string): string {
    if (this.#pattern === undefined) return text;
    return text.replace(this.#pattern, (token) => this.#standIns[this.#special.indexOf(token)]!);
  }

  *parts(text: string): Generator<PromptPart> {
    for (const part of this.#pattern === undefined ? [text] : text.split(this.#pattern)) {
      if (this.#special.includes(part)) yield { kind: "special", token: part };
      else yield { kind: "text", text: this.#restored(part) };
    }
  }

  #restored(text: string): string {
    let restored = text;
    for (const [i, standIn] of this.#standIns.entries())
      restored = restored.replaceAll(standIn, () => this.#special[i]!);
    return restored;
  }
}

/** As many characters of Plane 15, which is for private use, as do not occur in a text. */
function privateCharacters(text: string, count: number): string[] {
  const found: string[] = [];
  for (let code = 0xf0000; found.length < count; code++) {
    const character = String.fromCodePoint(code);
    if (!text.includes(character)) found.push(character);
  }
  return found;
}

function broken(name: string, why: string, cause?: unknown): BiogptError {
  return new BiogptError("tokenizers/chat-template", {
    what: `${name} cannot be used: ${why}.`,
    why: "A chat template is a text in Jinja.",
    fix: "Fetch the model's files again.",
    cause,
  });
}
