/**
 * SentencePiece BPE as files, in either form; with both, SentencePiece's own is taken:
 *
 *     tokenizer.model                 SentencePiece's
 *     tokenizer.json                  Hugging Face's, added tokens included
 *     added_tokens.json               text to id, of tokens behind those of tokenizer.model
 *     tokenizer_config.json           `added_tokens_decoder` (the same, with flags), `legacy` and `add_prefix_space` (where `▁` is put), `add_bos_token`
 */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import type { TokenizerFiles, TokenizerKind } from "../tokenizer-kind.ts";
import { parseTokenizerJson } from "./json-file.ts";
import { type AddedToken, type DummyPrefix, MAX_PIECES, type SentencePieceModel } from "./model.ts";
import { parseSentencePieceModel } from "./model-file.ts";
import { SentencePieceTokenizer } from "./sentencepiece-tokenizer.ts";

const MODEL = "tokenizer.model";
const JSON_FORM = "tokenizer.json";
const SETTINGS = "tokenizer_config.json";
const ADDED = "added_tokens.json";

export const SENTENCEPIECE: TokenizerKind = {
  name: "sentencepiece",
  files: [MODEL, JSON_FORM, SETTINGS, ADDED, "special_tokens_map.json", "chat_template.jinja"],
  recognizes: (names) => names.includes(MODEL) || names.includes(JSON_FORM),
  open: openSentencePiece,
};

const flag = z.boolean().nullish();
const id = z
  .int()
  .min(0)
  .max(MAX_PIECES - 1);
const ADDED_SCHEMA = z.record(z.string().min(1), id);
const SETTINGS_SCHEMA = z.looseObject({
  legacy: flag,
  add_bos_token: flag,
  add_prefix_space: flag,
  added_tokens_decoder: z
    .record(
      z.string().regex(/^\d{1,7}$/),
      z.looseObject({ content: z.string().min(1), special: flag, lstrip: flag, rstrip: flag, single_word: flag }),
    )
    .nullish(),
});
type Settings = z.infer<typeof SETTINGS_SCHEMA>;

/** @throws BiogptError `tokenizers/not-found`, `tokenizers/sentencepiece`, `tokenizers/unsupported`, `tokenizers/metadata` */
async function openSentencePiece(files: TokenizerFiles): Promise<SentencePieceTokenizer> {
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
      addedTokens: addedTokens(model, added, settings, pathOf(SETTINGS)),
      dummyPrefix: dummyPrefix(model, settings),
    });
  }
  if (names.includes(JSON_FORM)) {
    const model = parseTokenizerJson(new TextDecoder().decode(await files.read(JSON_FORM)), pathOf(JSON_FORM));
    return new SentencePieceTokenizer(model, common);
  }
  throw new BiogptError("tokenizers/not-found", {
    what: `${place} holds no tokenizer.`,
    why: `This one is ${MODEL}, or ${JSON_FORM}.`,
    fix: "Name the folder that holds one of the two.",
  });
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
