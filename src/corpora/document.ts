/**
 * A document of the literature as every reader of this folder yields it, and as mining and the tasks take it.
 *
 * A passage's text is final: all later offsets (of mentions, arguments, evidence) are UTF-16 indices into exactly this
 * string. Annotations of the source (BioC, PubTator) stand in `mentions`; the task corpora carry theirs beside the document.
 */

/** `title` and `abstract` come at most once a document and in this order; `text` is a paragraph or section of a body. */
export type PassageKind = "title" | "abstract" | "text";

export interface Passage {
  readonly kind: PassageKind;
  /** Without markup, entities or line breaks inside a sentence; offsets are UTF-16 indices into it. */
  readonly text: string;
  /** Heading of a section of full text. The labels of a structured abstract stand in its text, as `LABEL: `. */
  readonly label?: string;
  /** What the source says besides, by its own names (BioC's infons, the columns of a table). */
  readonly infons?: Readonly<Record<string, string>>;
}

export interface Document {
  /** PMID where there is one, else the source's own id, else `file:line`. */
  readonly id: string;
  /** Where it was read: the path as given, `-` for standard input. */
  readonly source: string;
  readonly passages: readonly Passage[];
  readonly citation?: Citation;
  /** What the source itself annotates, in the order of the source; absent where its format has no annotations. */
  readonly mentions?: readonly Mention[];
  /** Relations that the source itself annotates, in its order; absent where it has none. */
  readonly relations?: readonly StatedRelation[];
}

/** A name in the text, as BioC or PubTator marks it. */
export interface Mention {
  /** The annotation's own id, which relations refer to. */
  readonly id?: string;
  /** Index into the document's passages. */
  readonly passage: number;
  /** UTF-16 indices into the passage's text, end exclusive; of a name in several places from the first to the last. */
  readonly start: number;
  readonly end: number;
  /** The wording as the source gives it; of a name in several places without what stands between. */
  readonly text: string;
  /** As the source writes it: `Chemical`, `Disease`, `Gene`, ... */
  readonly type: string;
  /** Concept identifiers as the source writes them: `D003866`, `MESH:D003866`, `9606`. */
  readonly identifiers: readonly string[];
  /** In [0, 1], where what found it says how sure it is. */
  readonly probability?: number;
}

/** A relation between two names or two concepts, as BioC or PubTator marks it. */
export interface StatedRelation {
  readonly id?: string;
  /** As the source writes it: `CID`, `Association`, `Positive_Correlation`, ... */
  readonly type: string;
  readonly head: StatedArgument;
  readonly tail: StatedArgument;
  /** In [0, 1], where the source gives one. */
  readonly probability?: number;
}

/** At least one of the two is there. */
export interface StatedArgument {
  /** A concept, as the source writes it. */
  readonly identifier?: string;
  /** Index into the document's mentions. */
  readonly mention?: number;
}

/** A subject heading of MEDLINE, for example descriptor D000818 "Animals". */
export interface MeshHeading {
  readonly id?: string;
  readonly name: string;
  readonly major: boolean;
  readonly qualifiers: readonly { readonly id?: string; readonly name: string; readonly major: boolean }[];
}

/** A text in another language than the document's main one, or by another party than its authors. */
export interface OtherAbstract {
  readonly text: string;
  /** ISO 639-2 code as PubMed gives it, for example `spa`. */
  readonly language?: string;
  /** PubMed's attribute: `Publisher`, `plain-language-summary`, ... */
  readonly type?: string;
}

/** What PubMed says about a document; every field is absent where the record has none. */
export interface Citation {
  readonly pmid?: string;
  /** Version of the record, from 1. */
  readonly version?: number;
  readonly pmcid?: string;
  readonly doi?: string;
  readonly journal?: string;
  readonly year?: number;
  /** ISO 639-2 codes, as PubMed gives them: `eng`, `ger`. */
  readonly languages?: readonly string[];
  readonly publicationTypes?: readonly string[];
  readonly mesh?: readonly MeshHeading[];
  readonly keywords?: readonly string[];
  /** `Family, Initials`, or the name of a group. */
  readonly authors?: readonly string[];
  /** The title in the article's own language, where the main title is a translation. */
  readonly vernacularTitle?: string;
  readonly otherAbstracts?: readonly OtherAbstract[];
  /** True where the record says that the article was retracted; the document is read all the same. */
  readonly retracted?: true;
  /** Notices about the article: retraction, erratum, expression of concern, and what it itself retracts or corrects. */
  readonly notices?: readonly Notice[];
}

/** A link between an article and a notice about it. */
export interface Notice {
  /** PubMed's word: `RetractionIn`, `RetractionOf`, `ErratumIn`, `ErratumFor`, `ExpressionOfConcernIn`, `CorrectedandRepublishedIn`, ... */
  readonly type: string;
  readonly pmid?: string;
  /** Where it was published, as the record says. */
  readonly reference?: string;
}

/** Publication types by which an article is known to be retracted. */
export function isRetracted(publicationTypes: readonly string[], notices: readonly Notice[]): boolean {
  return (
    publicationTypes.some((type) => /^retracted publication$/i.test(type)) ||
    notices.some(({ type }) => type === "RetractionIn")
  );
}

/** The passages' texts with one space between them: what a model reads, and what titles and abstracts are joined by. */
export function joinedText(document: Document): string {
  return document.passages.map((passage) => passage.text).join(" ");
}

/** The text of the first passage of a kind, or undefined. */
export function passageText(document: Document, kind: PassageKind): string | undefined {
  return document.passages.find((passage) => passage.kind === kind)?.text;
}
