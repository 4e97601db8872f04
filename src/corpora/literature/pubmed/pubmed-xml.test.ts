/** Samples: real records of each kind in ../shared (PubMed baseline, update, efetch, books, MEDLINE sets); faults by hand. */
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { BiogptError } from "../../../base/errors.ts";
import { openBytes } from "../../../files/bytes.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../files/scratch.fixture.ts";
import { type Document, passageText } from "../../document.ts";
import { readDocuments } from "../read.ts";
import { type parseRecord, parseRecordBySaxes, scanRecord } from "../xml-record.ts";
import { MAX_RECORD_BYTES, readPubmedXml } from "./pubmed-xml.ts";

afterAll(removeTemporaryFolders); // this file runs alone, without test/each-file.ts

const SAMPLES = fileURLToPath(new URL("../../../../../shared/data/samples/pubmed-xml/", import.meta.url));

async function collect(documents: AsyncIterable<Document>): Promise<Document[]> {
  const all: Document[] = [];
  for await (const document of documents) all.push(document);
  return all;
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const read = (xml: string, pieceSize = 7): Promise<Document[]> =>
  collect(readPubmedXml("test.xml", inPieces(Buffer.from(xml), pieceSize)));

async function failure(work: Promise<unknown>): Promise<BiogptError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BiogptError);
  return error as BiogptError;
}

