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
  type Mention,
  type MentionCorpus,
  type MentionDocument,
  type MentionRelation,
  type MisplacedMention,
  placeMentions,
  placeRelations,
  type RawMention,
  type RawRelation,
} from "./mention-document.ts";

/**
 * DrugProt's two tables. Entities of documents without a text are passed over: of the training part not all abstracts can be had.
 *
 * @throws BiogptError `corpora/drugprot`
 */
export function readDrugProtMentions(abstracts: string, entities: string, name: string, relations = ""): MentionCorpus {
  const misplaced: MisplacedMention[] = [];
  const raw = new Map<string, RawMention[]>();
  const add = <Item>(lists: Map<string, Item[]>, id: string, item: Item): void => {
    const list = lists.get(id) ?? [];
    list.push(item);
    lists.set(id, list);
  };
  for (const [id, key, type, start, end, text] of rows(entities, 6, `${name}, entities`)) {
    // The key stands among the identifiers until relations have found their mentions by it.
    add(raw, id!, { start: Number(start), end: Number(end), text: text!, type: type!, ids: [key!] });
  }
  const related = new Map<string, RawRelation[]>();
  for (const [id, type, head, tail] of rows(relations, 4, `${name}, relations`)) {
    add(related, id!, { type: type!, head: head!.slice("Arg1:".length), tail: tail!.slice("Arg2:".length) });
  }
  const documents = rows(abstracts, 3, `${name}, abstracts`).map(([id, title, abstract]): MentionDocument => {
    const passages = [
      { kind: "title", text: title! },
      { kind: "abstract", text: abstract! },
    ] as const;
    const placed = placeMentions(id!, passages, raw.get(id!) ?? [], misplaced);
    const mentions = placed.mentions.map((mention) => ({ ...mention, ids: [] }));
    return { ...placed, mentions, relations: placeRelations(placed.mentions, related.get(id!) ?? []) };
  });
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
  const { id, text, triples, mentions } = readDdiXml(xml, name);
  const placed = (mentions ?? []).flatMap(({ start, end, text: words, type }) => {
    const found = text.slice(start, end);
    // A name in two places ("beta- and alpha-blockers") has other words than its stretch.
    if (!found.startsWith(words.slice(0, 1))) misplaced.push({ documentId: id, text: words, start, found });
    return [{ passage: 0, start, end, text: found, type: entityType(type), ids: [] }];
  });
  const inText = inOrder(placed);
  const within = (sentence: { start: number; end: number }, name: string): number[] =>
    inText.flatMap((mention, i) =>
      mention.text === name && mention.start >= sentence.start && mention.end <= sentence.end ? [i] : [],
    );
  const relations = triples.flatMap(({ drug, target, interaction, sentences = [] }) =>
    sentences.flatMap((sentence): MentionRelation[] => {
      const [head, tail] = [within(sentence, drug), within(sentence, target)];
      return head.length === 0 || tail.length === 0 ? [] : [{ type: interaction, head, tail }];
    }),
  );
  return { id, passages: [{ kind: "text", text }], mentions: inText, relations };
}

/**
 * Drugs and their adverse effects in single sentences (ADE, `DRUG-AE.rel`): PMID|sentence|effect|begin|end|drug|begin|end.
 *
 * Offsets count the abstract, which is not there: the words are looked for in the sentence, whose lines stand together.
 *
 * Source   Gurulingappa et al., J Biomed Inform 2012.
 */
export function readAdeMentions(text: string, name: string): MentionCorpus {
  const sentences = new Map<string, { readonly text: string; readonly pairs: { effect: string; drug: string }[] }>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [id, sentence, effect, , , drug] = line.split("|");
    if (drug === undefined) {
      throw new BiogptError("corpora/mentions", {
        what: `${name}, line ${index + 1}: fewer than eight fields.`,
        why: "ADE's lines are PMID|sentence|effect|begin|end|drug|begin|end.",
      });
    }
    const key = `${id} ${sentence}`;
    const known = sentences.get(key) ?? { text: sentence!, pairs: [] };
    known.pairs.push({ effect: effect!, drug });
    sentences.set(key, known);
  }
  const misplaced: MisplacedMention[] = [];
  const documents = [...sentences].map(([key, sentence], index): MentionDocument => {
    const names = new Map<string, string>();
    for (const { effect, drug } of sentence.pairs) {
      names.set(effect, "Disease");
      names.set(drug, "Chemical");
    }
    const mentions = inOrder(
      [...names].flatMap(([words, type]): Mention[] => {
        const start = sentence.text.indexOf(words);
        if (start < 0) return [];
        return [{ passage: 0, start, end: start + words.length, text: words, type, ids: [] }];
      }),
    );
    const raw = sentence.pairs.map(({ effect, drug }) => ({ type: "AE", head: drug, tail: effect }));
    return {
      id: `${key.slice(0, key.indexOf(" "))}-${index + 1}`,
      passages: [{ kind: "text", text: sentence.text }],
      mentions,
      relations: placeRelations(mentions, raw, (mention, words) => mention.text === words),
    };
  });
  return { documents, misplaced };
}
