/** One drug under two names interacts with nothing by that; two drugs may. */
import { expect, test } from "vitest";
import { found } from "./found.fixture.ts";
import { oneDrug } from "./one-drug.ts";

function isOne(text: string, first: string, second: string, tail = "Chemical"): boolean {
  const mentions = [found(text, first, "Chemical"), found(text, second, tail, text.indexOf(first) + first.length)];
  const filter = oneDrug({ document: { passages: [{ kind: "abstract", text }] }, mentions, sentences: [] });
  return filter({ scheme: { head: "Chemical", tail }, probabilities: [], places: [[0, 1]] } as never);
}

test.each([
  ["Pegylated interferon alpha-2b and interferon were given.", "Pegylated interferon alpha-2b", "interferon"],
  ["Interferon was given, then pegylated interferon.", "Interferon", "pegylated interferon"],
  ["Jaceosidin, a natural flavonoid of Artemisia, was added.", "Jaceosidin", "flavonoid"],
  ["Warfarin (WF), an oral anticoagulant, was added.", "Warfarin", "anticoagulant"],
])("%s", (text, first, second) => {
  expect(isOne(text, first, second)).toBe(true);
});

test.each([
  ["Ether and methyl etherate were given.", "Ether", "methyl etherate"],
  ["Warfarin, a dose of aspirin and rest helped.", "Warfarin", "aspirin"],
  ["Warfarin and aspirin were given.", "Warfarin", "aspirin"],
])("two drugs: %s", (text, first, second) => {
  expect(isOne(text, first, second)).toBe(false);
});

test("other schemes are left alone", () => {
  expect(isOne("Insulin acts on the insulin receptor.", "Insulin", "insulin receptor", "Gene")).toBe(false);
});
