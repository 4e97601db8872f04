/** Wanted ids: the golden vectors of the specification (section 2.9), and the goldens of ../shared. */
import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { EncodedText } from "../tokenizer.ts";
import { BioGptTokenizer } from "./biogpt-tokenizer.ts";
import type { MosesMode } from "./characters.ts";
import { readGoldens, TOKENIZER_DATA } from "./goldens.fixture.ts";
import { type Merges, parseFairseqDictionary, parseMerges, withLearnedTokens } from "./vocabulary.ts";

const WORDS = "the of low er new est cells IL 2 TNF , . ( ) @-@ &apos; &apos;s &quot; β".split(" ");
const MERGES: Merges = [
  ["l", "o"],
  ["lo", "w"],
  ["e", "r</w>"],
  ["t", "h"],
  ["th", "e</w>"],
  ["-", "@</w>"],
  ["@", "-@</w>"],
];
const CHARACTERS = [..."abcdefghijklmnopqrstuvwxyzILTNF0123456789,.()-&;@'\"β"];
const PIECES = [
  ...new Set([
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    ...MERGES.map(([l, r]) => l + r),
    ...CHARACTERS.flatMap((c) => [c, `${c}</w>`]),
  ]),
];
const toy = (options: { moses?: MosesMode; normalizePunctuation?: boolean; learned?: number } = {}): BioGptTokenizer =>
  new BioGptTokenizer({ vocabulary: withLearnedTokens(PIECES, options.learned ?? 0), merges: MERGES, ...options });

const covered = (text: string, { starts, ends }: EncodedText): string[] =>
  Array.from(starts, (start, i) => text.slice(start, ends[i]));

