/** Oniguruma's syntax as JavaScript's; what the engines disagree on is as Hugging Face's tokenizers cut it (tokenizers 0.23.2). */
import { expect, test } from "vitest";
import { splitPattern } from "./split-pattern.ts";

const pieces = (pattern: string, text: string): string[] => text.match(splitPattern(pattern)) ?? [];

test("case does not count in (?i:…), for the characters too that fold to a letter", () => {
  expect(pieces("(?i:'s|'k)|\\p{L}+", "'\u017fab '\u212aab '\u00dfx 'Sx 's")).toEqual([
    ...["'\u017f", "ab", "'\u212a", "ab", "\u00dfx", "'S", "x", "'s"],
  ]);
  expect(pieces("a(?i:b(?:c))", "abc aBC ABC")).toEqual(["abc", "aBC"]);
});

test("white space is Unicode's", () => {
  expect(pieces("\\s", "a\u0085b\ufeffc\u180ed\u200be\u001cf\u000bg\u2028h")).toEqual(["\u0085", "\u000b", "\u2028"]);
  expect(pieces("[^\\sx]+", "a\u0085b\ufeffx")).toEqual(["a", "b\ufeff"]);
  expect(pieces("\\S+", "a\u00a0b")).toEqual(["a", "b"]);
});

test("classes, properties, escapes and lazy repetitions", () => {
  expect(pieces("[!-/\\[\\]\\\\\\-a-]+", "!/[]\\-ab")).toEqual(["!/[]\\-a"]);
  expect(pieces("\\p{Han}+|\\P{L}|\\d", "\u7ed3\u679ca1\u0661")).toEqual(["\u7ed3\u679c", "1", "\u0661"]);
  expect(pieces("a.", "a\nab\ra\r")).toEqual(["ab", "a\r"]);
  expect(pieces("a{1,2}?|\\.", "aa.")).toEqual(["a", "a", "."]);
  expect(pieces("\\s+(?!\\S)|(?<=x)y", "  a xy")).toEqual([" ", "y"]);
  expect(pieces("[\ud83c\udff4-\ud83c\udff5]", "\ud83c\udff4\ud83c")).toEqual(["\ud83c\udff4"]);
});

test.each([
  ["(a", "does not end"],
  ["a)", "never began"],
  ["[a", "a class does not end"],
  ["[a[b]]", "within a class"],
  ["a++", "++ is not read"],
  ["(?>a)", "is not read"],
  ["(?i:[a])", "a class in"],
  ["(?i:\u00df)", "no single other case"],
  ["^a", "stands where it is not read"],
  ["\\bq", "\\b is not read"],
  ["\\p{Nonsense}", "is not known"],
  ["\\", "ends in a backslash"],
  ["(a*)*", "repeated"],
  ["((a{2,})b)+", "repeated"],
  ["a".repeat(5000), "5000 characters"],
])("refused: %s", (pattern, message) => {
  expect(() => splitPattern(pattern)).toThrow(message);
});
