/**
 * SHA-256 (FIPS 180-4), for naming tokenizers and models where Node's crypto may be absent and the browser's wants all bytes at once.
 * About 100 MB/s; large files are hashed elsewhere, by Node.
 */

const [INITIAL, ROUNDS] = constants();

/** Fractional parts of the square and cube roots of the first primes, 32 bits each. */
function constants(): [Uint32Array, Uint32Array] {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (value: number): number => Math.floor((value % 1) * 2 ** 32);
  return [
    Uint32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p))),
    Uint32Array.from(primes, (p) => fraction(Math.cbrt(p))),
  ];
}

/** @returns 64 hexadecimal digits of the hash of the bytes, of the text in UTF-8 */
export function sha256(text: string | Uint8Array): string {
  return new Sha256().update(text).digest();
}

/** The same of a message that comes in pieces. */
export class Sha256 {
  readonly #hash = Uint32Array.from(INITIAL);
  readonly #words = new Int32Array(64);
  /** What does not fill a block yet. */
  readonly #block = new Uint8Array(64);
  #filled = 0;
  #bytes = 0;

  update(piece: string | Uint8Array): this {
    const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
    this.#bytes += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      if (this.#filled === 0 && bytes.length - at >= 64) {
        this.#compress(new DataView(bytes.buffer, bytes.byteOffset + at, 64));
        at += 64;
        continue;
      }
      const taken = Math.min(64 - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + taken), this.#filled);
      at += taken;
      this.#filled += taken;
      if (this.#filled === 64) this.#compressBlock();
    }
    return this;
  }

  /** Ends the message: 64 hexadecimal digits. */
  digest(): string {
    const bytes = this.#bytes;
    this.#block.fill(0, this.#filled);
    this.#block[this.#filled++] = 0x80;
    if (this.#filled > 56) this.#compressBlock();
    const view = new DataView(this.#block.buffer);
    view.setUint32(56, Math.floor(bytes / 2 ** 29));
    view.setUint32(60, bytes << 3);
    this.#compressBlock();
    return Array.from(this.#hash, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #compressBlock(): void {
    this.#compress(new DataView(this.#block.buffer));
    this.#block.fill(0);
    this.#filled = 0;
  }

  #compress(block: DataView): void {
    const [hash, words] = [this.#hash, this.#words];
    for (let t = 0; t < 16; t++) words[t] = block.getInt32(4 * t);
    for (let t = 16; t < 64; t++) {
      const early = words[t - 15]!;
      const late = words[t - 2]!;
      words[t] =
        words[t - 16]! +
        (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) +
        words[t - 7]! +
        (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const first =
        (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t]! + words[t]!) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    hash[0]! += a;
    hash[1]! += b;
    hash[2]! += c;
    hash[3]! += d;
    hash[4]! += e;
    hash[5]! += f;
    hash[6]! += g;
    hash[7]! += h;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
