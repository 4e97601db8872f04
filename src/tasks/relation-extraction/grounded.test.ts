/** Random walks through the constraint: each ends, is read back whole, and names only what the source says. */
import { existsSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { BioGptTokenizer } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { buildExamples } from "../build-examples.ts";
import type { GoldRelations } from "../example.ts";
import { anchorArgument, comparisonKey } from "./anchor.ts";
import { type GroundedOptions, groundedConstraint } from "./grounded.ts";
import { RELATION_SCHEMES, type RelationScheme } from "./schemes.ts";

/** One piece a character, so every word has several pieces. */
const CHARACTERS = [...new Set("abcdefghijklmnopqrstuvwxyz0123456789()[]{}.,;:?!'\"&#+-@/%$| α")].filter(
  (c) => c !== " ",
);
const letters: Tokenizer = new BioGptTokenizer({
  vocabulary: ["<s>", "<pad>", "</s>", "<unk>", ...CHARACTERS, ...CHARACTERS.map((character) => `${character}</w>`)],
  merges: [],
});

interface Walk {
  readonly ids: readonly number[];
  readonly text: string;
}

/** Chooses among the allowed tokens; keen to finish after `most` tokens. */
function walk(
  tokenizer: Tokenizer,
  scheme: RelationScheme,
  sourceIds: ArrayLike<number>,
  random: Random,
  { most = 60, ...options }: GroundedOptions & { most?: number } = {},
): Walk {
  const constraint = groundedConstraint(tokenizer, scheme, sourceIds, options);
  const stop = tokenizer.id(".")!;
  const ids: number[] = [];
  for (let state = constraint.start([]); ; ) {
    const allowed = [...(constraint.allowed(state) as Set<number>)];
    expect(allowed.length).toBeGreaterThan(0); // never stuck
    const finish = allowed.includes(tokenizer.endId) ? tokenizer.endId : stop;
    const token = ids.length > most && allowed.includes(finish) ? finish : allowed[random.integer(allowed.length)]!;
    if (token === tokenizer.endId) return { ids, text: tokenizer.decode(ids) };
    ids.push(token);
    state = constraint.next(state, token);
    expect(ids.length).toBeLessThan(20_000);
  }
}

function checkAnswer(scheme: RelationScheme, source: string, text: string): number {
  const relations = scheme.template.parse(text);
  const document = { id: "1", passages: [{ kind: "text" as const, text: source }] };
  const pairs = relations.map(({ head, tail }) => {
    const pair = [comparisonKey(head), comparisonKey(tail)];
    expect(pair[0]).not.toBe(pair[1]);
    for (const argument of [head, tail]) {
      expect(anchorArgument(argument, document), `${JSON.stringify(argument)} of ${text}`).not.toEqual([]);
    }
    return (scheme.symmetric ? pair.sort() : pair).join(" | ");
  });
  expect(pairs.length).toBe(text.split("; the ").length);
  expect(new Set(pairs).size).toBe(pairs.length);
  const labels = new Set(scheme.relations.map(comparisonKey));
  for (const { relation } of relations) expect(labels.has(comparisonKey(relation))).toBe(true);
  return relations.length;
}

const words = fc.oneof(
  fc.stringMatching(/^[a-z]{1,3}[0-9]?$/),
  fc.constantFrom(
    "and",
    "is",
    "exists",
    "the",
    "(a)",
    "(3h)-x",
    "a-b",
    "x.",
    "p<5",
    "na+/k+",
    "5'-utr",
    "b's",
    '"q"',
    "[c",
    "d;",
    "%",
    "e,",
    "α",
    "$",
    "we",
    "u.s.a.",
  ),
);

test.each(Object.values(RELATION_SCHEMES))(
  "any walk over any source ends, parses, and is grounded: $name",
  (scheme) => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 0, maxLength: 12 }), fc.integer(), (parts, seed) => {
        const source = parts.join(" ");
        const { text } = walk(letters, scheme, letters.encode(source), new Random(seed), { most: 40 });
        if (text !== "") checkAnswer(scheme, source, text);
      }),
      { numRuns: 300 },
    );
  },
);

test("a source without two names allows only the empty answer; a small one runs dry and stops", () => {
  const scheme = RELATION_SCHEMES["drug-drug"];
  expect(walk(letters, scheme, letters.encode("; . ;"), new Random(1)).ids).toEqual([]);
  expect(walk(letters, scheme, letters.encode("abc"), new Random(1)).ids).toEqual([]);
  // a, b and "a b" make three unordered pairs
  const { text } = walk(letters, scheme, letters.encode("a b"), new Random(1), { most: 10_000 });
  expect(checkAnswer(scheme, "a b", text)).toBeLessThanOrEqual(3);
  const counts = Array.from({ length: 40 }, (_, seed) =>
    checkAnswer(scheme, "a b", walk(letters, scheme, letters.encode("a b"), new Random(seed), { most: 10_000 }).text),
  );
  expect(Math.max(...counts)).toBe(3);
});

