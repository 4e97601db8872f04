/**
 * Wanted values: sentencepiece's and tokenizers' own, on a small model of our text (test/golden/llama-tokenizer.py), and on the models of
 * Llama 2, OpenLLaMA and llama2.c in ../shared/data/llama where that is there.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTokenizerJson } from "./json-file.ts";
import { parseSentencePieceModel } from "./model-file.ts";
import { SentencePieceTokenizer } from "./sentencepiece-tokenizer.ts";

const FIXTURES = new URL("../../../test/fixtures/tokenizers/", import.meta.url);
const LLAMA = new URL("../../../../shared/data/llama/", import.meta.url);

interface Goldens {
  readonly texts: readonly string[];
  readonly models: Readonly<
    Record<
      string,
      {
        readonly ids: readonly (readonly number[])[];
        readonly decoded?: readonly string[];
        readonly cut?: readonly { readonly ids: readonly number[]; readonly text: string }[];
        readonly normalizer?: unknown;
        readonly pre_tokenizer?: unknown;
      }
    >
  >;
}

const goldens = JSON.parse(readFileSync(new URL("sentencepiece-goldens.json", FIXTURES), "utf8")) as Goldens;
const modelBytes = readFileSync(new URL("tokenizer.model", FIXTURES));
const jsonText = readFileSync(new URL("tokenizer.json", FIXTURES), "utf8");
const keep = parseSentencePieceModel(modelBytes, "tokenizer.model");
const MODELS: Readonly<Record<string, SentencePieceTokenizer>> = {
  keep: new SentencePieceTokenizer(keep),
  collapse: new SentencePieceTokenizer({ ...keep, removeExtraWhitespaces: true }),
};

for (const [name, tokenizer] of Object.entries(MODELS)) {
  const wanted = goldens.models[name]!;
  test(`${name}: ids and texts are sentencepiece's`, () => {
    for (const [i, text] of goldens.texts.entries()) {
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(wanted.ids[i]);
      expect(tokenizer.decode(wanted.ids[i]!), JSON.stringify(text)).toBe(wanted.decoded![i]);
    }
    for (const { ids, text } of wanted.cut!) expect(tokenizer.decode(ids), JSON.stringify(ids)).toBe(text);
  });
}

for (const name of Object.keys(goldens.models).filter((key) => key.startsWith("json-"))) {
  test(`${name}: ids are those of Hugging Face's tokenizers`, () => {
    const { ids, normalizer, pre_tokenizer } = goldens.models[name]!;
    const file = JSON.stringify({ ...JSON.parse(jsonText), normalizer, pre_tokenizer });
    const tokenizer = new SentencePieceTokenizer(parseTokenizerJson(file, "tokenizer.json"));
    for (const [i, text] of goldens.texts.entries()) {
      expect([...tokenizer.encode(text, { recognizeSpecialTokens: true })], JSON.stringify(text)).toEqual(ids[i]);
    }
  });
}

test("a special token in a text is text unless asked for", () => {
  const { keep: tokenizer } = MODELS;
  expect([...tokenizer!.encode("</s>")]).not.toContain(tokenizer!.endId);
  expect([...tokenizer!.encode("a </s>", { recognizeSpecialTokens: true })]).toContain(tokenizer!.endId);
  expect(tokenizer!.decode([tokenizer!.beginId, ...tokenizer!.encode("a b"), tokenizer!.endId])).toBe("a b");
  expect(tokenizer!.decode([...tokenizer!.encode("a b"), tokenizer!.endId], { keepSpecialTokens: true })).toBe(
    "a b</s>",
  );
});

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.constantFrom(" ", "  ", "protein", "the ", "\u2581", "<mol>", "β", "\u{1f9ec}", "\n", "12"), {
      maxLength: 30,
    })
    .map((parts) => parts.join("")),
);

/** What a model keeps of a text: `▁` is a space to it, half a surrogate pair no character. */
function kept(text: string, collapse: boolean): string {
  const whole = Buffer.from(text, "utf8").toString("utf8");
  // A ▁ that ends the text goes with the spaces; one within it stays beside them.
  if (!collapse) return whole.replaceAll("\u2581", " ");
  const trimmed = whole
    .replace(/^ +/, "")
    .replace(/ {2,}/g, " ")
    .replace(/[ \u2581]+$/, "");
  return trimmed.replaceAll("\u2581", " ");
}

