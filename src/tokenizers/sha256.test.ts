import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test("equals Node's, around every block length too", () => {
  const node = (text: string): string => createHash("sha256").update(text).digest("hex");
  for (let length = 0; length <= 130; length++) expect(sha256("a".repeat(length))).toBe(node("a".repeat(length)));
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => sha256(text) === node(text)));
});
