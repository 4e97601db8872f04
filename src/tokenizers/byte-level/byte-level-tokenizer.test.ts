/** Against Hugging Face's tokenizers: test/golden/byte-level-tokenizer.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../tokenizer-json.ts";
import { ByteLevelTokenizer } from "./byte-level-tokenizer.ts";
import { parseByteLevelJson } from "./json-file.ts";

interface Golden {
  readonly texts: readonly string[];
  readonly kinds: Readonly<
    Record<
      string,
      {
        readonly file: Json;
        readonly cases: readonly {
          readonly ids: number[];
          /** By code points, where a character that became several tokens is in each of them. */
          readonly offsets: readonly (readonly [number, number])[];
          /** Where special tokens are text. */
          readonly plain?: number[];
          readonly decoded: string;
          readonly whole: string;
        }[];
        readonly broken: readonly { readonly ids: number[]; readonly decoded: string; readonly whole: string }[];
      }
    >
  >;
}

const path = join(import.meta.dirname, "../../../test/fixtures/tokenizers/byte-level.json");
const { texts, kinds } = JSON.parse(readFileSync(path, "utf8")) as Golden;

/** The places of code points in UTF-16, and each place to the first of its tokens. */
function expectedPlaces(text: string, offsets: readonly (readonly [number, number])[]): [number, number][] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  let last = 0;
  return offsets.map(([from, to]) => {
    const start = Math.max(last, units[from]!);
    last = Math.max(last, units[to]!);
    return [start === last ? last : start, last];
  });
}

describe.each(Object.keys(kinds))("%s", (name) => {
  const { file, cases, broken } = kinds[name]!;
  const tokenizer = new ByteLevelTokenizer(parseByteLevelJson(JSON.stringify(file), "tokenizer.json"), {
    endToken: "<|end|>",
  });
  const recognizeSpecialTokens = true;

  test("ids, with special tokens and without", () => {
    for (const [i, { ids, plain = ids }] of cases.entries()) {
      expect([texts[i], ...tokenizer.encode(texts[i]!, { recognizeSpecialTokens })]).toEqual([texts[i], ...ids]);
      expect([texts[i], ...tokenizer.encode(texts[i]!)]).toEqual([texts[i], ...plain]);
    }
  });

  test("places", () => {
    for (const [i, text] of texts.entries()) {
      // Hugging Face gives a joined character the place of the first of them alone, and a space in front that of the text's first character.
      if (name === "qwen2" ? text.normalize("NFC") !== text : name === "prefixed") continue;
      const { starts, ends } = tokenizer.encodeWithOffsets(text, { recognizeSpecialTokens });
      const found = Array.from(starts, (start, at) => [start, ends[at]!]);
      expect([text, ...found]).toEqual([text, ...expectedPlaces(text, cases[i]!.offsets)]);
    }
  });

  test("decoding, of any ids, at once and one by one", () => {
    for (const { ids, decoded, whole } of [...cases, ...broken]) {
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { keepSpecialTokens: true })).toBe(whole);
      const stream = tokenizer.streamDecoder();
      expect(ids.map((id) => stream.push(id)).join("") + stream.end()).toBe(decoded);
    }
  });

  test("any text comes back, and its places cover it in order", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
        const normal = name === "qwen2" ? text.normalize("NFC") : text;
        const prefixed = name === "prefixed" && normal !== "" && !normal.startsWith(" ") ? ` ${normal}` : normal;
        expect(tokenizer.decode(ids)).toBe(prefixed);
        let last = 0;
        for (const [i, start] of starts.entries()) {
          expect(start).toBe(last);
          expect(ends[i]).toBeGreaterThanOrEqual(start);
          last = ends[i]!;
        }
        expect(last).toBe(text.length);
        expect([...tokenizer.encode(text)]).toEqual([...ids]);
      }),
      { examples: [["\u{1d1bb}"]] }, // one character whose normal form is two
    );
  });
});

const { file } = kinds["llama3"]!;
const parse = (change: object): unknown => parseByteLevelJson(JSON.stringify({ ...file, ...change }), "tokenizer.json");
const read = (options = {}): ByteLevelTokenizer =>
  new ByteLevelTokenizer(parseByteLevelJson(JSON.stringify(file), "tokenizer.json"), options);

