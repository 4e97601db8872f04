/** What is written as PubTator and BioC is read again as it was: mentions, concepts and relations, of made documents and of whole corpora. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Document } from "../../document.ts";
import { readContent } from "../input.fixture.ts";
import { readDocuments } from "../read.ts";
import { BIOC_XML_END, biocJson, biocXml, biocXmlHead } from "./write-bioc.ts";
import { pubtatorText } from "./write-pubtator.ts";

const words = fc.array(fc.constantFrom("a", "é", "𝛽", "🧪", "<&>", '"', "b "), { minLength: 1, maxLength: 10 });
const text = words.map((parts) => `x${parts.join("")}y`);
const document: fc.Arbitrary<Document> = fc
  .record({ title: text, abstract: text, seeds: fc.array(fc.tuple(fc.nat(1), fc.nat(), fc.nat()), { maxLength: 4 }) })
  .map(({ title, abstract, seeds }) => {
    const passages = [{ kind: "title", text: title } as const, { kind: "abstract", text: abstract } as const];
    const mentions = seeds
      .sort(([a], [b]) => a - b)
      .map(([passage, from, size], at) => {
        const characters = [...passages[passage]!.text];
        const first = from % characters.length;
        const last = first + 1 + (size % (characters.length - first));
        const start = characters.slice(0, first).join("").length;
        const wording = characters.slice(first, last).join("");
        const identifiers = [["mesh:D1"], ["mesh:D1", "omim:2"], [], ["p|SUB|V|1763|M"]][at]!;
        return { passage, start, end: start + wording.length, text: wording, type: "Chemical", identifiers };
      });
    const relations = mentions.slice(1).flatMap(({ identifiers: [tail] }) => {
      const [head] = mentions[0]!.identifiers;
      if (head === undefined || tail === undefined) return [];
      return [{ type: "Bind", head: { identifier: head }, tail: { identifier: tail } }];
    });
    return { id: "7", source: "x", passages, mentions, relations };
  });

const contentOf = ({ passages, mentions = [], relations = [] }: Document): unknown => ({
  passages: passages.map((passage) => passage.text),
  mentions: mentions.map(({ passage, start, end, text: wording, type, identifiers }) => [
    ...[passage, start, end, wording, type],
    identifiers,
  ]),
  relations: relations.map(({ type, head, tail }) => [type, head.identifier, tail.identifier]),
});

test("made documents come back from each format", async () => {
  await fc.assert(
    fc.asyncProperty(document, async (given) => {
      const json = JSON.stringify({ documents: [biocJson(given)] });
      const xml = biocXmlHead("a & b") + biocXml(given) + BIOC_XML_END;
      for (const content of [json, xml, pubtatorText(given)]) {
        const [back] = (await readContent(content)).documents;
        expect(contentOf(back!)).toEqual(contentOf(given));
      }
    }),
    { numRuns: 25 },
  );
});

const TASKS = fileURLToPath(new URL("../../../../../shared/data/tasks/", import.meta.url));
const CORPORA = {
  "BioRED/Test.PubTator.gz": { documents: 100, mentions: 3535, relations: 1163 },
  "BioRED/Test.BioC.XML.gz": { documents: 100, mentions: 3535, relations: 1163 },
  "BioRED/Test.BioC.JSON.gz": { documents: 100, mentions: 3535, relations: 1163 },
  "BC5CDR/CDR.Corpus.v010516/CDR_TestSet.PubTator.txt.gz": { documents: 500, mentions: 9809, relations: 1066 },
};

for (const [name, counts] of Object.entries(CORPORA)) {
  test.skipIf(!existsSync(TASKS + name))(
    `${name}: relations are read, and all comes back from each format`,
    async () => {
      const documents: Document[] = [];
      for await (const one of readDocuments([TASKS + name])) documents.push(one);
      const sum = (of: (document: Document) => readonly unknown[] | undefined): number =>
        documents.reduce((total, one) => total + (of(one)?.length ?? 0), 0);
      const found = { mentions: sum((one) => one.mentions), relations: sum((one) => one.relations) };
      expect({ documents: documents.length, ...found }).toEqual(counts);
      if (!name.includes("PubTator")) return; // the others are the same documents
      const hasTitles = documents.every(({ passages }) => passages[0]?.kind === "title");
      const written = {
        ...(hasTitles ? { pubtator: documents.map(pubtatorText).join("") } : {}),
        json: JSON.stringify({ documents: documents.map(biocJson) }),
        xml: biocXmlHead("corpus") + documents.map(biocXml).join("") + BIOC_XML_END,
      };
      for (const content of Object.values(written)) {
        const back = (await readContent(content)).documents;
        expect(JSON.stringify(back.map(contentOf)) === JSON.stringify(documents.map(contentOf))).toBe(true);
      }
    },
  );
}
