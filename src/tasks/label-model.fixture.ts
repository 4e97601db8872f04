/** A label model for tests: a tokenizer whose tokens are words, over the checked fake model of generation/. */
import { FakeModel, type Logits } from "../generation/engine/fake-model.fixture.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { LabelModel } from "./label-scoring.ts";

/** Ids are given out as words are met; 2 is `</s>`, and `learned` ids from 4 on are learned tokens. */
export class WordTokenizer implements Tokenizer {
  readonly endId = 2;
  readonly padId = 1;
  readonly unknownId = 3;
  readonly hash = "words";
  readonly learnedIds: readonly number[];
  readonly vocabularySize: number;
  readonly #words: string[];

  constructor(vocabularySize: number, learned = 0) {
    this.vocabularySize = vocabularySize;
    this.learnedIds = Array.from({ length: learned }, (_, at) => 4 + at);
    this.#words = ["<s>", "<pad>", "</s>", "<unk>", ...this.learnedIds.map((_, at) => `learned${at + 1}`), "..."];
  }

  encode(text: string): Int32Array {
    return Int32Array.from(text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [], (word) => {
      const known = this.#words.indexOf(word);
      if (known >= 0) return known;
      if (this.#words.length === this.vocabularySize) throw new Error("word tokenizer: the vocabulary is full");
      return this.#words.push(word) - 1;
    });
  }

  encodeWithOffsets(): never {
    throw new Error("word tokenizer: has no offsets");
  }

  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => this.piece(id))
      .filter((word) => !/^<.*>$|^learned/.test(word))
      .join(" ")
      .replace(/ (?=[.,;)])/g, "");
  }

  streamDecoder(): never {
    throw new Error("word tokenizer: does not stream");
  }

  piece(id: number): string {
    return this.#words[id] ?? `<${id}>`;
  }

  id(piece: string): number | undefined {
    const at = this.#words.indexOf(piece);
    return at < 0 ? undefined : at;
  }
}

export interface FakeLabelModel extends LabelModel {
  readonly decoder: FakeModel;
  readonly tokenizer: WordTokenizer;
}

/**
 * @param weights logit of a word after a history of words; undefined is 0
 */
export function fakeLabelModel(
  weights: (word: string, history: readonly string[]) => number | undefined,
  { learned = 0, maxLength = 64, slotCount = 8 }: { learned?: number; maxLength?: number; slotCount?: number } = {},
): FakeLabelModel {
  const V = 128;
  const tokenizer = new WordTokenizer(V, learned);
  const logits: Logits = (history) => {
    const words = history.map((id) => tokenizer.piece(id));
    return Float32Array.from({ length: V }, (_, id) => weights(tokenizer.piece(id), words) ?? 0);
  };
  return { name: "fake", tokenizer, decoder: new FakeModel(logits, { maxLength, slotCount }) };
}
