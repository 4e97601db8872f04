import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readMentions } from "../../corpora/entities/read-mentions.ts";
import { synonymsOf } from "../../corpora/vocabularies/concept.ts";
import { annotatedCurie } from "../../corpora/vocabularies/curie.ts";
import { readVocabulary, vocabularyKind } from "../../corpora/vocabularies/kinds.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { IndexBuilder } from "../../knowledge-graph/vocabulary/build-index.ts";
import { openVocabularies, type Vocabularies } from "../../knowledge-graph/vocabulary/vocabularies.ts";
import { longFormsOf, normalizeMentions } from "./document.ts";

const folder = temporaryFolder();

async function vocabulary(
  file: string,
  add: (builder: IndexBuilder) => Promise<void> | void,
  kind = "medic",
): Promise<string> {
  const builder = new IndexBuilder();
  await add(builder);
  const path = join(folder, file);
  writeFileSync(path, Buffer.concat(builder.finish(kind, file, []).pieces));
  return path;
}

test("a short form is read as the long one that the document defines, wherever it stands", async () => {
  const path = await vocabulary("small.idx", (builder) => {
    const names = [
      ["mesh:D011125", "Adenomatous Polyposis Coli"],
      ["omim:1", "APC"],
      ["mesh:D006432", "Hemochromatosis"],
    ] as const;
    for (const [id, name] of names)
      builder.add({ id, name, synonyms: synonymsOf([]), alternatives: [], type: "Disease" });
  });
  using vocabularies = await openVocabularies([path]);
  const passages = [
    { text: "APC in families" },
    { text: "Patients with adenomatous polyposis coli (APC) and hemochromatosis (HH). HH, APCs, GM." },
  ];
  const [title, abstract] = passages.map(({ text }) => text) as [string, string];
  const at = (passage: number, words: string): { passage: number; start: number; end: number; type: string } => {
    const start = (passage === 0 ? title : abstract).lastIndexOf(words);
    return { passage, start, end: start + words.length, type: "Disease" };
  };
  const mentions = [at(0, "APC"), at(1, "APCs"), at(1, "HH"), at(1, "hemochromatosis"), at(1, "GM")];
  const found = normalizeMentions({ passages }, mentions, vocabularies);
  expect(found.map(({ name }) => name)).toEqual(["APC", "APCs", "HH", "hemochromatosis", "GM"]);
  expect(found.map(({ candidates }) => candidates[0]?.id)).toEqual([
    "mesh:D011125",
    "mesh:D011125",
    "mesh:D006432",
    "mesh:D006432",
    undefined,
  ]);
  expect(found.map(({ nil }) => nil)).toEqual([false, false, false, false, true]);
  // Without the definition the short form stands for itself.
  expect(normalizeMentions({ passages: [{ text: title }] }, [at(0, "APC")], vocabularies)[0]?.candidates[0]?.id).toBe(
    "omim:1",
  );
});

test("the last part of a short form with a hyphen is defined with it, unless it is defined otherwise", () => {
  const long = (text: string, name: string): string | undefined => longFormsOf({ passages: [{ text }] })(name);
  const text = "Late-onset familial liver disease (LO-FLD) was seen.";
  expect(long(text, "FLD")).toBe("familial liver disease");
  expect(long(text, "LO-FLD")).toBe("Late-onset familial liver disease");
  expect(long(`${text} Fatty lung disorder (FLD) was not.`, "FLD")).toBe("Fatty lung disorder");
  expect(long("The prevention of harm trial (PREVENT-HD) began.", "HD")).toBeUndefined();
});

test("a short form that the document defines as something unknown is not what a vocabulary calls by the same letters", async () => {
  const path = await vocabulary("letters.idx", (builder) => {
    const names = ["snowflake vitreoretinal degeneration", "xylose intolerance"] as const;
    for (const [i, name] of names.entries())
      builder.add({
        id: `test:${i}`,
        name,
        synonyms: synonymsOf(["SVD", "XI"].slice(i, i + 1)),
        alternatives: [],
        type: "Disease",
      });
  });
  using vocabularies = await openVocabularies([path]);
  const ids = (text: string, ...names: string[]): (string | undefined)[] =>
    normalizeMentions(
      { passages: [{ text }] },
      names.map((name) => ({
        passage: 0,
        start: text.lastIndexOf(name),
        end: text.lastIndexOf(name) + name.length,
        type: "Disease",
      })),
      vocabularies,
    ).map((found) => (found.nil ? undefined : found.candidates[0]?.id));
  expect(ids("supraventricular dysrhythmias (SVD) came back: SVD and XI", "SVD", "XI")).toEqual([undefined, "test:1"]);
  expect(ids("SVD", "SVD")).toEqual(["test:0"]);
  expect(ids("supraventricular dysrhythmias (SVD) came back: SVD-unclassified", "SVD-")).toEqual([undefined]);
});

const SHARED = fileURLToPath(new URL("../../../../shared/data", import.meta.url));

/** Gold mentions whose first candidate is one of their gold identifiers, in percent of those that have one. */
async function rightAtFirst(file: string, vocabularies: Vocabularies, withDocument: boolean): Promise<number> {
  const { documents } = readMentions(join(SHARED, "tasks", file));
  let [right, all] = [0, 0];
  for (const document of documents) {
    const mentions = document.mentions.filter(({ type }) => type === "Disease");
    const found = withDocument
      ? normalizeMentions(document, mentions, vocabularies)
      : mentions.map(({ text, type }) => vocabularies.normalize(text, { type }));
    for (const [i, { ids, type }] of mentions.entries()) {
      const gold = ids.map((id) => annotatedCurie(id, type));
      const [first] = found[i]!.candidates;
      if (gold.length === 0) continue;
      all++;
      if (first !== undefined && gold.includes(first.id)) right++;
    }
  }
  return (100 * right) / all;
}

test.skipIf(!existsSync(SHARED))(
  "NCBI-disease test, gold mentions: right at the first candidate",
  async () => {
    const filled = (kind: string, file: string) => async (builder: IndexBuilder) => {
      for await (const concept of readVocabulary(vocabularyKind(kind), join(SHARED, file))) builder.add(concept);
    };
    const medic = await vocabulary("medic.idx", filled("medic", "vocabularies/medic_06Jul2012.txt.gz"));
    const train = await vocabulary(
      "train.idx",
      filled("pubtator", "tasks/NCBI-disease/train/NCBItrainset_corpus.txt.gz"),
      "pubtator",
    );
    const tests = "NCBI-disease/test/NCBItestset_corpus.txt";
    using names = await openVocabularies([medic]);
    expect(await rightAtFirst(tests, names, false)).toBeGreaterThan(63);
    using both = await openVocabularies([medic, train]);
    expect(await rightAtFirst(tests, both, true)).toBeGreaterThan(87);
  },
  300_000,
);