test("at the end of a sentence, where the full stop is left on the word, an argument ends without it", () => {
  const scheme = RELATION_SCHEMES["chemical-disease"];
  const source = letters.encode("lithium raises pain. it also hurts. e. coli grows");
  expect(letters.decode(source.slice(0, 20)).includes("pain.")).toBe(true);
  expect(accepts(letters, scheme, source, "the relation between lithium and pain exists.")).toBe(true);
  expect(accepts(letters, scheme, source, "the relation between e. coli and hurts exists.")).toBe(true);
  expect(accepts(letters, scheme, source, "the relation between lithium and pain. it exists.")).toBe(false);
  expect(accepts(letters, scheme, source, "the relation between lithium and pain. exists.")).toBe(false);
  expect(accepts(letters, scheme, source, "the relation between lithium and lithium exists.")).toBe(false);
});

test("an answer may be empty only when asked", () => {
  const scheme = RELATION_SCHEMES["chemical-disease"];
  const source = letters.encode("lithium causes pain");
  const first = (options: GroundedOptions): number[] => {
    const constraint = groundedConstraint(letters, scheme, source, options);
    return [...(constraint.allowed(constraint.start([])) as Set<number>)];
  };
  expect(first({}).includes(letters.endId)).toBe(false);
  expect(first({ allowEmpty: true }).includes(letters.endId)).toBe(true);
});

test("an answer of at most one statement stops after it; of at most two it may go on once", () => {
  const scheme = RELATION_SCHEMES["drug-drug"];
  const source = letters.encode("abc d ef g");
  const lengths = (statements: number): number[] =>
    Array.from({ length: 30 }, (_, seed) =>
      checkAnswer(
        scheme,
        "abc d ef g",
        walk(letters, scheme, source, new Random(seed), { most: 10_000, statements }).text,
      ),
    );
  expect(new Set(lengths(1))).toEqual(new Set([1]));
  expect(new Set(lengths(2))).toEqual(new Set([1, 2]));
  for (const statements of [0, 1.5, Number.NaN])
    expect(() => groundedConstraint(letters, scheme, source, { statements })).toThrow(
      `at most ${statements} statements`,
    );
});

test("a form it does not know, and a vocabulary without the words, are refused", () => {
  const scheme = RELATION_SCHEMES["drug-target"];
  expect(() => groundedConstraint(letters, { ...scheme, template: scheme.templates["svo"]! }, [])).toThrow(
    "the target form svo",
  );
  const few = new BioGptTokenizer({ vocabulary: ["<s>", "<pad>", "</s>", "<unk>", "t", "h", "e</w>"], merges: [] });
  expect(() => groundedConstraint(few, scheme, [])).toThrow('no pieces for "the interaction between"');
});

const DATA = "../shared/data/tasks";
const VOCABULARY = "../shared/data/tokenizer/biogpt";

test.skipIf(!existsSync(DATA) || !existsSync(VOCABULARY))(
  "real abstracts: walks are grounded, and the gold is mostly reachable",
  async () => {
    const tokenizer = await openTokenizerFolder(VOCABULARY);
    const reachable = new Map<string, number>();
    for (const [task, folder, name] of [
      ["bc5cdr", "BC5CDR", "chemical-disease"],
      ["ddi", "DDI", "drug-drug"],
    ] as const) {
      const scheme = RELATION_SCHEMES[name];
      let [reached, total] = [0, 0];
      for (const [at, { source, gold }] of buildExamples(task, `${DATA}/${folder}`)
        .splits.test!.slice(0, 60)
        .entries()) {
        const ids = tokenizer.encode(source);
        checkAnswer(scheme, source, walk(tokenizer, scheme, ids, new Random(at)).text);
        for (const relation of (gold as GoldRelations).relations) {
          total++;
          if (accepts(tokenizer, scheme, ids, scheme.template.render([relation]))) reached++;
        }
      }
      reachable.set(task, reached / total);
    }
    expect(reachable.get("bc5cdr")).toBeGreaterThan(0.97); // 1,048 of all 1,066: the rest are composites and tails with "and"
    expect(reachable.get("ddi")).toBeGreaterThan(0.99); // 948 of all 949
  },
);

function accepts(tokenizer: Tokenizer, scheme: RelationScheme, source: ArrayLike<number>, target: string): boolean {
  const constraint = groundedConstraint(tokenizer, scheme, source);
  let state = constraint.start([]);
  for (const id of [...tokenizer.encode(target), tokenizer.endId]) {
    if (!(constraint.allowed(state) as Set<number>).has(id)) return false;
    state = constraint.next(state, id);
  }
  return true;
}
