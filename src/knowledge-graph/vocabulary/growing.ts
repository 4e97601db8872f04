/** Bytes and numbers that become more, without an object for each. */
import { BiogptError } from "../../base/errors.ts";

/** Offsets are u32. */
const MOST_BYTES = 0xffffffff;

export class ByteList {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  pushByte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  pushUint32(value: number): void {
    this.#reserve(4);
    this.#bytes.writeUInt32LE(value, this.#length);
    this.#length += 4;
  }

  /** LEB128: seven bits a byte, the lowest first. */
  pushVarint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  pushText(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, "utf8");
  }

  /** Appends what another list holds from `start` up to `end`. */
  pushBytes(from: ByteList, start: number, end: number): void {
    this.#reserve(end - start);
    this.#length += from.#bytes.copy(this.#bytes, this.#length, start, end);
  }

  uint32At(offset: number): number {
    return this.#bytes.readUInt32LE(offset);
  }

  byteAt(offset: number): number {
    return this.#bytes[offset]!;
  }

  setByte(offset: number, value: number): void {
    this.#bytes[offset] = value;
  }

  textAt(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > MOST_BYTES) {
      throw new BiogptError("knowledge-graph/vocabulary-too-large", {
        what: "The vocabulary has more than 4 GiB of names.",
        fix: "Build several, each of a part of the files.",
      });
    }
    const grown = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(needed, Math.ceil(this.#bytes.length * 1.5))));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

export class Uint32List {
  #values = new Uint32Array(1 << 12);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Uint32Array(Math.ceil(this.#values.length * 1.5));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  values(): Uint32Array {
    return this.#values.subarray(0, this.#length);
  }
}
