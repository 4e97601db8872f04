/**
 * Tokenizers of the Llama families as files: SentencePiece BPE in either form, or byte-level BPE; with both, SentencePiece's own is taken:
 *
 *     tokenizer.model                 SentencePiece's
 *     tokenizer.json                  Hugging Face's, added tokens included; of which kind it is, it says itself
 *     added_tokens.json               text to id, of tokens behind those of tokenizer.model
 *     tokenizer_config.json           `added_tokens_decoder` (the same, with flags), `legacy` and `add_prefix_space` (where `▁` is put), `add_bos_token`,
 *                                     of byte-level BPE `bos_token`, `eos_token`, `pad_token`
 */
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import { ByteLevelTokenizer, type ByteLevelTokenizerOptions } from "./byte-level/byte-level-tokenizer.ts";
import { isByteLevel, parseByteLevelJson } from "./byte-level/json-file.ts";
import { newLearnedTokens } from "./learned-tokens.ts";
import { parseTokenizerJson } from "./sentencepiece/json-file.ts";
import { type AddedToken, type DummyPrefix, MAX_PIECES, type SentencePieceModel } from "./sentencepiece/model.ts";
import { parseSentencePieceModel } from "./sentencepiece/model-file.ts";
import { SentencePieceTokenizer } from "./sentencepiece/sentencepiece-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { TokenizerFiles, TokenizerKind, TokenizerOptions } from "./tokenizer-kind.ts";

type Subwords = SentencePieceTokenizer | ByteLevelTokenizer;

const MODEL = "tokenizer.model";
const JSON_FORM = "tokenizer.json";
const SETTINGS = "tokenizer_config.json";
const ADDED = "added_tokens.json";

export const SUBWORDS: TokenizerKind = {
  name: "sentencepiece or byte-level BPE",
  files: [MODEL, JSON_FORM, SETTINGS, ADDED, "special_tokens_map.json", "chat_template.jinja"],
  recognizes: (names) => names.includes(MODEL) || names.includes(JSON_FORM),
  open: openSubwords,
  learnedFiles,
};

const flag = z.boolean().nullish();
const id = z
  .int()
  .min(0)
  .max(MAX_PIECES - 1);
/** A token by its spelling, or with the flags of an added one. */
const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const ADDED_SCHEMA = z.record(z.string().min(1), id);
const SETTINGS_SCHEMA = z.looseObject({
  legacy: flag,
  add_bos_token: flag,
  add_prefix_space: flag,
  bos_token: token,
  eos_token: token,
  pad_token: token,
  added_tokens_decoder: z
    .record(
      z.string().regex(/^\d{1,7}$/),
      z.looseObject({ content: z.string().min(1), special: flag, lstrip: flag, rstrip: flag, single_word: flag }),
    )
    .nullish(),
});
type Settings = z.infer<typeof SETTINGS_SCHEMA>;

/** @throws BiogptError `tokenizers/not-found`, `tokenizers/sentencepiece`, `tokenizers/byte-level`, `tokenizers/unsupported`, `tokenizers/metadata` */
async function openSubwords(files: TokenizerFiles, { learnedTokens = 0 }: TokenizerOptions = {}): Promise<Subwords> {
  const plain = await openWith(files, []);
  return learnedTokens === 0 ? plain : openWith(files, newLearnedTokens(learnedTokens, plain.vocabularySize));
}

/** @param more tokens that no file has */
async function openWith(files: TokenizerFiles, more: readonly AddedToken[]): Promise<Subwords> {
  const { place, names } = files;
  const pathOf = (name: string): string => `${place.replace(/[/\\]$/, "")}/${name}`;
  const readJson = async <T>(name: string, schema: z.ZodType<T>, ifAbsent: T): Promise<T> =>
    names.includes(name) ? parseJson(await files.read(name), schema, pathOf(name)) : ifAbsent;
  const settings = await readJson<Settings>(SETTINGS, SETTINGS_SCHEMA, {});
  const common = { beginsPrompts: settings.add_bos_token !== false };
  if (names.includes(MODEL)) {
    const model = parseSentencePieceModel(await files.read(MODEL), pathOf(MODEL));
    const added = await readJson(ADDED, ADDED_SCHEMA, {});
    return new SentencePieceTokenizer(model, {
      ...common,
      addedTokens: [...addedTokens(model, added, settings, pathOf(SETTINGS)), ...more],
      dummyPrefix: dummyPrefix(model, settings),
    });
  }
  if (names.includes(JSON_FORM)) {
    const text = new TextDecoder().decode(await files.read(JSON_FORM));
    if (isByteLevel(text)) {
      const model = parseByteLevelJson(text, pathOf(JSON_FORM));
      return new ByteLevelTokenizer(model, { ...roles(settings), addedTokens: more });
    }
    return new SentencePieceTokenizer(parseTokenizerJson(text, pathOf(JSON_FORM)), { ...common, addedTokens: more });
  }
  throw new BiogptError("tokenizers/not-found", {
    what: `${place} holds no tokenizer.`,
    why: `This one is ${MODEL}, or ${JSON_FORM}.`,
    fix: "Name the folder that holds one of the two.",
  });
}

