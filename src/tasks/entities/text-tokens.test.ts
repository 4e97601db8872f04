import fc from "fast-check";
import { expect, test } from "vitest";
import type { Mention } from "../../corpora/entities/mention-document.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { decodeTags, mentionOf } from "./decode.ts";
import { labelSets, tagClasses, typesOfClasses } from "./labels.ts";
import { readSequence, wordLabels } from "./sequence.ts";
import { textWindows, tokenizeText } from "./text-tokens.ts";

/** Words between spaces, in pieces of three characters; ids are places. */
const tokenizer = {
  endId: 2,
  encodeWithOffsets(text: string) {
    const [starts, ends, goesOn] = [[] as number[], [] as number[], [] as boolean[]];
    for (const { 0: word, index } of text.matchAll(/\S+/g)) {
      for (let at = 0; at < word.length; at += 3) {
        starts.push(index + at);
        ends.push(index + Math.min(word.length, at + 3));
        goesOn.push(at + 3 < word.length);
      }
    }
    const ids = Int32Array.from(goesOn, (more, i) => 10 + 2 * i + (more ? 1 : 0));
    return { ids, starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
  },
  piece: (id: number) => (id % 2 === 1 ? "x@@" : "x"),
} as unknown as Tokenizer;

const passages = fc.array(
  fc
    .array(fc.constantFrom("a", "cell", "hyperplasia", "End.", "The"), { minLength: 1, maxLength: 25 })
    .map((words) => ({
      text: words.join(" "),
    })),
  { minLength: 1, maxLength: 3 },
);

test("windows tag every word once, in order, and hold no more tokens than they may", () => {
  fc.assert(
    fc.property(passages, fc.integer({ min: 9, max: 40 }), fc.integer({ min: 0, max: 4 }), (texts, tokens, context) => {
      const text = tokenizeText(texts, tokenizer);
      const windows = textWindows(text, { tokens, context });
      const tagged = windows.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
      expect(tagged).toEqual(Array.from({ length: text.words.length - 1 }, (_, word) => word));
      for (const { start, end, from, to } of windows) {
        expect(start <= from && from < to && to <= end).toBe(true);
        expect(text.words[end]! - text.words[start]!).toBeLessThanOrEqual(tokens);
        const before = text.words[from]! - text.words[start]!;
        if (windows.length > 1) expect(before).toBeLessThanOrEqual(context);
      }
    }),
  );
});

test("a window ends with a sentence where it can", () => {
  const text = tokenizeText([{ text: "One two three. Four five six. Seven eight nine." }], tokenizer);
  const windows = textWindows(text, { tokens: 9, context: 0 });
  const words = text.text.split(" ");
  expect(windows.map(({ from, to }) => words.slice(from, to).join(" "))).toEqual([
    "One two three.",
    "Four five six.",
    "Seven eight nine.",
  ]);
});

test("the second copy is what is tagged; it goes on in position, or begins anew", () => {
  const text = tokenizeText([{ text: "alpha beta" }], tokenizer); // two pieces each
  const window = { start: 1, end: 2, from: 1, to: 2 };
  const ids = [...text.ids.subarray(2)];
  expect(readSequence(text, window, 2)).toEqual({ inputs: Int32Array.of(2, ...ids, 2, ...ids), tagged: 4 });
  expect(readSequence(text, window, 2, { copies: 1 })).toEqual({ inputs: Int32Array.of(2, ...ids), tagged: 1 });
  const same = readSequence(text, window, 2, { samePositions: true });
  expect([...same.positions!]).toEqual([0, 1, 2, 0, 1, 2]);
});

/** Words of one to seven letters, and a name over some of them. */
const named = passages.chain((texts) =>
  fc.record({
    texts: fc.constant(texts),
    picks: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 24 }), fc.integer({ min: 1, max: 3 }), fc.nat({ max: 1 })), {
      maxLength: 5,
    }),
  }),
);

test("labels of mentions decode into the same mentions", () => {
  const types = ["Chemical", "Gene"];
  fc.assert(
    fc.property(named, ({ texts, picks }) => {
      const mentions: Mention[] = [];
      for (const [where, first, count, type] of picks) {
        const passage = where % texts.length;
        const words = [...texts[passage]!.text.matchAll(/\S+/g)];
        const [start, end] = [words[first], words[Math.min(first + count, words.length) - 1]];
        if (start === undefined || end === undefined) continue;
        const span = { passage, start: start.index, end: end.index + end[0].length };
        if (mentions.some((other) => other.passage === passage && other.start < span.end && span.start < other.end))
          continue;
        mentions.push({ ...span, text: texts[passage]!.text.slice(span.start, span.end), type: types[type]!, ids: [] });
      }
      const text = tokenizeText(texts, tokenizer);
      const labels = wordLabels(text, mentions, types, 0);
      const certain = new Float32Array(labels.length * 5).fill(-30);
      for (const [word, label] of labels.entries()) certain[word * 5 + label] = 0;
      const found = decodeTags(certain, 2).map((span) => mentionOf(text, span, types));
      const wanted = [...mentions].sort((a, b) => a.passage - b.passage || a.start - b.start);
      const certainly = { probability: expect.closeTo(1), typeProbability: expect.closeTo(1) };
      expect(found).toEqual(wanted.map((mention) => ({ ...mention, ...certainly })));
    }),
  );
});

test("of mentions that overlap the one that begins first counts, of those the longest; other types are passed over", () => {
  const text = tokenizeText([{ text: "a b c d" }], tokenizer);
  const span = (start: number, end: number, type: string): Mention => ({
    passage: 0,
    start,
    end,
    text: "",
    type,
    ids: [],
  });
  const mentions = [span(0, 1, "Gene"), span(0, 3, "Chemical"), span(2, 5, "Gene"), span(6, 7, "Species")];
  expect([...wordLabels(text, mentions, ["Chemical", "Gene"], 9)]).toEqual([1, 2, 9, 9]);
});

test("a span over two passages is no mention", () => {
  const text = tokenizeText([{ text: "a" }, { text: "b" }], tokenizer);
  expect(mentionOf(text, { start: 0, end: 2, type: 0, probability: 1, typeProbability: 1 }, ["Gene"])).toBeUndefined();
});

test("words outside of mentions may be names of the types that a corpus does not annotate", () => {
  const types = ["Chemical", "Disease", "Gene"];
  const sets = labelSets(types, [types, ["Disease"], ["Gene", "Disease", "Species"]]);
  expect(sets.sets.slice(0, 7)).toEqual([[0], [1], [2], [3], [4], [5], [6]]);
  expect(sets.outside(types)).toBe(0);
  expect(sets.sets[sets.outside(["Disease"])]).toEqual([0, 1, 2, 5, 6]);
  expect(sets.sets[sets.outside(["Gene", "Disease", "Species"])]).toEqual([0, 1, 2]);
});

test("types are read from the classes; another scheme is refused", () => {
  expect(typesOfClasses(tagClasses(["Gene", "Disease"]))).toEqual(["Gene", "Disease"]);
  expect(() => typesOfClasses(["B-Gene", "I-Gene", "O"])).toThrow("The tagger's classes are B-Gene, I-Gene, O.");
});
