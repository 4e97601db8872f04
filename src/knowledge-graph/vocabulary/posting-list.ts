/** The names of a trigram, walked from the first to the last, and the best of the names that all trigrams of a query come to. */

/** Differences of ascending names in LEB128. */
export class PostingList {
  readonly #bytes: Uint8Array;
  readonly #weight: number;
  #at = 0;
  /** The next name; infinite behind the last. */
  name = 0;

  /** @param weight what the trigram adds to a name's sum */
  constructor(bytes: Uint8Array, weight: number) {
    this.#bytes = bytes;
    this.#weight = weight;
    this.#step();
  }

  #step(): void {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) {
      this.name = Number.POSITIVE_INFINITY;
      return;
    }
    let byte = bytes[this.#at++]!;
    let delta = byte & 0x7f;
    for (let shift = 7; byte > 0x7f && this.#at < bytes.length; shift += 7) {
      byte = bytes[this.#at++]!;
      delta |= (byte & 0x7f) << shift;
    }
    this.name += delta;
  }

  /**
   * Adds to the sums of names from `first` up to `end`, which lie from 0.
   *
   * @param touched names (less `first`) whose sums are not zero, `count` of them
   * @returns their new count
   */
  addTo(sums: Float32Array, touched: Uint32Array, count: number, first: number, end: number): number {
    const [bytes, weight] = [this.#bytes, this.#weight];
    const { length } = bytes;
    let [at, name, touchedCount] = [this.#at, this.name, count];
    while (name < end) {
      const place = name - first;
      const sum = sums[place]!;
      if (sum === 0) touched[touchedCount++] = place;
      sums[place] = sum + weight;
      if (at >= length) {
        name = Number.POSITIVE_INFINITY;
        break;
      }
      let byte = bytes[at++]!;
      let delta = byte & 0x7f;
      for (let shift = 7; byte > 0x7f && at < length; shift += 7) {
        byte = bytes[at++]!;
        delta |= (byte & 0x7f) << shift;
      }
      name += delta;
    }
    this.#at = at;
    this.name = name;
    return touchedCount;
  }
}

/** A few best of many names, by insertion: most are worse than the worst kept. */
export class BestNames {
  readonly list: { readonly name: number; readonly cosine: number }[] = [];
  readonly #most: number;
  #worst = 0;

  constructor(most: number) {
    this.#most = most;
  }

  offer(name: number, cosine: number): void {
    if (!(cosine > this.#worst)) return;
    const { list } = this;
    let at = list.length;
    while (at > 0 && list[at - 1]!.cosine < cosine) at--;
    list.splice(at, 0, { name, cosine });
    if (list.length > this.#most) list.pop();
    if (list.length === this.#most) this.#worst = list[this.#most - 1]!.cosine;
  }
}
