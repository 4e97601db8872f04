import { expect, test } from "vitest";
import { conclusionAnswer, conclusionDenies } from "./conclusion-answer.ts";

const QUESTION = "Does intraarticular morphine improve pain control after surgery?";

test.each([
  ["Intraarticular morphine improves pain control after knee surgery.", "yes"],
  ["Intraarticular morphine did not improve pain control.", "no"],
  ["Pain control after surgery with intraarticular morphine was similar to that of placebo.", "no"],
  ["It remains unclear whether intraarticular morphine improves pain control.", "maybe"],
  ["Nausea was frequent. Intraarticular morphine improves pain control after surgery.", "yes"],
  ["Although it did not reduce nausea, intraarticular morphine improves pain control after surgery.", "yes"],
  ["Intraarticular morphine may improve pain control after surgery.", undefined],
  ["This review evaluates whether intraarticular morphine improves pain control after surgery.", undefined],
  ["Nausea was frequent.", undefined],
  ["", undefined],
] as const)("%s", (conclusion, answer) => {
  expect(conclusionAnswer(QUESTION, conclusion)).toBe(answer);
});

test("a word of denial that the question itself has denies nothing", () => {
  const conclusion = "A venous bypass is an acceptable alternative where there is insufficient venous material.";
  expect(conclusionAnswer("Is a venous bypass with insufficient material an acceptable alternative?", conclusion)).toBe(
    "yes",
  );
});

test.each([
  ["Intraarticular morphine improves pain control.", false],
  ["Morphine is cheap. It did not improve pain control.", true],
  ["Both groups had similar pain.", true],
  ["Morphine is not only cheap, it improves pain control without complications.", false],
  ["Morphine is cheap. It improves pain control. It should not be given to children.", false],
  ["", false],
])("%s denies: %s", (conclusion, denies) => {
  expect(conclusionDenies(conclusion)).toBe(denies);
});
