import { expect, test } from "vitest";
import { abstractParts } from "./abstract-parts.ts";

test("labels are found in their several styles, and go", () => {
  for (const [methods, conclusion] of [
    ["METHODS:", "CONCLUSIONS:"],
    ["Methods:", "Conclusion."],
    ["Materials and Methods:", "CONCLUSIONS"],
    ["METHODS AND RESULTS:", "Authors' conclusions:"],
  ]) {
    const text = `Aspirin in sepsis. ${methods} We gave aspirin to mice. Results: They slept. ${conclusion} Aspirin is safe. It may help. TRIAL REGISTRATION: NCT00000001.`;
    expect(abstractParts(text)).toEqual({
      title: "Aspirin in sepsis",
      body: "We gave aspirin to mice. They slept.",
      conclusion: "Aspirin is safe. It may help.",
      labelled: true,
    });
  }
});

test("without a label the conclusion is the last sentence, or two that begin as one", () => {
  const start = "Is aspirin safe? We gave aspirin to mice. They slept.";
  expect(abstractParts(`${start} None died.`)).toEqual({
    title: "Is aspirin safe?",
    body: "We gave aspirin to mice. They slept.",
    conclusion: "None died.",
    labelled: false,
  });
  expect(abstractParts(`${start} In conclusion, aspirin is safe. It may help. © 2014 The Authors.`).conclusion).toBe(
    "In conclusion, aspirin is safe. It may help.",
  );
});

test("a title that ends in nothing is known before a label only", () => {
  expect(abstractParts("Aspirin in sepsis BACKGROUND: Sepsis kills. RESULTS: They slept.").title).toBe(
    "Aspirin in sepsis",
  );
  expect(abstractParts("Aspirin in sepsis We gave aspirin to mice. They slept.").title).toBeUndefined();
  expect(
    abstractParts("Uterine tumours with metastases Leiomyosarcoma is rare. A leiomyosarcoma grows.").title,
  ).toBeUndefined();
  expect(abstractParts("The gene Notch in sepsis. They slept.").title).toBe("The gene Notch in sepsis");
});

test.each(["a randomised trial", "A Clinical Trial", "impact on patient outcomes"])(
  "a title may end in words that label too: %s",
  (end) => {
    for (const label of ["BACKGROUND AND AIMS", "METHODS/DESIGN", "OBJECTIVE"]) {
      const { title, body } = abstractParts(
        `Aspirin in sepsis: ${end} ${label}: Sepsis kills. RESULTS: They slept. It did.`,
      );
      expect([title, body]).toEqual([`Aspirin in sepsis: ${end}`, "Sepsis kills. They slept."]);
    }
  },
);

test("no text has no parts", () => {
  expect(abstractParts("")).toEqual({ title: "", body: "", conclusion: "", labelled: false });
});
