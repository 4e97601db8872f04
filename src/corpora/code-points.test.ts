import fc from "fast-check";
import { expect, test } from "vitest";
import { codePointAt, codePointLength, utf16IndexOf } from "./code-points.ts";

test("offsets are Python's, and come back, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(50), (text, offset) => {
      const characters = [...text]; // the slow twin: an array of code points
      expect(codePointLength(text)).toBe(characters.length);
      const index = utf16IndexOf(text)(offset);
      expect(text.slice(0, index)).toBe(characters.slice(0, offset).join(""));
      expect(codePointAt(text, index)).toBe(offset);
    }),
  );
});

test("an emoji moves what follows by one unit", () => {
  const text = "🧪 lithium 𝛽 toxicity";
  const at = utf16IndexOf(text);
  expect(text.slice(at(2), at(9))).toBe("lithium");
  expect(text.slice(at(12), at(20))).toBe("toxicity");
});
