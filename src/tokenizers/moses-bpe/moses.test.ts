/** Wanted lines: tokenizer.perl `-l en -a` and sacremoses, from the specification's examples and the goldens of ../shared. */
import { expect, test } from "vitest";
import { readGoldens } from "./goldens.fixture.ts";
import { escapeMoses, locateTokens, mosesTokens, tokenizeMoses } from "./moses.ts";

test.each([
  ["Janus kinase 3 (JAK-3)", "Janus kinase 3 ( JAK @-@ 3 )"],
  ["5'-UTR of Smith's gene", "5 &apos; -UTR of Smith &apos;s gene"],
  ['He said "yes" [1] & left.', "He said &quot; yes &quot; &#91; 1 &#93; &amp; left ."],
  ["IL-2-/- mice", "IL @-@ 2- / - mice"],
  ["1,000,000 cells, 3'UTR", "1,000,000 cells , 3&apos;UTR"],
  ["Na+/K+-ATPase", "Na + / K + -ATPase"],
  ["U.S.A. is...good.", "U.S.A. is ... good ."],
  [
    "a-b-c, ,5 x,,5 1990's 'q' n'",
    "a @-@ b @-@ c , , 5 x , ,5 1990 &apos;s &apos; q &apos; n'".replace(/'$/, "&apos;"),
  ],
  ["No. 5, No. five, pp. 3. Fig. 2. e.g. that, i.e. This", "No. 5 , No. five , pp. 3 . Fig . 2. e.g. that , i.e. This"],
  ["the end.'", "the end . &apos;"],
  ["  \u0085\u3000tab\there\u0007bell ", "tab herebell"],
  ["<a|b>", "&lt; a &#124; b &gt;"],
  ["..", ".."],
  [" \t", ""],
])("%j in perl mode", (text, want) => {
  expect(tokenizeMoses(text, "perl")).toBe(want);
});

test.each([
  ["at 3 T.", "at 3 T ."],
  ["made in the U.S.A.", "made in the U.S.A ."],
  ["中文 text", "中文 text"],
  ["a\u001cb", "ab"],
])("where the modes differ: %j", (text, perl) => {
  expect(tokenizeMoses(text, "perl")).toBe(perl);
  const sacremoses = perl.replace(/ \.$/, ".").replace("中文", "中 文").replace("ab", "a b");
  expect(tokenizeMoses(text, "sacremoses")).toBe(sacremoses);
});

const goldens = readGoldens();
test.skipIf(goldens.length === 0)("3,010 goldens of both modes, without a difference", () => {
  const wrong: string[] = [];
  for (const { text, moses, sacremoses } of goldens) {
    if (moses !== undefined && tokenizeMoses(text, "perl") !== moses) wrong.push(`perl: ${text}`);
    if (tokenizeMoses(text, "sacremoses") !== (sacremoses ?? moses)) wrong.push(`sacremoses: ${text}`);
  }
  expect(wrong).toEqual([]);
  expect(goldens).toHaveLength(3010);
});

test("places: each unit of a token, over deleted controls too; a dash shares one", () => {
  const text = " a-b\u0001c. ";
  const tokens = mosesTokens(text, "perl");
  expect(tokens).toEqual(["a", "@-@", "bc", "."]);
  expect(locateTokens(text, tokens).map((places) => [...places])).toEqual([[1], [2, 3, 3], [3, 5], [6]]);
});

test("escaping touches its eight characters only", () => {
  expect(escapeMoses("&|<>'\"[]")).toBe("&amp;&#124;&lt;&gt;&apos;&quot;&#91;&#93;");
  expect(escapeMoses("a.b")).toBe("a.b");
});

test.each([
  ["spaces between deleted controls", " \u0001".repeat(200_000), "a"],
  ["full stops", ".".repeat(400_000), ".".repeat(400_000)],
  ["apostrophes and commas", "',".repeat(100_000), undefined],
])("a hostile text takes linear time: %s", (_, middle, want) => {
  const tokens = mosesTokens(`a${middle}a`, "perl");
  expect(tokens.length).toBeGreaterThan(1);
  if (want !== undefined) expect(tokens).toContain(want);
});
