/**
 * The official formats of BC5CDR: PubTator (lines) and BioC (XML).
 *
 *     227508|t|Naloxone reverses ...                         title
 *     227508|a|In unanesthetized, ...                        abstract
 *     227508 TAB 0 TAB 8 TAB Naloxone TAB Chemical TAB D009270 [TAB part|part]
 *     227508 TAB CID TAB D008750 TAB D007022                 relation; predictions add a score
 *     (blank line)
 *
 * Offsets count code points: in PubTator of title + one character + abstract, in BioC from where each passage says that it begins. A composite mention has several ids joined by "|" and,
 * mostly, the wording of each part; its parts are what the mention tables hold.
 */
import { BiogptError } from "../../base/errors.ts";
import { codePointLength, utf16IndexOf } from "../code-points.ts";
import { parseWholeBioc } from "../whole-bioc.ts";
import type { ChemicalDiseaseDocument, EntityMention } from "./chemical-disease.ts";

/** A relation line as it stands: what the official scorer reads. */
export interface PubTatorRelation {
  readonly documentId: string;
  readonly type: string;
  readonly first: string;
  readonly second: string;
}

/** Every relation line of a PubTator file (`PMID TAB CID TAB id TAB id`), gold or predicted. */
export function readPubTatorRelations(text: string): PubTatorRelation[] {
  const relations: PubTatorRelation[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [documentId, type, first, second] = line.split("\t");
    if (type === undefined || first === undefined || second === undefined || /^\d+$/.test(type)) continue;
    relations.push({ documentId: documentId!, type, first, second });
  }
  return relations;
}

export function readPubTator(text: string, name: string): ChemicalDiseaseDocument[] {
  const documents: ChemicalDiseaseDocument[] = [];
  let draft: Draft | undefined;
  const finish = (): void => {
    if (draft !== undefined) documents.push(draft.document());
    draft = undefined;
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") {
      finish();
      continue;
    }
    const heading = /^([^|\t]+)\|([ta])\|(.*)$/.exec(line);
    if (heading !== null) {
      const [, id, part, content] = heading as unknown as [string, string, string, string];
      if (part === "t") {
        finish();
        draft = new Draft(id, content);
      } else if (draft?.id === id) draft.abstract = content;
      else throw malformed(name, index, "an abstract line without its title line");
      continue;
    }
    const [id, ...fields] = line.split("\t");
    if (draft === undefined || draft.id !== id) throw malformed(name, index, "an annotation outside its document");
    if (fields[0] === "CID" && fields.length >= 3) draft.relations.push({ chemical: fields[1]!, disease: fields[2]! });
    else if (fields.length >= 5) {
      const [start, end, mention, type, ids, parts] = fields as [string, string, string, string, string, string?];
      if (!/^\d+$/.test(start) || !/^\d+$/.test(end)) throw malformed(name, index, "offsets that are no numbers");
      const shift = codePointLength(draft.title) + 1;
      const passage = Number(start) < shift ? 0 : 1;
      const from = passage === 0 ? 0 : shift;
      draft.mention(passage, Number(start) - from, Number(end) - from, mention, entityType(type, name, index), ids);
      if (parts !== undefined && parts.trim() !== "") {
        const single = ids.split("|");
        for (const [at, part] of parts.split("|").entries())
          draft.name(part, entityType(type, name, index), single[at]);
      } else if (!ids.includes("|")) draft.name(mention, entityType(type, name, index), ids);
    } else throw malformed(name, index, `${fields.length + 1} columns`);
  }
  finish();
  return documents;
}

/** @throws BiogptError `corpora/xml`, `corpora/pubtator` for mentions of other types */
export function readBioC(xml: string, name: string): ChemicalDiseaseDocument[] {
  return parseWholeBioc(xml, name).flatMap(({ id, passages, relations }) => {
    const parts = ["title", "abstract"].map((type) => passages.find(({ infons }) => infons["type"] === type));
    if (parts[0] === undefined) return [];
    const draft = new Draft(id, parts[0].text);
    draft.abstract = parts[1]?.text ?? "";
    for (const [at, part] of parts.entries()) {
      for (const { infons, places, text } of part?.annotations ?? []) {
        const type = entityType(infons["type"] ?? "", name, 0);
        const ids = infons["MESH"] ?? "-1";
        // The parts of a composite mention come as annotations of their own, over several places; the whole stands once.
        const isPart = infons["CompositeRole"] === "IndividualMention";
        if (!isPart && places[0] !== undefined) {
          const start = places[0].offset - part!.offset;
          draft.mention(at, start, start + places[0].length, text, type, ids);
        }
        if (isPart || !ids.includes("|")) draft.name(text, type, ids);
      }
    }
    for (const { Chemical: chemical, Disease: disease } of relations)
      if (chemical !== undefined && disease !== undefined) draft.relations.push({ chemical, disease });
    return [draft.document()];
  });
}

/** A document while its lines arrive. */
class Draft {
  readonly id: string;
  readonly title: string;
  abstract = "";
  readonly relations: { chemical: string; disease: string }[] = [];
  readonly #chemicals = new Map<string, string>();
  readonly #diseases = new Map<string, string>();
  readonly #mentions: EntityMention[] = [];

  constructor(id: string, title: string) {
    this.id = id;
    this.title = title;
  }

  /** Offsets are code points into the passage, 0 the title and 1 the abstract. */
  mention(passage: number, start: number, end: number, text: string, type: EntityMention["type"], ids: string): void {
    this.#mentions.push({ passage, start, end, text, type, ids: ids === "-1" ? [] : ids.split("|") });
  }

  name(mention: string, type: EntityMention["type"], id = "-1"): void {
    (type === "Chemical" ? this.#chemicals : this.#diseases).set(mention.toLowerCase(), id);
  }

  document(): ChemicalDiseaseDocument {
    const { id, title, abstract, relations } = this;
    const indices = [utf16IndexOf(title), utf16IndexOf(abstract)];
    return {
      id,
      title,
      abstract,
      relations,
      chemicals: this.#chemicals,
      diseases: this.#diseases,
      mentions: this.#mentions.map(({ passage, start, end, ...mention }) => {
        const indexOf = indices[passage]!;
        return { passage, start: indexOf(start), end: indexOf(end), ...mention };
      }),
    };
  }
}

function entityType(type: string, name: string, line: number): EntityMention["type"] {
  if (type === "Chemical" || type === "Disease") return type;
  throw malformed(name, line, `a mention of type "${type}"`);
}

function malformed(name: string, line: number, found: string): BiogptError {
  return new BiogptError("corpora/pubtator", {
    what: `${name}, line ${line + 1}: ${found}.`,
    why: "The file is not BC5CDR in PubTator's or BioC's form.",
  });
}
