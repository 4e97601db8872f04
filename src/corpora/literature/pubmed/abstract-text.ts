/**
 * PubMed's "Abstract (text)": numbered records of blocks parted by empty lines, lines broken at some 80 characters.
 *
 *     1. Vet Microbiol. 2018 Nov;226:89-96. doi: 10.1016/j.vetmic.2018.10.001.
 *
 *     Efficacy of a modified-live virus vaccine in pigs ...          title
 *
 *     Canelli E(1), Catella A(2), ...                                authors
 *
 *     Author information: ...                                        and other blocks known by their first word
 *
 *     PRRS is one of the main viral diseases ...                     abstract, its sections on lines or in blocks of their own
 *
 *     DOI: 10.1016/j.vetmic.2018.10.001
 *     PMID: 30389048  [Indexed for MEDLINE]
 *
 * What is prose and no known block is the abstract. Leaves out MeSH headings and publication types, which this format has not; "PubMed" (nbib) and XML have.
 */
import { BiogptError } from "../../../base/errors.ts";
import { readLines } from "../../../files/lines.ts";
import { type Document, isRetracted, type Notice, type Passage } from "../../document.ts";
import { tidyText } from "../../markup.ts";
import { bareDoi, fullCitation, yearOf } from "../fields.ts";
import type { ReaderInput } from "../reader.ts";

/** `12. J Biol Chem. 2018`: a record's number, its journal, a year. */
export const ABSTRACT_TEXT_RECORD: RegExp = /^(\d{1,6})\. (?=\S.{0,200}?(?:\b(?:1[6-9]|20)\d\d\b|doi:|$))/;
/** A record with a long list of authors' addresses has some 100,000 characters. */
const MAX_RECORD_CHARACTERS = 4_000_000;

/** @throws BiogptError `corpora/pubmed-text` naming the line, through `problem` */
export async function* readAbstractText({ path, chunks, problem }: ReaderInput): AsyncGenerator<Document, void> {
  let lines: string[] = [];
  let length = 0;
  let begun = 0;
  let expected: number | undefined;
  let blank = true;
  const finish = function* (): Generator<Document, void> {
    const record = lines;
    lines = [];
    length = 0;
    if (!record.some((line) => line.trim() !== "")) return;
    const document = documentOf(record, path);
    if (document !== undefined) yield document;
    else
      problem(
        new BiogptError("corpora/pubmed-text", {
          what: `The record in line ${begun} of ${path} has no title, or no PMID at its end.`,
          why: 'A record of PubMed\'s "Abstract (text)" begins with its number and journal and ends with its PMID.',
          fix: 'Save it again; "PubMed" (nbib) tells more.',
        }),
      );
  };
  for await (const { text, number } of readLines(path, chunks, problem)) {
    const count = Number(ABSTRACT_TEXT_RECORD.exec(text)?.[1] ?? Number.NaN);
    // A line of an abstract may begin with a number and a full stop; a record's follows an empty line, and counts on.
    if (blank && !Number.isNaN(count) && (expected === undefined || count === expected || hasPmid(lines))) {
      yield* finish();
      begun = number;
      expected = count + 1;
    }
    blank = text.trim() === "";
    if (lines.length === 0 && blank) continue;
    length += text.length;
    if (length <= MAX_RECORD_CHARACTERS) lines.push(text);
  }
  yield* finish();
}

const PMID = /^PMID: (\d{1,9})\b/;

function hasPmid(lines: readonly string[]): boolean {
  return lines.slice(-12).some((line) => PMID.test(line));
}

/** Blocks that are no abstract, by how they begin. */
const OTHER_BLOCK =
  /^(?:Author information:|Collaborators?:|Comments? (?:in|on)\b|Errat(?:um|a) (?:in|for)\b|Updates? (?:in|of)\b|Retraction (?:in|of)\b|Retracted and republished|Republished (?:in|from)\b|Corrected and republished|Expression of concern (?:in|for)\b|Summary for patients in|Original report in|Cites\b|DOI: |PMCID: |PMID: |Conflict of interest statement|Copyright\b|©|\(c\) ?(?:19|20)\d\d|Publisher: |\[Article in |\[No authors listed\]|Free (?:PMC )?[Aa]rticle|Trial registration:? [A-Z]+\d+$)/;
const NOTICES: readonly (readonly [RegExp, string])[] = [
  [/^Retraction in\b/, "RetractionIn"],
  [/^Retraction of\b/, "RetractionOf"],
  [/^Errat(?:um|a) in\b/, "ErratumIn"],
  [/^Errat(?:um|a) for\b/, "ErratumFor"],
  [/^Expression of concern in\b/, "ExpressionOfConcernIn"],
];

function documentOf(lines: readonly string[], path: string): Document | undefined {
  const blocks: string[] = [];
  let block: string[] = [];
  for (const line of [...lines, ""]) {
    if (line.trim() !== "") block.push(line.trim());
    else if (block.length > 0) {
      blocks.push(block.join("\n"));
      block = [];
    }
  }
  const [citationBlock = "", titleBlock = "", ...rest] = blocks;
  const tail = lines.join("\n");
  const pmid = /^PMID: (\d{1,9})\b/m.exec(tail)?.[1];
  if (pmid === undefined || titleBlock === "" || OTHER_BLOCK.test(titleBlock)) return undefined;
  const title = tidyText(titleBlock);
  const own = rest.filter((text) => !OTHER_BLOCK.test(text));
  const abstract = tidyText((own.length > 0 && isAuthors(own[0]!) ? own.slice(1) : own).join(" "));
  const notices: Notice[] = rest.flatMap((text) =>
    NOTICES.filter(([pattern]) => pattern.test(text)).map(([pattern, type]) => {
      const reference = tidyText(text.replace(pattern, ""));
      return reference === "" ? { type } : { type, reference };
    }),
  );
  const passages: Passage[] = [{ kind: "title", text: title }];
  if (abstract !== "") passages.push({ kind: "abstract", text: abstract });
  const flat = tidyText(citationBlock);
  const citation = fullCitation({
    pmid,
    pmcid: /^PMCID: (PMC\d{1,9})/m.exec(tail)?.[1],
    doi: bareDoi(/^DOI: (\S+)/m.exec(tail)?.[1]),
    journal: /^\d+\. (.*?)\. (?=(?:1[6-9]|20)\d\d)/.exec(flat)?.[1],
    year: yearOf(flat.replace(/^\d+\. /, "")),
    retracted: isRetracted([], notices) || /^RETRACTED:/i.test(title) || undefined,
    notices,
  });
  return { id: pmid, source: path, passages, ...(citation === undefined ? {} : { citation }) };
}

/** Names with initials, often with numbers of addresses, and one full stop at the end. */
function isAuthors(block: string): boolean {
  const text = block.replace(/\s+/g, " ").replace(/\.$/, "");
  const names = text.split(/[,;] /);
  const shaped = names.filter(
    (name) =>
      /^(?:[\p{L}'’.-]+ ){0,5}[\p{L}'’-]+(?: (?:Jr|Sr|2nd|3rd|III|II))?(?: ?\p{Lu}{1,5}(?:-\p{Lu})?)?(?: (?:Jr|Sr|2nd|3rd|III|II))?(?:(?:\(\d+\))+)?(?: et al)?$/u.test(
        name,
      ) &&
      (/ \p{Lu}{1,5}(?:-\p{Lu})?(?: (?:Jr|Sr|2nd|3rd|III|II))?(?:(?:\(\d+\))+)?$/u.test(name) || /\(\d+\)$/.test(name)),
  );
  return shaped.length >= names.length * 0.6;
}
