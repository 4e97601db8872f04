/** Annotations of BioC (XML and JSON) and PubTator: offsets in code points at the border, UTF-16 inside. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readContent } from "../input.fixture.ts";

interface Annotated {
  readonly title: string;
  readonly abstract: string;
  /** Code points between title and abstract. */
  readonly gap: number;
  /** In code points of title or abstract. */
  readonly mentions: readonly { readonly passage: 0 | 1; readonly start: number; readonly end: number }[];
}

const text = fc
  .array(fc.constantFrom("a", "é", "𝛽", "🧪", "测", " b"), { minLength: 1, maxLength: 12 })
  .map((parts) => `x${parts.join("")}y`);
const annotated: fc.Arbitrary<Annotated> = fc
  .record({ title: text, abstract: text, gap: fc.integer({ min: 1, max: 3 }) })
  .chain((texts) =>
    fc.record({
      ...{ title: fc.constant(texts.title), abstract: fc.constant(texts.abstract), gap: fc.constant(texts.gap) },
      mentions: fc.array(
        fc.constantFrom<0 | 1>(0, 1).chain((passage) => {
          const length = [...[texts.title, texts.abstract][passage]!].length;
          return fc
            .tuple(fc.nat(length - 1), fc.integer({ min: 1, max: length }))
            .map(([start, size]) => ({ passage, start, end: Math.min(length, start + size) }));
        }),
        { maxLength: 5 },
      ),
    }),
  );

const wordingOf = ({ title, abstract }: Annotated, { passage, start, end }: Annotated["mentions"][number]): string =>
  [...[title, abstract][passage]!].slice(start, end).join("");

function biocJson(document: Annotated): string {
  const offsets = [0, [...document.title].length + document.gap];
  const passages = [document.title, document.abstract].map((content, at) => ({
    offset: offsets[at],
    infons: { type: ["title", "abstract"][at] },
    text: content,
    annotations: document.mentions
      .filter(({ passage }) => passage === at)
      .map((mention) => ({
        id: "1",
        infons: { type: "Disease", identifier: "MESH:D1;MESH:D2", valid: true },
        text: wordingOf(document, mention),
        locations: [{ offset: offsets[at]! + mention.start, length: mention.end - mention.start }],
      })),
  }));
  return JSON.stringify({ documents: [{ id: "1", passages }] });
}

function biocXml(document: Annotated): string {
  const offsets = [0, [...document.title].length + document.gap];
  const passages = [document.title, document.abstract].map((content, at) => {
    const annotations = document.mentions
      .filter(({ passage }) => passage === at)
      .map(
        (mention) =>
          `<annotation id="1"><infon key="type">Disease</infon><infon key="identifier">MESH:D1|MESH:D2</infon><location offset="${offsets[at]! + mention.start}" length="${mention.end - mention.start}"/><text>${wordingOf(document, mention)}</text></annotation>`,
      );
    return `<passage><infon key="type">${["title", "abstract"][at]}</infon><offset>${offsets[at]}</offset><text>${content}</text>${annotations.join("")}</passage>`;
  });
  return `<collection><document><id>1</id>${passages.join("")}</document></collection>`;
}

function pubtator(document: Annotated): string {
  const shift = [0, [...document.title].length + 1];
  const lines = document.mentions.map((mention) =>
    [
      1,
      shift[mention.passage]! + mention.start,
      shift[mention.passage]! + mention.end,
      wordingOf(document, mention),
      "Disease",
      "MESH:D1|MESH:D2",
    ].join("\t"),
  );
  return `1|t|${document.title}\n1|a|${document.abstract}\n${lines.join("\n")}\n\n`;
}

test("every mention cuts out its wording, in all three formats alike", async () => {
  await fc.assert(
    fc.asyncProperty(annotated, async (document) => {
      const want = [...document.mentions]
        .sort((a, b) => a.passage - b.passage)
        .map((mention) => [mention.passage, wordingOf(document, mention), "MESH:D1,MESH:D2"]);
      for (const content of [biocJson(document), biocXml(document), pubtator(document)]) {
        const { documents, events } = await readContent(content);
        const [read] = documents;
        expect(events).toEqual([]);
        expect(read?.passages.map((passage) => passage.text)).toEqual([document.title, document.abstract]);
        expect(
          (read?.mentions ?? []).map(({ passage, start, end, identifiers }) => [
            passage,
            read!.passages[passage]!.text.slice(start, end),
            identifiers.join(),
          ]),
        ).toEqual(want);
      }
    }),
    { numRuns: 40 },
  );
});

test("offsets that some tool wrote in UTF-16 units are known by the wording; those outside the text are counted", async () => {
  const { documents, events } = await readContent(
    "1|t|🧪🧪 gout\n1|a|x\n1\t5\t9\tgout\tDisease\tD1\n1\t90\t95\tother\tDisease\tD1\n",
  );
  expect(documents[0]?.mentions).toMatchObject([{ start: 5, end: 9, text: "gout" }]);
  expect(events).toEqual([{ type: "mentions-left-out", source: "input", id: "1", mentions: 1 }]);
});

test("PubMed Central's BioC: headings become labels, the abstract's parts one passage, references go", async () => {
  const passage = (
    offset: number,
    type: string,
    section: string,
    content: string,
    annotations: object[] = [],
  ): object => ({
    ...{ offset, infons: { type, section_type: section }, text: content, annotations },
  });
  const mark = { id: "T1", infons: { type: "Gene" }, text: "p53", locations: [{ offset: 26, length: 3 }] };
  const { documents } = await readContent(
    JSON.stringify([
      {
        id: "PMC7",
        passages: [
          passage(0, "front", "TITLE", "A title"),
          passage(8, "abstract", "ABSTRACT", "One abstract."),
          passage(22, "abstract", "ABSTRACT", "The p53 part.", [mark]),
          passage(36, "title_1", "METHODS", "Methods"),
          passage(44, "paragraph", "METHODS", "We did."),
          passage(52, "ref", "REF", "A reference"),
        ],
      },
    ]),
  );
  const [document] = documents;
  expect(document?.passages).toEqual([
    { kind: "title", text: "A title" },
    { kind: "abstract", text: "One abstract. The p53 part." },
    { kind: "text", label: "Methods", text: "We did.", infons: { type: "paragraph", section_type: "METHODS" } },
  ]);
  expect(
    document?.mentions?.map(({ passage: at, start, end }) => document.passages[at]!.text.slice(start, end)),
  ).toEqual(["p53"]);
  expect(document?.citation).toEqual({ pmcid: "PMC7" });
});

test("sentences are joined at their offsets", async () => {
  const xml =
    "<collection><document><id>2</id><passage><offset>5</offset><sentence><offset>5</offset><text>One.</text></sentence><sentence><offset>11</offset><text>Two.</text><annotation id='1'><infon key='type'>X</infon><location offset='11' length='3'/><text>Two</text></annotation></sentence></passage></document></collection>";
  const { documents } = await readContent(xml);
  expect(documents[0]).toMatchObject({ passages: [{ text: "One.  Two." }], mentions: [{ start: 6, end: 9 }] });
});
