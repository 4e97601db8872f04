/**
 * A vocabulary's index: one file, written once, read in pages.
 *
 *     "BIOGPTV1"                              8 bytes
 *     length of the header                    u32, little-endian as all numbers
 *     header                                  JSON (`VocabularyHeader`): what it is, and where its sections lie
 *     spaces up to a multiple of 8
 *     concepts          one behind another    u8 type, then id \0 name \0 alternative \0 alternative …, UTF-8
 *     conceptOffsets    u32 × (concepts + 1)  into `concepts`
 *     names             one behind another    u32 concept, u8 rank, u8 count, the name in UTF-8
 *     nameOffsets       u32 × (names + 1)     into `names`
 *     norms             f32 × names           length of the name's vector of trigram weights; 0 for one that is not among the postings
 *     keys              (u32 hash, u32 name)  sorted by hash: of each name's folded key, and of that of its meanings where it differs
 *     keyBuckets        u32 × (2^16 + 1)      first entry of `keys` whose hash begins with these 16 bits
 *     trigrams          (u32 code, u32 names, u32 offset into `postings`, u32 bytes)   sorted by code
 *     postings          names of a trigram, ascending, as differences in LEB128
 *
 * Trigrams are those of the words' meanings (word-meanings.ts). Of names of one concept that fold to the same key, the first alone has postings.
 * Names are in the order of their norms, so that a search knows where the longer ones begin that cannot be similar enough; it finds the same, only slower, in another order. Sections begin at multiples of 8.
 */
import { z } from "zod";

export const MAGIC = "BIOGPTV1";
export const FORMAT = "biogpt-vocabulary/1";
export const HEADER_START = 12;
/** Written headers have some 2 kB; what is larger was not written by us. */
export const MAX_HEADER_BYTES: number = 4 * 1024 * 1024;
export const BUCKETS: number = 1 << 16;
/** A name's bytes before its text. */
export const NAME_PREFIX = 6;

export const SECTIONS = [
  "concepts",
  "conceptOffsets",
  "names",
  "nameOffsets",
  "norms",
  "keys",
  "keyBuckets",
  "trigrams",
  "postings",
] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface SectionPlace {
  readonly offset: number;
  readonly bytes: number;
}

export interface VocabularyHeader {
  readonly format: typeof FORMAT;
  readonly kind: string;
  /** What people call it: the names of its files. */
  readonly title: string;
  /** SHA-256 over the sections. */
  readonly hash: string;
  readonly concepts: number;
  readonly names: number;
  readonly trigrams: number;
  /** Types of its concepts; a concept's byte is 1 + an index into this, 0 where it has none. */
  readonly types: readonly string[];
  readonly sources: readonly { readonly name: string; readonly sha256: string }[];
  readonly sections: Readonly<Record<SectionName, SectionPlace>>;
}

const whole = z.number().int().min(0);
const place = z.strictObject({ offset: whole, bytes: whole });
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  kind: z.string(),
  title: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  concepts: whole,
  names: whole,
  trigrams: whole,
  types: z.array(z.string()).max(255),
  sources: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  sections: z.record(z.enum(SECTIONS), place),
});

/** Undefined for what is no header of this form. */
export function parseHeader(value: unknown): VocabularyHeader | undefined {
  return headerSchema.safeParse(value).data;
}

/** A name's place among those of its concept: the name that people are shown, another of the same meaning, one of a near meaning. */
export const RANKS = { preferred: 0, exact: 1, related: 2 } as const;

/** Weight of a trigram that `count` of `names` names have, squared in a cosine. */
export function trigramWeight(names: number, count: number): number {
  return Math.log(1 + names / (count + 1));
}
