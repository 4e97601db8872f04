/**
 * PubTator's lines: title, abstract, annotations; documents parted by empty lines, or by the next title. Flat memory.
 *
 *     227508|t|Naloxone reverses ...                         title
 *     227508|a|In unanesthetized, ...                        abstract
 *     227508 TAB 0 TAB 8 TAB Naloxone TAB Chemical TAB D009270
 *     227508 TAB CID TAB D008750 TAB D007022             relation
 *
 * Offsets count code points of title + one character + abstract. Leaves out further columns (parts of composite mentions, BioRED's novelty).
 */
import { BiogptError } from "../../../base/errors.ts";
import { readLines } from "../../../files/lines.ts";
import { codePointLength } from "../../code-points.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { type BiocAnnotation, documentFromBioc } from "./bioc-document.ts";
import type { BiocRelation } from "./stated-relations.ts";

export const PUBTATOR_LINE: RegExp = /^([^|\t\s]{1,40})\|([ta])\|(.*)$/;
/** Annotations of a document; full texts have some thousands. */
const MAX_ANNOTATIONS = 200_000;

interface Draft {
  readonly id: string;
  title: string;
  abstract: string;
  readonly annotations: BiocAnnotation[];
  readonly relations: BiocRelation[];
}

/** @throws BiogptError `corpora/pubtator` through `problem`, naming line and document */
export async function* readPubtator({ path, chunks, problem, event }: ReaderInput): AsyncGenerator<Document, void> {
  let draft: Draft | undefined;
  let fault: BiogptError | undefined;
  const finish = function* (): Generator<Document, void> {
    const [whole, error] = [draft, fault];
    draft = undefined;
    fault = undefined;
    if (error !== undefined) problem(error);
    else if (whole !== undefined) yield documentOf(whole, path, event);
  };
  for await (const { text, number } of readLines(path, chunks, problem)) {
    if (text.trim() === "") {
      yield* finish();
      continue;
    }
    const wrong = (what: string): BiogptError => malformed(path, number, draft?.id, what);
    const heading = PUBTATOR_LINE.exec(text);
    if (heading !== null) {
      const [, id, part, content] = heading as unknown as [string, string, string, string];
      // Some exports leave the empty line out; some have an abstract alone.
      if (part === "t" || draft?.id !== id) {
        yield* finish();
        draft = { id, title: "", abstract: "", annotations: [], relations: [] };
      }
      if (part === "t") draft.title = content;
      else draft.abstract = content;
      continue;
    }
    const [id, start, end, wording, type, concept = ""] = text.split("\t");
    if (draft === undefined || id !== draft.id) {
      if (fault === undefined) fault = wrong("stands outside its document");
      continue;
    }
    if (!/^\d{1,9}$/.test(start ?? "")) {
      // A relation: PMID, type, arguments. Anything else is damage.
      const relation = /^[^\t]+\t([A-Za-z_][\w -]{0,60})\t([^\t]+)\t([^\t]+)/.exec(text);
      if (relation === null) fault ??= wrong("is neither annotation nor relation");
      else if (draft.relations.length >= MAX_ANNOTATIONS) fault ??= wrong(`is a relation past ${MAX_ANNOTATIONS}`);
      else draft.relations.push(relationOf(relation as unknown as [string, string, string, string]));
      continue;
    }
    if (!/^\d{1,9}$/.test(end ?? "") || wording === undefined || type === undefined) fault ??= wrong("lacks columns");
    else if (draft.annotations.length >= MAX_ANNOTATIONS) fault ??= wrong(`is an annotation past ${MAX_ANNOTATIONS}`);
    else {
      const [from, to] = [Number(start), Number(end)];
      draft.annotations.push({
        infons: { type, identifier: concept },
        places: [{ offset: from, length: to - from }],
        text: wording,
      });
    }
  }
  yield* finish();
}

function relationOf([, type, first, second]: readonly [string, string, string, string]): BiocRelation {
  return { infons: { type, entity1: first, entity2: second }, nodes: [] };
}

function documentOf(
  { id, title, abstract, annotations, relations }: Draft,
  path: string,
  event: ReaderInput["event"],
): Document {
  const split = codePointLength(title) + 1;
  const of = (isTitle: boolean): BiocAnnotation[] =>
    annotations.filter(({ places }) => places[0]!.offset < split === isTitle);
  const document = documentFromBioc(
    {
      id,
      infons: {},
      relations,
      passages: [
        { offset: 0, text: title, infons: { type: "title" }, annotations: of(true) },
        { offset: split, text: abstract, infons: { type: "abstract" }, annotations: of(false) },
      ],
    },
    path,
    event,
  );
  return /^\d{1,9}$/.test(id) ? { ...document, citation: { pmid: id } } : document;
}

function malformed(path: string, line: number, id: string | undefined, what: string): BiogptError {
  return new BiogptError("corpora/pubtator", {
    what: `Line ${line} of ${path}${id === undefined ? "" : ` (document ${id})`} ${what}.`,
    why: "PubTator's lines are `ID|t|title`, `ID|a|abstract` and `ID TAB start TAB end TAB mention TAB type TAB concept`.",
    fix: "Correct the line, or export the documents again.",
  });
}
