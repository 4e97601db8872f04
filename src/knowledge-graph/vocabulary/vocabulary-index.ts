/** One vocabulary's index, opened: names by their folded key, and names similar in trigrams. */
import { statSync } from "node:fs";
import { BiogptError } from "../../base/errors.ts";
import { hashOf, trigramsOf } from "./folding.ts";
import {
  BUCKETS,
  FORMAT,
  HEADER_START,
  MAGIC,
  MAX_HEADER_BYTES,
  NAME_PREFIX,
  parseHeader,
  SECTIONS,
  trigramWeight,
  type VocabularyHeader,
} from "./index-format.ts";
import { damaged, PagedFile } from "./paged-file.ts";
import { BEHIND_LAST, BestNames, PostingList } from "./posting-list.ts";

export interface IndexedName {
  readonly index: number;
  readonly concept: number;
  /** Of `RANKS`. */
  readonly rank: number;
  readonly count: number;
  readonly text: string;
}

export interface IndexedConcept {
  readonly id: string;
  readonly name: string;
  readonly alternatives: readonly string[];
  readonly type: string | undefined;
}

/** A name with the cosine of its trigrams and the query's, each weighted by how rare it is. */
export interface SimilarName extends IndexedName {
  readonly cosine: number;
}

/** A trigram that has more of these is passed over where rarer ones have been read: names with nothing else in common are no candidates. */
const MOST_POSTINGS = 30_000;
/** Of a key; acronyms of genes have some dozens. */
const MOST_NAMES_OF_KEY = 1000;

/** So that what is passed over would be passed over with its exact cosine too: sums are in single precision. */
const ROUNDED_DOWN = 1 - 1e-4;
/** Names whose sums are kept at once: 64 kB. Of equally similar names those of an earlier block stand first. */
const BLOCK = 1 << 14;

export class VocabularyIndex implements Disposable {
  readonly path: string;
  readonly header: VocabularyHeader;
  readonly #file: PagedFile;
  readonly #buckets: Uint32Array;
  readonly #norms: Float32Array;
  /** Of each block. */
  readonly #leastNorms: Float32Array;
  readonly #trigrams: Uint32Array;
  readonly #nameOffsets: Uint32Array;
  /** Dot products of the query at hand with a block's names; zero between two blocks. */
  readonly #sums = new Float32Array(BLOCK);
  readonly #touched = new Uint16Array(BLOCK + 1);
  #hasUntyped: boolean | undefined;

