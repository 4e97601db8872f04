/** Plain text: a file is a document whose paragraphs (parted by empty lines) are its passages, or each line is a document. */

import type { Line } from "../../files/lines.ts";
import type { Document, Passage } from "../document.ts";

/** One document; line breaks inside a paragraph become spaces. Yields nothing for a file of white space. */
export async function* readPlainText(path: string, lines: AsyncIterable<Line>): AsyncGenerator<Document, void> {
  const passages: Passage[] = [];
  let paragraph: string[] = [];
  const finish = (): void => {
    if (paragraph.length > 0) passages.push({ kind: "text", text: paragraph.join(" ") });
    paragraph = [];
  };
  for await (const { text } of lines) {
    const trimmed = text.trim();
    if (trimmed === "") finish();
    else paragraph.push(trimmed);
  }
  finish();
  if (passages.length > 0) yield { id: path, source: path, passages };
}

/** One document a line; empty lines are skipped, ids are `file:line`. */
export async function* readTextLines(path: string, lines: AsyncIterable<Line>): AsyncGenerator<Document, void> {
  for await (const { text, number } of lines) {
    const trimmed = text.trim();
    if (trimmed !== "") yield { id: `${path}:${number}`, source: path, passages: [{ kind: "text", text: trimmed }] };
  }
}
