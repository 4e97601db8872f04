/** Wanted text: detokenizer.perl `-l en` and sacremoses, from the specification's examples and the goldens of ../shared. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { detokenizeMoses, MosesDetokenizer, unescapeMoses } from "./detokenizer.ts";
import { readGoldens } from "./goldens.fixture.ts";

test.each([
  ["( mao @-@ a ) is inhibitor .", "(mao-a) is inhibitor."],
  ["the patients &apos; age ( years ) , $ 5", "the patients' age (years), $5"],
  ["a &apos; b &apos; c", "a 'b' c"],
  ["95 % CI : 1.2 @-@ 3.4", "95% CI: 1.2-3.4"],
  ["a @-@ b @-@ c", "a-b-c"],
  ["a @-@ @-@ b", "a-@-@ b"],
  ["@-@ a @-@", "-a-"],
  ["“ low “ and „ high “ and „ ”", "“low“ and „high“ and „”"],
  ["中 文 text 中", "中文 text 中"],
  ["it &apos;s ) &apos;s", "it's) 's"],
  ["&amp;lt; &#124; &bar; &bra; &ket;", "&lt; | | []"],
  ["a  b", "a b"],
  ["<p> a @-@ b </p>", "<p> a @-@ b </p>"],
])("%j in perl mode", (line, want) => {
  expect(detokenizeMoses(line, "perl")).toBe(want);
});

test("sacremoses joins 's to anything, and joins nothing before the first word", () => {
  expect(detokenizeMoses("it ) &apos;s", "sacremoses")).toBe("it)'s");
  expect(detokenizeMoses("<p> a @-@ b </p>", "sacremoses")).toBe("<p> a-b </p>");
});

test("each escape is undone once", () => {
  expect(unescapeMoses("&amp;apos;&apos;")).toBe("&apos;'");
});

const goldens = readGoldens();
test.skipIf(goldens.length === 0)("3,000 goldens of both modes, without a difference", () => {
  const wrong: string[] = [];
  for (const { moses, detokenized, sacremoses, sacremosesDetokenized } of goldens) {
    if (moses === undefined || detokenized === undefined) continue;
    if (detokenizeMoses(moses, "perl") !== detokenized) wrong.push(`perl: ${moses}`);
    const line = sacremoses ?? moses;
    if (detokenizeMoses(line, "sacremoses") !== (sacremosesDetokenized ?? detokenized))
      wrong.push(`sacremoses: ${line}`);
  }
  expect(wrong).toEqual([]);
});

test("word by word gives the same, and a used detokenizer is as new", () => {
  const words = fc.array(
    fc.constantFrom("a", "B9", "@-@", ".", ",", "(", ")", "&quot;", "&apos;", "&apos;s", "中", "$", "„"),
  );
  for (const mode of ["perl", "sacremoses"] as const) {
    const detokenizer = new MosesDetokenizer(mode);
    fc.assert(
      fc.property(words, (words) => {
        const parts = words.map((word) => detokenizer.push(word));
        parts.push(detokenizer.end());
        expect(parts.join("")).toBe(detokenizeMoses(words.join(" "), mode));
      }),
      { numRuns: 3000 },
    );
  }
});
