import { expect, test } from "vitest";
import type { Generation } from "../../pretrained/model.ts";
import { WordTokenizer } from "../label-model.fixture.ts";
import { type DescribingModel, describeTerms, wholeSentences } from "./describe.ts";
import { descriptionPrompts } from "./prompts.ts";

/** Continues each prompt as told, every token as likely as told. */
function scripted(answers: Readonly<Record<string, [text: string, logProbability: number]>>): {
  model: DescribingModel;
  settings: unknown[];
} {
  const tokenizer = new WordTokenizer(200);
  const settings: unknown[] = [];
  const generate = async (prompts: readonly string[], given: unknown): Promise<Generation[][]> => {
    settings.push(given);
    return prompts.map((prompt) => {
      const [text, logProbability] = answers[prompt]!;
      const ids = [...tokenizer.encode(text)];
      return [
        {
          ...{ prompt, promptIds: [2], ids, text, separator: "", score: 0, finishReason: "length" as const },
          logProbabilities: ids.map((_, at) => logProbability - at / 1000),
        },
      ];
    });
  };
  return { model: { tokenizer, generate } as unknown as DescribingModel, settings };
}

test("the likeliest text wins, whole sentences only, its score over the tokens it keeps", async () => {
  const { model, settings } = scripted({
    Xylazine: [": a review. It", -2],
    "Xylazine is": ["a sedative. It acts on", -1],
    "Xylazine is a": ["drug without an end", -0.1],
  });
  const [description] = await describeTerms(model, [" Xylazine "]);
  expect(description).toMatchObject({ term: "Xylazine", kind: null, text: "Xylazine is a sedative." });
  expect(description!.score).toBeCloseTo(-1 - (0 + 1 + 2) / 3 / 1000, 10);
  expect(description!.candidates.map(({ text, tokens }) => [text, tokens])).toEqual([
    ["Xylazine is a sedative.", 3],
    ["Xylazine: a review.", 4],
    [null, 0],
  ]);
  expect(settings).toEqual([{ maxNewTokens: 100, noRepeatNGram: 3, beams: 5 }]);
});

test("a term without a whole sentence has no description; several terms keep their order", async () => {
  const { model } = scripted({
    ...{ a: ["b", -1], "a is": ["c", -1], "a is a": ["d", -1] },
    ...{ e: ["b", -1], "e is": ["here.", -1], "e is a": ["d", -1] },
  });
  const [first, second] = await describeTerms(model, ["a", "e"]);
  expect(first).toMatchObject({ text: null, score: null });
  expect(second!.text).toBe("e is here.");
});

test("marks and compounds join on to the term", async () => {
  const { model } = scripted({ a: ["-induced pain.", -1], "a is": ["- b.", -2], "a is a": [", b.", -3] });
  const [description] = await describeTerms(model, ["a"]);
  expect(description!.candidates.map(({ text }) => text)).toEqual(["a-induced pain.", "a is - b.", "a is a, b."]);
});

test("whole sentences", () => {
  expect(wholeSentences("It is one. It is two (e.g. this")).toBe("It is one.");
  expect(wholeSentences('He said "so." And')).toBe('He said "so."');
  expect(wholeSentences("no end")).toBe("");
  expect(wholeSentences("")).toBe("");
});

test("prompts by kind; a term's own characters are never a pattern", () => {
  expect(descriptionPrompts("BRCA1", "gene")).toContain("The BRCA1 gene encodes");
  expect(descriptionPrompts("$& $1", "drug")[0]).toBe("$& $1 is");
  expect(() => descriptionPrompts("x", "drugs")).toThrow('Did you mean "drug"?');
  expect(() => descriptionPrompts(" ")).toThrow("A term is empty.");
  expect(() => descriptionPrompts("a\nb")).toThrow("one line");
});
