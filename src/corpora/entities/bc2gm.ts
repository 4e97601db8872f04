/**
 * BC2GM (BioCreative II, gene mentions): sentences, gold genes, and other spans that the official scorer accepts for them.
 *
 *     P00001606T0076 Comparison with alkaline phosphatases and 5-nucleotidase        …in
 *     P00001606T0076|14 33|alkaline phosphatases                                     GENE.eval, ALTGENE.eval
 *
 * Offsets count characters that are no white space; the last one is inclusive.
 * Source  Smith et al., 2008, Genome Biology 9:S2; README.GM of the corpus.
 */
import { BiogptError } from "../../base/errors.ts";
import {
  inOrder,
  type Mention,
  type MentionCorpus,
  type MentionDocument,
  type MisplacedMention,
} from "./mention-document.ts";

/** A sentence with the spans that count as right beside its gold ones. */
export interface GeneSentence extends MentionDocument {
  /** ALTGENE's spans. Those that overlap a gold mention may stand for it. */
  readonly alternatives: readonly Mention[];
}

export interface Bc2gmFiles {
  readonly sentences: string;
  readonly genes: string;
  readonly alternatives: string;
}

export interface Bc2gmCorpus extends MentionCorpus {
  readonly documents: readonly GeneSentence[];
}

/** @throws BiogptError `corpora/bc2gm` naming file and line */
export function readBc2gm({ sentences, genes, alternatives }: Bc2gmFiles, name: string): Bc2gmCorpus {
  const misplaced: MisplacedMention[] = [];
  const texts = new Map<string, string>();
  for (const [index, line] of sentences.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [, id, text] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (id === undefined || text === undefined) throw malformed(`${name}, sentences, line ${index + 1}`, line);
    texts.set(id, text);
  }
  const gold = mentionsOf(genes, texts, `${name}, GENE.eval`, misplaced);
  const others = mentionsOf(alternatives, texts, `${name}, ALTGENE.eval`, []);
  const documents = [...texts].map(
    ([id, text]): GeneSentence => ({
      id,
      passages: [{ kind: "text", text }],
      mentions: inOrder(gold.get(id) ?? []),
      alternatives: inOrder(others.get(id) ?? []),
    }),
  );
  return { documents, misplaced };
}

function mentionsOf(
  lines: string,
  texts: ReadonlyMap<string, string>,
  name: string,
  misplaced: MisplacedMention[],
): Map<string, Mention[]> {
  const found = new Map<string, Mention[]>();
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [, id, first, last, words] = /^(\S+)\|(\d+) (\d+)\|(.*)$/.exec(line) ?? [];
    const text = id === undefined ? undefined : texts.get(id);
    if (id === undefined || text === undefined) throw malformed(`${name}, line ${index + 1}`, line);
    let at = places.get(id);
    if (at === undefined) {
      at = [...text.matchAll(/\S/g)].map(({ index: place }) => place);
      places.set(id, at);
    }
    const [start, end] = [at[Number(first)], at[Number(last)]];
    const wording = start === undefined || end === undefined ? "" : text.slice(start, end + 1);
    if (withoutSpaces(wording) !== withoutSpaces(words!) || wording === "") {
      misplaced.push({ documentId: id, text: words!, start: Number(first), found: wording });
      continue;
    }
    const mention = { passage: 0, start: start!, end: end! + 1, text: wording, type: "Gene", ids: [] };
    found.set(id, [...(found.get(id) ?? []), mention]);
  }
  return found;
}

function withoutSpaces(text: string): string {
  return text.replaceAll(/\s/g, "");
}

function malformed(place: string, line: string): BiogptError {
  return new BiogptError("corpora/bc2gm", { what: `${place}: "${line.slice(0, 60)}" is not of BC2GM's form.` });
}
