/**
 * A document out of one PubMed record: its title and abstract as plain text, and the citation.
 *
 * Text     xml-text.ts: inline markup dropped, one space for white space, exponents of ten kept.
 * Abstract the sections of a structured one become "LABEL: text", joined by a space; UNLABELLED has no label. Where a record has none, the English
 *          abstract of another party (PIP, KIE) takes its place.
 * Leaves out what xml-record.ts skips.
 */
import {
  type Citation,
  type Document,
  isRetracted,
  type MeshHeading,
  type Notice,
  type OtherAbstract,
  type Passage,
} from "../../document.ts";
import { child, children, type XmlElement } from "../xml-record.ts";
import { textOf } from "../xml-text.ts";
import { englishAbstract } from "./english-abstract.ts";

export function documentFromRecord(record: XmlElement, source: string, offset: number): Document {
  const book = child(record, "BookDocument");
  const citationElement = record.name === "MedlineCitation" ? record : child(record, "MedlineCitation");
  const main = book ?? citationElement ?? record;
  const article = book ?? child(main, "Article") ?? main;
  const citation = citationOf(record, main, article);
  const title = textOf(child(article, "ArticleTitle")) || textOf(child(child(main, "Book"), "BookTitle"));
  const abstract = abstractText(child(article, "Abstract")) || englishAbstract(citation.otherAbstracts);
  const passages: Passage[] = [];
  if (title !== "") passages.push({ kind: "title", text: title });
  if (abstract !== "") passages.push({ kind: "abstract", text: abstract });
  return { id: citation.pmid ?? `${source}@${offset}`, source, passages, citation };
}

/** The PMIDs of a DeleteCitation. */
export function deletedPmids(record: XmlElement): string[] {
  return children(record, "PMID").map(textOf);
}

function citationOf(record: XmlElement, main: XmlElement, article: XmlElement): Citation {
  const pmidElement = child(main, "PMID");
  const journal = child(article, "Journal");
  const date = child(child(journal, "JournalIssue"), "PubDate") ?? child(child(main, "Book"), "PubDate");
  const identifiers = children(
    child(child(record, "PubmedData") ?? child(record, "PubmedBookData"), "ArticleIdList"),
    "ArticleId",
  ).concat(children(child(main, "ArticleIdList"), "ArticleId"));
  const identifier = (type: string): string =>
    textOf(identifiers.find((element) => element.attributes.IdType === type));
  const electronic = children(article, "ELocationID").find((element) => element.attributes.EIdType === "doi");
  const publicationTypes = children(child(article, "PublicationTypeList"), "PublicationType")
    .concat(children(article, "PublicationType"))
    .map(textOf);
  const notices = children(child(main, "CommentsCorrectionsList"), "CommentsCorrections").flatMap(noticeOf);
  const vernacular = textOf(child(article, "VernacularTitle"));
  return omitEmpty({
    pmid: textOf(pmidElement),
    version: pmidElement?.attributes.Version === undefined ? undefined : Number(pmidElement.attributes.Version),
    pmcid: identifier("pmc"),
    doi: identifier("doi") || textOf(electronic),
    journal: textOf(child(journal, "Title")) || textOf(child(journal, "ISOAbbreviation")),
    year: yearOf(date),
    languages: children(article, "Language").flatMap((element) => textOf(element).split(/\s+/)),
    publicationTypes,
    mesh: children(child(main, "MeshHeadingList"), "MeshHeading").map(meshHeading),
    keywords: children(main, "KeywordList").flatMap((list) => children(list, "Keyword").map(textOf)),
    authors: children(article, "AuthorList").flatMap((list) => children(list, "Author").map(authorName)),
    vernacularTitle: vernacular,
    otherAbstracts: children(main, "OtherAbstract").map(otherAbstract),
    retracted: isRetracted(publicationTypes, notices) || undefined,
    notices,
  });
}

/** Without the fields that say nothing: undefined, "" and []; empty names and NaN among a list's or a field's values go too. */
function omitEmpty(fields: { readonly [Field in keyof Citation]: Citation[Field] | undefined }): Citation {
  const full = Object.entries(fields)
    .map(([key, value]) => [key, Array.isArray(value) ? value.filter((item) => item !== "") : value] as const)
    .filter(([, value]) => value !== undefined && value !== "" && !Number.isNaN(value))
    .filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return Object.fromEntries(full) as Citation;
}

function yearOf(date: XmlElement | undefined): number | undefined {
  const text = textOf(child(date, "Year")) || /\d{4}/.exec(textOf(child(date, "MedlineDate")))?.[0] || "";
  return /^\d{4}$/.test(text) ? Number(text) : undefined;
}

function meshHeading(element: XmlElement): MeshHeading {
  const descriptor = child(element, "DescriptorName");
  const { UI: id } = descriptor?.attributes ?? {};
  const name = textOf(descriptor);
  const major = descriptor?.attributes.MajorTopicYN === "Y";
  const qualifiers = children(element, "QualifierName").map(meshQualifier);
  return id === undefined ? { name, major, qualifiers } : { id, name, major, qualifiers };
}

function meshQualifier(element: XmlElement): MeshHeading["qualifiers"][number] {
  const { UI: id, MajorTopicYN } = element.attributes;
  const name = textOf(element);
  const major = MajorTopicYN === "Y";
  return id === undefined ? { name, major } : { id, name, major };
}

/** Comments, updates and citations are no notice. */
const NOTICES = /^(?:Retract|Erratum|ExpressionOfConcern|Corrected|Republished)/;

function noticeOf(element: XmlElement): Notice[] {
  const type = element.attributes.RefType ?? "";
  if (!NOTICES.test(type)) return [];
  const [pmid, reference] = [textOf(child(element, "PMID")), textOf(child(element, "RefSource"))];
  return [{ type, ...(pmid === "" ? {} : { pmid }), ...(reference === "" ? {} : { reference }) }];
}

function authorName(author: XmlElement): string {
  const family = textOf(child(author, "LastName"));
  if (family === "") return textOf(child(author, "CollectiveName"));
  const given = textOf(child(author, "Initials")) || textOf(child(author, "ForeName"));
  return given === "" ? family : `${family}, ${given}`;
}

function otherAbstract(element: XmlElement): OtherAbstract {
  const { Language: language, Type: type } = element.attributes;
  return {
    text: abstractText(element),
    ...(language === undefined ? {} : { language }),
    ...(type === undefined ? {} : { type }),
  };
}

function abstractText(abstract: XmlElement | undefined): string {
  const sections: string[] = [];
  for (const element of children(abstract, "AbstractText")) {
    const text = textOf(element);
    if (text === "") continue;
    const label = element.attributes.Label?.trim();
    const labelled = label !== undefined && label !== "" && label.toUpperCase() !== "UNLABELLED";
    sections.push(labelled ? `${label.replace(/:$/, "")}: ${text}` : text);
  }
  return sections.join(" ");
}
