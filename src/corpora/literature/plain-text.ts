/** Plain text: a file is a document whose paragraphs (parted by empty lines) are its passages, or each line is a document. */
import { BiogptError } from "../../base/errors.ts";
import { readLines } from "../../files/lines.ts";
import type { Document, Passage } from "../document.ts";
import type { ReaderInput } from "./reader.ts";

/** Characters of a text that is one document: thirty times the longest full text seen, as for a line. */
const MAX_TEXT_CHARACTERS = 64 * 1024 * 1024;

/**
 * One document; line breaks inside a paragraph become spaces. Yields nothing for a file of white space.
 *
 * @throws BiogptError `corpora/text-too-long`
 */
export async function* readPlainText({ path, chunks, problem }: ReaderInput): AsyncGenerator<Document, void> {
  const passages: Passage[] = [];
  let paragraph: string[] = [];
  let length = 0;
  const finish = (): void => {
    if (paragraph.length > 0) passages.push({ kind: "text", text: paragraph.join(" ") });
    paragraph = [];
  };
  for await (const { text } of readLines(path, chunks, problem)) {
    const trimmed = text.trim();
    length += trimmed.length;
    if (length > MAX_TEXT_CHARACTERS) {
      throw new BiogptError("corpora/text-too-long", {
        what: `${path} has more than ${MAX_TEXT_CHARACTERS} characters, and is read as one document.`,
        fix: "Give --input-format text-lines where each line is a document, or cut the file into one a document.",
      });
    }
    if (trimmed === "") finish();
    else paragraph.push(trimmed);
  }
  finish();
  if (passages.length > 0) yield { id: path, source: path, passages };
}

/** One document a line; empty lines are skipped, ids are `file:line`. */
export async function* readTextLines({ path, chunks, problem }: ReaderInput): AsyncGenerator<Document, void> {
  for await (const { text, number } of readLines(path, chunks, problem)) {
    const trimmed = text.trim();
    if (trimmed !== "") yield { id: `${path}:${number}`, source: path, passages: [{ kind: "text", text: trimmed }] };
  }
}

/** Share of a text's words that must be words of letters: prose has some 0.9, with many numbers 0.7; tables, logs and code have 0.2 to 0.4. */
const LEAST_SHARE_OF_WORDS = 0.5;
/** Lines with the same mark in their first columns ("AB  - ", "key: value") beyond this share are records of a format that is not known. */
const MOST_SHARE_OF_TAGS = 0.7;
/** Fewer lines than this show no such shape. */
const LEAST_TAGGED_LINES = 4;
const WORD = /^[("'“‘[]*\p{L}[\p{L}\p{M}'’/-]*[)\]"'”’.,;:!?]*$/u;

/** Whether text is sentences rather than a table, code, sequences or a tagged format that is not known. True for white space. */
export function isProse(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const tagged = lines.filter((line) => /^\S{1,12}\s{0,6}(?:[-=|]\s|::?\s|\t)/.test(line)).length;
  if (lines.length >= LEAST_TAGGED_LINES && tagged > MOST_SHARE_OF_TAGS * lines.length) return false;
  // Languages without spaces between words count by their characters.
  const spaceless = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  if (spaceless > 0.3 * text.length) return true;
  const tokens = text.split(/\s+/).filter((token) => token !== "");
  return tokens.filter((token) => WORD.test(token)).length >= LEAST_SHARE_OF_WORDS * tokens.length;
}
