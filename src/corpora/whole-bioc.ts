/**
 * BioC XML that is read whole, as the labelled corpora are published: what bc5cdr-annotations.ts and entities/bioc.ts make their documents of.
 * Files of any size are streamed by literature/annotated/bioc-xml.ts.
 */
import { SaxesParser } from "saxes";
import type { BiocAnnotation, BiocDocument, BiocPassage } from "./literature/annotated/bioc-document.ts";
import { joinSentences } from "./literature/annotated/bioc-xml.ts";
import { parseWholeXml } from "./xml.ts";

type Infons = Record<string, string>;

export interface WholeBioc extends Omit<BiocDocument, "relations"> {
  /** Infons of each relation. */
  readonly relations: readonly Readonly<Infons>[];
}

interface PassageDraft {
  readonly infons: Infons;
  readonly annotations: BiocAnnotation[];
  /** The passage's own text, or those of its sentences; offsets from the document's start. */
  readonly texts: { readonly offset: number; readonly text: string }[];
  offset: number | undefined;
}

/** @throws BiogptError `corpora/xml` */
export function parseWholeBioc(xml: string, name: string): WholeBioc[] {
  const documents: { id: string; infons: Infons; passages: BiocPassage[]; relations: Infons[] }[] = [];
  const parser = new SaxesParser({ fileName: name });
  let passage: PassageDraft | undefined;
  let annotation: { infons: Infons; places: { offset: number; length: number }[]; text: string } | undefined;
  let relation: Infons | undefined;
  let offset = 0; // of the passage, then of the sentence that a text stands in
  let key = "";
  let content = "";
  parser.on("opentag", ({ name: tag, attributes }) => {
    content = "";
    if (tag === "document") documents.push({ id: "", infons: {}, passages: [], relations: [] });
    else if (tag === "passage") passage = { infons: {}, annotations: [], texts: [], offset: undefined };
    else if (tag === "annotation") annotation = { infons: {}, places: [], text: "" };
    else if (tag === "relation") relation = {};
    else if (tag === "infon") key = String(attributes["key"] ?? "");
    else if (tag === "location")
      annotation?.places.push({ offset: Number(attributes["offset"]), length: Number(attributes["length"]) });
  });
  parser.on("text", (chunk) => {
    content += chunk;
  });
  parser.on("closetag", ({ name: tag }) => {
    const document = documents.at(-1);
    if (tag === "id" && document?.id === "") document.id = content.trim();
    else if (tag === "infon") {
      const owner = annotation?.infons ?? relation ?? passage?.infons ?? document?.infons;
      if (owner !== undefined) owner[key] = content;
    } else if (tag === "offset" && passage !== undefined) {
      offset = Number(content);
      passage.offset ??= offset;
    } else if (tag === "text") {
      if (annotation !== undefined) annotation.text = content;
      else passage?.texts.push({ offset, text: content });
    } else if (tag === "annotation" && annotation !== undefined) {
      passage?.annotations.push(annotation);
      annotation = undefined;
    } else if (tag === "relation" && relation !== undefined) {
      document?.relations.push(relation);
      relation = undefined;
    } else if (tag === "passage" && passage !== undefined) {
      document?.passages.push(passageOf(passage));
      passage = undefined;
    }
    content = "";
  });
  parseWholeXml(parser, xml, name);
  return documents;
}

function passageOf({ infons, annotations, texts, offset = 0 }: PassageDraft): BiocPassage {
  const text = joinSentences(texts.map((part) => ({ offset: part.offset - offset, text: part.text })));
  return { infons, annotations, offset, text };
}
