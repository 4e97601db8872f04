import { expect, test } from "vitest";
import { readContent } from "./input.fixture.ts";

const ARTICLE = `<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.1//EN" "JATS-archivearticle1.dtd">
<article article-type="research-article" xmlns:mml="http://www.w3.org/1998/Math/MathML"><front>
<journal-meta><journal-title-group><journal-title>J Test</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmid">7</article-id><article-id pub-id-type="pmc">9</article-id><article-id pub-id-type="doi">10.1000/x</article-id>
<title-group><article-title>Aspirin in <italic>rats</italic></article-title></title-group>
<pub-date pub-type="epub"><year>2021</year></pub-date><pub-date pub-type="ppub"><year>2020</year></pub-date>
<abstract abstract-type="summary"><p>For editors.</p></abstract>
<abstract><title>Abstract</title><sec><title>Aims:</title><p>To see.</p></sec><sec><title>Results</title><p>It bled.</p><p>Much.</p></sec></abstract>
<kwd-group><kwd>aspirin</kwd></kwd-group></article-meta></front>
<body><p>Before any section.</p>
<sec><title>1. Methods</title><p>Doses<xref ref-type="bibr"><sup>1</sup></xref> were 10<sup>3</sup> units [<xref ref-type="bibr">2</xref>].<table-wrap><label>Table 1</label><caption><title>Doses.</title></caption><table><thead><tr><th>Drug</th><th>Dose</th></tr></thead><tbody><tr><td>Aspirin</td><td>5 <italic>mg</italic></td></tr></tbody></table><table-wrap-foot><fn><p>dropped</p></fn><p>Per day.</p></table-wrap-foot></table-wrap> Then more.</p>
<sec><title>Rats</title><p>Rats were fed.</p><list><list-item><p>First</p></list-item><list-item><p>second</p></list-item></list><fig><label>Figure 1</label><caption><p>A rat.</p></caption><graphic/></fig></sec></sec></body>
<back><ack><title>Thanks</title><p>We thank all.</p></ack><ref-list><ref><mixed-citation>Left out</mixed-citation></ref></ref-list></back></article>`;

test("sections, tables and captions are passages of their own, with the headings above them", async () => {
  const { documents, problems } = await readContent(ARTICLE);
  expect(problems).toEqual([]);
  expect(documents).toEqual([
    {
      id: "7",
      source: "input",
      passages: [
        { kind: "title", text: "Aspirin in rats" },
        { kind: "abstract", text: "Aims: To see. Results: It bled. Much." },
        { kind: "text", text: "Before any section.", infons: { type: "paragraphs" } },
        {
          kind: "text",
          label: "1. Methods",
          text: "Doses were 10^3 units [2]. Then more.",
          infons: { type: "paragraphs" },
        },
        { kind: "text", label: "1. Methods", text: "Table 1 Doses.", infons: { type: "table-caption" } },
        { kind: "text", label: "1. Methods", text: "Drug | Dose\nAspirin | 5 mg", infons: { type: "table" } },
        { kind: "text", label: "1. Methods", text: "Per day.", infons: { type: "table-footnotes" } },
        {
          kind: "text",
          label: "1. Methods > Rats",
          text: "Rats were fed.\nFirst second",
          infons: { type: "paragraphs" },
        },
        { kind: "text", label: "1. Methods > Rats", text: "Figure 1 A rat.", infons: { type: "figure-caption" } },
        { kind: "text", label: "Acknowledgements", text: "We thank all.", infons: { type: "acknowledgements" } },
      ],
      citation: {
        pmid: "7",
        pmcid: "PMC9",
        doi: "10.1000/x",
        journal: "J Test",
        year: 2020,
        publicationTypes: ["research-article"],
        keywords: ["aspirin"],
      },
    },
  ]);
});

test("a set gives one article at a time; one that is cut off before another costs itself", async () => {
  const bare = ARTICLE.slice(ARTICLE.indexOf("<article"));
  const cut = bare.slice(0, bare.indexOf("<body>"));
  const { documents, problems } = await readContent(`<pmc-articleset>${bare}${cut}${bare}</pmc-articleset>`);
  expect(documents).toHaveLength(2);
  expect(problems).toHaveLength(1);
});

test("a retracted article is marked", async () => {
  const { documents } = await readContent(ARTICLE.replace("research-article", "retracted-article"));
  expect(documents[0]?.citation?.retracted).toBe(true);
});
