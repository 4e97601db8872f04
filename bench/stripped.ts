/** Annotated documents without the sentences that name, by gold mentions, the disease of one of their relations: they state none. */
import type { Document } from "../src/corpora/document.ts";
import type { MentionDocument } from "../src/corpora/entities/mention-document.ts";
import { splitSentences } from "../src/corpora/sentences.ts";

/** What is left of a document with its names, a passage for each of its own that keeps a sentence. */
export function stripped({ id, passages, mentions, relations = [] }: MentionDocument): Document {
  const diseases = new Set(relations.flatMap(({ tail }) => tail.map((index) => mentions[index]!)));
  const left: Document["passages"][number][] = [];
  const found: NonNullable<Document["mentions"]>[number][] = [];
  for (const [passage, { kind, text }] of passages.entries()) {
    const own = mentions.filter((mention) => mention.passage === passage);
    let kept = "";
    for (const { start, end } of splitSentences(text)) {
      if (own.some((mention) => diseases.has(mention) && mention.end > start && mention.start < end)) continue;
      const sentence = text.slice(start, end);
      const before = sentence.length - sentence.trimStart().length;
      const shift = kept.length + (kept === "" ? 0 : 1) - start - before;
      for (const { ids, ...mention } of own.filter((name) => name.start >= start && name.end <= end)) {
        const moved = { start: mention.start + shift, end: mention.end + shift, passage: left.length };
        found.push({ ...mention, ...moved, identifiers: ids });
      }
      kept += `${kept === "" ? "" : " "}${sentence.trim()}`;
    }
    if (kept !== "") left.push({ kind, text: kept });
  }
  return { id, source: "BC5CDR", passages: left, mentions: found };
}

/** Characters of text. */
export function lengthOf({ passages }: Pick<Document, "passages">): number {
  return passages.reduce((sum, { text }) => sum + text.length, 0);
}