const set = (records: string): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "x.dtd">\n<PubmedArticleSet>\n${records}\n</PubmedArticleSet>\n`;
const record = (article: string, rest = ""): string =>
  `<PubmedArticle><MedlineCitation><PMID Version="2">7</PMID><Article>${article}</Article>${rest}</MedlineCitation></PubmedArticle>`;

test("a record becomes a title, a labelled abstract without markup, and a citation", async () => {
  const [document, second] = await read(
    set(
      record(
        `<Journal><JournalIssue><PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue><Title>J &amp; K</Title></Journal>
         <ArticleTitle>Ca<sup>2+</sup> and <i>E.\n  coli</i>: P &lt; 0.05 &#945;&#x3b2;.</ArticleTitle>
         <Abstract><AbstractText Label="AIM" NlmCategory="OBJECTIVE">To see.</AbstractText><AbstractText Label="UNLABELLED">Seen.</AbstractText><CopyrightInformation>(c) X</CopyrightInformation></Abstract>
         <AuthorList><Author><LastName>Roe</LastName><Initials>R</Initials></Author><Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>
         <Language>ger</Language><VernacularTitle>Kalzium</VernacularTitle>
         <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>`,
        `<MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Rats</DescriptorName><QualifierName UI="Q1" MajorTopicYN="Y">blood</QualifierName></MeshHeading></MeshHeadingList>
         <OtherAbstract Type="Publisher" Language="spa"><AbstractText>Hola.</AbstractText></OtherAbstract><KeywordList><Keyword>calcium</Keyword></KeywordList>`,
      ) + record("<ArticleTitle>Second</ArticleTitle>"),
    ),
  );
  expect(document?.passages).toEqual([
    { kind: "title", text: "Ca2+ and E. coli: P < 0.05 αβ." },
    { kind: "abstract", text: "AIM: To see. Seen." },
  ]);
  expect(document?.citation).toEqual({
    pmid: "7",
    version: 2,
    journal: "J & K",
    year: 1998,
    languages: ["ger"],
    publicationTypes: ["Journal Article"],
    mesh: [{ id: "D1", name: "Rats", major: false, qualifiers: [{ id: "Q1", name: "blood", major: true }] }],
    keywords: ["calcium"],
    authors: ["Roe, R", "The Group"],
    vernacularTitle: "Kalzium",
    otherAbstracts: [{ text: "Hola.", language: "spa", type: "Publisher" }],
  });
  expect(second?.passages).toEqual([{ kind: "title", text: "Second" }]);
});

test("MathML becomes one line", async () => {
  const math = `<mml:math xmlns:mml="m">
    <mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mn>1</mml:mn></mml:mrow><mml:mi>b</mml:mi></mml:mfrac>
    <mml:mo>=</mml:mo><mml:msqrt><mml:mi>x</mml:mi></mml:msqrt><mml:mover><mml:mi>V</mml:mi><mml:mo>˙</mml:mo></mml:mover>
    <mml:mmultiscripts><mml:mi>He</mml:mi><mml:mprescripts/><mml:none/><mml:mn>3</mml:mn></mml:mmultiscripts></mml:math>`;
  const [document] = await read(set(record(`<ArticleTitle>Of ${math} here</ArticleTitle>`)));
  expect(passageText(document!, "title")).toBe("Of (a+1)/b=√xV3He here");
});

test("withdrawn records are reported, not read", async () => {
  const gone: string[] = [];
  const xml = Buffer.from(set("<DeleteCitation><PMID Version='1'>1</PMID><PMID>22</PMID></DeleteCitation>"));
  const documents = await collect(readPubmedXml("u.xml", inPieces(xml, 50), { onDeletion: (pmid) => gone.push(pmid) }));
  expect(documents).toEqual([]);
  expect(gone).toEqual(["1", "22"]);
});

test.skipIf(!existsSync(SAMPLES))("both parsers read the same from every sample, in pieces of any size", async () => {
  let records = 0;
  let deleted = 0;
  for (const name of readdirSync(SAMPLES)) {
    const of = async (parser: "fast" | "saxes"): Promise<Document[]> => {
      const { chunks } = await openBytes(SAMPLES + name);
      return collect(readPubmedXml(name, chunks, { parser, onDeletion: () => deleted++ }));
    };
    const fast = await of("fast");
    expect(fast, name).toEqual(await of("saxes"));
    records += fast.length;
  }
  expect(records).toBe(504);
  expect(deleted).toBe(2 * 33);
});

test.skipIf(!existsSync(SAMPLES))("a real update file: counts, deletions and one record by heart", async () => {
  const gone: string[] = [];
  const path = `${SAMPLES}pubmed20n1203-cut.xml.gz`;
  const documents = await collect(readDocuments([path], { onDeletion: (pmid) => gone.push(pmid) }));
  expect([documents.length, gone.length]).toEqual([10, 23]);
  expect(documents[0]).toMatchObject({
    id: "994879",
    citation: { year: 1976, journal: "The Medical journal of Australia" },
  });
});

test("the scanner gives what saxes gives, or leaves the record to it", () => {
  const name = fc.constantFrom(
    "PubmedArticle",
    "ArticleTitle",
    "AbstractText",
    "i",
    "sup",
    "ReferenceList",
    "History",
    "a-b",
    "x:y",
  );
  const text = fc.oneof(
    { arbitrary: fc.constantFrom("", " ", "\n  ", "plain", "a &amp; b", "&lt;&#65;&#x1F600;", "é𝛽"), weight: 12 },
    fc.constantFrom("]]>", "&bad;", "<!-- c -->", "<![CDATA[<d>]]>", "\u0001", "&#0;"),
  );
  const attribute = fc.oneof(
    { arbitrary: fc.constantFrom("", ' a="1"', " b='2&quot;'", ' c = "x\ny"', '\n a="1" b="&#228;"'), weight: 12 },
    fc.constantFrom(' a="1" a="2"', " d", ' e="<"'),
  );
  const element = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      text,
      fc
        .tuple(name, attribute, fc.array(tie("node"), { maxLength: 4 }))
        .map(([tag, attributes, inner]) =>
          inner.length === 0 ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${inner.join("")}</${tag}>`,
        ),
    ),
  })).node;
  let scanned = 0;
  fc.assert(
    fc.property(fc.array(element, { maxLength: 5 }), fc.constantFrom("", "", "", "</i>", "<i>"), (inner, slip) => {
      const xml = `<PubmedArticle>${inner.join("")}${slip}</PubmedArticle>`;
      const fast = scanRecord(xml);
      if (fast === undefined) return;
      // Inside a skipped element the scanner does not look; there saxes may refuse what it accepts.
      if (/<(?:ReferenceList|History)[^/]*>/.test(xml)) return;
      scanned++;
      expect(flat(fast)).toEqual(flat(parseRecordBySaxes(xml, "x", 0)));
    }),
    { numRuns: 2000, seed: 7 },
  );
  expect(scanned).toBeGreaterThan(300);
});

/** Neighbouring strings joined: where text is cut is no matter. */
function flat(node: ReturnType<typeof parseRecord>): unknown {
  const children: unknown[] = [];
  for (const part of node.children) {
    if (typeof part === "string" && typeof children.at(-1) === "string") children.push(children.pop() + part);
    else children.push(typeof part === "string" ? part : flat(part));
  }
  return { name: node.name, attributes: { ...node.attributes }, children };
}

