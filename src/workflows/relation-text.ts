/** A document's relations as people read them: title, arguments, probability, places, and the sentence with both arguments marked. */
import type { Document } from "../corpora/document.ts";
import type { DocumentRelations, ExtractedRelation } from "../tasks/relation-extraction/extract.ts";

/** How parts of a line are set off; each gives its text back where nothing can be. */
export interface TextMarks {
  bold(text: string): string;
  dim(text: string): string;
  underline(text: string): string;
}

/** @returns lines, the first of them empty */
export function relationText({ document, relations }: DocumentRelations, marks: TextMarks): string[] {
  const { bold, dim } = marks;
  const title = document.passages.find(({ kind }) => kind === "title")?.text ?? "";
  const lines = ["", `${dim(`PMID ${document.id}`)}  ${title}`];
  if (relations.length === 0) lines.push(dim("  no relation is stated"));
  for (const relation of relations) {
    const { head, tail, relation: label, probability } = relation;
    lines.push(
      `  ${bold(head.text)} ─ ${label} ▶ ${bold(tail.text)}   ${dim(`probability ${probability.toPrecision(2)}, ${place(document, relation)}`)}`,
    );
    if (relation.evidence !== null) lines.push(`    “${highlight(relation, marks)}”`);
  }
  return lines;
}

function place(document: Document, { head, tail }: ExtractedRelation): string {
  const name = ({ passage, start, end }: ExtractedRelation["head"]["spans"][number]): string =>
    `${document.passages[passage]!.kind} ${start}–${end}`;
  return `${name(head.spans[0]!)} and ${name(tail.spans[0]!)}`;
}

/** The evidence with both arguments marked where a terminal shows it. */
function highlight({ evidence, head, tail }: ExtractedRelation, { underline }: TextMarks): string {
  const { passage, start, end, text } = evidence!;
  const places = [...head.spans, ...tail.spans]
    .filter((span) => span.passage === passage && span.start >= start && span.end <= end)
    .sort((a, b) => a.start - b.start);
  let out = "";
  let at = start;
  for (const mark of places) {
    if (mark.start < at) continue;
    out += text.slice(at - start, mark.start - start) + underline(text.slice(mark.start - start, mark.end - start));
    at = mark.end;
  }
  return out + text.slice(at - start);
}
