import fc from "fast-check";
import { expect, test } from "vitest";
import { readContent } from "./literature/input.fixture.ts";
import { raised, tidyText } from "./markup.ts";

const CASES: readonly (readonly [text: string, tidy: string])[] = [
  ["Effects of <i>E. coli</i> <sup>14</sup>C\n in  <b>mice</b>", "Effects of E. coli 14C in mice"],
  ["<p>One.</p><p>Two.</p>", "One. Two."],
  ["10<sup>6</sup> cells, 1.5 × 10<sup>-3</sup> M, 10 <SUP>9</SUP>/L", "10^6 cells, 1.5 × 10^-3 M, 10^9/L"],
  [
    "Ca<sup>2+</sup>, m<sup>2</sup>, in 2005<sup>12</sup>, 210<sup>3</sup>, p10<sup>2</sup>",
    "Ca2+, m2, in 200512, 2103, p102",
  ],
  ["at <p 0.05; age > 60 (0.01 <P ≤0.05 and OR> 2)", "at <p 0.05; age > 60 (0.01 <P ≤0.05 and OR> 2)"],
];
for (const [text, tidy] of CASES) test(`tidy: ${tidy}`, () => expect(tidyText(text)).toBe(tidy));

test("an element that is raised becomes what a tag in the text does", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("", "10", "5 × 10", "2005", "x10", "Ca", "1.10"),
      fc.constantFrom("2", "-3", "2+", "a", "12,13", " 6 "),
      (before, content) => {
        expect(tidyText(`${before}${raised(before, content)}`)).toBe(tidyText(`${before}<sup>${content}</sup>`));
      },
    ),
  );
});

test("one text, one wording in every export of citations; what offsets count in stays as it is", async () => {
  const title = "Growth of &lt;i&gt;E. coli&lt;/i&gt; to 10&lt;sup&gt;6&lt;/sup&gt; if p &lt; 0.05";
  const plain = title.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  const tidy = "Growth of E. coli to 10^6 if p < 0.05";
  const wrap = { xml: (inner: string) => inner };
  const inputs: readonly (readonly [string, string])[] = [
    [
      wrap.xml(
        `<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>${title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>`,
      ),
      tidy,
    ],
    [
      `<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Growth of <i>E. coli</i> to 10<sup>6</sup> if p &lt; 0.05</ArticleTitle></Article></MedlineCitation></PubmedArticle>`,
      tidy,
    ],
    [
      `<article><front><article-meta><title-group><article-title>Growth of <italic>E. coli</italic> to 10<sup>6</sup><sup><xref ref-type="bibr">3</xref></sup> if p &lt; 0.05</article-title></title-group></article-meta></front></article>`,
      tidy,
    ],
    [`<xml><records><record><titles><title><style>${title}</style></title></titles></record></records></xml>`, tidy],
    [`PMID- 1\nTI  - ${plain}\n`, tidy],
    [`TY  - JOUR\nTI  - ${plain}\nER  - \n`, tidy],
    [`%0 Journal Article\n%T ${plain}\n`, tidy],
    [`@article{x, title={${plain}}}`, tidy],
    [`pmid,title,abstract\n1,${plain},A\n`, plain],
    [JSON.stringify({ title: plain }), plain],
    [`1|t|${plain}\n1|a|A\n`, plain],
  ];
  for (const [input, want] of inputs) {
    const { format, documents } = await readContent(input);
    expect(documents[0]?.passages[0]?.text, format).toBe(want);
  }
});
