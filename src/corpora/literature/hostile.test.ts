/** Inputs made to fill memory, hang or crash: each ends at a named limit, and good records before it are read. */
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BiogptError } from "../../base/errors.ts";
import { FORMATS, type Format } from "./format-names.ts";
import { readContent } from "./input.fixture.ts";
import { readDocuments } from "./read.ts";

/** Reads `start`, then `piece` up to 80 times (80 MB), from standard input. */
async function endless(
  start: string,
  format: Format,
  piece = "a".repeat(1 << 20),
): Promise<{ ids: string[]; code: string }> {
  function* bytes(): Generator<Uint8Array> {
    yield Buffer.from(start);
    for (let i = 0; i < 80; i++) yield Buffer.from(piece);
  }
  const ids: string[] = [];
  try {
    for await (const { id } of readDocuments(["-"], { format, standardInput: Readable.from(bytes()) })) ids.push(id);
  } catch (error) {
    return { ids, code: (error as BiogptError).code };
  }
  return { ids, code: "none" };
}

const ENDLESS: readonly (readonly [format: Format, start: string, code: string, ids: readonly string[]])[] = [
  ["json-lines", '{"id":"1","text":"a"}\n{"id":"2","text":"', "corpora/line-too-long", ["1"]],
  ["json", '[{"id":"1","text":"a"},{"id":"2","text":"', "corpora/json", ["1"]],
  ["csv", 'id,text,title\n1,a,b\n2,"', "corpora/table", ["1"]],
  ["bioc-xml", "<collection><document><id>1</id></document><document><id>2</id><x>", "corpora/xml-too-large", ["1"]],
  ["jats", "<article></article><!-- ", "corpora/xml-too-large", ["-@0"]],
  ["text", "", "corpora/line-too-long", []],
];
for (const [format, start, code, ids] of ENDLESS) {
  test(`a record without end, in ${format}`, async () => {
    const outcome = await endless(start, format);
    expect([outcome.code, outcome.ids]).toEqual([code, ids]);
  });
}

test("a line without end costs itself: what stands behind it is read", async () => {
  const long = Buffer.alloc(80 << 20, 0x61);
  const content = Buffer.concat([
    Buffer.from('{"id":"1","text":"a"}\n{"id":"2","text":"'),
    long,
    Buffer.from('\n{"id":"3","text":"c"}\n{'),
  ]);
  const { documents, problems } = await readContent(content, { format: "json-lines" });
  expect(documents.map(({ id }) => id)).toEqual(["1", "3"]);
  expect(problems).toEqual([expect.stringMatching(/^Line 2 of input is longer/), expect.stringMatching(/^line 4 of/)]);
});

test("a text of many lines that is one document ends at its limit", async () => {
  expect((await endless("A text.\n", "text", `${"word ".repeat(200_000)}\n`)).code).toBe("corpora/text-too-long");
});

test("fields and entries of many lines end at their limits too", async () => {
  const lines = `      ${"word ".repeat(20_000)}\n`;
  expect((await endless("PMID- 1\nTI  - A\n\nPMID- 2\nAB  - A\n", "nbib", lines)).ids).toEqual(["1"]);
  expect((await endless("TY  - JOUR\nID  - x\nER  -\nTY  - JOUR\nAB  - A\n", "ris", lines)).ids).toHaveLength(1);
  expect((await endless("@a{1, title={A}}\n@article{2, title={", "bibtex", lines)).ids).toEqual([]);
});

test("deep nesting and entities that expand are refused", async () => {
  const deep = `[{"id":"1","text":"a"},${"[".repeat(5000)}${"]".repeat(5000)}]`;
  expect((await readContent(deep)).problems).toEqual([expect.stringMatching(/nests deeper than 100/)]);
  expect((await readContent(deep)).documents).toHaveLength(1);
  const bomb =
    '<!DOCTYPE collection [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><collection><document><id>&b;</id></document></collection>';
  expect((await readContent(bomb)).problems).toEqual([expect.stringMatching(/entities of its own/)]);
});

test("a gzip bomb ends at the longest line", async () => {
  const { problems } = await readContent(gzipSync(Buffer.concat([Buffer.from("word "), Buffer.alloc(80 << 20, 0x61)])));
  expect(problems).toEqual([expect.stringMatching(/Line 1 of input is longer than/)]);
});

test("any bytes give documents or errors of ours, in every format, and end", async () => {
  const piece = fc.constantFrom(
    ...[
      "<",
      ">",
      "</document>",
      "<document>",
      "<article>",
      "<record>",
      "<PubmedArticle>",
      "</PubmedArticle>",
      "<!--",
      "]]>",
      "&",
      '"',
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
    ],
    ...[
      '"documents"',
      '"text"',
      "\n",
      "\r\n",
      "\n\n",
      " ",
      "      ",
      "\t",
      "PMID- ",
      "TI  - ",
      "TY  - ",
      "ER  - ",
      "%0 ",
      "%T ",
      "@article{",
      "=",
      "1|t|",
      "1|a|",
      "1\t0\t3\t",
    ],
    ...["1. J. 2020.", "PMID: 1", "pmid,title", "é", "🧪", "\\", "#", "text"],
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(...FORMATS),
      async (parts, format) => {
        const { documents } = await readContent(parts.join(""), { format });
        for (const { id, passages } of documents) {
          expect(typeof id).toBe("string");
          for (const { text } of passages) expect(typeof text).toBe("string");
        }
      },
    ),
    { numRuns: 300 },
  );
});