describe.each(Object.entries(MODELS))("%s, any text", (name, tokenizer) => {
  test("comes back as the model's white-space rules leave it, also piece by piece", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        const decoded = tokenizer.decode(ids);
        if (name === "keep") expect(decoded).toBe(kept(text, false));
        else expect(decoded.replace(/^ +/, "")).toBe(kept(text, true).replace(/^ +/, ""));
        const stream = tokenizer.streamDecoder();
        expect([...ids].map((id) => stream.push(id)).join("") + stream.end()).toBe(decoded);
      }),
      { numRuns: 400 },
    );
  });

  test("is covered by the tokens' places, in order", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
        expect([...ids]).toEqual([...tokenizer.encode(text)]);
        for (let i = 0; i < ids.length; i++) {
          expect(starts[i]).toBe(i === 0 ? starts[0] : ends[i - 1]);
          expect(ends[i]).toBeGreaterThanOrEqual(starts[i]!);
        }
        if (ids.length === 0) return;
        expect(text.slice(0, starts[0]).trim()).toBe("");
        expect(text.slice(ends.at(-1)).replace(/[ \u2581]/g, "")).toBe("");
      }),
      { numRuns: 400 },
    );
  });
});

test("places are those of the words", () => {
  const text = "the β.in";
  const { ids, starts, ends } = MODELS["keep"]!.encodeWithOffsets(text);
  expect(Array.from(ids, (id, i) => [MODELS["keep"]!.piece(id), text.slice(starts[i], ends[i])])).toEqual([
    ["▁the", "the"],
    ["▁", " "],
    ["<0xCE>", "β"],
    ["<0xB2>", ""],
    [".", "."],
    ["in", "in"],
  ]);
});

test("added tokens have ids of their own and are left out of text when special", () => {
  const tokenizer = new SentencePieceTokenizer(keep, { addedTokens: [{ id: 480, text: "[PAD]", special: true }] });
  expect(tokenizer.vocabularySize).toBe(481);
  expect(tokenizer.padId).toBe(480);
  expect([...tokenizer.encode("[PAD]", { recognizeSpecialTokens: true })]).toEqual([480]);
  expect(tokenizer.decode([480])).toBe("");
  expect(tokenizer.piece(480)).toBe("[PAD]");
  expect(tokenizer.hash).not.toBe(MODELS["keep"]!.hash);
  expect(() => new SentencePieceTokenizer(keep, { addedTokens: [{ id: 7, text: "[PAD]", special: true }] })).toThrow(
    /which in tokenizer.model is/,
  );
});

test.each([
  [
    "a pointer",
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 499723\n"),
    /Git LFS's pointer/,
  ],
  ["JSON", Buffer.from('{"version": "1.0"}'), /it is JSON.*tokenizer\.json/],
  ["nothing", Buffer.alloc(0), /it is empty/],
  ["a page", Buffer.from("<!doctype html>"), /web page/],
  ["a cut file", modelBytes.subarray(0, 3000), /damaged or cut off/],
  [
    "a file without its settings",
    modelBytes.subarray(0, settingsStart(modelBytes)),
    /cut off: it ends after 480 pieces/,
  ],
  ["other bytes", Buffer.from([0x50, 0x4b, 3, 4]), /its first byte/],
])("%s in place of tokenizer.model says what it is", (_, bytes, message) => {
  expect(() => parseSentencePieceModel(bytes, "tokenizer.model")).toThrow(message);
});

test("any cut of a model is told", () => {
  fc.assert(
    fc.property(fc.nat(settingsStart(modelBytes)), (length) => {
      expect(() => parseSentencePieceModel(modelBytes.subarray(0, length), "m")).toThrow(
        /tokenizer|SentencePiece|cut off/,
      );
    }),
  );
});

