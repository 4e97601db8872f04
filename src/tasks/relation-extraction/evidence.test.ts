import fc from "fast-check";
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import type { PassageSpan } from "./content.ts";
import { findEvidence } from "./evidence.ts";

const document = (...texts: string[]) => ({
  id: "1",
  source: "-",
  passages: texts.map((text) => ({ kind: "text" as const, text })),
});
function places(texts: readonly string[], words: string): PassageSpan[] {
  return texts.flatMap((text, passage) =>
    [...text.matchAll(new RegExp(words, "g"))].map(({ index }) => ({
      passage,
      start: index,
      end: index + words.length,
    })),
  );
}
const found = (texts: readonly string[], head: string, tail: string) =>
  findEvidence(document(...texts), places(texts, head), places(texts, tail));

test("evidence is the sentence with both arguments, marked where they are nearest", () => {
  const texts = [
    "Lithium was given to all. Lithium, unlike other drugs such as Lithium, caused tremor. Nothing else did.",
  ];
  const evidence = found(texts, "Lithium", "tremor")!;
  expect(evidence.text).toBe("Lithium, unlike other drugs such as Lithium, caused tremor.");
  expect([evidence.head, evidence.tail].map((span) => texts[0]!.slice(span!.start, span!.end))).toEqual([
    "Lithium",
    "tremor",
  ]);
  expect(evidence.head!.start).toBe(texts[0]!.lastIndexOf("Lithium"));
});

test("two neighbouring sentences are evidence, three are none", () => {
  expect(found(["Aspirin was given. Ulcers followed. They healed."], "Aspirin", "Ulcers")!.text).toBe(
    "Aspirin was given. Ulcers followed.",
  );
  expect(found(["Aspirin was given. Time passed. Ulcers followed."], "Aspirin", "Ulcers")).toBeNull();
  expect(found(["Aspirin and more.", "Ulcers."], "Aspirin", "Ulcers")).toBeNull();
});

test("an argument inside the other is no evidence", () => {
  expect(found(["The panniculus carnosus twitched."], "panniculus carnosus", "carnosus")).toBeNull();
  expect(found(["Heart failure was seen. Failure of the Heart too."], "Heart failure", "Heart")!.text).toContain("too");
});

test("evidence holds both marks, and at most two sentences", () => {
  const words = fc.constantFrom("drug", "effect", "was", "seen.", "Then");
  const spans = (text: string, word: string) => places([text], word);
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 40 }), (list) => {
      const text = list.join(" ");
      const evidence = findEvidence(document(text), spans(text, "drug"), spans(text, "effect"));
      if (evidence === null) return;
      expect(text.slice(evidence.head!.start, evidence.head!.end)).toBe("drug");
      expect(text.slice(evidence.tail!.start, evidence.tail!.end)).toBe("effect");
      for (const mark of [evidence.head!, evidence.tail!])
        expect(mark.start >= evidence.start && mark.end <= evidence.end).toBe(true);
      const inside = splitSentences(text).filter(({ start, end }) => start < evidence.end && end > evidence.start);
      expect(inside.length).toBeLessThanOrEqual(2);
    }),
  );
});
