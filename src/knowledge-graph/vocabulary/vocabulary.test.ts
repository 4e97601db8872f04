import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { synonymsOf, type VocabularyConcept } from "../../corpora/vocabularies/concept.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { IndexBuilder } from "./build-index.ts";
import { readingsOfParts } from "./composite.ts";
import { foldName, keyOf, tokensOf, trigramsOf } from "./folding.ts";
import { trigramWeight } from "./index-format.ts";
import { NameComparison, reservations } from "./similarity.ts";
import { chosenConcepts, type Normalization, openVocabularies, type Vocabularies } from "./vocabularies.ts";
import { VocabularyIndex } from "./vocabulary-index.ts";
import { meaningsOf } from "./word-meanings.ts";

const folder = temporaryFolder();
let files = 0;

function concept(id: string, name: string | undefined, synonyms: string[] = [], type = "Disease"): VocabularyConcept {
  return { id, name, synonyms: synonymsOf(synonyms), alternatives: [], type };
}

function built(concepts: readonly VocabularyConcept[], kind = "obo"): string {
  const builder = new IndexBuilder();
  for (const one of concepts) builder.add(one);
  const path = join(folder, `${files++}.idx`);
  writeFileSync(path, Buffer.concat(builder.finish(kind, "test", []).pieces));
  return path;
}

const DISEASES = [
  concept("mesh:D003110", "Colonic Neoplasms", ["Cancer of Colon", "Colon Cancer"]),
  concept("mesh:D001943", "Breast Neoplasms", ["Breast Cancer", "Tumours of the breast"]),
  concept("mesh:D010051", "Ovarian Neoplasms", ["Ovarian Cancer"]),
  concept("mesh:D003924", "Diabetes Mellitus, Type 2", ["Diabetes Mellitus, Type II", "NIDDM"]),
  concept("mesh:D003922", "Diabetes Mellitus, Type 1", ["IDDM"]),
  concept("mesh:D010300", "Parkinson Disease", ["Paralysis Agitans"]),
  concept("mesh:D007674", "Kidney Diseases", ["Nephropathies"]),
  concept("omim:1", "APC-RELATED ATTENUATED FAMILIAL ADENOMATOUS POLYPOSIS"),
  concept("mesh:D001241", "Aspirin", ["Acetylsalicylic Acid"], "Chemical"),
];
const path = built(DISEASES);

async function opened<T>(paths: readonly string[], use: (vocabularies: Vocabularies) => T): Promise<T> {
  using vocabularies = await openVocabularies(paths);
  return use(vocabularies);
}

test.each([
  ["Tumours of the Colon", "tumours of the colon", "colon tumor"],
  ["IL-2", "il 2", "2 il"],
  ["Parkinson's Disease", "parkinson disease", "diseas parkinson"],
  ["β-thalassaemia", "beta thalassaemia", "beta thalassemia"],
  ["neuroses", "neuroses", "neuros"],
  ["neurosis", "neurosis", "neuros"],
  ["Type II", "type ii", "2"],
  ["of the", "of the", "of the"],
  ["naïve", "naive", "naiv"],
  ["…", "", ""],
])("folds %j", (name, cased, key) => {
  expect(foldName(name)).toMatchObject({ cased, key });
});

test.each([
  ["Colon Cancer", "mesh:D003110", 0.975],
  ["Colonic Neoplasms", "mesh:D003110", 1],
  ["colonic neoplasms", "mesh:D003110", 0.99],
  ["Colonic  neoplasm", "mesh:D003110", 0.97],
  ["neoplasms, colonic", "mesh:D003110", 0.95],
  ["tumors of breast", "mesh:D001943", 0.9],
  ["type 2 diabetes mellitus", "mesh:D003924", 0.95],
  ["Parkinson’s disease", "mesh:D010300", 0.98],
  ["colon carcinoma", "mesh:D003110", 0.9],
])("%j is found, with a score by how much was folded", async (name, id, score) => {
  const { candidates, nil } = await opened([path], (vocabularies) => vocabularies.normalize(name, { type: "Disease" }));
  expect(candidates[0]?.id).toBe(id);
  expect(nil).toBe(false);
  expect(Math.abs(candidates[0]!.score - score)).toBeLessThan(0.03);
});

