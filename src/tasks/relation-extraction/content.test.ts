import fc from "fast-check";
import { expect, test } from "vitest";
import { buildContent } from "./content.ts";

const document = (title: string, ...texts: string[]) => ({
  id: "1",
  passages: [{ kind: "title" as const, text: title }, ...texts.map((text) => ({ kind: "abstract" as const, text }))],
});

test.each([
  ["A Title.", "a title. text"],
  ["A Title", "a title. text"],
  ["A title?", "a title? text"],
  ["p < 5", "p < 5. text"],
  ["Ends in α", "ends in α. text"],
  ["[Translated]", "[translated] text"],
  ["", "text"],
])("the title rule: %j", (title, text) => {
  expect(buildContent(document(title, "Text")).text).toBe(text);
});

test("every character leads back to its own place, lower-cased", () => {
  const text = fc.string({ unit: fc.constantFrom("A", "b", " ", "İ", "ẞ", "Σ", "𐐀", ".", "\n", "é") });
  fc.assert(
    fc.property(text, text, fc.boolean(), (title, abstract, oneLine) => {
      const source = document(title, abstract);
      const content = buildContent(source, { oneLine });
      for (let offset = 0; offset < content.text.length; offset++) {
        if (/[\udc00-\udfff]/.test(content.text[offset]!)) continue; // the second half of a character
        const place = content.toOriginal(offset);
        if (place === undefined) expect(". ").toContain(content.text[offset]!);
        else {
          const original = source.passages[place.passage]!.text;
          const character = String.fromCodePoint(original.codePointAt(place.offset)!);
          const wanted = oneLine && character === "\n" ? " " : character.toLowerCase();
          // a final sigma is the one letter whose case depends on its neighbours
          if (character !== "Σ") expect(wanted).toContain(content.text[offset]!);
        }
      }
    }),
  );
});

test("spans lead back; none reaches over two passages", () => {
  const content = buildContent(document("Naloxone", "In İstanbul, Clonidine."));
  expect(content.text).toBe("naloxone. in i̇stanbul, clonidine.");
  const at = content.text.indexOf("clonidine");
  expect(content.toOriginalSpan(at, at + 9)).toEqual({ passage: 1, start: 13, end: 22 });
  expect(content.toOriginalSpan(0, 8)).toEqual({ passage: 0, start: 0, end: 8 });
  expect(content.toOriginalSpan(4, 14)).toBeUndefined();
  expect(content.toOriginalSpan(8, 9)).toBeUndefined();
  expect(content.toOriginalSpan(3, 3)).toBeUndefined();
});
