/**
 * ESM-2's tokenizer: one token a residue, `<cls>` before and `<eos>` after a chain where the model wants them.
 *
 * Follows   facebook/esm2_t36_3B_UR50D's vocab.txt and transformers' EsmTokenizer, with one difference: there a whole run of unknown characters
 *           becomes one `<unk>`, so that a protein in lower case is a single token and the model answers nonsense without a word. Here lower
 *           case is upper-cased, J and other unknown letters become X one by one, and `readResidues` says what it changed.
 */

import { BiogptError } from "../../base/errors.ts";
import { BufferedTokenizer } from "../buffered-tokenizer.ts";
import { sha256 } from "../sha256.ts";
import type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "../tokenizer.ts";
import { noSuchToken } from "../tokens.ts";

/** vocab.txt of every ESM-2, in the order of the ids. */
export const ESM2_VOCABULARY: readonly string[] =
  "<cls> <pad> <eos> <unk> L A G V S E R T I D P K Q N F Y M H W C X B U Z O . - <null_1> <mask>".split(" ");

/** A chain as the model reads it, and what was done to what was given. */
export interface Residues {
  /** Letters of the vocabulary only; a token each. */
  readonly sequence: string;
  /** How many letters were in lower case. */
  readonly lowerCase: number;
  /** Letters that stand for no residue of the vocabulary, with the places (from 1, in `sequence`) where X stands for them now. */
  readonly unknown: ReadonlyMap<string, readonly number[]>;
}

/** What was changed, a sentence each; empty where nothing was. */
export function residueNotes({ sequence, lowerCase, unknown }: Residues): string[] {
  const notes: string[] = [];
  if (lowerCase > 0) notes.push(`${lowerCase} of ${sequence.length} residues were in lower case and were upper-cased.`);
  for (const [letter, places] of unknown) {
    const shown = places.slice(0, 5).join(", ") + (places.length > 5 ? ", …" : "");
    notes.push(
      `${JSON.stringify(letter)} is no residue that the model knows; X stands for it (${places.length} times: ${shown}).`,
    );
  }
  return notes;
}

export class ResidueTokenizer extends BufferedTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  readonly unknownId: number;
  readonly maskId: number;
  readonly learnedIds: readonly number[] = [];
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #vocabulary: readonly string[];
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #special: RegExp;

  /** @throws BiogptError `tokenizers/vocabulary` when a special token or X is missing, or a token stands twice */
  constructor(vocabulary: readonly string[] = ESM2_VOCABULARY) {
    super();
    this.#vocabulary = vocabulary;
    this.#idOf = new Map(vocabulary.map((token, id) => [token, id]));
    if (this.#idOf.size !== vocabulary.length) throw badVocabulary("a token stands in it twice");
    this.vocabularySize = vocabulary.length;
    this.beginId = this.#need("<cls>");
    this.padId = this.#need("<pad>");
    this.endId = this.#need("<eos>");
    this.unknownId = this.#need("<unk>");
    this.maskId = this.#need("<mask>");
    this.#need("X");
    const special = vocabulary.filter((token) => token.length > 1);
    this.specialTokens = new Map(special.map((token) => [token, this.#idOf.get(token)!]));
    this.#special = new RegExp(special.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  }

  /** Cleans a chain: white space goes, lower case is upper-cased, letters without a token become X. */
  readResidues(text: string): Residues {
    const { sequence, lowerCase, unknown } = this.#read(text);
    return { sequence, lowerCase, unknown };
  }

  get hash(): string {
    return sha256(JSON.stringify(["residues/1", this.#vocabulary]));
  }

  protected encodeAll(text: string, { recognizeSpecialTokens = false }: EncodeOptions): void {
    const takePart = (from: number, to: number): void => {
      const { sequence, places } = this.#read(text.slice(from, to));
      for (let i = 0; i < sequence.length; i++) {
        const at = from + places[i]!;
        this.output.put(this.#idOf.get(sequence[i]!)!, at, at + String.fromCodePoint(text.codePointAt(at)!).length);
      }
    };
    let from = 0;
    for (const match of recognizeSpecialTokens ? text.matchAll(this.#special) : []) {
      takePart(from, match.index);
      from = match.index + match[0].length;
      this.output.put(this.#idOf.get(match[0])!, match.index, from);
    }
    takePart(from, text.length);
  }

  streamDecoder({ keepSpecialTokens = false }: DecodeOptions = {}): StreamDecoder {
    return {
      push: (id) => {
        const token = this.piece(id);
        return token.length > 1 && !keepSpecialTokens ? "" : token;
      },
      end: () => "",
    };
  }

  piece(id: number): string {
    const token = Number.isInteger(id) ? this.#vocabulary[id] : undefined;
    if (token !== undefined) return token;
    throw noSuchToken(id, this.vocabularySize);
  }

  id(piece: string): number | undefined {
    return this.#idOf.get(piece);
  }

  #read(text: string): Residues & { readonly places: readonly number[] } {
    let sequence = "";
    let lowerCase = 0;
    const unknown = new Map<string, number[]>();
    const places: number[] = [];
    let next = 0;
    for (const character of text) {
      const place = next;
      next += character.length;
      if (/\s/.test(character)) continue;
      const upper = character >= "a" && character <= "z" ? character.toUpperCase() : character;
      if (upper !== character) lowerCase++;
      places.push(place);
      if (this.#idOf.has(upper)) sequence += upper;
      else {
        sequence += "X";
        const at = unknown.get(upper);
        if (at === undefined) unknown.set(upper, [sequence.length]);
        else at.push(sequence.length);
      }
    }
    return { sequence, lowerCase, unknown, places };
  }

  #need(token: string): number {
    const id = this.#idOf.get(token);
    if (id !== undefined) return id;
    throw badVocabulary(`${token} is missing`);
  }
}

/** ESM-2's `vocab.txt`: a token a line, the line's number its id. */
export function parseResidueVocabulary(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  const blank = lines.indexOf("");
  if (blank >= 0) throw badVocabulary(`line ${blank + 1} is empty`);
  return lines;
}

function badVocabulary(why: string): BiogptError {
  return new BiogptError("tokenizers/vocabulary", {
    what: `The vocabulary of residues is not ESM-2's: ${why}.`,
    why: "It has a token a line: <cls>, <pad>, <eos>, <unk>, then residues.",
    fix: "Take the vocab.txt that came with the protein model.",
  });
}
