/** A record of a reference manager's or database's export, whatever its format, as a document. */
import { type Citation, type Document, isRetracted, type Passage } from "../../document.ts";
import { tidyText } from "../../markup.ts";
import { bareDoi, fullCitation, yearOf } from "../fields.ts";

export interface Reference {
  readonly title?: string | undefined;
  readonly abstract?: string | undefined;
  /** Where a field that may hold a PMID does: digits alone. */
  readonly pmid?: string | undefined;
  readonly pmcid?: string | undefined;
  readonly doi?: string | undefined;
  /** The record's own id, a citation key for example. */
  readonly id?: string | undefined;
  readonly journal?: string | undefined;
  readonly year?: string | undefined;
  readonly authors?: readonly string[];
  readonly keywords?: readonly string[];
  readonly publicationTypes?: readonly string[];
}

/** @param line where the record begins, for the id of one that has none */
export function documentFromReference(reference: Reference, path: string, line: number): Document {
  const [title, abstract] = [reference.title, reference.abstract].map((text) => tidyText(text ?? ""));
  const passages: Passage[] = [];
  if (title) passages.push({ kind: "title", text: title });
  if (abstract) passages.push({ kind: "abstract", text: abstract });
  const publicationTypes = reference.publicationTypes ?? [];
  const pmid = /^\s*(?:PMID:?\s*)?(\d{1,9})\s*$/i.exec(reference.pmid ?? "")?.[1];
  const citation: Citation | undefined = fullCitation({
    pmid,
    pmcid: /PMC\d{1,9}/.exec(reference.pmcid ?? "")?.[0],
    doi: bareDoi(reference.doi),
    journal: tidyText(reference.journal ?? ""),
    year: yearOf(reference.year),
    publicationTypes,
    keywords: reference.keywords ?? [],
    authors: reference.authors ?? [],
    // Zotero, Rayyan and journals themselves put it before the title.
    retracted:
      isRetracted(publicationTypes, []) || /^(?:RETRACTED(?: ARTICLE)?:|\[Retracted\])/i.test(title ?? "") || undefined,
  });
  const id = pmid ?? reference.id ?? citation?.pmcid ?? citation?.doi ?? `${path}:${line}`;
  return { id, source: path, passages, ...(citation === undefined ? {} : { citation }) };
}
