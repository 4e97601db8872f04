import { expect, test } from "vitest";
import { RELATION_SCHEMES } from "./schemes.ts";
import { sentenceSources } from "./sentence-sources.ts";

test("sentences of every passage, each where it stands and as the model reads it", () => {
  const passages = [
    { kind: "title", text: "A Case" },
    { kind: "abstract", text: "Drug X failed. Drug Y did not." },
  ] as const;
  const sentences = sentenceSources({ id: "1", passages }, RELATION_SCHEMES["drug-drug"]);
  expect(sentences.map(({ passage, start, end, content }) => [passage, start, end, content.text])).toEqual([
    [0, 0, 6, "a case"],
    [1, 0, 14, "drug x failed."],
    [1, 15, 30, "drug y did not."],
  ]);
});
