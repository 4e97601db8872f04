/** What of a stream of XML is in memory: the bytes from the place of the search on. Flat memory, as long as the search moves on. */

export const LESS_THAN = 0x3c;
export const GREATER_THAN = 0x3e;
export const SLASH = 0x2f;
export const QUESTION_MARK = 0x3f;
export const EXCLAMATION_MARK = 0x21;

export class ByteWindow {
  buffer: Buffer = Buffer.alloc(0);
  /** Index in the buffer where the piece begins that is being looked at. */
  position = 0;
  /** Content bytes before the buffer. */
  before = 0;
  /** Where to go on searching for the end of that piece. */
  #searched = 0;

  /** Appends the stream's next bytes, and lets go of those before `position`. */
  push(chunk: Buffer): void {
    const rest = this.buffer.subarray(this.position);
    this.before += this.position;
    this.#searched = Math.max(0, this.#searched - this.position);
    this.position = 0;
    this.buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  }

  /** Index after `text`, searched from `position` on and never twice in the same bytes; undefined while it is not there. */
  endOf(text: string): number | undefined {
    const found = this.buffer.indexOf(text, Math.max(this.position, this.#searched), "latin1");
    if (found >= 0) return found + text.length;
    this.#searched = Math.max(this.position, this.buffer.length - text.length);
    return undefined;
  }

  /** Goes on at this index. */
  advance(to: number): void {
    this.position = to;
    this.#searched = to;
  }

  /** Of `position`: its place in the whole content. */
  get place(): number {
    return this.before + this.position;
  }

  /** Of an index in the buffer: its place in the whole content. */
  offsetOf(index: number): number {
    return this.before + index;
  }

  /** Bytes of the buffer, one character each. */
  latin1(from: number, to: number): string {
    return this.buffer.toString("latin1", from, to);
  }
}
