/** A folder's files as a tokenizer: which of them counts, and what the settings beside it change. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SUBWORDS } from "./subword-folder.ts";
import { promptBegin, type Tokenizer } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizer-kind.ts";

const FIXTURES = new URL("../../test/fixtures/tokenizers/", import.meta.url);
const MODEL = readFileSync(new URL("tokenizer.model", FIXTURES));
const JSON_FORM = readFileSync(new URL("tokenizer.json", FIXTURES));

function folder(files: Readonly<Record<string, Uint8Array | object>>): TokenizerFiles {
  const bytes = new Map(
    Object.entries(files).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value)),
    ]),
  );
  return { place: "folder", names: [...bytes.keys()], read: async (name) => bytes.get(name)! };
}

const TEXT = "protein </s> protein";
const WHOLE = { recognizeSpecialTokens: true };

test("both forms give the same ids; of both, SentencePiece's is read", async () => {
  const one = await SUBWORDS.open(folder({ "tokenizer.model": MODEL }));
  const other = await SUBWORDS.open(folder({ "tokenizer.json": JSON_FORM }));
  const both = await SUBWORDS.open(folder({ "tokenizer.model": MODEL, "tokenizer.json": new Uint8Array(3) }));
  expect([...other.encode("Aspirin, 5 mg")]).toEqual([...one.encode("Aspirin, 5 mg")]);
  expect(both.hash).toBe(one.hash);
});

test("legacy puts a space before every part, otherwise only the beginning has one, or nothing", async () => {
  const count = async (settings: object): Promise<number> => {
    const files = folder({ "tokenizer.model": MODEL, "tokenizer_config.json": settings });
    const tokenizer = await SUBWORDS.open(files);
    return tokenizer.encode("protein</s>protein", WHOLE).filter((id) => tokenizer.piece(id).startsWith("▁")).length;
  };
  expect([await count({}), await count({ legacy: true }), await count({ legacy: false })]).toEqual([2, 2, 1]);
  expect(await count({ add_prefix_space: false })).toBe(0);
});

test("added tokens from either file stand behind the pieces", async () => {
  const bare = await SUBWORDS.open(folder({ "tokenizer.model": MODEL }));
  const at = bare.vocabularySize;
  const decoder = { [bare.endId]: { content: "</s>", special: true }, [at + 1]: { content: "<mol>", special: false } };
  const files = folder({
    "tokenizer.model": MODEL,
    "added_tokens.json": { "[PAD]": at },
    "tokenizer_config.json": { added_tokens_decoder: decoder },
  });
  const tokenizer = await SUBWORDS.open(files);
  expect([tokenizer.vocabularySize, tokenizer.id("[PAD]"), tokenizer.padId]).toEqual([at + 2, at, at]);
  expect([...tokenizer.encode("a<mol>")]).toContain(at + 1);
  expect([...tokenizer.encode(TEXT)]).toEqual([...bare.encode(TEXT)]);
});

test("damaged settings, other pieces under an id, tokens that take white space and empty folders are refused", async () => {
  const open = (extra: Readonly<Record<string, Uint8Array | object>>): Promise<unknown> =>
    SUBWORDS.open(folder({ "tokenizer.model": MODEL, ...extra }));
  await expect(open({ "tokenizer_config.json": new Uint8Array([123]) })).rejects.toMatchObject({
    code: "tokenizers/metadata",
    what: expect.stringContaining("folder/tokenizer_config.json is not JSON"),
  });
  await expect(open({ "added_tokens.json": { a: -1 } })).rejects.toMatchObject({ code: "tokenizers/metadata" });
  await expect(open({ "added_tokens.json": { "[PAD]": 5 } })).rejects.toMatchObject({
    code: "tokenizers/sentencepiece",
  });
  const greedy = { added_tokens_decoder: { 9999: { content: "<mask>", lstrip: true } } };
  await expect(open({ "tokenizer_config.json": greedy })).rejects.toMatchObject({ code: "tokenizers/unsupported" });
  await expect(SUBWORDS.open(folder({}))).rejects.toMatchObject({ code: "tokenizers/not-found" });
});

const { llama3 } = (
  JSON.parse(readFileSync(new URL("byte-level.json", FIXTURES), "utf8")) as { kinds: { llama3: { file: object } } }
).kinds;

test("a tokenizer.json that says so is byte-level; its ends are those that tokenizer_config.json names", async () => {
  const open = async (settings?: object): Promise<Tokenizer> =>
    SUBWORDS.open(
      folder({
        "tokenizer.json": llama3.file,
        ...(settings === undefined ? {} : { "tokenizer_config.json": settings }),
      }),
    );
  const bare = await open();
  expect(bare.decode(bare.encode("β-catenin\n\n"))).toBe("β-catenin\n\n");
  expect([bare.piece(bare.beginId!), bare.endId]).toEqual(["<|begin|>", -1]);
  expect(promptBegin(bare)).toEqual([bare.beginId]);
  const told = await open({ eos_token: { content: "<|end|>", lstrip: false }, pad_token: "<pad>", bos_token: null });
  expect([told.piece(told.endId), told.piece(told.padId), told.beginId]).toEqual(["<|end|>", "<pad>", bare.beginId]);
  expect(promptBegin(await open({ add_bos_token: false }))).toEqual([]);
  await expect(open({ eos_token: "<|other|>" })).rejects.toMatchObject({ code: "tokenizers/byte-level" });
});
