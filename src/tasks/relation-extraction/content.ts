/**
 * The text a relation model reads, made from a document, with a way back to the document's own characters.
 *
 * Follows microsoft/BioGPT's data scripts: title, then ". " (or " " when the title ends in a non-word character), then
 * abstract, all lower-cased. Adds what they lack: documents of several passages, and where every character came from.
 * Leaves out section headings, tokenization and windows (windows.ts).
 */
import type { Document } from "../../corpora/document.ts";
import { endsInNonWord } from "../python-text.ts";

/** What content needs of a document. Offsets refer to each passage's `text`, in UTF-16 units. */
export type ContentSource = Pick<Document, "id" | "passages">;

/** A stretch of one passage: its index in the document, UTF-16 offsets into its text, `end` exclusive. */
export interface PassageSpan {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
}

export interface Content {
  readonly text: string;
  /** The original character behind `offset` of `text`, or undefined for one that we added (the joiner of two passages). */
  toOriginal(offset: number): { readonly passage: number; readonly offset: number } | undefined;
  /** The original stretch behind [start, end) of `text`; undefined when it is empty or leaves one passage's characters. */
  toOriginalSpan(start: number, end: number): PassageSpan | undefined;
}

export interface ContentRules {
  /** Default true, as every relation task of BioGPT is trained. */
  readonly lowercase?: boolean;
  /** Turns each line feed into a space and trims the ends, as the DDI recipe does. Default false. */
  readonly oneLine?: boolean;
}

interface Piece {
  /** Offsets into the content, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  readonly passage: number;
  /** For each content character of the piece and its end, the offset in the passage. */
  readonly origin: (index: number) => number;
}

export function buildContent(
  document: ContentSource,
  { lowercase = true, oneLine = false }: ContentRules = {},
): Content {
  const pieces: Piece[] = [];
  let text = "";
  let previousKind = "";
  for (const [passage, { kind, text: original }] of document.passages.entries()) {
    const start = oneLine ? original.length - original.trimStart().length : 0;
    const end = oneLine ? Math.max(start, original.trimEnd().length) : original.length;
    if (start === end) continue;
    if (text !== "") text += previousKind === "title" && !endsInNonWord(text) ? ". " : " ";
    const kept = oneLine ? original.slice(start, end).replaceAll("\n", " ") : original.slice(start, end);
    const { text: cased, origin } = lowercase ? lowerCased(kept) : { text: kept, origin: (index: number) => index };
    pieces.push({
      start: text.length,
      end: text.length + cased.length,
      passage,
      origin: (index) => start + origin(index),
    });
    text += cased;
    previousKind = kind;
  }

  const pieceAt = (offset: number): Piece | undefined =>
    pieces.find((piece) => offset >= piece.start && offset < piece.end);
  return {
    text,
    toOriginal(offset) {
      const piece = pieceAt(offset);
      return piece && { passage: piece.passage, offset: piece.origin(offset - piece.start) };
    },
    toOriginalSpan(start, end) {
      const piece = pieceAt(start);
      if (piece === undefined || end <= start || end > piece.end) return undefined;
      return {
        passage: piece.passage,
        start: piece.origin(start - piece.start),
        end: piece.origin(end - piece.start),
      };
    },
  };
}

/** Lower case with a way back: lengths change only for rare letters (İ becomes two units), so mostly it is the identity. */
function lowerCased(text: string): { text: string; origin: (index: number) => number } {
  const whole = text.toLowerCase();
  if (whole.length === text.length) return { text: whole, origin: (index) => index };
  const origins: number[] = [];
  let lowered = "";
  let offset = 0;
  for (const character of text) {
    const lower = character.toLowerCase();
    for (let unit = 0; unit < lower.length; unit++) origins.push(offset + Math.min(unit, character.length - 1));
    lowered += lower;
    offset += character.length;
  }
  origins.push(offset);
  return { text: lowered, origin: (index) => origins[index]! };
}
