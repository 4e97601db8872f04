/** A tokenizer's files in the folder of a model that is saved: copied as they are, or written with the learned tokens that it was opened with. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { modelFamilies } from "../../models/registry.ts";
import type { BioGptTokenizer } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import { formatVocabularyJson } from "../../tokenizers/moses-bpe/vocabulary.ts";
import { TOKENIZER_METADATA } from "../load/tokenizer-folder.ts";

/** Copies the files of a tokenizer of any family, those that are there. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of new Set(modelFamilies().flatMap(({ tokenizer }) => tokenizer.files))) {
    if (!existsSync(join(from, name))) continue;
    await writeFileAtomically(join(to, name), await readFile(join(from, name))); // not copyFile: a read-only source would stay so
  }
}

/** Writes a tokenizer in Hugging Face's form, with the learned tokens it was opened with. */
export async function saveTokenizer(folder: string, tokenizer: BioGptTokenizer): Promise<void> {
  const { vocabulary, merges, moses, normalizesPunctuation: normalizePunctuation, hash } = tokenizer;
  const metadata = { format: "biogpt-tokenizer/1", moses, normalizePunctuation, hash };
  await writeFileAtomically(join(folder, "vocab.json"), formatVocabularyJson(vocabulary));
  await writeFileAtomically(join(folder, "merges.txt"), merges.map((pair) => `${pair.join(" ")}\n`).join(""));
  await writeFileAtomically(join(folder, TOKENIZER_METADATA), `${JSON.stringify(metadata, null, 2)}\n`);
}