test.each([
  ["a word is no acronym of the same letters", "cold", "Disease", 0.6],
  ["an acronym is", "COLD", "Disease", 0.98],
  ["a name in capitals is no acronym", "gout", "Disease", 0.99],
  ["a gene's symbol is written either way", "myc", "Gene", 0.97],
  ["a syndrome is not all that is wrong there", "metabolic syndrome", "Disease", 0.6],
  ["a person's disease and syndrome are one", "Fanconi disease", "Disease", 0.9],
  ["an organ is no disease", "eyes", "Disease", 0.6],
  ["a virus is not what it causes", "zoster virus", "Disease", 0.6],
] as const)("%s: %j", async (_, name, type, score) => {
  const known = [
    concept("d:1", "chronic obstructive lung disease", ["COLD"]),
    concept("d:2", "Gout attack", ["GOUT"]),
    concept("g:1", "MYC proto-oncogene", ["MYC"], "Gene"),
    concept("d:3", "disease of metabolism"),
    concept("d:4", "Fanconi syndrome"),
    concept("d:5", "eye disease"),
    concept("d:7", "zoster virus hepatitis"),
  ];
  const { candidates } = await opened([built(known)], (vocabularies) => vocabularies.normalize(name, { type }));
  if (score === 0.6) expect(candidates[0]!.score).toBeLessThanOrEqual(score);
  else expect(Math.abs(candidates[0]!.score - score)).toBeLessThan(0.08);
});

test.each([
  ["eyes", "eye disease", true],
  ["Alzheimer", "Alzheimer's disease", false],
  ["McLeod", "MCLEOD SYNDROME", false],
  ["capillary leak", "capillary leak syndrome", false],
  ["Lassa virus", "Lassa virus hepatitis", true],
  ["Lassa virus", "Lassa virus infection", false],
  ["hepatitis E virus", "hepatitis E", true],
  ["metabolic syndrome", "metabolic disease", true],
  ["metabolic syndrome", "metabolic syndrome X", false],
] as const)("%s beside %s is doubtful: %s", (query, name, doubtful) => {
  const comparison = new NameComparison(() => 1);
  expect(reservations(comparison.name(query), comparison.name(name), query, name).most < 1).toBe(doubtful);
});

test("a word with a prefix that makes another thing of it is another: the name that has it too comes first", async () => {
  const known = [
    concept("d:1", "insulin-dependent diabetes mellitus"),
    concept("d:2", "diabetes mellitus, non-insulin-dependent, of late onset"),
    concept("d:3", "endomyocardial fibrosis"),
    concept("d:4", "Nonketotic coma"),
  ];
  await opened([built(known)], (vocabularies) => {
    const score = (name: string, id: string): number =>
      vocabularies.normalize(name).candidates.find((one) => one.id === id)?.score ?? 0;
    expect(score("noninsulin-dependent diabetes", "d:1")).toBeLessThan(0.62);
    // Both spellings of a word with "non" are one.
    expect(score("noninsulin-dependent diabetes mellitus of late onset", "d:2")).toBeGreaterThan(0.9);
    expect(score("non-ketotic coma", "d:4")).toBeGreaterThan(0.9);
    expect(score("myocardial fibrosis", "d:3")).toBeLessThan(0.66);
    expect(score("myocardial fibrosis", "d:3")).toBeGreaterThan(0.4);
  });
});

test("similar names are candidates with lower scores, and nonsense is NIL", async () => {
  await opened([path], (vocabularies) => {
    const similar = vocabularies.normalize("attenuated adenomatous polyposis", { type: "Disease" });
    expect(similar.candidates[0]?.id).toBe("omim:1");
    expect(similar.candidates[0]!.score).toBeLessThan(0.94);
    const nothing = vocabularies.normalize("xqzzy wvvk");
    expect(nothing).toMatchObject({ nil: true });
    expect(chosenConcepts(nothing)).toEqual([]);
    for (const blank of ["", "  ", "—"]) {
      expect(vocabularies.normalize(blank)).toMatchObject({ name: blank, candidates: [], nil: true });
    }
  });
});

test("concepts of another type are left out, in any corpus's words for it", async () => {
  await opened([path], (vocabularies) => {
    expect(vocabularies.normalize("aspirin", { type: "Drug" }).candidates[0]?.id).toBe("mesh:D001241");
    expect(vocabularies.normalize("aspirin", { type: "SpecificDisease" }).candidates.map(({ id }) => id)).not.toContain(
      "mesh:D001241",
    );
    expect(vocabularies.normalize("aspirin").candidates[0]?.id).toBe("mesh:D001241");
  });
});

