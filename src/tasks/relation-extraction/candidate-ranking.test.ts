/** Ranked candidates against all relations of a small source, each scored token by token. */
import { describe, expect, test } from "vitest";
import { FakeModel, randomLogits } from "../../generation/engine/fake-model.fixture.ts";
import { BioGptTokenizer } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import { rankCandidates } from "./candidate-ranking.ts";
import type { CandidateRelation } from "./candidate-relation.ts";
import { RELATION_SCHEMES, type RelationScheme } from "./schemes.ts";

/** One piece a character, so that arguments have several tokens. */
const CHARACTERS = [..."abcdefghijklmnopqrstuvwxyzAB.;,-"];
const tokenizer = new BioGptTokenizer({
  vocabulary: ["<s>", "<pad>", "</s>", "<unk>", ...CHARACTERS, ...CHARACTERS.map((character) => `${character}</w>`)],
  merges: [],
});
const V = 4 + 2 * CHARACTERS.length;

function stretches(source: string): string[] {
  const words = source.split(" ");
  return words.flatMap((_, from) =>
    words.slice(from).map((_, length) => words.slice(from, from + length + 1).join(" ")),
  );
}

/** Every relation's probability, by a trie of all of them in place of the constraint and of the search. */
function enumerated(
  scheme: RelationScheme,
  source: string,
  logits: (history: readonly number[]) => Float32Array,
): CandidateRelation[] {
  const names = [...new Set(stretches(source))];
  const tails = names.filter((name) => !name.split(" ").includes("and"));
  const triples = names.flatMap((head) =>
    tails
      .filter((tail) => tail !== head)
      .flatMap((tail) => scheme.relations.map((relation) => ({ head, tail, relation }))),
  );
  const written = triples.map((triple) => [...tokenizer.encode(scheme.template.render([triple])), tokenizer.endId]);
  const nextOf = new Map<string, Set<number>>();
  for (const ids of written) {
    for (const [at, id] of ids.entries()) {
      const before = `${ids.slice(0, at)}`;
      nextOf.set(before, (nextOf.get(before) ?? new Set()).add(id));
    }
  }
  const prompt = [tokenizer.endId, ...tokenizer.encode(source)];
  const merged = new Map<string, CandidateRelation>();
  const likeliest = new Map<string, number>();
  for (const [at, ids] of written.entries()) {
    let probability = 1;
    for (const [i, id] of ids.entries()) {
      const next = [...nextOf.get(`${ids.slice(0, i)}`)!];
      const row = next.length === 1 ? undefined : logits([...prompt, ...ids.slice(0, i)]);
      if (row !== undefined)
        probability *= Math.exp(row[id]!) / next.reduce((sum, other) => sum + Math.exp(row[other]!), 0);
    }
    const { head, tail, relation } = triples[at]!;
    const pair = [head.toLowerCase(), tail.toLowerCase()];
    if (pair[0] === pair[1]) continue;
    const key = [relation, ...(scheme.symmetric ? pair.sort() : pair)].join("|");
    const best = probability > (likeliest.get(key) ?? 0);
    if (best) likeliest.set(key, probability);
    merged.set(key, {
      ...(best ? triples[at]! : merged.get(key)!),
      probability: probability + (merged.get(key)?.probability ?? 0),
    });
  }
  return [...merged.values()].sort((a, b) => b.probability - a.probability);
}

describe.each([
  ["chemical-disease", "ab c ac", 1],
  ["chemical-disease", "a and b cd", 1],
  ["chemical-disease", "Ab c ab", 1],
  ["drug-drug", "ab c a", 1],
  ["drug-drug", "ab bc", 0.5],
] as const)("%s candidates of %j", (name, source, scale) => {
  const scheme = RELATION_SCHEMES[name];
  const logits = randomLogits(V, { seed: source.length + 7, scale: 2 * scale });
  const sourceIds = [...tokenizer.encode(source)];
  const rank = (beams: number) => {
    const decoder = new FakeModel(logits, { slotCount: beams, maxLength: 160 });
    return rankCandidates({ decoder, tokenizer }, [tokenizer.endId, ...sourceIds], sourceIds, scheme, { beams });
  };

  test("with room for all, each has its probability", async () => {
    const want = enumerated(scheme, source, logits);
    const ranked = await rank(128);
    expect(ranked.map(({ head, tail, relation }) => [head, tail, relation])).toEqual(
      want.map(({ head, tail, relation }) => [head, tail, relation]),
    );
    for (const [at, { probability }] of ranked.entries()) expect(probability).toBeCloseTo(want[at]!.probability, 5);
  });

  test("with few beams, what is found is a part of that, in order", async () => {
    const all = new Map(
      enumerated(scheme, source, logits).map(({ probability, ...triple }) => [JSON.stringify(triple), probability]),
    );
    const ranked = await rank(4);
    expect(ranked.length).toBeGreaterThan(0);
    expect(ranked.length).toBeLessThanOrEqual(4);
    for (const [at, { head, tail, relation, probability }] of ranked.entries()) {
      const turned = all.get(JSON.stringify({ head: tail, tail: head, relation })); // the likelier way round was lost
      expect(probability).toBeLessThanOrEqual(
        (all.get(JSON.stringify({ head, tail, relation })) ?? turned ?? 0) + 1e-5,
      );
      if (at > 0) expect(probability).toBeLessThanOrEqual(ranked[at - 1]!.probability);
    }
  });
});

test("a source without a pair has no candidates; an aborted search is an error; one beam is no ranking", async () => {
  const scheme = RELATION_SCHEMES["chemical-disease"];
  const decoder = new FakeModel(randomLogits(V), { maxLength: 160 });
  const rank = (source: string, options: { beams: number; signal?: AbortSignal }) => {
    const sourceIds = [...tokenizer.encode(source)];
    return rankCandidates({ decoder, tokenizer }, [tokenizer.endId, ...sourceIds], sourceIds, scheme, options);
  };
  expect(await rank("abc", { beams: 4 })).toEqual([]);
  await expect(rank("ab c", { beams: 4, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  await expect(rank("ab c", { beams: 1 })).rejects.toMatchObject({ code: "generation/no-effect" });
});

describe("sentence by sentence", () => {
  const scheme = RELATION_SCHEMES["drug-drug"];

  test("a source that may have none leaves the candidates what the empty answer does not take", async () => {
    const decoder = new FakeModel(randomLogits(V, { seed: 5 }), { maxLength: 200, slotCount: 65 });
    const source = [...tokenizer.encode("x y")];
    const ids = [tokenizer.endId, ...source];
    const all = await rankCandidates({ decoder, tokenizer }, ids, source, scheme, { beams: 64 });
    const some = await rankCandidates({ decoder, tokenizer }, ids, source, scheme, { beams: 64, allowEmpty: true });
    const sum = (list: readonly CandidateRelation[]): number => list.reduce((total, one) => total + one.probability, 0);
    const [first] = tokenizer.encode("the");
    const logits = randomLogits(V, { seed: 5 })(ids);
    const share = Math.exp(logits[first!]!) / (Math.exp(logits[first!]!) + Math.exp(logits[tokenizer.endId]!));
    expect(some.map(({ head, tail }) => [head, tail])).toEqual(all.map(({ head, tail }) => [head, tail]));
    expect(sum(some)).toBeCloseTo(share * sum(all), 5);
  });
});
