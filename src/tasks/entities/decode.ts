/**
 * From the probabilities of words' classes to names: the likeliest sequence in which every `I-type` follows its `B-type` or `I-type`.
 *
 * Viterbi over log-probabilities with forbidden steps, in float64; learned transitions are left out (docs/experiments.md), but a name that begins
 * where one of its type ends, without as much as a comma between them, is likelier one name cut in two and pays for it. A name's probability is
 * that of its tags given that the words before and behind it are as they are: the sum over all sequences through it, by forward and
 * backward passes, over the sum of all. That its last word belongs to a name of its type at all, wherever that begins and ends, is likelier.
 */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { beginsClass } from "./labels.ts";
import type { TokenizedText } from "./text-tokens.ts";

export interface WordSpan {
  /** Words [start, end). */
  readonly start: number;
  readonly end: number;
  /** Index of the type. */
  readonly type: number;
  /** In [0, 1]. */
  readonly probability: number;
  /** That its last word is part of a name of the type, whatever its borders; in [0, 1]. */
  readonly typeProbability: number;
}

/** What a name costs that begins where another of its type ends, nats (docs/experiments.md, "What a document says of its names"). */
export const ANEW_COST = 3;

/**
 * @param logProbabilities  of each word's classes (words, 1 + 2 types), nats, `O` first, then begin and continue of each type
 * @param first             words that begin a passage: no name goes on into them, and one that begins there pays nothing. Default: the first one
 */
export function decodeTags(
  logProbabilities: Float32Array,
  types: number,
  first: ReadonlySet<number> = new Set(),
): WordSpan[] {
  const L = 1 + 2 * types;
  const count = logProbabilities.length / L;
  if (count === 0) return [];
  const best = new Float64Array(count * L).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(count * L);
  for (let word = 0; word < count; word++) {
    for (let c = 0; c < L; c++) {
      const at = word * L + c;
      if (word === 0) {
        if (!continues(c)) best[at] = logProbabilities[at]!;
        continue;
      }
      const isFirst = first.has(word);
      for (let last = 0; last < L; last++) {
        if (isFirst ? continues(c) : !mayFollow(c, last)) continue;
        const score = best[at - c - L + last]! - (!isFirst && beginsAnew(c, last) ? ANEW_COST : 0);
        if (score > best[at]!) [best[at], from[at]] = [score, last];
      }
      best[at]! += logProbabilities[at]!;
    }
  }
  let current = 0;
  for (let c = 1; c < L; c++) if (best[(count - 1) * L + c]! > best[(count - 1) * L + current]!) current = c;
  const tags = new Int32Array(count);
  for (let word = count - 1; word >= 0; word--) {
    tags[word] = current;
    current = from[word * L + current]!;
  }
  return withProbabilities(spansOf(tags), logProbabilities, L, first);
}

/** Classes that continue a name: the even ones but for `O`. */
function continues(c: number): boolean {
  return c > 0 && c % 2 === 0;
}

function mayFollow(c: number, last: number): boolean {
  return !continues(c) || last === c || last === c - 1;
}

/** Whether a name begins right behind one of its type. */
function beginsAnew(c: number, last: number): boolean {
  return c % 2 === 1 && (last === c || last === c + 1);
}

function spansOf(tags: Int32Array): Omit<WordSpan, "probability" | "typeProbability">[] {
  const spans: { start: number; end: number; type: number }[] = [];
  for (const [word, tag] of tags.entries()) {
    if (tag === 0) continue;
    if (continues(tag)) spans.at(-1)!.end = word + 1;
    else spans.push({ start: word, end: word + 1, type: (tag - 1) / 2 });
  }
  return spans;
}

/** Below it a class is no more impossible: the passes stay in float64's range. */
const LEAST = -600;

