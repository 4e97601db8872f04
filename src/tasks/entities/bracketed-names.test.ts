import fc from "fast-check";
import { expect, test } from "vitest";
import { withWholeBrackets } from "./bracketed-names.ts";
import type { FoundMention } from "./found-mentions.ts";

/** Names are marked by ‹ and ›, which are taken out of the text; a type may follow: ‹name|Gene›. */
function repaired(marked: string): string[] {
  let text = "";
  const mentions: FoundMention[] = [];
  for (const [, between, name, type = "Chemical"] of marked.matchAll(/([^‹]*)(?:‹([^|›]*)(?:\|(\w+))?›|$)/g)) {
    text += between;
    if (name === undefined) continue;
    const start = text.length;
    text += name;
    const place = { passage: 0, start, end: text.length, text: name };
    mentions.push({ ...place, type, ids: [], probability: 0.9, tagProbability: 0.9, typeProbability: 0.9 });
  }
  return withWholeBrackets(mentions, () => text).map(({ start, end, text: name }) => {
    expect(text.slice(start, end)).toBe(name);
    return name;
  });
}

test.each([
  ["‹aspirin› and ‹glutathione (GSH)›", ["aspirin", "glutathione (GSH)"]],
  ["the ‹cyclooxygenase (›‹COX)-2› inhibitor", ["cyclooxygenase (COX)-2"]],
  ["‹N-methyl-D-aspartate› (‹NMDA) receptors› open", ["N-methyl-D-aspartate (NMDA) receptors"]],
  ["‹N-methyl-D-aspartate› (‹NMDA) receptors|Gene› open", ["N-methyl-D-aspartate", "(NMDA) receptors"]],
  ["(‹insulin-dependent) diabetes mellitus›", ["(insulin-dependent) diabetes mellitus"]],
  ["free ‹Ca(2+›) rose", ["Ca(2+)"]],
  ["‹A-86929 (›the ‹(-›)-isomer) and ‹(›", ["A-86929"]],
  ["‹SKF-82958 (6-chloro-7,8-dihydroxy› salt)", ["SKF-82958"]],
  ["‹angiotensin-converting enzyme (ACE›)", ["angiotensin-converting enzyme"]],
  ["(‹DA1)› and ‹[3H] spiperone›", ["DA1", "[3H] spiperone"]],
  ["‹3beta-hydroxy-20-one] sulphate›", ["sulphate"]],
])("%s", (marked, names) => {
  expect(repaired(marked)).toEqual(names);
});

test("whatever is found, no bracket is loose, and names stay in order and apart", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "b", "(", ")", "[", "]", " ", "-"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part), { maxLength: 4 }), (parts) => {
      const names = repaired(parts.map(([between, name]) => `${between}‹${name}›`).join(""));
      for (const name of names) {
        const open: string[] = [];
        for (const letter of name) {
          if ("([".includes(letter)) open.push(letter);
          if (")]".includes(letter)) expect(open.pop()).toBe(letter === ")" ? "(" : "[");
        }
        expect(open).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});
