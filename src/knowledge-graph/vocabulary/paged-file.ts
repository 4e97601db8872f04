/** A file that is read in pages, of which the last used stay in memory: as fast as memory for small files, bounded for large ones. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { BiogptError } from "../../base/errors.ts";

const PAGE_BYTES = 1 << 16;
/** 64 MB a file: an index of some 500,000 names is all in memory then. */
const MOST_PAGES = 1024;

export class PagedFile implements Disposable {
  readonly path: string;
  readonly size: number;
  readonly #file: number;
  /** In the order of their use, the longest unused first. */
  readonly #pages = new Map<number, Buffer>();
  #last = -1;
  #lastPage: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "r");
    this.size = fstatSync(this.#file).size;
  }

  /** A view into a page where the range lies in one, which stays as it is when the page is forgotten; a copy where it does not. */
  bytes(offset: number, length: number): Buffer {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw damaged(this.path, "an offset points behind its end");
    const [first, last] = [Math.floor(offset / PAGE_BYTES), Math.floor((offset + length - 1) / PAGE_BYTES)];
    const start = offset - first * PAGE_BYTES;
    if (first >= last) return this.#page(first).subarray(start, start + length);
    const copy = Buffer.allocUnsafe(length);
    for (let page = first, at = 0; page <= last; page++) {
      const from = page === first ? start : 0;
      at += this.#page(page).copy(copy, at, from, Math.min(PAGE_BYTES, from + length - at));
    }
    return copy;
  }

  uint32(offset: number): number {
    const page = Math.floor(offset / PAGE_BYTES);
    const start = offset - page * PAGE_BYTES;
    if (start + 4 > PAGE_BYTES || offset < 0 || offset + 4 > this.size) return this.bytes(offset, 4).readUInt32LE(0);
    return this.#page(page).readUInt32LE(start);
  }

  #page(index: number): Buffer {
    if (index === this.#last) return this.#lastPage;
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = Buffer.allocUnsafeSlow(Math.min(PAGE_BYTES, this.size - index * PAGE_BYTES));
      for (let done = 0; done < page.length; ) {
        const read = readSync(this.#file, page, done, page.length - done, index * PAGE_BYTES + done);
        if (read === 0) throw damaged(this.path, "it became shorter while it was read");
        done += read;
      }
      const oldest = this.#pages.size >= MOST_PAGES ? this.#pages.keys().next().value : undefined;
      if (oldest !== undefined) this.#pages.delete(oldest);
    } else if (this.#pages.size >= MOST_PAGES / 2) {
      // The order counts where pages may have to go.
      this.#pages.delete(index);
    } else {
      this.#last = index;
      this.#lastPage = page;
      return page;
    }
    this.#pages.set(index, page);
    this.#last = index;
    this.#lastPage = page;
    return page;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

export function damaged(path: string, what: string): BiogptError {
  return new BiogptError("knowledge-graph/vocabulary-damaged", {
    what: `The vocabulary ${path} is damaged: ${what}.`,
    why: "It was cut off or changed after it was built.",
    fix: "Build it again with `biogpt vocabulary build`.",
  });
}
