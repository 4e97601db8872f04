import fc from "fast-check";
import { expect, test } from "vitest";
import { readFiles } from "./input.fixture.ts";
import { readDocuments } from "./read.ts";
import type { ReadEvent } from "./read-events.ts";
import type { Revision } from "./reader.ts";
import { PmidSet, Revisions } from "./revisions.ts";

const record = (pmid: number, title: string, version = 1): string =>
  `<PubmedArticle><MedlineCitation><PMID Version="${version}">${pmid}</PMID><Article><ArticleTitle>${title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>`;
const withdraw = (...pmids: number[]): string =>
  `<DeleteCitation>${pmids.map((pmid) => `<PMID Version="1">${pmid}</PMID>`).join("\n")}</DeleteCitation>`;
const set = (...records: string[]): string => `<PubmedArticleSet>${records.join("\n")}</PubmedArticleSet>`;
const titles = (outcome: Awaited<ReturnType<typeof readFiles>>): string[] =>
  outcome.documents.map(({ passages }) => passages[0]!.text);

const BASELINE = set(record(1, "one"), record(2, "two"), record(3, "three"), record(4, "four", 2));
const UPDATE = set(
  record(2, "two anew"),
  record(4, "four of old"),
  record(5, "five"),
  record(5, "five anew"),
  withdraw(3, 5, 9),
);

test("the newest record of a PMID counts and deletions apply, over all files in their order", async () => {
  const files = { "1.xml": BASELINE, "2.xml": UPDATE, "3.xml": set(record(5, "five again")) };
  expect(titles(await readFiles(files))).toEqual(["one", "four", "two anew", "five again"]);
  expect(titles(await readFiles(files, { revisions: "all" }))).toHaveLength(9);
});

test("nbib too; and where the newest of a file is broken, the one before it counts", async () => {
  const old = { "1.nbib": "PMID- 1\nTI  - old\n\nPMID- 2\nTI  - two\n", "2.nbib": "PMID- 1\nTI  - new\n" };
  expect(titles(await readFiles(old))).toEqual(["two", "new"]);
  const broken = await readFiles({ "1.xml": set(record(1, "whole"), record(1, "<i>broken"), record(2, "two")) });
  expect(titles(broken)).toEqual(["two", "whole"]);
  expect(broken.problems).toHaveLength(1);
});

test("standard input is read once: an event counts what was not applied", async () => {
  const events: ReadEvent[] = [];
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(UPDATE);
  }
  const found: string[] = [];
  for await (const { id } of readDocuments(["-"], { standardInput: input(), onEvent: (event) => events.push(event) }))
    found.push(id);
  expect(found).toEqual(["2", "4", "5", "5"]);
  expect(events).toEqual([{ type: "revisions-not-applied", source: "-", deletions: 3, repeated: 1 }]);
});

test("any order of records and withdrawals over files ends as a table that is rewritten does", async () => {
  const step = fc.record({
    input: fc.nat(2),
    pmid: fc.integer({ min: 1, max: 4 }),
    version: fc.constantFrom(1, 1, 2),
    deleted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const ordered = [...steps].sort((a, b) => a.input - b.input).map((each, at) => ({ ...each, at }));
      const revisions = new Revisions();
      const table = new Map<number, { at: number; version: number }>(); // the slow twin
      for (const { input, pmid, version, deleted, at } of ordered) {
        const revision: Revision = { pmid: String(pmid), version, deleted };
        revisions.note(input, revision);
        if (deleted) table.delete(pmid);
        else if (version >= (table.get(pmid)?.version ?? 0)) table.set(pmid, { at, version });
      }
      const got: number[] = [];
      for (const input of [0, 1, 2]) {
        async function* documents() {
          for (const { pmid, version, at } of ordered.filter((each) => each.input === input && !each.deleted))
            yield { id: String(at), source: "", passages: [], citation: { pmid: String(pmid), version } };
        }
        for await (const { id } of revisions.current(input, documents())) got.push(Number(id));
      }
      expect(got.sort((a, b) => a - b)).toEqual([...table.values()].map(({ at }) => at).sort((a, b) => a - b));
    }),
    { seed: 5 },
  );
});

test("a set of PMIDs holds what a set does, in a bit each", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 99_999_999 })), (numbers) => {
      const [bits, plain] = [new PmidSet(), new Set<number>()];
      for (const number of numbers) {
        expect(bits.add(number)).toBe(!plain.has(number));
        plain.add(number);
      }
      for (const number of [...plain, 31, 32]) expect(bits.has(number)).toBe(plain.has(number));
    }),
  );
});