/** The shares of all allowed sequences' probability that go through exactly this name, and through its type at its last word, by forward and backward sums, scaled word by word (Rabiner 1989, V.A). */
function withProbabilities(
  spans: readonly Omit<WordSpan, "probability" | "typeProbability">[],
  logProbabilities: Float32Array,
  L: number,
  first: ReadonlySet<number>,
): WordSpan[] {
  if (spans.length === 0) return [];
  const count = logProbabilities.length / L;
  const anew = Math.exp(-ANEW_COST);
  /** Each word's probabilities over its scale. */
  const scaled = Float64Array.from(logProbabilities, (log) => Math.exp(Math.max(LEAST, log)));
  /** Of all sequences up to a word: the share of those that end in a class. */
  const upTo = new Float64Array(count * L);
  /** Of the sequences before a word: what reaches a class there. */
  const reaching = (word: number, c: number): number => {
    if (word === 0 || first.has(word)) return continues(c) ? 0 : 1;
    const before = (word - 1) * L;
    if (continues(c)) return upTo[before + c - 1]! + upTo[before + c]!;
    const same = c === 0 ? 0 : upTo[before + c]! + upTo[before + c + 1]!;
    return 1 - same * (1 - anew);
  };
  for (let word = 0; word < count; word++) {
    let scale = 0;
    for (let c = 0; c < L; c++) scale += upTo[word * L + c] = scaled[word * L + c]! * reaching(word, c);
    for (let at = word * L; at < (word + 1) * L; at++) {
      upTo[at]! /= scale;
      scaled[at]! /= scale;
    }
  }
  /** Of what follows a word that has a class, over the scales of what follows. */
  const following = new Float64Array(count * L).fill(1);
  /** What follows a word of a class where no name goes on. */
  const leaving = (word: number, c: number): number => {
    if (word === count - 1) return 1;
    const next = (word + 1) * L;
    const price = first.has(word + 1) ? 1 : anew;
    let sum = 0;
    for (let to = 0; to < L; to++)
      if (!continues(to)) sum += scaled[next + to]! * following[next + to]! * (beginsAnew(to, c) ? price : 1);
    return sum;
  };
  for (let word = count - 2; word >= 0; word--) {
    const next = (word + 1) * L;
    for (let c = 0; c < L; c++) {
      const goesOn = c + (continues(c) ? 0 : 1);
      const within = c === 0 || first.has(word + 1) ? 0 : scaled[next + goesOn]! * following[next + goesOn]!;
      following[word * L + c] = leaving(word, c) + within;
    }
  }
  return spans.map(({ start, end, type }) => {
    const begin = beginsClass(type);
    let through = reaching(start, begin) * scaled[start * L + begin]!;
    for (let word = start + 1; word < end; word++) through *= scaled[word * L + begin + 1]!;
    const last = end - 1;
    const ofLast = [begin, begin + 1].map((c) => upTo[last * L + c]! * following[last * L + c]!);
    return {
      ...{ start, end, type },
      probability: Math.min(1, through * leaving(last, end - start === 1 ? begin : begin + 1)),
      typeProbability: Math.min(1, ofLast[0]! + ofLast[1]!),
    };
  });
}

/** A span as a mention of its passage; undefined where it crosses from one passage into the next. */
export function mentionOf(
  { text, passageStarts, starts, ends, words }: TokenizedText,
  span: WordSpan,
  types: readonly string[],
): (Mention & Pick<WordSpan, "probability" | "typeProbability">) | undefined {
  const [start, end] = [starts[words[span.start]!]!, ends[words[span.end]! - 1]!];
  const passage = passageStarts.findLastIndex((first) => first <= start);
  const next = passageStarts[passage + 1];
  if (next !== undefined && end > next - 1) return undefined;
  const shift = passageStarts[passage]!;
  return {
    passage,
    start: start - shift,
    end: end - shift,
    text: text.slice(start, end),
    type: types[span.type]!,
    ids: [],
    probability: span.probability,
    typeProbability: span.typeProbability,
  };
}
