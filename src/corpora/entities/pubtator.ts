/**
 * Mentions from PubTator's lines, whatever corpus wrote them.
 *
 *     9288106|t|A novel homeodomain-encoding gene …              title
 *     9288106|a|Human hair is …                                   abstract
 *     9288106 TAB 84 TAB 102 TAB tumour suppressor TAB Gene TAB 1234
 *     (blank line)
 *
 * Offsets count code points of title + one character + abstract. NLM-Chem writes every passage of an article as a block of its own under
 * the article's id, with offsets from the passage's start: blocks of one id that follow each other are passages of one document.
 *     9288106 TAB CID TAB D003866 TAB D003922                     a relation between concepts: its second field is no number
 */
import { BiogptError } from "../../base/errors.ts";
import {
  conceptIds,
  joinParts,
  type MentionCorpus,
  type MentionDocument,
  type MentionPassage,
  type MisplacedMention,
  placeMentions,
  placeRelations,
  type RawMention,
  type RawRelation,
} from "./mention-document.ts";

interface Block {
  readonly id: string;
  readonly title: string;
  abstract: string | undefined;
  readonly mentions: RawMention[];
  readonly relations: RawRelation[];
}

/** @throws BiogptError `corpora/pubtator` naming file and line */
export function readPubTatorMentions(text: string, name: string): MentionCorpus {
  const misplaced: MisplacedMention[] = [];
  const documents: MentionDocument[] = [];
  for (const block of blocksOf(text, name)) {
    const passages: MentionPassage[] = [{ kind: "title", text: block.title }];
    if (block.abstract !== undefined && block.abstract !== "")
      passages.push({ kind: "abstract", text: block.abstract });
    const last = documents.at(-1);
    const continues = last?.id === block.id;
    const kinds = continues ? passages.map((passage): MentionPassage => ({ ...passage, kind: "text" })) : passages;
    const document = placeMentions(block.id, kinds, block.mentions, misplaced);
    if (continues) documents[documents.length - 1] = joinParts(last, document);
    else documents.push({ ...document, relations: placeRelations(document.mentions, block.relations) });
  }
  return { documents, misplaced };
}

function blocksOf(text: string, name: string): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  const malformed = (line: number, found: string): BiogptError =>
    new BiogptError("corpora/pubtator", {
      what: `${name}, line ${line + 1}: ${found}.`,
      why: "The file is not in PubTator's form.",
    });
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") {
      block = undefined;
      continue;
    }
    const [, id, part, content] = /^([^|\t]+)\|([ta])\|(.*)$/s.exec(line) ?? [];
    if (id !== undefined) {
      if (part === "t") {
        block = { id, title: content!, abstract: undefined, mentions: [], relations: [] };
        blocks.push(block);
      } else if (block?.id === id && block.abstract === undefined) block.abstract = content!;
      else throw malformed(index, "an abstract line without its title line");
      continue;
    }
    const [owner, start, end, words, type, ids] = line.split("\t");
    if (start === undefined) throw malformed(index, "neither text nor an annotation");
    if (block === undefined || block.id !== owner) throw malformed(index, "an annotation outside its document");
    if (!/^\d+$/.test(start)) {
      if (end !== undefined && words !== undefined) block.relations.push({ type: start, head: end, tail: words });
      continue;
    }
    if (end === undefined || !/^\d+$/.test(end) || words === undefined || type === undefined) {
      throw malformed(index, "a mention without its end, words or type");
    }
    block.mentions.push({ start: Number(start), end: Number(end), text: words, type, ids: conceptIds(ids) });
  }
  return blocks;
}
