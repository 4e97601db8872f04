/** A tokenizer's files in the folder of a model that is saved: copied as they are, or written with the learned tokens that it was opened with. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { internalError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { modelFamilies } from "../../models/registry.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { tokenizerFilesOf, tokenizerKindOf } from "../load/tokenizer-folder.ts";

/** Copies the files of a tokenizer of any family, those that are there. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of new Set(modelFamilies().flatMap(({ tokenizer }) => tokenizer.files))) {
    if (!existsSync(join(from, name))) continue;
    await writeFileAtomically(join(to, name), await readFile(join(from, name))); // not copyFile: a read-only source would stay so
  }
}

/** Writes the tokenizer of a folder with the learned tokens that it was opened with. @throws BiogptError `internal` where its kind adds none */
export async function saveTokenizer(from: string, to: string, tokenizer: Tokenizer): Promise<void> {
  const { learnedFiles, name: kind } = await tokenizerKindOf(from);
  if (learnedFiles === undefined) throw internalError(`a tokenizer of the kind ${kind} was given learned tokens`);
  for (const [name, content] of await learnedFiles(await tokenizerFilesOf(from), tokenizer))
    await writeFileAtomically(join(to, name), content);
}
