/**
 * Mentions from corpora that keep texts and annotations in tables: DrugProt's (abstracts and entities), and DDI's XML.
 *
 *     11808879 TAB title TAB abstract
 *     11808879 TAB T1 TAB CHEMICAL TAB 1102 TAB 1112 TAB Asparagine
 */
import { BiogptError } from "../../base/errors.ts";
import { readDdiXml } from "../tasks/ddi-original.ts";
import {
  entityType,
  inOrder,
  type MentionCorpus,
  type MentionDocument,
  type MisplacedMention,
  placeMentions,
  type RawMention,
} from "./mention-document.ts";

/**
 * DrugProt's two tables. Entities of documents without a text are passed over: of the training part not all abstracts can be had.
 *
 * @throws BiogptError `corpora/drugprot`
 */
export function readDrugProtMentions(abstracts: string, entities: string, name: string): MentionCorpus {
  const misplaced: MisplacedMention[] = [];
  const raw = new Map<string, RawMention[]>();
  for (const [id, , type, start, end, text] of rows(entities, 6, `${name}, entities`)) {
    const list = raw.get(id!) ?? [];
    list.push({ start: Number(start), end: Number(end), text: text!, type: type!, ids: [] });
    raw.set(id!, list);
  }
  const documents = rows(abstracts, 3, `${name}, abstracts`).map(
    ([id, title, abstract]): MentionDocument =>
      placeMentions(
        id!,
        [
          { kind: "title", text: title! },
          { kind: "abstract", text: abstract! },
        ],
        raw.get(id!) ?? [],
        misplaced,
      ),
  );
  return { documents, misplaced };
}

function rows(text: string, columns: number, name: string): string[][] {
  const table: string[][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const fields = line.split("\t");
    if (fields.length !== columns) {
      throw new BiogptError("corpora/drugprot", {
        what: `${name}, line ${index + 1}: ${fields.length} columns, where there should be ${columns}.`,
      });
    }
    table.push(fields);
  }
  return table;
}

/** A document of the DDI corpus: its drugs, brands, groups and active substances, all of them chemicals here. */
export function readDdiMentions(xml: string, name: string, misplaced: MisplacedMention[]): MentionDocument {
  const { id, text, mentions } = readDdiXml(xml, name);
  const placed = (mentions ?? []).flatMap(({ start, end, text: words, type }) => {
    const found = text.slice(start, end);
    // A name in two places ("beta- and alpha-blockers") has other words than its stretch.
    if (!found.startsWith(words.slice(0, 1))) misplaced.push({ documentId: id, text: words, start, found });
    return [{ passage: 0, start, end, text: found, type: entityType(type), ids: [] }];
  });
  return { id, passages: [{ kind: "text", text }], mentions: inOrder(placed) };
}