test("a name that was asked before gives the same again, under its own type and as it was written", async () => {
  await opened([path], (vocabularies) => {
    const ask = (name: string, type?: string): Normalization => vocabularies.normalize(name, { type });
    const first = ask("colonic  neoplasms", "Disease");
    expect(ask("colonic  neoplasms", "SpecificDisease")).toEqual(first);
    expect(ask(" colonic  neoplasms ", "Disease")).toEqual({ ...first, name: " colonic  neoplasms " });
    expect(ask("colonic  neoplasms", "Chemical").candidates.map(({ id }) => id)).not.toContain("mesh:D003110");
    expect(vocabularies.normalize("colonic  neoplasms", { type: "Disease", limit: 1 }).candidates).toHaveLength(1);
    for (let other = 0; other < 10_001; other++) ask(`${other}`, "Gene"); // more than are kept
    expect(ask("colonic  neoplasms", "Disease")).toEqual(first);
  });
});

test("a composite mention has parts, whose best stand first", async () => {
  await opened([path], (vocabularies) => {
    const found = vocabularies.normalize("breast and ovarian cancers", { type: "Disease" });
    expect(found.candidates.map(({ id }) => id)).toEqual(["mesh:D001943", "mesh:D010051"]);
    expect(found.parts?.map(({ name }) => name)).toEqual(["breast cancers", "ovarian cancers"]);
    expect(chosenConcepts(found).map(({ id }) => id)).toEqual(["mesh:D001943", "mesh:D010051"]);
    expect(vocabularies.normalize("diabetes mellitus, type 2").parts).toBeUndefined();
  });
});

test("readings of a composite's parts: what follows the last, what precedes the first", () => {
  expect(readingsOfParts("breast and ovarian cancer")).toEqual([["breast cancer", "breast"], ["ovarian cancer"]]);
  expect(readingsOfParts("deficiency of C6 and C7")).toEqual([
    ["deficiency of C6"],
    ["deficiency of C7", "deficiency C7", "C7"],
  ]);
  expect(readingsOfParts("colon cancer")).toBeUndefined();
});

test("of equal candidates the first named vocabulary wins; one concept of both stands once", async () => {
  const other = built([concept("other:1", "Kidney Diseases"), concept("mesh:D010300", "Parkinson Disease")]);
  const ids = (paths: string[], name: string): Promise<string[]> =>
    opened(paths, (vocabularies) => vocabularies.normalize(name).candidates.map(({ id }) => id));
  expect(await ids([path, other], "Kidney Diseases")).toEqual(["mesh:D007674", "other:1"]);
  expect(await ids([other, path], "Kidney Diseases")).toEqual(["other:1", "mesh:D007674"]);
  expect(await ids([other, path], "Parkinson Disease")).toEqual(["mesh:D010300"]);
});

test("of an annotated corpus's names the more frequent concept comes first", async () => {
  const counted = (id: string, count: number): VocabularyConcept => ({
    ...concept(id, undefined),
    synonyms: [{ text: "DM", scope: "exact", count }],
  });
  const names = built([counted("omim:160900", 2), counted("mesh:D009223", 9)], "pubtator");
  const { candidates } = await opened([names], (vocabularies) => vocabularies.normalize("DM"));
  expect(candidates.map(({ id }) => id)).toEqual(["mesh:D009223", "omim:160900"]);
  expect(candidates[0]?.name).toBe("DM");
});

test("what several files say of a concept is joined, and the same concepts give the same bytes", async () => {
  const pieces = [
    { ...concept("chebi:1", undefined, ["water"]), alternatives: ["cas:7732-18-5"] },
    { ...concept("chebi:1", "dihydrogen oxide"), alternatives: ["cas:7732-18-5", "mesh:D014867"] },
  ];
  const { candidates } = await opened([built(pieces)], (vocabularies) => vocabularies.normalize("Water"));
  expect(candidates[0]).toMatchObject({
    id: "chebi:1",
    name: "dihydrogen oxide",
    alternatives: ["cas:7732-18-5", "mesh:D014867"],
  });
  expect(readFileSync(built(pieces)).equals(readFileSync(built(pieces)))).toBe(true);
});

/** Names of the kind that vocabularies have, and stranger ones. */
const someName = fc.oneof(
  fc
    .array(fc.constantFrom("renal", "cell", "type", "2", "II", "tumours", "of", "β", "syndrome", "acute", "é", "x"), {
      minLength: 1,
      maxLength: 5,
    })
    .map((words) => words.join(" ")),
  fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
);