test("skipped elements may nest in themselves", async () => {
  const inner =
    "<ReferenceList><Reference/><ReferenceList a='1'><Title>x</Title></ReferenceList><ReferenceList/></ReferenceList>";
  const xml = record("<ArticleTitle>Kept</ArticleTitle>", `${inner}<KeywordList><Keyword>k</Keyword></KeywordList>`);
  expect(scanRecord(xml)).toBeDefined();
  const [document] = await read(set(xml));
  expect(document?.citation?.keywords).toEqual(["k"]);
});

test("concatenated files, bare records, a byte order mark and comments between records are read", async () => {
  const one = record("<ArticleTitle>A</ArticleTitle>");
  expect(await read(set(one) + set(one))).toHaveLength(2);
  expect(await read(`\ufeff${one}`)).toHaveLength(1);
  expect(await read(set(`<!-- > </PubmedArticleSet> -->${one}`))).toHaveLength(1);
  expect(await read(set(record("<ArticleTitle>A<!-- no -->B<![CDATA[<C>]]></ArticleTitle>")))).toMatchObject([
    { passages: [{ text: "AB<C>" }] },
  ]);
});

const FAULTS: readonly (readonly [name: string, xml: string, code: string, words: RegExp])[] = [
  [
    "cut in a record",
    set(record("<ArticleTitle>A")).slice(0, -80),
    "corpora/xml-truncated",
    /inside the record that begins at byte 1\d\d/,
  ],
  [
    "cut before the end tag",
    set("").replace("</PubmedArticleSet>\n", ""),
    "corpora/xml-truncated",
    /before <\/PubmedArticleSet>/,
  ],
  ["nothing but a declaration", '<?xml version="1.0"?>', "corpora/xml-truncated", /without any record/],
  ["wrong nesting", set(record("<ArticleTitle><i>A</ArticleTitle></i>")), "corpora/xml", /PMID 7/],
  ["unknown entity", set(record("<ArticleTitle>&nope;</ArticleTitle>")), "corpora/xml", /undefined entity.*byte \d+/],
  ["web page", "<html><body>Error</body></html>", "corpora/xml-root", /<html> at byte 0.*error page/s],
  ["JATS", "<?xml version='1.0'?><article></article>", "corpora/xml-root", /JATS/],
  ["text between records", set("stray"), "corpora/xml", /text stands between/],
  ["foreign end tag", "<PubmedArticleSet></Other>", "corpora/xml", /closes nothing/],
  [
    "other encoding",
    '<?xml version="1.0" encoding="ISO-8859-1"?><PubmedArticleSet/>',
    "corpora/xml-encoding",
    /ISO-8859-1.*iconv/s,
  ],
  [
    "entity bomb",
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><PubmedArticleSet/>',
    "corpora/xml-entities",
    /internal DTD subset/,
  ],
  ["deep nesting", set(record("<i>".repeat(200) + "</i>".repeat(200))), "corpora/xml-depth", /more than 100 deep/],
];
for (const [name, xml, code, words] of FAULTS) {
  test(`refused: ${name}`, async () => {
    for (const pieceSize of [3, 1000]) {
      const error = await failure(read(xml, pieceSize));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(words);
    }
  });
}

test("invalid UTF-8 is named by its byte", async () => {
  const bytes = Buffer.from(set(record("<ArticleTitle>caf?</ArticleTitle>")));
  const at = bytes.indexOf("?</Art");
  bytes[at] = 0xe9;
  const error = await failure(collect(readPubmedXml("x.xml", inPieces(bytes, 64))));
  expect(error.code).toBe("corpora/utf-8");
  expect(error.message).toContain(`byte ${at} is 0xe9`);
});

test("a record without end is given up at the limit, in linear time", async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from("<PubmedArticleSet><PubmedArticle>");
    const filler = Buffer.alloc(1 << 20, 0x61);
    for (let i = 0; i < 40; i++) yield filler;
  }
  const error = await failure(collect(readPubmedXml("x.xml", endless())));
  expect(error.code).toBe("corpora/xml-too-large");
  expect(error.message).toContain(String(MAX_RECORD_BYTES));
});