test("begin, end and padding are those that the files name", () => {
  const id = (text: string): number =>
    (file["added_tokens"] as { id: number; content: string }[]).find(({ content }) => content === text)!.id;
  expect(read({ endToken: "<|end|>", padToken: "<pad>" })).toMatchObject({
    ...{ beginId: id("<|begin|>"), endId: id("<|end|>"), padId: id("<pad>"), unknownId: -1, vocabularySize: 435 },
  });
  expect(read({ endToken: "<|end|>", beginToken: null })).toMatchObject({ beginId: -1, padId: id("<|end|>") });
  expect(read()).toMatchObject({ endId: -1 });
  expect(() => read({ endToken: "<|eot_id|>" })).toThrow("lacks <|eot_id|>, its end token");
  expect(read().specialTokens.has("<|end|>")).toBe(true);
  expect(read().specialTokens.has("<think>")).toBe(false);
});

test("half a surrogate pair is U+FFFD, an id that is not there is refused", () => {
  expect(read().decode(read().encode("a\ud800b"))).toBe("a\ufffdb");
  expect(() => read().decode([435])).toThrow("There is no token 435.");
  expect(() => read().piece(1.5)).toThrow("There is no token 1.5.");
});

test("what decides the ids decides the hash", () => {
  const changed = (change: object): string =>
    new ByteLevelTokenizer(parseByteLevelJson(JSON.stringify({ ...file, ...change }), "x")).hash;
  const same = changed({});
  expect(changed({ post_processor: null })).toBe(same);
  const model = file["model"] as Json;
  const merges = model["merges"] as unknown[];
  const others = [
    { model: { ...model, ignore_merges: false } },
    { model: { ...model, merges: merges.slice(1) } },
    { normalizer: { type: "NFC" } },
    { added_tokens: (file["added_tokens"] as unknown[]).slice(0, -1) },
    { pre_tokenizer: kinds["gpt2"]!.file["pre_tokenizer"] },
  ].map(changed);
  expect(new Set([same, ...others]).size).toBe(6);
});

const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
const splitOf = (step: object): object => ({
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", ...step }, byteLevel] },
});
const patternOf = (Regex: string): object => splitOf({ pattern: { Regex }, behavior: "Isolated", invert: false });

test.each([
  [{ model: { ...(file["model"] as Json), type: "Unigram" } }, "unsupported", "its model is Unigram"],
  [{ model: { ...(file["model"] as Json), byte_fallback: true } }, "unsupported", "byte_fallback"],
  [{ model: { ...(file["model"] as Json), vocab: { a: 0 } } }, "byte-level", "lacks the byte 0"],
  [{ model: { ...(file["model"] as Json), vocab: { a: -1 } } }, "byte-level", 'the id of "a" is -1'],
  [{ model: { ...(file["model"] as Json), merges: [["a", "zzz"]] } }, "byte-level", "merge 0, a zzz"],
  [{ model: { ...(file["model"] as Json), merges: 3 } }, "byte-level", "model.merges is no list"],
  [{ normalizer: { type: "Lowercase" } }, "unsupported", "its normalizer is Lowercase"],
  [{ pre_tokenizer: { type: "Whitespace" } }, "unsupported", "its pre-tokenizer is Whitespace"],
  [{ pre_tokenizer: null }, "unsupported", "is not ByteLevel"],
  [splitOf({ pattern: { String: " " }, behavior: "Isolated" }), "unsupported", "at a text"],
  [splitOf({ pattern: { Regex: "a" }, behavior: "MergedWithNext" }), "unsupported", "MergedWithNext"],
  [patternOf("(?<name>a)"), "unsupported", "pattern is not understood"],
  [patternOf("(?:a+)+b"), "unsupported", "may take for ever"],
  [patternOf("\\w+"), "unsupported", "\\w is not read"],
  [{ added_tokens: [{ id: 0, content: "<x>", special: true }] }, "byte-level", "have the id 0"],
  [{ added_tokens: [{ id: 500, content: "<x>", lstrip: true }] }, "unsupported", "white space"],
] as const)("what is refused: case %#", (change, code, message) => {
  const run = (): unknown => new ByteLevelTokenizer(parse(change) as never);
  expect(run).toThrow(message);
  expect(run).toThrow(expect.objectContaining({ code: `tokenizers/${code}` }));
});

test("a damaged file is refused with an error of ours, or read", () => {
  const text = JSON.stringify(file);
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(20), fc.string(), (at, cut, put) => {
      try {
        new ByteLevelTokenizer(parseByteLevelJson(text.slice(0, at) + put + text.slice(at + cut), "damaged"));
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^tokenizers\//);
      }
    }),
  );
});
