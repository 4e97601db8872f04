/**
 * From the probabilities of words' classes to names: the likeliest sequence in which every `I-type` follows its `B-type` or `I-type`.
 *
 * Viterbi over log-probabilities with forbidden steps, in float64; learned transitions are left out (docs/experiments.md). A name's probability is
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

/**
 * @param logProbabilities  of each word's classes (words, 1 + 2 types), nats, `O` first, then begin and continue of each type
 */
export function decodeTags(logProbabilities: Float32Array, types: number): WordSpan[] {
  const L = 1 + 2 * types;
  const count = logProbabilities.length / L;
  if (count === 0) return [];
  const best = new Float64Array(count * L).fill(NOTHING);
  const from = new Int32Array(count * L);
  for (let word = 0; word < count; word++) {
    let top = -1;
    for (let c = 0; word > 0 && c < L; c++)
      if (top < 0 || best[(word - 1) * L + c]! > best[(word - 1) * L + top]!) top = c;
    for (let c = 0; c < L; c++) {
      const score = logProbabilities[word * L + c]!;
      const at = word * L + c;
      if (!continues(c)) [best[at], from[at]] = [score + (word === 0 ? 0 : best[(word - 1) * L + top]!), top];
      else if (word > 0) {
        const [begun, going] = [best[(word - 1) * L + c - 1]!, best[(word - 1) * L + c]!];
        [best[at], from[at]] = begun >= going ? [score + begun, c - 1] : [score + going, c];
      }
    }
  }
  let current = 0;
  for (let c = 1; c < L; c++) if (best[(count - 1) * L + c]! > best[(count - 1) * L + current]!) current = c;
  const tags = new Int32Array(count);
  for (let word = count - 1; word >= 0; word--) {
    tags[word] = current;
    current = from[word * L + current]!;
  }
  return withProbabilities(spansOf(tags), logProbabilities, L);
}

/** Classes that continue a name: the even ones but for `O`. */
function continues(c: number): boolean {
  return c > 0 && c % 2 === 0;
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

/** The shares of all allowed sequences' probability that go through exactly this name, and through its type at its last word, by forward and backward sums of logarithms. */
function withProbabilities(
  spans: readonly Omit<WordSpan, "probability" | "typeProbability">[],
  logProbabilities: Float32Array,
  L: number,
): WordSpan[] {
  if (spans.length === 0) return [];
  const count = logProbabilities.length / L;
  const p = (word: number, c: number): number => logProbabilities[word * L + c]!;
  /** Of all sequences up to a word that end in a class, and of all that end there. */
  const upTo = new Float64Array(count * L);
  const allUpTo = new Float64Array(count);
  for (let word = 0; word < count; word++) {
    const before = word === 0 ? 0 : allUpTo[word - 1]!;
    const at = (c: number): number => (word === 0 ? NOTHING : upTo[(word - 1) * L + c]!);
    let all = NOTHING;
    for (let c = 0; c < L; c++) {
      const sum = p(word, c) + (continues(c) ? logSum(at(c - 1), at(c)) : before);
      upTo[word * L + c] = sum;
      all = logSum(all, sum);
    }
    allUpTo[word] = all;
  }
  /** Of all sequences from a word on that begin with a class, and of those that begin anew there. */
  const fromOn = new Float64Array(count * L);
  const anewFrom = new Float64Array(count + 1);
  for (let word = count - 1; word >= 0; word--) {
    let anew = NOTHING;
    for (let c = 0; c < L; c++) {
      const within = c === 0 || word === count - 1 ? NOTHING : fromOn[(word + 1) * L + c + (continues(c) ? 0 : 1)]!;
      const sum = p(word, c) + logSum(anewFrom[word + 1]!, within);
      fromOn[word * L + c] = sum;
      if (!continues(c)) anew = logSum(anew, sum);
    }
    anewFrom[word] = anew;
  }
  const all = allUpTo[count - 1]!;
  return spans.map(({ start, end, type }) => {
    let through = p(start, beginsClass(type));
    for (let word = start + 1; word < end; word++) through += p(word, beginsClass(type) + 1);
    const before = start === 0 ? 0 : allUpTo[start - 1]!;
    const last = end - 1;
    const ofLast = [beginsClass(type), beginsClass(type) + 1].map((c) =>
      Math.exp(upTo[last * L + c]! + fromOn[last * L + c]! - p(last, c) - all),
    );
    return {
      ...{ start, end, type },
      probability: Math.min(1, Math.exp(before + through + anewFrom[end]! - all)),
      typeProbability: Math.min(1, ofLast[0]! + ofLast[1]!),
    };
  });
}

const NOTHING = Number.NEGATIVE_INFINITY;

/** log(exp(a) + exp(b)). */
function logSum(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === NOTHING ? high : high + Math.log1p(Math.exp(low - high));
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
