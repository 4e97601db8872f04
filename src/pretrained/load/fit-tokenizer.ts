/** A model's tokenizer, opened from its files and fitted to the model's rows. */
import { BiogptError } from "../../base/errors.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TokenizerFiles, TokenizerOptions } from "../../tokenizers/tokenizer-kind.ts";
import type { ModelCheckpoint } from "./model-checkpoint.ts";
import { MOST_PADDING_ROWS, paddingNote } from "./padding-rows.ts";

export interface FittedTokenizer {
  /** Undefined where the folder holds none that is read: ids need none. */
  readonly tokenizer: Tokenizer | undefined;
  readonly warnings: readonly string[];
}

/**
 * The folder's tokenizer. Rows that the vocabulary does not name are a learned prompt only where the checkpoint says so; what is left is padding,
 * which stands for nothing: guessing a prompt from a count would make a fine-tuned model of a padded one.
 *
 * @throws BiogptError `pretrained/vocabulary-mismatch`
 */
export async function fitTokenizer(
  { family, config: { vocabularySize }, learnedTokens }: Pick<ModelCheckpoint, "family" | "config" | "learnedTokens">,
  files: TokenizerFiles,
  options: Pick<TokenizerOptions, "moses" | "normalizePunctuation"> = {},
): Promise<FittedTokenizer> {
  let tokenizer: Tokenizer;
  try {
    tokenizer = await family.tokenizer.open(files, options);
  } catch (error) {
    // Of another kind than is read here, as a unigram model: ids need none, and text is refused by name.
    if (!(error instanceof BiogptError) || error.code !== "tokenizers/unsupported") throw error;
    return { tokenizer: undefined, warnings: [`${error.what} The model takes ids alone.`] };
  }
  const learned =
    tokenizer.learnedIds.length > 0 ? 0 : Math.min(learnedTokens, vocabularySize - tokenizer.vocabularySize);
  if (learned > 0) tokenizer = await family.tokenizer.open(files, { ...options, learnedTokens: learned });
  const padding = vocabularySize - tokenizer.vocabularySize;
  if (padding === 0) return { tokenizer, warnings: [] };
  if (padding > 0 && padding <= MOST_PADDING_ROWS) return { tokenizer, warnings: [paddingNote(padding)] };
  throw new BiogptError("pretrained/vocabulary-mismatch", {
    what: `The tokenizer in ${files.place} has ${tokenizer.vocabularySize} tokens, the model ${vocabularySize}.`,
    why: "They do not belong together, and every id would mean another word. BioGPT has 42,384 tokens, BioGPT-Large 57,717, and a fine-tuned model up to 9 more.",
    fix: "Put the vocabulary that came with the checkpoint beside it.",
  });
}
