/**
 * Builds a vocabulary's index (index-format.ts) from concepts, in memory that grows with the names' bytes and not with JavaScript's objects for
 * them: about 150 bytes a name.
 */
import { createHash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import type { VocabularyConcept } from "../../corpora/vocabularies/concept.ts";
import { foldName, foldToken, hashOf, keyOf, tokensOf, trigramsOf } from "./folding.ts";
import { ByteList, Uint32List } from "./growing.ts";
import {
  BUCKETS,
  FORMAT,
  HEADER_START,
  MAGIC,
  NAME_PREFIX,
  RANKS,
  SECTIONS,
  type SectionName,
  type SectionPlace,
  trigramWeight,
  type VocabularyHeader,
} from "./index-format.ts";
import { meaningsOf } from "./word-meanings.ts";

/** Longer ones are descriptions, and nobody writes them into a text. */
const MAX_NAME_CHARACTERS = 500;
/** Of a concept; CAS numbers and identifiers beyond help nobody. */
const MAX_ALTERNATIVES = 50;
/** In a name's record, behind its concept. */
const RANK_OFFSET = 4;
/** Postings that are held at once while they are written: 32 MB. */
const POSTINGS_AT_ONCE = 8 * 1024 * 1024;

interface Draft {
  name: string | undefined;
  type: number;
  alternatives: string[] | undefined;
}

export interface BuiltIndex {
  readonly header: VocabularyHeader;
  /** The file's bytes, in order. */
  readonly pieces: readonly Uint8Array[];
}

export class IndexBuilder {
  readonly #ids = new Map<string, number>();
  readonly #drafts: Draft[] = [];
  readonly #types: string[] = [];
  #names = new ByteList();
  #nameOffsets = new Uint32List();
  /** Of each concept its last name, and of each name the one before it, both as index + 1; 0 for none. */
  readonly #lastNames = new Uint32List();
  readonly #previousNames = new Uint32List();
  /** Of each name's folded key, and of the key of its meanings. */
  #hashes = new Uint32List();
  #meanings = new Uint32List();

  get concepts(): number {
    return this.#drafts.length;
  }

  get names(): number {
    return this.#nameOffsets.length;
  }

  /** Adds a concept, or a piece of one that is there. */
  add({ id, name, synonyms, alternatives, type }: VocabularyConcept): void {
    let concept = this.#ids.get(id);
    if (concept === undefined) {
      concept = this.#drafts.length;
      this.#ids.set(id, concept);
      this.#drafts.push({ name: undefined, type: 0, alternatives: undefined });
      this.#lastNames.push(0);
    }
    const draft = this.#drafts[concept]!;
    if (name !== undefined && draft.name === undefined) draft.name = name;
    if (type !== undefined && draft.type === 0) draft.type = this.#typeNumber(type);
    for (const alternative of alternatives) {
      if (alternative === id || (draft.alternatives?.length ?? 0) >= MAX_ALTERNATIVES) continue;
      draft.alternatives ??= [];
      if (!draft.alternatives.includes(alternative)) draft.alternatives.push(alternative);
    }
    if (name !== undefined) this.#addName(name, concept, RANKS.preferred, 1);
    for (const { text, scope, count } of synonyms) if (text !== name) this.#addName(text, concept, RANKS[scope], count);
  }

  /** @throws BiogptError `knowledge-graph/empty-vocabulary` */
  finish(
    kind: string,
    title: string,
    sources: VocabularyHeader["sources"],
    onProgress?: (done: number, total: number) => void,
  ): BuiltIndex {
    if (this.names === 0) {
      throw new BiogptError("knowledge-graph/empty-vocabulary", {
        what: `No name was found in ${title}.`,
        why: `It was read as ${kind}.`,
        fix: "Name the kind that the file is of; `biogpt vocabulary build --help` lists them.",
      });
    }
    this.#nameOffsets.push(this.#names.length);
    const concepts = this.#conceptSections();
    const passes = new Passes(this.#hashes.length, onProgress);
    const doubled = this.#doubled();
    const counts = this.#trigramCounts(doubled, passes);
    const norms = this.#orderedByNorm(doubled, counts, passes);
    const { trigrams, postings } = this.#trigramSections(norms, counts, passes);
    const bytes: Record<SectionName, Uint8Array> = {
      ...concepts,
      names: this.#names.bytes(),
      nameOffsets: bytesOf(this.#nameOffsets.values()),
      norms: bytesOf(norms),
      ...keySections(this.#sortedByHash()),
      trigrams: bytesOf(trigrams),
      postings,
    };
    const facts = {
      format: FORMAT,
      kind,
      title,
      concepts: this.concepts,
      names: this.#nameOffsets.length - 1,
      trigrams: counts.size,
      types: this.#types,
      sources,
    } as const;
    return laidOut(facts, bytes);
  }

  #typeNumber(type: string): number {
    const known = this.#types.indexOf(type);
    if (known >= 0) return known + 1;
    if (this.#types.length === 255) return 0;
    return this.#types.push(type);
  }

  #addName(text: string, concept: number, rank: number, count: number): void {
    if (text.length > MAX_NAME_CHARACTERS) return;
    const { key, folded } = foldName(text);
    if (key === "") return;
    const hash = hashOf(key);
    if (this.#hasName(text, hash, concept, rank)) return;
    this.#previousNames.push(this.#lastNames.at(concept));
    this.#nameOffsets.push(this.#names.length);
    this.#lastNames.set(concept, this.#nameOffsets.length);
    this.#hashes.push(hash);
    this.#meanings.push(hashOf(keyOf(meaningsOf(folded))));
    this.#names.pushUint32(concept);
    this.#names.pushByte(rank);
    this.#names.pushByte(Math.min(255, count));
    this.#names.pushText(text);
  }

  /** Whether the concept has this very name, which then keeps the better rank: several files say the same. */
  #hasName(text: string, hash: number, concept: number, rank: number): boolean {
    for (let name = this.#lastNames.at(concept); name > 0; name = this.#previousNames.at(name - 1)) {
      if (this.#hashes.at(name - 1) !== hash) continue;
      const start = this.#nameOffsets.at(name - 1);
      const end = name === this.#nameOffsets.length ? this.#names.length : this.#nameOffsets.at(name);
      if (this.#names.textAt(start + NAME_PREFIX, end) !== text) continue;
      if (rank < this.#names.byteAt(start + RANK_OFFSET)) this.#names.setByte(start + RANK_OFFSET, rank);
      return true;
    }
    return false;
  }

  #conceptSections(): Pick<Record<SectionName, Uint8Array>, "concepts" | "conceptOffsets"> {
    const concepts = new ByteList();
    const offsets = new Uint32List();
    let index = 0;
    for (const id of this.#ids.keys()) {
      const { name, type, alternatives = [] } = this.#drafts[index++]!;
      offsets.push(concepts.length);
      concepts.pushByte(type);
      concepts.pushText([id, name ?? "", ...alternatives].map((text) => text.replaceAll("\0", " ")).join("\0"));
    }
    offsets.push(concepts.length);
    return { concepts: concepts.bytes(), conceptOffsets: bytesOf(offsets.values()) };
  }

  /** Hash and name as one number, for each key of each name, sorted by hash and then by name. */
  #sortedByHash(): BigUint64Array {
    const names = this.#hashes.length;
    const order = new BigUint64Array(names * 2);
    let size = 0;
    for (let name = 0; name < names; name++) {
      const [key, meaning] = [this.#hashes.at(name), this.#meanings.at(name)];
      order[size++] = (BigInt(key) << 32n) | BigInt(name);
      if (meaning !== key) order[size++] = (BigInt(meaning) << 32n) | BigInt(name);
    }
    return order.slice(0, size).sort();
  }

  #conceptOf(name: number): number {
    return this.#names.uint32At(this.#nameOffsets.at(name));
  }

  #textOf(name: number): string {
    return this.#names.textAt(this.#nameOffsets.at(name) + NAME_PREFIX, this.#nameOffsets.at(name + 1));
  }

  #trigramsOf(name: number): Set<number> {
    return trigramsOf(meaningsOf(tokensOf(this.#textOf(name)).map(foldToken)));
  }

  /** Marks names whose key another name of the same concept has already. */
  #doubled(): Uint8Array {
    const doubled = new Uint8Array(this.#hashes.length);
    let hash = -1;
    const seen = new Set<number>();
    for (const entry of this.#sortedByHash()) {
      const [next, name] = [Number(entry >> 32n), Number(entry & 0xffffffffn)];
      if (next !== hash) seen.clear();
      hash = next;
      if (next !== this.#hashes.at(name)) continue;
      const concept = this.#conceptOf(name);
      if (seen.has(concept)) doubled[name] = 1;
      seen.add(concept);
    }
    return doubled;
  }

  /** Of each trigram how many names have it. */
  #trigramCounts(doubled: Uint8Array, passes: Passes): Map<number, number> {
    const counts = new Map<number, number>();
    for (const name of passes.names()) {
      if (doubled[name] === 1) continue;
      for (const code of this.#trigramsOf(name)) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return counts;
  }

  /** Puts names into the order of their norms, those without postings last, of equal ones the first added first. @returns their norms */
  #orderedByNorm(doubled: Uint8Array, counts: ReadonlyMap<number, number>, passes: Passes): Float32Array {
    const total = this.#hashes.length;
    const norms = new Float32Array(total).fill(Infinity);
    for (const name of passes.names()) {
      if (doubled[name] === 1) continue;
      let squares = 0;
      for (const code of this.#trigramsOf(name)) squares += trigramWeight(total, counts.get(code)!) ** 2;
      norms[name] = Math.sqrt(squares);
    }
    // Bits of positive floats rise with their values.
    const bits = new Uint32Array(norms.buffer);
    const order = new BigUint64Array(total);
    for (let name = 0; name < total; name++) order[name] = (BigInt(bits[name]!) << 32n) | BigInt(name);
    order.sort();
    const [names, offsets, hashes, meanings] = [new ByteList(), new Uint32List(), new Uint32List(), new Uint32List()];
    const ordered = new Float32Array(total);
    for (const [place, entry] of order.entries()) {
      const name = Number(entry & 0xffffffffn);
      offsets.push(names.length);
      names.pushBytes(this.#names, this.#nameOffsets.at(name), this.#nameOffsets.at(name + 1));
      hashes.push(this.#hashes.at(name));
      meanings.push(this.#meanings.at(name));
      if (doubled[name] === 0) ordered[place] = norms[name]!;
    }
    offsets.push(names.length);
    [this.#names, this.#nameOffsets, this.#hashes, this.#meanings] = [names, offsets, hashes, meanings];
    return ordered;
  }

  /** @param norms 0 for a name without postings */
  #trigramSections(
    norms: Float32Array,
    counts: ReadonlyMap<number, number>,
    passes: Passes,
  ): { trigrams: Uint32Array; postings: Uint8Array } {
    const codes = [...counts.keys()].sort((a, b) => a - b);
    const table = new Uint32Array(codes.length * 4);
    const postings = new ByteList();
    for (let from = 0; from < codes.length; ) {
      // As many trigrams as fit into memory at once; a pass over the names for each such slice.
      const starts = new Map<number, number>();
      let size = 0;
      let to = from;
      while (to < codes.length && (to === from || size + counts.get(codes[to]!)! <= POSTINGS_AT_ONCE)) {
        starts.set(codes[to]!, size);
        size += counts.get(codes[to++]!)!;
      }
      const slice = new Uint32Array(size);
      for (const name of passes.names()) {
        if (norms[name] === 0) continue;
        for (const code of this.#trigramsOf(name)) {
          const at = starts.get(code);
          if (at === undefined) continue;
          slice[at] = name;
          starts.set(code, at + 1);
        }
      }
      let at = 0;
      for (let index = from; index < to; index++) {
        const [code, count, start] = [codes[index]!, counts.get(codes[index]!)!, postings.length];
        let before = 0;
        for (const end = at + count; at < end; at++) {
          postings.pushVarint(slice[at]! - before);
          before = slice[at]!;
        }
        table.set([code, count, start, postings.length - start], index * 4);
      }
      from = to;
    }
    return { trigrams: table, postings: postings.bytes() };
  }
}

/** Passes over all names, each of which is told as half of what was left to do: how many there will be is not known before they are counted. */
class Passes {
  readonly #names: number;
  readonly #onProgress: ((done: number, total: number) => void) | undefined;
  #done = 0;

  constructor(names: number, onProgress: ((done: number, total: number) => void) | undefined) {
    this.#names = names;
    this.#onProgress = onProgress;
  }

  *names(): Generator<number> {
    const share = (this.#names - this.#done) / 2;
    for (let name = 0; name < this.#names; name++) {
      yield name;
      if ((name & 0xffff) === 0xffff) this.#onProgress?.(this.#done + (share * name) / this.#names, this.#names);
    }
    this.#done += share;
  }
}

function keySections(order: BigUint64Array): Pick<Record<SectionName, Uint8Array>, "keys" | "keyBuckets"> {
  const keys = new Uint32Array(order.length * 2);
  const buckets = new Uint32Array(BUCKETS + 1);
  for (const [i, entry] of order.entries()) {
    const hash = Number(entry >> 32n);
    keys[2 * i] = hash;
    keys[2 * i + 1] = Number(entry & 0xffffffffn);
    buckets[(hash >>> 16) + 1]!++;
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) buckets[bucket + 1]! += buckets[bucket]!;
  return { keys: bytesOf(keys), keyBuckets: bytesOf(buckets) };
}

function laidOut(
  facts: Omit<VocabularyHeader, "hash" | "sections">,
  bytes: Readonly<Record<SectionName, Uint8Array>>,
): BuiltIndex {
  const hash = createHash("sha256");
  for (const name of SECTIONS) hash.update(bytes[name]);
  const digest = hash.digest("hex");
  // The header's length depends on the offsets in it; a second round finds them where the first was too short.
  let start = HEADER_START;
  for (;;) {
    const sections = {} as Record<SectionName, SectionPlace>;
    let at = aligned(start);
    for (const name of SECTIONS) {
      sections[name] = { offset: at, bytes: bytes[name].length };
      at = aligned(at + bytes[name].length);
    }
    const header: VocabularyHeader = { ...facts, hash: digest, sections };
    const json = Buffer.from(JSON.stringify(header));
    if (HEADER_START + json.length > start) {
      start = HEADER_START + json.length + 16;
      continue;
    }
    const head = Buffer.alloc(aligned(start), 0x20);
    head.write(MAGIC, "latin1");
    head.writeUInt32LE(head.length - HEADER_START, 8);
    json.copy(head, HEADER_START);
    const pieces = [head as Uint8Array];
    for (const name of SECTIONS) {
      pieces.push(bytes[name]);
      const padding = aligned(bytes[name].length) - bytes[name].length;
      if (padding > 0) pieces.push(new Uint8Array(padding));
    }
    return { header, pieces };
  }
}

function aligned(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

/** All of Node's platforms are little-endian. */
function bytesOf(values: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