test("every name of a vocabulary finds its concept, and trigrams give what a slow twin gives", () => {
  fc.assert(
    fc.property(fc.uniqueArray(someName, { minLength: 1, maxLength: 25 }), someName, (names, query) => {
      const kept = names.filter((name) => foldName(name).key !== "");
      fc.pre(kept.length > 0);
      using index = new VocabularyIndex(built(kept.map((name, i) => concept(`test:${i}`, name))));
      for (const [i, name] of kept.entries()) {
        const found = index.namesOfKey(foldName(name).key);
        expect(found.map((one) => index.concept(one.concept).id)).toContain(`test:${i}`);
        expect(found.find((one) => one.concept === i)?.text).toBe(name);
      }
      const vectors = kept.map((name) => trigramsOf(meaningsOf(foldName(name).folded)));
      const weight = (code: number): number =>
        trigramWeight(kept.length, vectors.filter((codes) => codes.has(code)).length);
      const norm = (codes: ReadonlySet<number>): number =>
        Math.sqrt([...codes].reduce((sum, code) => sum + weight(code) ** 2, 0));
      const asked = trigramsOf(meaningsOf(foldName(query).folded));
      const wanted = new Map(
        vectors
          .map((codes, i): [number, number] => {
            const dot = [...asked].filter((code) => codes.has(code)).reduce((sum, code) => sum + weight(code) ** 2, 0);
            return [i, dot / (norm(codes) * norm(asked))];
          })
          .filter(([, cosine]) => cosine > 0),
      );
      const got = index.similarNames(meaningsOf(foldName(query).folded), 100);
      expect(got.length).toBe(wanted.size);
      for (const { concept: number, cosine } of got) expect(cosine).toBeCloseTo(wanted.get(number)!, 4);
      for (let i = 1; i < got.length; i++) expect(got[i]!.cosine).toBeLessThanOrEqual(got[i - 1]!.cosine);
    }),
    { numRuns: 30 },
  );
});

test("the few best names are those of a full scan, equal ones in its order", () => {
  const words = "neo carci noma tase tasis hyper hypo tensi ten gly".split(" ");
  const someWords = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((some) => some.join(" "));
  const texts = fc.array(someWords, { minLength: 60, maxLength: 120 });
  fc.assert(
    fc.property(
      texts,
      fc.array(someWords, { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 40 }),
      (names, queries, most) => {
        using index = new VocabularyIndex(built(names.map((name, i) => concept(`test:${i}`, name))));
        for (const query of queries) {
          const meanings = meaningsOf(foldName(query).folded);
          const got = index.similarNames(meanings, most).map(({ concept: number, cosine }) => [number, cosine]);
          expect(got).toEqual(fullScan(names, meanings).slice(0, most));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test("names of many blocks, most of them passed over unread, are those of a full scan too", () => {
  const random = new Random(5);
  const syllables = "ba cro di fel gu ho jin ka lor mi nex po qua rin su tev ul vo wy zam".split(" ");
  const some = (values: readonly string[]): string => values[Math.floor(values.length * random.next() ** 2)]!;
  const words = Array.from({ length: 6000 }, () => Array.from({ length: 4 }, () => some(syllables)).join(""));
  const texts = Array.from({ length: 40_000 }, () =>
    Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => some(words)).join(" "),
  );
  using index = new VocabularyIndex(built(texts.map((text, i) => concept(`test:${i}`, text))));
  const vectors = texts.map((text) => trigramsOf(meaningsOf(foldName(text).folded)));
  const counts = new Map<number, number>();
  for (const code of vectors.flatMap((vector) => [...vector])) counts.set(code, (counts.get(code) ?? 0) + 1);
  const weight = (code: number): number => trigramWeight(texts.length, counts.get(code) ?? 0) ** 2;
  const norm = (codes: Iterable<number>): number => Math.sqrt([...codes].reduce((sum, code) => sum + weight(code), 0));
  const norms = vectors.map(norm);
  for (let query = 0; query < 20; query++) {
    const word = some(words);
    const meanings = meaningsOf(foldName(`${word.slice(0, 4)}x${word.slice(4)} ${some(words)}`).folded);
    const asked = [...trigramsOf(meanings)];
    // As the index does: the rarest, as long as their names are not too many.
    const read: number[] = [];
    let names = 0;
    for (const code of asked.filter((one) => counts.has(one)).sort((a, b) => counts.get(a)! - counts.get(b)!)) {
      if (names > 0 && names + counts.get(code)! > 30_000) break;
      names += counts.get(code)!;
      read.push(code);
    }
    const cosines = vectors.map((vector, name) => {
      const sum = read.reduce((all, code) => (vector.has(code) ? all + weight(code) : all), 0);
      return sum / (norms[name]! * norm(asked));
    });
    const got = index.similarNames(meanings, 40);
    const wanted = cosines.filter((cosine) => cosine > 0).sort((a, b) => b - a);
    expect(got.length).toBe(Math.min(40, wanted.length));
    for (const [place, { concept: name, cosine }] of got.entries()) {
      expect(cosine).toBeCloseTo(cosines[name]!, 5);
      expect(cosine).toBeCloseTo(wanted[place]!, 5);
    }
  }
});

/** All names that share a trigram, with their cosines in the index's precision, best first: of equal ones those of the rarest trigram, then the shorter norm. */
function fullScan(names: readonly string[], asked: readonly string[]): [number, number][] {
  const vectors = names.map((name) => trigramsOf(meaningsOf(foldName(name).folded)));
  const count = (code: number): number => vectors.filter((codes) => codes.has(code)).length;
  const weight = (code: number): number => trigramWeight(names.length, count(code));
  const codes = [...trigramsOf(asked)];
  const norm = (some: Iterable<number>): number =>
    Math.sqrt([...some].reduce((sum, code) => sum + weight(code) ** 2, 0));
  const byRarity = codes.filter((code) => count(code) > 0).sort((a, b) => count(a) - count(b));
  const found = vectors.flatMap((vector, name) => {
    const shared = byRarity.filter((code) => vector.has(code));
    if (shared.length === 0) return [];
    const sum = shared.reduce((all, code) => Math.fround(all + weight(code) ** 2), 0);
    const length = Math.fround(norm(vector));
    return [{ name, rarest: byRarity.indexOf(shared[0]!), length, cosine: sum / (length * norm(codes)) }];
  });
  return found
    .sort((a, b) => b.cosine - a.cosine || a.rarest - b.rarest || a.length - b.length || a.name - b.name)
    .map(({ name, cosine }) => [name, cosine]);
}

test("tokens of a name are those of its pieces between spaces", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("'s", "Σ", "´", "\u0301", "ΟΔΟΣ"))),
      (pieces) => {
        const name = pieces.join(" ");
        expect(name.split(" ").flatMap(tokensOf)).toEqual(tokensOf(name));
      },
    ),
  );
});

