/**
 * BioC XML: a stream of its documents in flat memory. Follows BioC.dtd of 2013; sentences are joined to their passage at their offsets.
 *
 * Leaves out what a collection says of itself.
 */
import { BiogptError } from "../../../base/errors.ts";
import { codePointLength } from "../../code-points.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { cutElements } from "../xml-elements.ts";
import { child, children, rawText, type XmlElement, type XmlRules } from "../xml-record.ts";
import { type BiocAnnotation, type BiocPassage, documentFromBioc } from "./bioc-document.ts";
import type { BiocRelation } from "./stated-relations.ts";

const RULES: XmlRules = {
  skipped: new Set(),
  mixed: new Set(["text", "infon", "id", "offset"]),
};

/** @throws BiogptError `corpora/xml…`, `corpora/bioc` */
export async function* readBiocXml(input: ReaderInput): AsyncGenerator<Document, void> {
  for await (const { element, offset } of cutElements(input, "document", RULES)) {
    const id = rawText(child(element, "id")).trim();
    const where = `<document>${id === "" ? "" : ` ${id}`} at byte ${offset} of ${input.path}`;
    const passages: BiocPassage[] = [];
    try {
      for (const passage of children(element, "passage")) passages.push(passageOf(passage, where));
    } catch (error) {
      if (!(error instanceof BiogptError)) throw error;
      input.problem(error);
      continue;
    }
    const holders = [element, ...children(element, "passage")];
    const relations = holders.flatMap((holder) => children(holder, "relation").map(relationOf));
    const bioc = { id: id === "" ? `${input.path}@${offset}` : id, infons: infonsOf(element), passages, relations };
    yield documentFromBioc(bioc, input.path, input.event);
  }
}

function passageOf(element: XmlElement, where: string): BiocPassage {
  const offset = offsetOf(element, where);
  const sentences = children(element, "sentence");
  const own = child(element, "text");
  const text =
    own !== undefined || sentences.length === 0
      ? rawText(own)
      : joinSentences(
          sentences.map((sentence) => ({
            offset: offsetOf(sentence, where) - offset,
            text: rawText(child(sentence, "text")),
          })),
        );
  const annotations = [element, ...sentences].flatMap((holder) => children(holder, "annotation").map(annotationOf));
  return { offset, text, infons: infonsOf(element), annotations };
}

/** @param sentences with offsets in code points from their passage's start */
export function joinSentences(sentences: readonly { readonly offset: number; readonly text: string }[]): string {
  let text = "";
  for (const sentence of sentences) {
    const gap = sentence.offset - codePointLength(text);
    // A wrong offset must not fill the memory with spaces.
    text += (gap > 0 && gap <= MAX_GAP ? " ".repeat(gap) : "") + sentence.text;
  }
  return text;
}

/** Characters between two sentences. */
const MAX_GAP = 1000;

function offsetOf(element: XmlElement, where: string): number {
  const text = rawText(child(element, "offset")).trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BiogptError("corpora/bioc", {
    what: `${where} has a ${element.name} whose offset is ${text === "" ? "missing" : JSON.stringify(text.slice(0, 20))}.`,
    why: "Annotations count from the document's start, so each passage must say where it begins.",
    fix: "Correct what wrote the file.",
  });
}

function annotationOf(element: XmlElement): BiocAnnotation {
  const { id } = element.attributes;
  return {
    ...(id === undefined ? {} : { id }),
    infons: infonsOf(element),
    places: children(element, "location").map(({ attributes }) => ({
      offset: Number(attributes["offset"]),
      length: Number(attributes["length"]),
    })),
    text: rawText(child(element, "text")),
  };
}

function relationOf(element: XmlElement): BiocRelation {
  const { id } = element.attributes;
  return {
    ...(id === undefined ? {} : { id }),
    infons: infonsOf(element),
    nodes: children(element, "node").map(({ attributes }) => attributes["refid"] ?? ""),
  };
}

function infonsOf(element: XmlElement): Readonly<Record<string, string>> {
  return Object.fromEntries(
    children(element, "infon").map((infon) => [infon.attributes["key"] ?? "", rawText(infon).trim()]),
  );
}
