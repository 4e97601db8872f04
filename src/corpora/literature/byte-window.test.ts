/** The window finds an end wherever the stream is cut, and tells places in the whole content. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWindow } from "./byte-window.ts";

test("pieces are found in any cutting of the stream, at their places in the whole", () => {
  const cut = fc.record({ pieces: fc.array(fc.string({ unit: "grapheme-ascii" })), sizes: fc.array(fc.nat(7)) });
  fc.assert(
    fc.property(cut, ({ pieces, sizes }) => {
      const wanted = pieces.map((piece) => `${piece.replaceAll("]", "")}]]>`);
      const content = Buffer.from(wanted.join(""), "latin1");
      const window = new ByteWindow();
      const found: [number, string][] = [];
      let from = 0;
      for (const size of [...sizes.map((one) => one + 1), content.length]) {
        window.push(content.subarray(from, from + size));
        from = Math.min(content.length, from + size);
        for (let end = window.endOf("]]>"); end !== undefined; end = window.endOf("]]>")) {
          found.push([window.place, window.latin1(window.position, end)]);
          window.advance(end);
        }
      }
      let place = 0;
      expect(found).toEqual(
        wanted.map((piece) => {
          place += piece.length;
          return [place - piece.length, piece];
        }),
      );
    }),
  );
});