test("folding does not depend on the order of words", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{2,8}$/), { minLength: 1, maxLength: 5 }), (words) => {
      expect(foldName(words.toReversed().join(" ")).key).toBe(foldName(words.join(" ")).key);
      expect(keyOf(words.toReversed())).toBe(keyOf(words));
    }),
  );
});

test("what is no index, is cut off or was changed is refused, and never read past its end", async () => {
  const codeOf = (file: string): Promise<unknown> =>
    openVocabularies([file]).then(
      (vocabularies) => {
        using _ = vocabularies;
        try {
          for (const { name } of DISEASES) vocabularies.normalize(name!);
          for (const name of ["colon polyp", "renal disease"]) vocabularies.normalize(name);
          return "read";
        } catch (error) {
          return (error as { code?: string }).code;
        }
      },
      (error: { code?: string }) => error.code,
    );
  const write = (bytes: Uint8Array | string): string => {
    const file = join(folder, "changed.idx");
    writeFileSync(file, bytes);
    return file;
  };
  expect(await codeOf(join(folder, "none.idx"))).toBe("knowledge-graph/no-vocabulary");
  expect(await codeOf(write("C1||Name"))).toBe("knowledge-graph/not-a-vocabulary");
  expect(await codeOf(write(""))).toBe("knowledge-graph/not-a-vocabulary");
  for (const special of [folder, "/dev/zero"]) // a pipe that nobody writes to would block the process
    await expect(openVocabularies([special])).rejects.toMatchObject({ what: `${special} is no file.` });
  const whole = readFileSync(path);
  expect(await codeOf(write(whole.toString("latin1").replace("vocabulary/1", "vocabulary/9")))).toMatch(/vocabulary/);
  for (const bytes of [20, 400, whole.length >> 1, whole.length - 9]) {
    const file = write(whole);
    truncateSync(file, bytes);
    expect(await codeOf(file)).toBe("knowledge-graph/vocabulary-damaged");
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(whole);
      changed[at]! ^= flip;
      expect(["read", "knowledge-graph/vocabulary-damaged", "knowledge-graph/not-a-vocabulary"]).toContain(
        await codeOf(write(changed)),
      );
    }),
    { numRuns: 40 },
  );
});

test("a name that a concept has twice stands once, with its better rank", () => {
  const piece = { ...concept("x:1", undefined), synonyms: synonymsOf(["Heart attack", "MI"], "related") };
  using index = new VocabularyIndex(built([piece, concept("x:1", "MI"), concept("x:1", "MI"), concept("x:2", "MI")]));
  expect(index.header).toMatchObject({ names: 3, concepts: 2 });
  expect(index.namesOfKey("mi").map(({ concept: owner, rank }) => [owner, rank])).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test("a vocabulary without names is refused", () => {
  expect(() => built([concept("x:1", "…")])).toThrow(/No name was found/);
});
