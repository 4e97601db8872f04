/** Which pairs are denied where a text is read as a whole. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { deniedPairs } from "./denied-pairs.ts";
import { certain, found } from "./found.fixture.ts";

/** Whether the pair of DRUG and ILLNESS, in all places of a text, is denied. */
function isDenied(text: string): boolean {
  const places = (mark: string, type: string) =>
    [...text.matchAll(new RegExp(mark, "g"))].map(({ index }) => {
      return certain({
        passage: 0,
        start: index,
        end: index + mark.length,
        text: mark,
        type,
      });
    });
  const [drugs, illnesses] = [places("DRUG", "Chemical"), places("ILLNESS", "Disease")];
  const document = { passages: [{ kind: "abstract" as const, text }] };
  const filter = deniedPairs({ document, mentions: [...drugs, ...illnesses], sentences: [splitSentences(text)] });
  const pairs = drugs.flatMap((_, head) => illnesses.map((_, tail) => [head, drugs.length + tail] as const));
  return filter({ scheme: {}, probabilities: [0.9], places: pairs } as never);
}

test.each([
  "DRUG did not cause ILLNESS.",
  "All were given DRUG. None of the patients in either group developed ILLNESS or fever.",
  "All were given DRUG. No patient in this trial had ILLNESS.",
  "All were given DRUG. There were no serious cases of ILLNESS.",
  "DRUG was infused. The treated animals did not develop ILLNESS.",
  "DRUG was injected. No side effects (sedation, drowsiness, ILLNESS) were reported.",
  "DRUG did not induce ILLNESS in any animal.",
  "DRUG did not increase the severity of ILLNESS.",
  "DRUG was fed to chicks. There were no signs of edema, ascites, or ILLNESS.",
  "DRUG was added. No fever, ILLNESS, or rash was seen.",
  "DRUG was given at night. ILLNESS was absent in most of them.",
])("denied: %s", (text) => {
  expect(isDenied(text)).toBe(true);
});

test.each([
  "DRUG caused ILLNESS.",
  "All were given DRUG. None of the patients died. Two developed ILLNESS.",
  "All were given DRUG. Two cases of ILLNESS were seen, and none of them had fever.",
  "All were given DRUG. None of the patients had ILLNESS before. ILLNESS came in six.",
  "DRUG was infused. Animals did not eat; they had ILLNESS.",
  "DRUG causes ILLNESS not infrequently.",
  "ILLNESS is not uncommon after DRUG.",
  "DRUG was infused. There were no signs of fever, but one had ILLNESS.",
  "DRUG was added. No differences in ILLNESS were seen.",
  "DRUG was added. No rash was seen, but ILLNESS was reported by two.",
])("not denied: %s", (text) => {
  expect(isDenied(text)).toBe(false);
});

test("of a target, what the text denies outright in one place", () => {
  const text = "CYP3A4 and CYP3A5 metabolized budesonide at similar rates; CYP3A7 did not metabolize budesonide.";
  const at = (name: string, type: string, from = 0) => found(text, name, type, from);
  const mentions = [
    at("CYP3A5", "Gene"),
    at("budesonide", "Chemical"),
    at("CYP3A7", "Gene"),
    at("budesonide", "Chemical", 70),
  ];
  const filter = deniedPairs({
    document: { passages: [{ kind: "abstract", text }] },
    mentions,
    sentences: [splitSentences(text)],
  });
  const isOut = (...places: (readonly [number, number])[]): boolean =>
    filter({ scheme: { tail: "Gene" }, probabilities: [1], places } as never);
  expect(isOut([1, 2], [3, 2])).toBe(true);
  expect(isOut([1, 0], [3, 0])).toBe(false);
});
