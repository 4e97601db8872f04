/** The names of a trigram, walked from the first to the last, and the best of the names that all trigrams of a query come to. */

/** Above every name: a name has at least seven bytes, all of which lie in 4 GiB. A small integer, unlike infinity, keeps the loops below in integers. */
export const BEHIND_LAST = 0x7fffffff;

/** Differences of ascending names in LEB128. */
export class PostingList {
  readonly #bytes: Uint8Array;
  readonly weight: number;
  #at = 0;
  /** The next name; `BEHIND_LAST` behind the last. */
  name = 0;

  /** @param weight what the trigram adds to a name's sum */
  constructor(bytes: Uint8Array, weight: number) {
    this.#bytes = bytes;
    this.weight = weight;
    this.#step();
  }

  #step(): void {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) {
      this.name = BEHIND_LAST;
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
   * @param touched names (less `first`) whose sums are not zero, `count` of them; has room for one more than there are sums
   * @param begins false to add to sums alone that are not zero
   * @returns their new count
   */
  addTo(sums: Float32Array, touched: Uint16Array, count: number, first: number, end: number, begins: boolean): number {
    const [bytes, weight] = [this.#bytes, this.weight];
    const last = bytes.length - 1;
    let [at, name, touchedCount] = [this.#at, this.name, count];
    while (name < end) {
      const place = name - first;
      const sum = sums[place]!;
      if (begins || sum !== 0) {
        // Written always and kept where it is new: a branch would be guessed wrong often.
        touched[touchedCount] = place;
        touchedCount += sum === 0 ? 1 : 0;
        sums[place] = sum + weight;
      }
      if (at >= last) {
        if (at > last) {
          name = BEHIND_LAST;
          break;
        }
        name += bytes[at++]! & 0x7f;
        continue;
      }
      const byte = bytes[at]!;
      const second = bytes[at + 1]!;
      if ((byte & second) < 0x80) {
        // One byte or two, without a branch for the same reason.
        const more = byte >>> 7;
        name += (byte & 0x7f) | ((second << 7) & -more);
        at += 1 + more;
      } else {
        let delta = byte & 0x7f;
        let next = byte;
        at++;
        for (let shift = 7; next > 0x7f && at <= last; shift += 7) {
          next = bytes[at++]!;
          delta |= (next & 0x7f) << shift;
        }
        name += delta;
      }
    }
    this.#at = at;
    this.name = name;
    return touchedCount;
  }
}

/** A few best of many names, by insertion: most are worse than the worst kept. Of equal ones the first offered stands first. */
export class BestNames {
  readonly names: Uint32Array;
  readonly cosines: Float64Array;
  count = 0;
  /** What a cosine has to exceed. */
  worst = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
    this.names = new Uint32Array(most);
    this.cosines = new Float64Array(most);
  }

  offer(name: number, cosine: number): void {
    if (!(cosine > this.worst)) return;
    const { names, cosines } = this;
    let at = this.count < this.#most ? this.count++ : this.#most - 1;
    for (; at > 0 && cosines[at - 1]! < cosine; at--) {
      names[at] = names[at - 1]!;
      cosines[at] = cosines[at - 1]!;
    }
    names[at] = name;
    cosines[at] = cosine;
    if (this.count === this.#most) this.worst = cosines[this.#most - 1]!;
  }
}
