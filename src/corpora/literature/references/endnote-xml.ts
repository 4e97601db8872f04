/** EndNote's XML export: `<xml><records><record>…`, text inside `<style>` elements; a stream in flat memory. */
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { cutElements } from "../xml-elements.ts";
import { child, children, type XmlElement, type XmlRules } from "../xml-record.ts";
import { textOf } from "../xml-text.ts";
import { documentFromReference } from "./reference.ts";

const RULES: XmlRules = { skipped: new Set(["urls", "foreign-keys", "research-notes"]), mixed: new Set(["style"]) };

/** @throws BiogptError `corpora/xml…`, for a record through `problem` */
export async function* readEndnoteXml(input: ReaderInput): AsyncGenerator<Document, void> {
  for await (const { element, offset } of cutElements(input, "record", RULES)) {
    const [titles, contributors, dates] = ["titles", "contributors", "dates"].map((name) => child(element, name));
    const textAt = (holder: XmlElement | undefined, ...names: string[]): string | undefined =>
      names.map((name) => textOf(child(holder, name))).find((text) => text !== "");
    const accession = textAt(element, "accession-num");
    const isMedline = /pubmed|medline|nlm/i.test(
      `${textAt(element, "remote-database-name") ?? ""} ${textAt(element, "remote-database-provider") ?? ""}`,
    );
    yield documentFromReference(
      {
        title: textAt(titles, "title"),
        abstract: textAt(element, "abstract"),
        pmid: isMedline ? accession : undefined,
        pmcid: textAt(element, "custom2"),
        doi: textAt(element, "electronic-resource-num"),
        journal: textAt(titles, "secondary-title") ?? textAt(child(element, "periodical"), "full-title"),
        year: textAt(dates, "year"),
        authors: children(child(contributors, "authors"), "author").map(textOf),
        keywords: children(child(element, "keywords"), "keyword").map(textOf),
        publicationTypes: [textAt(element, "work-type") ?? ""].filter((type) => type !== ""),
      },
      input.path,
      offset,
    );
  }
}
