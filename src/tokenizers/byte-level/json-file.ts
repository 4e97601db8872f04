/**
 * Reads `tokenizer.json` of byte-level BPE tokenizers: those of GPT-2, Llama 3, Qwen2 and 3 and their like.
 *
 * Source    huggingface/tokenizers, src/pre_tokenizers/byte_level.rs and split.rs
 * Left out  normalizers other than Unicode's normal forms, splits of other behaviours than those named below: refused by name. Of the post-processor
 *           only what it puts in front is read: prompts place their own special tokens.
 */
import { type Json, TokenizerJson } from "../tokenizer-json.ts";
import { BYTE_CHARACTERS } from "./byte-alphabet.ts";
import type { ByteLevelModel, Split } from "./model.ts";
import type { NormalForm } from "./normalize.ts";
import { GPT2_PATTERN, splitPattern } from "./split-pattern.ts";

const READS = "byte-level BPE tokenizers as those of GPT-2, Llama 3 and Qwen2 are, cut by regular expressions";
const FORMS: readonly string[] = ["NFC", "NFD", "NFKC", "NFKD"] satisfies NormalForm[];

/** Whether a file's text looks like one of these, before it is read as one. */
export function isByteLevel(text: string): boolean {
  return /"type"\s*:\s*"ByteLevel"/.test(text);
}

/**
 * @param name of the file, for messages
 * @throws BiogptError `tokenizers/byte-level` for a damaged file, `tokenizers/unsupported` for a tokenizer of another kind
 */
export function parseByteLevelJson(text: string, name: string): ByteLevelModel {
  const file = new TokenizerJson(text, name, { code: "tokenizers/byte-level", reads: READS });
  const { ids, model } = file;
  if (model["byte_fallback"] === true) throw file.unsupported("it has a byte_fallback");
  const missing = BYTE_CHARACTERS.findIndex((character) => !ids.has(character));
  if (missing >= 0) throw file.damaged(`its vocabulary lacks the byte ${missing}`);
  return {
    name,
    ids,
    merges: file.merges(),
    addedTokens: file.addedTokens(),
    normalForms: readForms(file),
    ...readSplits(file),
    ignoresMerges: model["ignore_merges"] === true,
    beginToken: readBegin(file),
  };
}

function readForms(file: TokenizerJson): NormalForm[] {
  return file.steps("normalizer", "normalizers").map(({ type }) => {
    if (FORMS.includes(type as string)) return type as NormalForm;
    throw file.unsupported(`its normalizer is ${type}`);
  });
}

function readSplits(file: TokenizerJson): { readonly splits: Split[]; readonly prefixesSpace: boolean } {
  const splits: Split[] = [];
  let prefixesSpace = false;
  let isBytes = false;
  for (const step of file.steps("pre_tokenizer", "pretokenizers")) {
    if (isBytes) throw file.unsupported(`its pre-tokenizer has ${step["type"]} after ByteLevel`);
    switch (step["type"]) {
      case "Split":
        splits.push(readSplit(step, file));
        break;
      case "Digits":
        splits.push(splitBy(file, step["individual_digits"] === true ? "\\p{N}" : "\\p{N}+"));
        break;
      case "ByteLevel":
        isBytes = true;
        prefixesSpace = step["add_prefix_space"] !== false;
        // A space put in front would have to be there before anything is cut.
        if (prefixesSpace && splits.length > 0) throw file.unsupported("it puts a space in front of every word");
        if (step["use_regex"] !== false) splits.push(splitBy(file, GPT2_PATTERN));
        break;
      default:
        throw file.unsupported(`its pre-tokenizer is ${step["type"]}`);
    }
  }
  if (!isBytes) throw file.unsupported("its pre-tokenizer is not ByteLevel");
  return { splits, prefixesSpace };
}

function readSplit(step: Json, file: TokenizerJson): Split {
  const { Regex: source } = file.object(step["pattern"], "the pattern of a Split");
  const { behavior, invert = false } = step;
  if (typeof source !== "string") throw file.unsupported("it splits at a text, not by a regular expression");
  if (behavior === "Isolated" && invert === false) return splitBy(file, source);
  // What tiktoken's tokenizers become: the matches are the pieces.
  if (behavior === "Removed" && invert === true) return splitBy(file, source, false);
  throw file.unsupported(`a Split of its pre-tokenizer is ${behavior}${invert === true ? ", inverted" : ""}`);
}

function splitBy(file: TokenizerJson, source: string, keepsGaps = true): Split {
  try {
    return { pattern: splitPattern(source), source, keepsGaps };
  } catch (cause) {
    throw file.unsupported(`its pre-tokenizer's pattern is not understood: ${(cause as Error).message}`);
  }
}

function readBegin(file: TokenizerJson): string | undefined {
  const template = file.steps("post_processor", "processors").find(({ type }) => type === "TemplateProcessing");
  const first = Array.isArray(template?.["single"]) ? (template["single"][0] as Json | undefined) : undefined;
  const { id } = (first?.["SpecialToken"] ?? {}) as Json;
  return typeof id === "string" ? id : undefined;
}
