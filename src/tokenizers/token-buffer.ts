/** Where the tokens of a text gather while a tokenizer encodes it. */

import type { EncodedText } from "./tokenizer.ts";
import { widened } from "./widened.ts";

/** Tokens while a text is encoded; grows, and is used again for the next text. */
export class TokenBuffer {
  count = 0;
  withPlaces = false;
  ids: Int32Array = new Int32Array(1024);
  starts: Int32Array = new Int32Array(1024);
  ends: Int32Array = new Int32Array(1024);

  put(id: number, start: number, end: number): void {
    if (this.count === this.ids.length) this.reserve(1);
    const i = this.count++;
    this.ids[i] = id;
    if (this.withPlaces) {
      this.starts[i] = start;
      this.ends[i] = end;
    }
  }

  /** The tokens of a chunk, which `TokensOfChunk` describes. */
  putChunk(tokens: readonly number[], offset: number): void {
    let start = offset;
    for (let i = 0; i < tokens.length; i += 2) {
      const end = offset + tokens[i + 1]!;
      this.put(tokens[i]!, start, end);
      start = end;
    }
  }

  reserve(more: number): void {
    const length = Math.max(2 * this.ids.length, this.count + more);
    this.ids = widened(this.ids, new Int32Array(length));
    this.starts = widened(this.starts, new Int32Array(length));
    this.ends = widened(this.ends, new Int32Array(length));
  }

  /** Forgets the tokens of the text before. */
  clear(withPlaces: boolean): void {
    this.count = 0;
    this.withPlaces = withPlaces;
  }

  /** A copy of the ids. */
  copyIds(): Int32Array {
    return this.ids.slice(0, this.count);
  }

  /** A copy of the tokens with their places, which were asked for. */
  copy(): EncodedText {
    const { ids, starts, ends, count } = this;
    return { ids: ids.slice(0, count), starts: starts.slice(0, count), ends: ends.slice(0, count) };
  }
}