test.each([
  ["byte-level BPE", { pre_tokenizer: { type: "ByteLevel" } }, /its pre-tokenizer is ByteLevel/],
  ["a lower-casing one", { normalizer: { type: "Lowercase" } }, /its normalizer is Lowercase/],
  ["a unigram model", { model: { type: "Unigram" } }, /Unigram, not BPE/],
  [
    "a foreign merge",
    { model: { ...JSON.parse(jsonText).model, merges: [["q", "zz"]] } },
    /merge 0, q zz, is not in the vocabulary/,
  ],
  [
    "no bytes",
    { model: { ...JSON.parse(jsonText).model, vocab: { "<unk>": 0 }, merges: [] }, added_tokens: [] },
    /0 of the 256 byte pieces/,
  ],
])("tokenizer.json of %s is refused", (_, change, message) => {
  expect(() => parseTokenizerJson(JSON.stringify({ ...JSON.parse(jsonText), ...change }), "tokenizer.json")).toThrow(
    message,
  );
});

test("a pointer or a cut file in place of tokenizer.json says so", () => {
  expect(() => parseTokenizerJson(jsonText.slice(0, 500), "tokenizer.json")).toThrow(/not whole JSON/);
  expect(() => parseTokenizerJson("version https://git-lfs.github.com/spec/v1", "tokenizer.json")).toThrow(/Git LFS/);
});

/** Where the pieces end: the trainer's settings begin with the tag of field 2. */
function settingsStart(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x0a) at += 2 + bytes[at + 1]!; // every piece is shorter than 128 bytes
  return at;
}

const FILES = {
  llama2: "llama-2/tokenizer.model",
  openllama: "open-llama/tokenizer.model",
  tok512: "tok512.model",
  tok512keep: "stories260k/tokenizer-keepspaces.model",
} as const;

interface LlamaGolden extends Readonly<Record<keyof typeof FILES, readonly number[]>> {
  readonly text: string;
  readonly decoded?: Readonly<Partial<Record<keyof typeof FILES, string>>>;
}

describe.skipIf(!existsSync(LLAMA))("models of the Llama family (../shared/data/llama)", () => {
  const lines = existsSync(LLAMA)
    ? gunzipSync(readFileSync(new URL("goldens.jsonl.gz", LLAMA)))
        .toString("utf8")
        .trimEnd()
        .split("\n")
    : [];
  const texts = lines.map((line) => JSON.parse(line) as LlamaGolden);

  test.each(Object.entries(FILES))("%s: 300 texts, to ids and back", (name, file) => {
    const model = name as keyof typeof FILES;
    const tokenizer = new SentencePieceTokenizer(parseSentencePieceModel(readFileSync(new URL(file, LLAMA)), file));
    expect(texts.length).toBe(300);
    for (const golden of texts) {
      expect([...tokenizer.encode(golden.text)], JSON.stringify(golden.text)).toEqual(golden[model]);
      expect(tokenizer.decode(golden[model])).toBe(golden.decoded?.[model] ?? golden.text);
    }
  });

  test("Llama 2: the cuts at special tokens, legacy and not, and the prompt of BioMedGPT-10B", () => {
    const model = parseSentencePieceModel(readFileSync(new URL(FILES.llama2, LLAMA)), "tokenizer.model");
    const legacy = new SentencePieceTokenizer(model, { addedTokens: [{ id: 32000, text: "[PAD]", special: true }] });
    const recognized = { recognizeSpecialTokens: true };
    expect([...legacy.encode("Hello <s>.", recognized)]).toEqual([15043, 29871, 1, 869]);
    const newer = new SentencePieceTokenizer(model, { dummyPrefix: "first" });
    expect([...newer.encode("Hello <s>.", recognized)]).toEqual([15043, 29871, 1, 29889]);
    expect(legacy.padId).toBe(32000);
    expect([...legacy.encode("</molecule> Please describe this molecule. ### Assistant: ")]).toEqual([
      1533, 29885, 1772, 29883, 1297, 29958, 3529, 8453, 445, 13206, 29883, 1297, 29889, 835, 4007, 22137, 29901, 29871,
    ]);
  });
});
