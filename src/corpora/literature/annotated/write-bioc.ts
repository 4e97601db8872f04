/**
 * A document as BioC, JSON or XML: passages, annotations with their concepts and probabilities, relations with the concepts as `entity1` and
 * `entity2` and, where they join two names, nodes.
 *
 * Follows BioC.dtd of 2013 and the JSON of bioc-json.ts, which PubTator 3 writes too. Offsets count code points from the document's start.
 */
import { codePointLength } from "../../code-points.ts";
import type { Citation, Document, Passage } from "../../document.ts";
import { joinedIds } from "./bioc-document.ts";
import { codePointStarts } from "./code-point-starts.ts";

type Infons = Readonly<Record<string, string>>;

export interface BiocJsonDocument {
  readonly id: string;
  readonly infons: Infons;
  readonly passages: readonly BiocJsonPassage[];
  readonly relations: readonly BiocJsonRelation[];
}

export interface BiocJsonPassage {
  readonly infons: Infons;
  readonly offset: number;
  readonly text: string;
  readonly annotations: readonly {
    readonly id: string;
    readonly infons: Infons;
    readonly text: string;
    readonly locations: readonly { readonly offset: number; readonly length: number }[];
  }[];
  readonly relations: readonly [];
}

export interface BiocJsonRelation {
  readonly id: string;
  readonly infons: Infons;
  readonly nodes: readonly { readonly refid: string; readonly role: string }[];
}

export function biocJson(document: Document): BiocJsonDocument {
  const { id, passages, mentions = [], relations = [], citation } = document;
  const starts = codePointStarts(passages);
  return {
    id,
    infons: {},
    passages: passages.map((passage, p) => ({
      infons: { ...(p === 0 ? citationInfons(citation) : {}), ...passageInfons(passage) },
      offset: starts[p]!,
      text: passage.text,
      annotations: mentions.flatMap((mention, m) => {
        if (mention.passage !== p) return [];
        const offset = starts[p]! + codePointLength(passage.text.slice(0, mention.start));
        const length = codePointLength(passage.text.slice(mention.start, mention.end));
        return [
          {
            id: mentionId(m),
            infons: {
              type: mention.type,
              ...(mention.identifiers.length === 0 ? {} : { identifier: joinedIds(mention.identifiers) }),
              ...(mention.probability === undefined ? {} : { probability: String(mention.probability) }),
            },
            text: mention.text,
            locations: [{ offset, length }],
          },
        ];
      }),
      relations: [],
    })),
    relations: relations.map(({ type, head, tail, probability }, r) => ({
      id: `R${r}`,
      infons: {
        ...(head.identifier === undefined ? {} : { entity1: head.identifier }),
        ...(tail.identifier === undefined ? {} : { entity2: tail.identifier }),
        type,
        ...(probability === undefined ? {} : { score: String(probability) }),
      },
      nodes:
        head.mention === undefined || tail.mention === undefined
          ? []
          : [
              { refid: mentionId(head.mention), role: "head" },
              { refid: mentionId(tail.mention), role: "tail" },
            ],
    })),
  };
}

const mentionId = (index: number): string => `T${index}`;

function passageInfons({ kind, label, infons = {} }: Passage): Infons {
  const type = kind === "text" ? (infons["type"] ?? "paragraph") : kind;
  return { ...infons, type, ...(label === undefined ? {} : { section: label }) };
}

/** By the names that `documentFromBioc` reads. */
function citationInfons(citation: Citation | undefined): Infons {
  const { pmid, pmcid, doi, journal, year, publicationTypes } = citation ?? {};
  const named = {
    "article-id_pmid": pmid,
    "article-id_pmc": pmcid?.replace(/^PMC/, ""),
    "article-id_doi": doi,
    "journal-title": journal,
    year: year === undefined ? undefined : String(year),
    publication_types: publicationTypes?.join(";"),
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What stands before the first document of a collection. @param source  for people: what the collection was made from */
export function biocXmlHead(source: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n' +
    `<collection><source>${escaped(source)}</source><date></date><key>biogpt</key>\n`
  );
}

export const BIOC_XML_END = "</collection>\n";

export function biocXml(document: Document): string {
  const { id, passages, relations } = biocJson(document);
  const inside = passages.map(({ infons, offset, text, annotations }) => {
    const marked = annotations.map(({ id: name, infons: about, text: words, locations }) => {
      const places = locations.map((place) => `<location offset="${place.offset}" length="${place.length}"/>`);
      return `<annotation id="${name}">${infonsXml(about)}${places.join("")}<text>${escaped(words)}</text></annotation>`;
    });
    return `<passage>${infonsXml(infons)}<offset>${offset}</offset><text>${escaped(text)}</text>${marked.join("")}</passage>`;
  });
  const related = relations.map(({ id: name, infons, nodes }) => {
    const ends = nodes.map(({ refid, role }) => `<node refid="${refid}" role="${role}"/>`);
    return `<relation id="${name}">${infonsXml(infons)}${ends.join("")}</relation>`;
  });
  return `<document><id>${escaped(id)}</id>${inside.join("")}${related.join("")}</document>\n`;
}

function infonsXml(infons: Infons): string {
  return Object.entries(infons)
    .map(([key, value]) => `<infon key="${escaped(key)}">${escaped(value)}</infon>`)
    .join("");
}

/** Characters that XML 1.0 has no way to write become spaces, so that offsets hold. */
function escaped(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r\x7f-\x9f])[\p{Cc}\ufffe\uffff]/gu, " ")
    .replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};
