/**
 * Which record of a PMID counts where several were published: PubMed's update files bring changed records anew and withdraw others (DeleteCitation).
 *
 * A first pass over the ids alone notes, for the PMIDs that come more than once or are withdrawn, where the record stands that counts: that of the
 * highest version, of equal ones the last in the order of the inputs. A withdrawal takes back what came before it. The second pass asks for each document.
 *
 * Memory: a bit for each PMID seen (13 MB for all of PubMed), and an entry for each one that came again.
 */
import type { Document } from "../document.ts";
import type { Revision } from "./reader.ts";

interface Choice {
  /** Index of the input whose record counts; -1 while it is withdrawn. */
  readonly input: number;
  readonly version: number;
  /** Whether that input has several records of the PMID: the last one that can be read is taken at its end. */
  readonly isRepeated: boolean;
}

export class Revisions {
  readonly #seen = new PmidSet();
  readonly #chosen = new Map<number, Choice>();
  #seenHere = new PmidSet();
  #input = -1;

  /** Takes note of a record or withdrawal; inputs come in order. */
  note(input: number, { pmid, version, deleted }: Revision): void {
    if (input !== this.#input) {
      this.#input = input;
      this.#seenHere = new PmidSet();
    }
    const key = Number(pmid);
    const before = this.#chosen.get(key);
    if (deleted) {
      if (this.#seen.has(key)) this.#chosen.set(key, WITHDRAWN);
      return;
    }
    const isFirst = this.#seen.add(key);
    const isRepeated = !this.#seenHere.add(key);
    if (isFirst && version === 1) return;
    if (before !== undefined && before.input >= 0 && version < before.version) return;
    this.#chosen.set(key, { input, version, isRepeated });
  }

  /** PMIDs of which a record is left out. */
  get superseded(): number {
    return this.#chosen.size;
  }

  /** The documents of an input that count. One of several records of a PMID in the same input comes at the end. */
  async *current(input: number, documents: AsyncIterable<Document>): AsyncGenerator<Document, void> {
    const held = new Map<number, Document>();
    for await (const document of documents) {
      const { pmid, version = 1 } = document.citation ?? {};
      const choice = pmid === undefined ? undefined : this.#chosen.get(Number(pmid));
      if (choice === undefined) yield document;
      else if (choice.input !== input || choice.version !== version) continue;
      else if (choice.isRepeated) held.set(Number(pmid), document);
      else yield document;
    }
    yield* held.values();
  }
}

const WITHDRAWN: Choice = { input: -1, version: 0, isRepeated: false };

/** A set of small whole numbers, as bits in pages that are made where they are needed. */
export class PmidSet {
  readonly #pages = new Map<number, Uint32Array>();

  has(pmid: number): boolean {
    const word = this.#pages.get(Math.floor(pmid / PAGE))?.[(pmid % PAGE) >>> 5] ?? 0;
    return (word & (1 << (pmid & 31))) !== 0;
  }

  /** @returns whether it was new */
  add(pmid: number): boolean {
    if (this.has(pmid)) return false;
    const index = Math.floor(pmid / PAGE);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Uint32Array(PAGE / 32);
      this.#pages.set(index, page);
    }
    page[(pmid % PAGE) >>> 5]! |= 1 << (pmid & 31);
    return true;
  }
}

/** Numbers to a page: 8 kB. */
const PAGE = 65_536;