/** All of the folder's; learned tokens are added where transformers reads those of its form. */
async function learnedFiles(
  { names, read }: TokenizerFiles,
  { learnedIds }: Tokenizer,
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  for (const name of SUBWORDS.files) if (names.includes(name)) files.set(name, await read(name));
  const readObject = (name: string): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode((files.get(name) as Uint8Array | undefined) ?? ENCODED_EMPTY));
  if (names.includes(MODEL)) {
    const learned = Object.fromEntries(learnedIds.map((at, i) => [`learned${i + 1}`, at]));
    return files.set(ADDED, `${JSON.stringify({ ...readObject(ADDED), ...learned }, null, 2)}\n`);
  }
  const file = readObject(JSON_FORM);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const learned = learnedIds.map((at, i) => ({ id: at, content: `learned${i + 1}`, ...flags }));
  const tokens = [...((file["added_tokens"] ?? []) as unknown[]), ...learned];
  return files.set(JSON_FORM, `${JSON.stringify({ ...file, added_tokens: tokens }, null, 2)}\n`);
}

const ENCODED_EMPTY = new TextEncoder().encode("{}");

/** What stands before a prompt is the post-processor's to say, unless it is told to put nothing there. */
function roles({
  add_bos_token: begins,
  bos_token: begin,
  eos_token: end,
  pad_token: pad,
}: Settings): ByteLevelTokenizerOptions {
  const beginToken = begins === false ? null : begins === true ? (begin ?? undefined) : undefined;
  return { beginToken, endToken: end ?? undefined, padToken: pad ?? undefined };
}

/** transformers' LlamaTokenizer is `legacy` unless told otherwise. */
function dummyPrefix(model: SentencePieceModel, { legacy, add_prefix_space: prefix }: Settings): DummyPrefix {
  if (prefix === false) return "never";
  return model.dummyPrefix === "always" && legacy === false ? "first" : model.dummyPrefix;
}

/** Those that the model's own pieces are not; one under the id of another piece is refused by the tokenizer. */
function addedTokens(
  { pieces }: SentencePieceModel,
  added: Readonly<Record<string, number>>,
  { added_tokens_decoder: decoder }: Settings,
  path: string,
): AddedToken[] {
  const byId = new Map<number, AddedToken>();
  for (const [text, at] of Object.entries(added)) byId.set(at, { id: at, text, special: true });
  for (const [at, { content, special, lstrip, rstrip, single_word }] of Object.entries(decoder ?? {})) {
    const token = { id: Number(at), text: content, special: special === true };
    if (pieces[token.id]?.text === content) continue;
    if (lstrip || rstrip || single_word) {
      throw new BiogptError("tokenizers/unsupported", {
        what: `${path} cannot be used: the added token ${content} takes white space or whole words only.`,
      });
    }
    byId.set(token.id, token);
  }
  return [...byId.values()].filter(({ id: at, text }) => pieces[at]?.text !== text).sort((a, b) => a.id - b.id);
}

function parseJson<T>(bytes: Uint8Array, schema: z.ZodType<T>, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw metadataError(path, `is not JSON: ${(cause as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw metadataError(path, `is not understood: ${z.prettifyError(parsed.error)}`);
}

function metadataError(path: string, how: string): BiogptError {
  return new BiogptError("tokenizers/metadata", { what: `${path} ${how}.`, fix: "Fetch the file again." });
}
