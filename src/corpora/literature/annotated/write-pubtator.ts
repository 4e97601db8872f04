/**
 * A document as PubTator's lines: title, everything else as its abstract, a line a mention and a line a relation, an empty one behind.
 *
 * Offsets count code points over both, with one character between passages, as PubTator's tools do. A mention's probability is left out, for
 * which the format has no place.
 */
import { codePointLength } from "../../code-points.ts";
import type { Document, StatedArgument } from "../../document.ts";
import { joinedIds } from "./bioc-document.ts";
import { codePointStarts } from "./code-point-starts.ts";

export function pubtatorText({ id, passages, mentions = [], relations = [] }: Document): string {
  const name = oneLine(id).replaceAll(/[|\s]/g, "_");
  const starts = codePointStarts(passages);
  const hasTitle = passages[0]?.kind === "title";
  const texts = passages.map(({ text }) => oneLine(text));
  const title = hasTitle ? texts[0]! : "";
  // Without a title the abstract begins behind an empty one and the character between the two.
  const shift = hasTitle ? 0 : 1;
  const named = mentions.map(({ passage, start, end, text, type, identifiers }) => {
    const { text: whole } = passages[passage]!;
    const from = shift + starts[passage]! + codePointLength(whole.slice(0, start));
    const to = from + codePointLength(whole.slice(start, end));
    return [name, from, to, oneLine(text), oneLine(type), joinedIds(identifiers) || "-"].join("\t");
  });
  const related = relations.map(({ type, head, tail }) =>
    [name, oneLine(type), identifierOf(head, mentions), identifierOf(tail, mentions)].join("\t"),
  );
  const lines = [`${name}|t|${title}`, `${name}|a|${texts.slice(hasTitle ? 1 : 0).join(" ")}`, ...named, ...related];
  return `${lines.join("\n")}\n\n`;
}

function identifierOf({ identifier, mention }: StatedArgument, mentions: NonNullable<Document["mentions"]>): string {
  return oneLine(identifier ?? joinedIds(mentions[mention ?? -1]?.identifiers ?? []) ?? "-") || "-";
}

/** Each character of white space as one space, so that offsets hold. */
function oneLine(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, " ");
}