describe("a toy vocabulary", () => {
  const tokenizer = toy();

  test("text to pieces to ids", () => {
    const ids = tokenizer.encode("the lower (IL-2).");
    const pieces = Array.from(ids, (id) => tokenizer.piece(id));
    expect(pieces.join(" ")).toBe("the low@@ er ( I@@ L @-@ 2 ) .");
    expect(pieces.map((piece) => tokenizer.id(piece))).toEqual([...ids]);
    expect([tokenizer.endId, tokenizer.padId, tokenizer.unknownId]).toEqual([2, 1, 3]);
    expect(tokenizer.vocabularySize).toBe(PIECES.length);
  });

  test("each token has its place: over escapes, split dashes, runs of dots, deleted controls, half and whole pairs", () => {
    const text = 'the\u00a0cell\'s \u0001IL-2... \ud83d\ude00x \ud800 "a\u0002b"';
    const encoded = tokenizer.encodeWithOffsets(text);
    expect(Array.from(encoded.ids, (id) => tokenizer.piece(id)).join(" ")).toBe(
      "the c@@ e@@ l@@ l &@@ a@@ p@@ o@@ s@@ ;@@ s I@@ L @-@ 2 .@@ .@@ . <unk> x <unk> &@@ q@@ u@@ o@@ t@@ ; a@@ b &@@ q@@ u@@ o@@ t@@ ;",
    );
    expect(covered(text, encoded).filter((part) => part !== "")).toEqual([
      "the",
      "c",
      "e",
      "l",
      "l",
      "'",
      "s",
      "I",
      "L",
      "-",
      "2",
      ".",
      ".",
      ".",
      "\ud83d\ude00",
      "x",
      "\ud800",
      '"',
      "a",
      "b",
      '"',
    ]);
    expect(tokenizer.encode(text)).toEqual(encoded.ids);
  });

  test("special tokens in text are text, unless asked for", () => {
    const text = "a</s>the <pad>";
    expect(tokenizer.encode(text)).not.toContain(2);
    const encoded = tokenizer.encodeWithOffsets(text, { recognizeSpecialTokens: true });
    expect(Array.from(encoded.ids, (id) => tokenizer.piece(id))).toEqual(["a", "</s>", "the", "<pad>"]);
    expect(covered(text, encoded)).toEqual(["a", "</s>", "the", "<pad>"]);
  });

  test("normalised punctuation keeps the places of the original text", () => {
    const text = "the cell’s “IL–2” of…";
    const normalizing = toy({ normalizePunctuation: true });
    const encoded = normalizing.encodeWithOffsets(text);
    expect(encoded.ids).toEqual(tokenizer.encode('the cell\'s "IL-2" of...'));
    const parts = covered(text, encoded).filter((part) => part !== "");
    expect(parts.join("")).toBe("thecell’s“IL–2”of…");
    expect(tokenizer.encode(text)).toContain(3);
  });

  test("the hash tells everything apart that changes ids", () => {
    const hashes = [toy(), toy({ moses: "sacremoses" }), toy({ normalizePunctuation: true }), toy({ learned: 1 })].map(
      (t) => t.hash,
    );
    expect(new Set(hashes).size).toBe(4);
    expect(toy().hash).toBe(tokenizer.hash);
    expect(tokenizer.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("learned tokens are left out of decoded text, as are special ones", () => {
    const learned = toy({ learned: 2 });
    const [first, second] = learned.learnedIds as [number, number];
    expect(learned.piece(first)).toBe("learned1");
    expect(learned.id("learned2")).toBe(second);
    const ids = [2, ...learned.encode("the low"), first, second, 2];
    expect(learned.decode(ids)).toBe("the low");
    expect(learned.decode(ids, { keepSpecialTokens: true, keepLearnedTokens: true })).toBe(
      "</s> the low learned1 learned2 </s>",
    );
  });

  test("an id outside the vocabulary is an error", () => {
    expect(() => tokenizer.decode([PIECES.length])).toThrow(`There is no token ${PIECES.length}.`);
    expect(() => tokenizer.piece(1.5)).toThrow("There is no token 1.5.");
  });

  test("a stream gives each word as soon as nothing can join it, and in all the same text", () => {
    const ids = tokenizer.encode("the lower (IL-2) of");
    const decoder = tokenizer.streamDecoder();
    const parts = Array.from(ids, (id) => decoder.push(id));
    parts.push(decoder.end());
    expect(parts).toEqual(["", "the", "", " lower", " (", "", "", "", "IL-2", ")", "", " of"]);
    const id = fc.nat(PIECES.length - 1);
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), (ids) => {
        const pushed = ids.map((id) => decoder.push(id));
        expect(pushed.join("") + decoder.end()).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("places", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...WORDS,
      "low",
      "IL-2-/-",
      "5'-UTR",
      "U.S.",
      "...",
      "a..b",
      "''",
      "'",
      '"x",',
      "e.g.",
      "中文",
      "𝑎𝑏",
      "\u0007",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const text = fc
    .array(fc.tuple(piece, fc.constantFrom("", " ", " ", "\n", "\u00a0")), { maxLength: 14 })
    .map((parts) => parts.flat().join(""));

  // Perl's white space, and what Moses deletes.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is deleted
  const dropped = /[\u0000-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

  test.each(["perl", "sacremoses"] as const)(
    "cover the text but for white space and controls, in order: %s",
    (moses) => {
      const tokenizer = toy({ moses });
      fc.assert(
        fc.property(text, (text) => {
          const encoded = tokenizer.encodeWithOffsets(text);
          expect(covered(text, encoded).join("").replace(dropped, "")).toBe(text.replace(dropped, ""));
          let last = 0;
          for (const [i, start] of encoded.starts.entries()) {
            expect(start).toBeGreaterThanOrEqual(last);
            last = encoded.ends[i]!;
            expect(last).toBeGreaterThanOrEqual(start);
          }
        }),
        { numRuns: 1500 },
      );
    },
  );

  test("with punctuation normalised, every place is inside the text and the ids are those of the normalised text", () => {
    const plain = toy();
    const normalizing = toy({ normalizePunctuation: true });
    const typographic = fc
      .array(fc.constantFrom(..."ab.,“”’‘–—…'\"\u00a0% "), { maxLength: 20 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(typographic, (text) => {
        const { ids, starts, ends } = normalizing.encodeWithOffsets(text);
        expect(normalizing.encode(text)).toEqual(ids);
        const inside = starts.every((start, i) => 0 <= start && start <= ends[i]! && ends[i]! <= text.length);
        expect(inside).toBe(true);
        if (!/[“”’‘–—…\u00a0]|''|"[.,]/.test(text)) expect(ids).toEqual(plain.encode(text));
      }),
      { numRuns: 1500 },
    );
  });
});

test("more different chunks than the cache holds change nothing", () => {
  const tokenizer = toy();
  const text = (i: number): string => `the${i.toString(36)}-low`;
  const first = tokenizer.encode(text(1));
  for (let i = 0; i < 300_000; i += 100) tokenizer.encode(Array.from({ length: 100 }, (_, j) => text(i + j)).join(" "));
  expect(tokenizer.encode(text(1))).toEqual(first);
  expect(tokenizer.encode(text(299_999))).toEqual(toy().encode(text(299_999)));
});

test("a word that was met takes little memory, and nothing of the text that it was met in", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const kept = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const tokenizer = toy();
  // Some two thousand letters a text, of which every word is a new one and long enough for V8 to cut it out without copying it.
  const text = (i: number): string =>
    Array.from({ length: 100 }, (_, j) => `lowlowlowlowlow${(100 * i + j).toString(36).padStart(4, "e")}`).join(" ");
  tokenizer.encode(text(0));
  const before = kept();
  for (let i = 1; i <= 300; i++) tokenizer.encode(text(i));
  expect((kept() - before) / 30_000).toBeLessThan(450); // bytes; 770 as objects that keep their texts
});

const VECTORS: readonly (readonly [text: string, base: string, large: string, moses?: MosesMode])[] = [
  ["COVID-19 is", "4805 9 656 21", "2399 462 3506 11 797 36 34"],
  ["this is a test", "35 21 14 225", "54 34 21 229"],
  ["Hello, my dog is a little", "313 3666 399 7 10241 4316 21 14 1161", "400 25475 5 11369 5240 34 21 1238"],
  ["Today, I", "18538 7 174", "20797 5 180"],
  ["Trastuzumab", "7548 1171 32924", "39243"],
  ["sequence builders", "528 20437 9067", "323 46414 13318"],
  ["multi-sequence build", "1912 9 528 8100", "2170 11 323 7863"],
  ["Bicalutamide", "23973 33377", "287 32386 46902"],
  ["Janus kinase 3 (JAK-3)", "24108 617 54 12 20205 9 54 11", "20801 340 25 16 10342 11 25 15"],
  [
    "p<0.05; 95% CI: 1.2-3.4",
    "110 109 394 44 203 24 266 20 2557 9 4311",
    "142 6 24377 1077 24 53 2047 24 43 418 52 797 3497 11 839 5952",
  ],
  ["5'-UTR of Smith's gene", "82 104 25920 5 22059 121 131", "24 169 12182 9 11505 158 107"],
  [
    'He said "yes" [1] & left.',
    "4201 13658 112 22700 112 135 36 139 1514 491 4",
    "4586 15021 66 22134 66 68 19 69 1342 676 4",
  ],
  ["at 3 T.", "34 54 157 4", "46 25 159 4"],
  ["at 3 T.", "34 54 21421", "46 25 2560", "sacremoses"],
  ["e.g. No. 5 vs. Dr. X", "1580 17170 82 18080 19594 447", "1139 11398 24 837 4894 424"],
  ["U.S.A. is...good.", "25782 30540 21 11475 746 4", "24649 34 11774 908 4"],
  ["1,000,000 cells, 3'UTR", "3052 11831 3111 42 7 30811", "797 24540 1077 1077 1077 24540 1077 1077 18 47 5 34714"],
  ["IL-2-/- mice", "355 9 3162 26 81 216", "311 11 2939 12 141 137"],
  ["Na+/K+-ATPase", "1491 51 26 473 51 7047", "1593 67 12 478 67 8241"],
  ["TNF-α", "1359 9 1142", "1270 11 442"],
  ["β-catenin ≥ 5 µm", "960 9 5466 1478 82 13067", "307 11 2212 1662 24 6422"],
  ["naïve café", "9450 704 3033 10495", "6663 697 3939 8819"],
  ["<a|b>", "109 14 22192 787 361", "6 21 9501 724 7"],
  ["2019", "6163", "744 1077 797 36"],
  ["中", "3", "47875"],
  ["...", "11475", "11774"],
  ["learned1", "17807 2467 18802", "21790 2624 5522"],
  [
    "the relation between naloxone and hypertensive exists.",
    "6 1292 45 8492 8 2791 3484 4",
    "8 1686 65 12249 10 4029 3474 4",
  ],
  [
    "the interaction between psoralen and monoamine oxidase type a (mao-a) is inhibitor.",
    "6 639 45 34292 25183 8 12156 3183 145 14 12 3733 399 9 14 11 21 713 4",
    "8 324 65 39880 10 14123 3403 119 21 16 3527 491 11 21 15 34 455 4",
  ],
  [
    "the answer to the question given the context is yes.",
    "6 9412 13 6 2969 690 6 1544 21 22700 4",
    "8 9367 20 8 2509 785 8 1328 34 22134 4",
  ],
  [
    "the type of this document is genomic instability and mutation.",
    "6 145 5 35 6771 21 1840 3589 8 971 4",
    "8 119 9 54 8098 34 1134 3308 10 371 4",
  ],
  [
    "question: Is X valid? context: Y. ",
    "2969 20 2882 447 4847 927 1544 20 1341 4",
    "2509 52 3098 424 5859 752 1328 52 1252 4",
  ],
  [
    "question: Is X valid? context: Y. ",
    "2969 20 2882 447 4847 927 1544 20 1015 4",
    "2509 52 3098 424 5859 752 1328 52 8135",
    "sacremoses",
  ],
  ["</s>", "109 26 279 361", ""],
  ["Alzheimer’s disease – a review", "2474 3 279 76 3 14 256", ""],
  ["Alzheimer's disease - a review", "2474 121 76 81 14 256", ""],
  ["< TITLE > < FREETEXT >", "", "6 26 7 6 14 7"],
];

describe.skipIf(!existsSync(TOKENIZER_DATA)).each([
  ["biogpt", 1],
  ["biogpt-large", 2],
] as const)("%s's own vocabulary", (name, column) => {
  const goldens = readGoldens();
  const tokenizers = {} as Record<MosesMode, BioGptTokenizer>;
  beforeAll(() => {
    const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, TOKENIZER_DATA), "utf8");
    const files = { vocabulary: parseFairseqDictionary(read("dict.txt")), merges: parseMerges(read("bpecodes")) };
    tokenizers.perl = new BioGptTokenizer(files);
    tokenizers.sacremoses = new BioGptTokenizer({ ...files, moses: "sacremoses" });
  });

  test("the golden vectors of the specification", () => {
    for (const [text, base, large, only] of VECTORS) {
      const want = [base, large][column - 1];
      if (want === "") continue;
      const differs = VECTORS.some(([other, , , mode]) => other === text && mode !== undefined);
      const modes = only === undefined ? (differs ? (["perl"] as const) : (["perl", "sacremoses"] as const)) : [only];
      for (const mode of modes) expect(tokenizers[mode].encode(text).join(" "), `${mode}: ${text}`).toBe(want);
    }
  });

  test("3,000 goldens: ids, places, text", () => {
    const tokenizer = tokenizers.perl;
    let compared = 0;
    for (const golden of goldens) {
      const want = golden[name];
      if (want === undefined) continue;
      compared++;
      const encoded = tokenizer.encodeWithOffsets(golden.text);
      expect(encoded.ids.join(" ")).toBe(want.join(" "));
      expect(covered(golden.text, encoded).join("")).toBe(golden.text.replace(/\s+/g, ""));
      if (!want.includes(tokenizer.unknownId)) expect(tokenizer.decode(want)).toBe(golden.detokenized);
    }
    expect(compared).toBe(3000);
  });

  test("Hugging Face's reading of </s> in a text", () => {
    expect([...tokenizers.sacremoses.encode("</s>", { recognizeSpecialTokens: true })]).toEqual([2]);
  });
});
