/** The tokens of chunks that were met before: a chunk gives the same ones wherever it stands. */
import { ChunkTable, LONGEST_CHUNK } from "./moses-bpe/chunk-table.ts";

/** Ids and ends in turn: id, end, id, end, …, with ends counted in UTF-16 units from the chunk's beginning. */
export type TokensOfChunk = readonly number[];

/** Some 30 MB when full; a full cache is emptied. */
const CHUNKS_CACHED = 1 << 17;

export class ChunkTokens {
  readonly #encode: (chunk: string) => TokensOfChunk;
  readonly #table = new ChunkTable(CHUNKS_CACHED);
  /** Of each entry of the table. */
  readonly #tokens: TokensOfChunk[] = [];

  /** @param encode gives a chunk's tokens the first time */
  constructor(encode: (chunk: string) => TokensOfChunk) {
    this.#encode = encode;
  }

  /** @param hash of text[start, end), as `hashUnit` makes it */
  of(text: string, start: number, end: number, hash: number): TokensOfChunk {
    if (end - start > LONGEST_CHUNK) return this.#encode(text.slice(start, end));
    const known = this.#table.find(text, start, end, hash);
    if (known >= 0) return this.#tokens[known]!;
    const tokens = this.#encode(text.slice(start, end));
    let entry = this.#table.add(text, start, end, hash);
    if (entry < 0) {
      this.#table.clear();
      this.#tokens.length = 0;
      entry = this.#table.add(text, start, end, hash);
    }
    this.#tokens[entry] = tokens;
    return tokens;
  }
}
