import fc from "fast-check";
import { expect, test } from "vitest";
import { orderedEntries } from "./ordered-json.ts";

test("integer-like keys keep the order of the file", () => {
  const text = '{"227508": {"b": 1, "7": 2}, "12": [1, "}"], "x": "a\\"b", "3": null , "4":-1.5e3}';
  expect([...orderedEntries(text, "t")]).toEqual([
    ["227508", '{"b": 1, "7": 2}'],
    ["12", '[1, "}"]'],
    ["x", '"a\\"b"'],
    ["3", "null"],
    ["4", "-1.5e3"],
  ]);
  expect([...orderedEntries(" { } ", "t")]).toEqual([]);
});

test("a repeated key keeps its first place and its last value, as in Python", () => {
  expect([...orderedEntries('{"b":1,"a":2,"b":3}', "t")]).toEqual([
    ["b", "3"],
    ["a", "2"],
  ]);
});

test("every object that JSON.stringify writes comes back, in order", () => {
  const key = fc.oneof(fc.string(), fc.nat().map(String));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.jsonValue())), fc.constantFrom(0, 1, 2), (pairs, indent) => {
      const members = pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value, null, indent)}`);
      const read = orderedEntries(`{${members.join(",\n")}}`, "t");
      const wanted = new Map(pairs);
      expect([...read.keys()]).toEqual([...wanted.keys()]);
      for (const [name, value] of wanted)
        expect(JSON.parse(read.get(name)!)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ["", 'file is not a JSON object: at character 0 "{" was expected, the end found.'],
  ['{"a":1', 'at character 6 "," or "}" was expected, the end found.'],
  ['{"a":{"b":1}', 'at character 12 "," or "}" was expected'],
  ['{"a":[1', "at character 5 a value was expected"],
  ['{"a', "the end of a key was expected"],
  ['{"a":1} x', 'at character 8 the end was expected, "x" found.'],
  ['{"a":1,}', "a key was expected"],
  [`{"a":${"[".repeat(100)}`, "nests deeper than 64 levels"],
])("%j is refused", (text, message) => {
  expect(() => orderedEntries(text, "file")).toThrow(message);
});

test("any text is read or refused, quickly", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "1", "\\", " ") }), (text) => {
      try {
        orderedEntries(text, "file");
      } catch (error) {
        expect((error as { code: string }).code).toBe("corpora/json");
      }
    }),
  );
});
