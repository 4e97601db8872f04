import { expect, test } from "vitest";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { readText } from "./reading.ts";

const IDS = [10, 11, 12];
const reads = (text: string, special: Partial<Tokenizer>, tokens = 512): { ids: number[]; cut: boolean } => {
  const tokenizer = { endId: 2, encode: (of: string) => (of === "" ? [] : IDS), ...special } as unknown as Tokenizer;
  const { ids, cut } = readText(text, tokenizer, { tokens });
  return { ids: [...ids], cut };
};

test("a text stands behind what begins its family's prompts", () => {
  expect(reads("text", {})).toEqual({ ids: [2, ...IDS], cut: false });
  expect(reads("text", { beginId: 1 })).toEqual({ ids: [1, ...IDS], cut: false });
  expect(reads("text", { beginId: 1, beginsPrompts: false })).toEqual({ ids: IDS, cut: false });
});

test("a longer text loses its end, and an empty one is read as one token", () => {
  expect(reads("text", { beginId: 1 }, 3)).toEqual({ ids: [1, 10, 11], cut: true });
  expect(reads("text", { beginsPrompts: false }, 3)).toEqual({ ids: IDS, cut: false });
  expect(reads("", { beginId: -1 })).toEqual({ ids: [2], cut: false });
});
