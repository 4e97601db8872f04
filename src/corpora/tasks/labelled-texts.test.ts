import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { readLabelledTexts } from "./labelled-texts.ts";

const folder = temporaryFolder();
function read(content: string): { text: string; label: string }[] {
  const path = join(folder, "texts");
  writeFileSync(path, content);
  return readLabelledTexts(path).map(({ text, label }) => ({ text, label }));
}

test("JSON Lines and tables give the same texts, whatever stands in them", () => {
  const word = fc
    .string({ minLength: 1, maxLength: 20 })
    .filter((text) => text.trim() !== "" && !/[\r\uFEFF]/.test(text));
  const one = fc.record({ text: word, label: word.map((text) => text.trim()) });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (texts) => {
      expect(read(texts.map((text) => JSON.stringify({ id: 7, ...text })).join("\n"))).toEqual(texts);
      for (const delimiter of [",", ";"]) {
        const rows = texts.map(({ text, label }) => [label, "x", text]);
        const table = stringify([["label", "other", "text"], ...rows], { delimiter, quoted: true });
        expect(read(table)).toEqual(texts);
      }
    }),
    { numRuns: 50 },
  );
});

test("labels may be numbers, true and false", () => {
  expect(read('{"text": "a", "label": 1}\n\n{"text": "b", "label": false}').map(({ label }) => label)).toEqual([
    "1",
    "false",
  ]);
  expect(read("text\tlabel\na\t0\n")).toEqual([{ text: "a", label: "0" }]);
});

test.each([
  ['{"text": "a"}', 'line 1 of .* it has no "label"'],
  ['{"text": "a", "label": "x"}\n{"txt": "a", "label": "x"}', 'line 2 of .* it has no "text".*[Dd]id you mean'],
  ['{"text": " ", "label": "x"}', "its text is none"],
  ['{"text": "a", "label": ["x"]}', "its label is none"],
  ["{nonsense", "line 1 of"],
  ["just words", "it begins with"],
  ["text,label\na,b,c\n", "cannot be used"],
  ["text,class\na,b\n", 'has no "label"'],
  ["text,label\n", "it holds no text"],
])("%j is refused", (content, why) => {
  expect(() => read(content)).toThrow(new RegExp(why));
});