  /** @throws BiogptError `knowledge-graph/no-vocabulary`, `knowledge-graph/not-a-vocabulary`, `knowledge-graph/vocabulary-damaged` */
  constructor(path: string) {
    this.path = path;
    this.#file = openFile(path);
    try {
      this.header = readHeader(this.#file);
      const { keyBuckets, norms, trigrams, nameOffsets } = this.header.sections;
      this.#buckets = new Uint32Array(this.#copy(keyBuckets));
      this.#norms = new Float32Array(this.#copy(norms));
      this.#leastNorms = leastOfBlocks(this.#norms);
      this.#trigrams = new Uint32Array(this.#copy(trigrams));
      this.#nameOffsets = new Uint32Array(this.#copy(nameOffsets));
      if (this.#buckets[BUCKETS]! * 8 !== this.header.sections.keys.bytes)
        throw damaged(path, "its table of keys is incomplete");
    } catch (error) {
      this.#file[Symbol.dispose]();
      throw error;
    }
  }

  /** Names whose folded key this is, or shares its hash: the caller compares. */
  namesOfKey(key: string): IndexedName[] {
    const hash = hashOf(key);
    const { keys } = this.header.sections;
    let [low, high] = [this.#buckets[hash >>> 16]!, this.#buckets[(hash >>> 16) + 1]!];
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#file.uint32(keys.offset + middle * 8) < hash) low = middle + 1;
      else high = middle;
    }
    const found: IndexedName[] = [];
    for (let entry = low; entry < end && found.length < MOST_NAMES_OF_KEY; entry++) {
      const at = keys.offset + entry * 8;
      if (this.#file.uint32(at) !== hash) break;
      found.push(this.name(this.#file.uint32(at + 4)));
    }
    return found;
  }

  /** Whether it may have concepts of this type: of the type, or of none. */
  mayHave(type: string): boolean {
    this.#hasUntyped ??= this.header.types.length === 0 || this.#findUntyped();
    return this.#hasUntyped || this.header.types.includes(type);
  }

  /** Looks at every concept: a second for a million, once, and only where there are types. */
  #findUntyped(): boolean {
    const { concepts, conceptOffsets } = this.header.sections;
    for (let index = 0; index < this.header.concepts; index++) {
      const { offset } = this.#range(conceptOffsets.offset, index, concepts);
      if (this.#file.bytes(offset, 1)[0] === 0) return true;
    }
    return false;
  }

  /** How rare trigrams are, a mean. */
  weightOf(codes: readonly number[]): number {
    let sum = 0;
    for (const code of codes) sum += trigramWeight(this.header.names, this.#trigram(code)?.count ?? 0);
    return codes.length === 0 ? 0 : sum / codes.length;
  }

  /**
   * The names most like one of these meanings, best first.
   *
   * All lists are walked together, a block of names after the other: the sums of a block stay in the processor's cache, those of a million names
   * do not. A block's least norm tells the least sum that is similar enough. Names that come only in lists whose weights together do not
   * reach it are passed over (Turtle and Flood's MaxScore, 1995): the rarest trigrams find names, the others only add to them.
   */
  similarNames(meanings: readonly string[], most: number): SimilarName[] {
    const names = this.header.names;
    const known = [...trigramsOf(meanings)].map((code) => this.#trigram(code));
    // What no name has still counts in the query's length, as if one had it.
    const norm = Math.sqrt(known.reduce((sum, row) => sum + trigramWeight(names, row?.count ?? 0) ** 2, 0));
    const lists = this.#lists(known.filter((row) => row !== undefined).sort((a, b) => a.count - b.count));
    // What a name comes to at most that is in none of the lists before.
    const reach = lists.map((_, i) => lists.slice(i).reduce((sum, { weight }) => sum + weight, 0));
    const [sums, touchedNames, norms] = [this.#sums, this.#touched, this.#norms];
    const best = new BestNames(most);
    for (;;) {
      let next = BEHIND_LAST;
      for (const list of lists) if (list.name < next) next = list.name;
      if (next >= names) {
        if (lists.every(({ name }) => name === BEHIND_LAST)) break;
        throw damaged(this.path, "a list of names leads behind the last");
      }
      const block = Math.floor(next / BLOCK);
      const first = block * BLOCK;
      const end = Math.min(first + BLOCK, names);
      const needed = best.worst * norm * this.#leastNorms[block]! * ROUNDED_DOWN;
      let touched = 0;
      for (const [i, list] of lists.entries())
        touched = list.addTo(sums, touchedNames, touched, first, end, reach[i]! > needed);
      for (let i = 0; i < touched; i++) {
        const at = touchedNames[i]!;
        const sum = sums[at]!;
        sums[at] = 0;
        if (sum > needed) best.offer(first + at, sum / (norms[first + at]! * norm));
      }
    }
    return Array.from(best.names.subarray(0, best.count), (name, i) =>
      Object.assign(this.name(name), { cosine: best.cosines[i]! }),
    );
  }

  /** @param rows the rarest first */
  #lists(rows: readonly { count: number; offset: number; bytes: number }[]): PostingList[] {
    const lists: PostingList[] = [];
    let read = 0;
    for (const { count, offset, bytes } of rows) {
      if (read > 0 && read + count > MOST_POSTINGS) break;
      read += count;
      const postings = this.#file.bytes(this.header.sections.postings.offset + offset, bytes);
      lists.push(new PostingList(postings, trigramWeight(this.header.names, count) ** 2));
    }
    return lists;
  }

  #trigram(code: number): { count: number; offset: number; bytes: number } | undefined {
    const rows = this.#trigrams;
    let [low, high] = [0, rows.length / 4];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle * 4]! < code) low = middle + 1;
      else high = middle;
    }
    if (rows[low * 4] !== code) return undefined;
    return { count: rows[low * 4 + 1]!, offset: rows[low * 4 + 2]!, bytes: rows[low * 4 + 3]! };
  }

  name(index: number): IndexedName {
    const { offset, bytes } = this.header.sections.names;
    const [start, end] = [this.#nameOffsets[index]!, this.#nameOffsets[index + 1]!];
    if (!(start + NAME_PREFIX <= end && end <= bytes)) throw damaged(this.path, "a name's place is not in its section");
    const record = this.#file.bytes(offset + start, end - start);
    return {
      index,
      concept: record.readUInt32LE(0),
      rank: record[4]!,
      count: record[5]!,
      text: record.toString("utf8", NAME_PREFIX),
    };
  }

  concept(index: number): IndexedConcept {
    if (index >= this.header.concepts) throw damaged(this.path, "a name points behind the last concept");
    const { concepts, conceptOffsets } = this.header.sections;
    const range = this.#range(conceptOffsets.offset, index, concepts);
    const record = this.#file.bytes(range.offset, range.length);
    const [id = "", name = "", ...alternatives] = record.toString("utf8", 1).split("\0");
    return { id, name, alternatives, type: this.header.types[record[0]! - 1] };
  }

  #range(
    offsets: number,
    index: number,
    section: { readonly offset: number; readonly bytes: number },
  ): { offset: number; length: number } {
    const start = this.#file.uint32(offsets + index * 4);
    const end = this.#file.uint32(offsets + index * 4 + 4);
    if (start >= end || end > section.bytes) throw damaged(this.path, "a record's place is not in its section");
    return { offset: section.offset + start, length: end - start };
  }

  #copy({ offset, bytes }: { readonly offset: number; readonly bytes: number }): ArrayBuffer {
    const copy = new ArrayBuffer(bytes);
    new Uint8Array(copy).set(this.#file.bytes(offset, bytes));
    return copy;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** The least norm of each block's names with postings; 0 where there are none. */
function leastOfBlocks(norms: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.ceil(norms.length / BLOCK) }, (_, block) => {
    let least = Infinity;
    for (const norm of norms.subarray(block * BLOCK, (block + 1) * BLOCK)) if (norm > 0 && norm < least) least = norm;
    return least === Infinity ? 0 : least;
  });
}

function openFile(path: string): PagedFile {
  try {
    // A pipe would be waited for without end, and nothing could stop that.
    if (!statSync(path).isFile()) throw notAnIndex(path, "is no file");
    return new PagedFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new BiogptError("knowledge-graph/no-vocabulary", {
      what: `There is no vocabulary ${path}.`,
      fix: "Build it with `biogpt vocabulary build KIND FILE… --out INDEX`, or check the path.",
      cause,
    });
  }
}

function notAnIndex(path: string, what: string): BiogptError {
  return new BiogptError("knowledge-graph/not-a-vocabulary", {
    what: `${path} ${what}.`,
    fix: "Name an index that `biogpt vocabulary build` has written; from a vocabulary's own file build one first.",
  });
}

function readHeader(file: PagedFile): VocabularyHeader {
  const refused = (what: string): BiogptError => notAnIndex(file.path, what);
  if (file.size < HEADER_START || file.bytes(0, 8).toString("latin1") !== MAGIC)
    throw refused("is no index of a vocabulary");
  const length = file.uint32(8);
  if (length > MAX_HEADER_BYTES || HEADER_START + length > file.size) throw damaged(file.path, "its header is cut off");
  let json: unknown;
  try {
    json = JSON.parse(file.bytes(HEADER_START, length).toString("utf8"));
  } catch {
    throw damaged(file.path, "its header is no JSON");
  }
  const header = parseHeader(json);
  if (header === undefined) {
    const format = (json as { format?: unknown } | null)?.format;
    if (typeof format === "string" && format !== FORMAT)
      throw refused(`is of the form ${format}, which this version does not read`);
    throw damaged(file.path, "its header does not say where its sections are");
  }
  const sizes: Readonly<Record<(typeof SECTIONS)[number], number | undefined>> = {
    concepts: undefined,
    conceptOffsets: (header.concepts + 1) * 4,
    names: undefined,
    nameOffsets: (header.names + 1) * 4,
    norms: header.names * 4,
    keys: undefined,
    keyBuckets: (BUCKETS + 1) * 4,
    trigrams: header.trigrams * 16,
    postings: undefined,
  };
  for (const name of SECTIONS) {
    const { offset, bytes } = header.sections[name];
    if (offset + bytes > file.size) throw damaged(file.path, "it is cut off");
    if (bytes !== (sizes[name] ?? bytes))
      throw damaged(file.path, `its section ${name} has another size than its header says`);
  }
  return header;
}
