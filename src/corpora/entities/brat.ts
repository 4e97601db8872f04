/**
 * Mentions from a BRAT pair: a text, and beside it lines `T1 TAB Type start end TAB words`.
 *
 * Offsets count code points of the text as it is, line breaks included. A mention in pieces (`0 4;10 15`) is taken from its first character
 * to its last, since a tag covers a stretch. Left out: relations, events, attributes, notes. Line breaks become spaces, so that offsets hold.
 */
import { BiogptError } from "../../base/errors.ts";
import { type MentionDocument, type MisplacedMention, placeMentions, type RawMention } from "./mention-document.ts";

/** @throws BiogptError `corpora/brat` naming file and line */
export function readBratMentions(
  text: string,
  annotations: string,
  id: string,
  name: string,
  misplaced: MisplacedMention[],
): MentionDocument {
  const characters = [...text];
  const raw: RawMention[] = [];
  for (const [index, line] of annotations.split(/\r?\n/).entries()) {
    if (!line.startsWith("T")) continue;
    const [, fields, words] = line.split("\t");
    const [type, ...offsets] = (fields ?? "").split(/[ ;]/);
    const numbers = offsets.map(Number);
    const [start, end] = [numbers[0], numbers.at(-1)];
    if (type === undefined || words === undefined || start === undefined || end === undefined || !(end > start)) {
      throw new BiogptError("corpora/brat", {
        what: `${name}, line ${index + 1}: "${line.slice(0, 60)}" is no mention.`,
      });
    }
    // The words of a mention in pieces are those of its pieces; what stands between them belongs to the stretch.
    const wording = offsets.length > 2 ? characters.slice(start, end).join("") : words;
    raw.push({ start, end, text: wording, type, ids: [] });
  }
  return placeMentions(id, [{ kind: "text", text: text.replaceAll(/[\r\n]/g, " ") }], raw, misplaced);
}
