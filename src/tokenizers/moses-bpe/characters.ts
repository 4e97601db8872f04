/**
 * Character classes of the two Moses implementations.
 *
 * `perl` follows the Unicode properties that tokenizer.perl asks Perl for. `sacremoses` follows the tables that the Python
 * package carries: frozen at about Unicode 6 to 7, incomplete (no Han, no Hangul, hardly anything beyond U+FFFF), so there every
 * Han ideograph stands alone. The differences were measured against Unicode 17.
 *
 * Left out  32 viramas and nuktas beyond U+FFFF that sacremoses counts as letters; newer Latin small letters it does not know.
 */

export type MosesMode = "perl" | "sacremoses";

/** Bits of `CharacterClasses.of`. */
export const ALPHA = 1;
/** Alphabetic or a decimal digit: what Moses leaves unpadded. */
export const ALPHANUMERIC = 2;
/** General category N. */
export const NUMBER = 4;
export const LOWER = 8;
export const WHITE = 16;
/** U+0000 to U+001F outside white space: deleted from the text. */
export const CONTROL = 32;

/** Sources of regular expression classes, to be used with the `v` flag, and the same classes as bits. */
export interface CharacterClasses {
  readonly alpha: string;
  readonly alphanumeric: string;
  readonly number: string;
  readonly lower: string;
  readonly white: string;
  /** Classes of a code point, as a sum of bits. */
  of(codePoint: number): number;
}

// Hexadecimal ranges, as in the specification of the differences.
const SACREMOSES_WITHOUT =
  ranges(`363-36F 560 588 5EF 860-86A 870-887 889-88F 897 8B3-8C9 8D4-8DF 8E3 9FC AF9-AFC C04 C5A C5C-C5D C80
  CDC-CDD CF3 D00 D04 D54-D56 D5F D81 E86 E89 E8C E8E-E93 E98 EA0 EA8-EA9 EAC F82-F83 1063-1064 1069-106D 1087-108D 108F
  109A-109B 13F5 13F8-13FD 170D 171F 1878 1ABF-1AC0 1ACC-1ACE 1B4C 1C36 1C80-1C8A 1C90-1CBA 1CBD-1CBF 1CFA 1DD3-1DE6 2C2F 2C5F
  3005 3007 3021-3029 3038-303B 312E-312F 31BB-31BF 3400-4DBF 4E00-9FFF A69E A78F A7AE-A7AF A7B2-A7DC A7F1-A7F6 A802 A80B A8C5
  A8FD-A8FF A9E5 AA7B-AA7D AB60-AB63 AB66-AB69 AB70-ABBF AC00-D7A3 F900-FA6D FA70-FAD9`);
const SACREMOSES_WITH =
  ranges(`93C 94D 9BC 9CD A3C A4D ABC ACD AFD-AFF B3C B4D BCD C4D CBC CCD D3B-D3C D4D DCA EBA 1039 135F 1714
  1BAB 1C37 25CC A8C4 A953 AAF6`);
const SACREMOSES_NUMBER_WITHOUT = ranges("D58-D5E D76-D78 3007 3021-3029 3038-303A");
const BEYOND_FFFF = "\\u{10000}-\\u{10FFFF}";

// Perl's \s: unlike JavaScript's it has U+0085 and lacks U+FEFF. Python's has U+001C to U+001F besides.
const PERL_WHITE = "\\t\\n\\v\\f\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";

const SOURCES: Readonly<Record<MosesMode, Omit<CharacterClasses, "of">>> = {
  perl: {
    alpha: "\\p{Alphabetic}",
    alphanumeric: "[\\p{Alphabetic}\\p{Nd}]",
    number: "\\p{N}",
    lower: "\\p{Lowercase}",
    white: `[${PERL_WHITE}]`,
  },
  sacremoses: {
    alpha: `[[\\p{Alphabetic}${SACREMOSES_WITH}]--[${SACREMOSES_WITHOUT}${BEYOND_FFFF}]]`,
    alphanumeric: `[[\\p{Alphabetic}\\p{Nd}${SACREMOSES_WITH}]--[${SACREMOSES_WITHOUT}${BEYOND_FFFF}]]`,
    number: `[\\p{N}--[${SACREMOSES_NUMBER_WITHOUT}${BEYOND_FFFF}]]`,
    lower: `[\\p{Lowercase}--[\\u10D0-\\u10FF${SACREMOSES_WITHOUT}${BEYOND_FFFF}]]`,
    white: `[${PERL_WHITE}\\x1C-\\x1F]`,
  },
};

const made = new Map<MosesMode, CharacterClasses>();

export function characterClasses(mode: MosesMode): CharacterClasses {
  let classes = made.get(mode);
  if (classes === undefined) {
    classes = { ...SOURCES[mode], of: classifier(SOURCES[mode]) };
    made.set(mode, classes);
  }
  return classes;
}

/** Looks a code point up in pages of 256 bytes, each filled by the regular expressions when first asked for. */
function classifier(sources: Omit<CharacterClasses, "of">): (codePoint: number) => number {
  const tests: [RegExp, number][] = [
    [new RegExp(sources.alpha, "v"), ALPHA],
    [new RegExp(sources.alphanumeric, "v"), ALPHANUMERIC],
    [new RegExp(sources.number, "v"), NUMBER],
    [new RegExp(sources.lower, "v"), LOWER],
    [new RegExp(sources.white, "v"), WHITE],
  ];
  const pages: (Uint8Array | undefined)[] = new Array(0x1100).fill(undefined);
  const classify = (codePoint: number): number => {
    const character = String.fromCodePoint(codePoint);
    let bits = 0;
    for (const [expression, bit] of tests) if (expression.test(character)) bits |= bit;
    return codePoint < 0x20 && (bits & WHITE) === 0 ? bits | CONTROL : bits;
  };
  return (codePoint) => {
    let page = pages[codePoint >> 8];
    if (page === undefined) {
      page = Uint8Array.from({ length: 256 }, (_, low) => classify((codePoint & ~0xff) | low));
      pages[codePoint >> 8] = page;
    }
    return page[codePoint & 0xff]!;
  };
}

function ranges(text: string): string {
  return text
    .trim()
    .split(/\s+/)
    .map((range) =>
      range
        .split("-")
        .map((hexadecimal) => `\\u{${hexadecimal}}`)
        .join("-"),
    )
    .join("");
}