test("a broken gzip and an abort end the reading with their own errors", async () => {
  const folder = temporaryFolder();
  const whole = gzipSync(Buffer.from(set(record("<ArticleTitle>A</ArticleTitle>").repeat(500))));
  const cut = join(folder, "cut.xml.gz");
  await writeFile(cut, whole.subarray(0, whole.length - 30));
  const truncated = await failure(collect(readDocuments([cut])));
  expect([truncated.code, truncated.message]).toEqual(["corpora/gzip", expect.stringContaining("ends in the middle")]);

  const wrong = join(folder, "wrong.xml.gz");
  whole[whole.length - 6]! ^= 0xff; // the checksum
  await writeFile(wrong, whole);
  expect((await failure(collect(readDocuments([wrong])))).message).toContain("broken gzip");

  const controller = new AbortController();
  const reading = readDocuments([cut], { signal: controller.signal });
  controller.abort();
  expect((await failure(collect(reading))).kind).toBe("aborted");
});

test("memory stays flat over a file far larger than its bound", async () => {
  const one = record(
    `<ArticleTitle>Title</ArticleTitle><Abstract><AbstractText>${"Word and word. ".repeat(400)}</AbstractText></Abstract>`,
  );
  const piece = Buffer.from(one.repeat(40)); // 250 kB
  async function* big(): AsyncGenerator<Buffer> {
    yield Buffer.from("<PubmedArticleSet>");
    for (let i = 0; i < 800; i++) yield Buffer.from(piece); // 200 MB
    yield Buffer.from("</PubmedArticleSet>");
  }
  const before = process.memoryUsage().rss;
  let documents = 0;
  let peak = 0;
  for await (const { passages } of readPubmedXml("big.xml", big())) {
    documents += passages.length / 2;
    if (documents % 1000 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  expect(documents).toBe(32_000);
  expect((peak - before) / 1e6).toBeLessThan(120);
});

test("bad records cost themselves, however the bytes are cut: cut off before a whole one, malformed, text and foreign elements between", async () => {
  const whole = (pmid: number): string =>
    `<PubmedArticle><MedlineCitation><PMID>${pmid}</PMID><Article><ArticleTitle>T</ArticleTitle></Article></MedlineCitation></PubmedArticle>`;
  const cut = whole(2).slice(0, 70);
  const xml = `<PubmedArticleSet>${whole(1)}${cut}${whole(3)} stray text ${whole(4)}<other>x</other>${whole(5)}${whole(6).replace("<PMID>", "<b><PMID>")}${whole(7)}</PubmedArticleSet>`;
  for (const size of [1, 7, 64, 10_000]) {
    const problems: BiogptError[] = [];
    const documents = await collect(
      readPubmedXml("x.xml", inPieces(Buffer.from(xml), size), { problem: (error) => problems.push(error) }),
    );
    expect(documents.map(({ id }) => id)).toEqual(["1", "3", "4", "5", "7"]);
    expect(problems.map(({ code }) => code)).toEqual(["corpora/xml", "corpora/xml", "corpora/xml-root", "corpora/xml"]);
    expect(problems[0]?.what).toContain("(PMID 2)");
  }
});

test("a file that ends inside a record names it", async () => {
  const problems: string[] = [];
  const xml = set(record("<ArticleTitle>A</ArticleTitle>")).slice(0, -60);
  const documents = await collect(
    readPubmedXml("x.xml", inPieces(Buffer.from(xml), 50), { problem: ({ what }) => problems.push(what) }),
  );
  expect([documents.length, problems.length]).toEqual([0, 1]);
  expect(problems[0]).toMatch(/ends inside the record .*\(PMID 7\)/);
});

test("an English abstract of another party stands in for the missing one, and notices are kept", async () => {
  const other = (language: string, type: string, text: string): string =>
    `<OtherAbstract Type="${type}" Language="${language}"><AbstractText>${text}</AbstractText></OtherAbstract>`;
  const notices =
    '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>J. 2010;1:2</RefSource><PMID Version="1">20</PMID></CommentsCorrections><CommentsCorrections RefType="CommentIn"><RefSource>X</RefSource></CommentsCorrections></CommentsCorrectionsList>';
  const others = other("spa", "Publisher", "Uno.") + other("eng", "plain-language-summary", "For all.");
  const [document] = await read(
    set(record("<ArticleTitle>T</ArticleTitle>", notices + others + other("eng", "PIP", "PIP: One."))),
  );
  expect(document?.passages.at(-1)).toEqual({ kind: "abstract", text: "One." });
  expect(document?.citation).toMatchObject({
    retracted: true,
    notices: [{ type: "RetractionIn", pmid: "20", reference: "J. 2010;1:2" }],
    otherAbstracts: [{ text: "Uno." }, { text: "For all." }, { text: "PIP: One." }],
  });
});
