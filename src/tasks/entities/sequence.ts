/**
 * What a tagger's model reads: the text twice, since a causal model sees only what stands before a word. The second copy is what is tagged.
 *
 *     </s> copy 1 </s> copy 2
 */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { beginsClass } from "./labels.ts";
import type { TextWindow, TokenizedText } from "./text-tokens.ts";

export interface ReadingOptions {
  /** How often the text is read. Default 2. */
  readonly copies?: 1 | 2;
  /** Whether the second copy has the positions of the first. Default false: it goes on behind it. */
  readonly samePositions?: boolean;
}

export interface ReadSequence {
  readonly inputs: Int32Array;
  /** Only with `samePositions`. */
  readonly positions?: Int32Array;
  /** Index in `inputs` of the window's first token in the copy that is tagged. */
  readonly tagged: number;
}

export function readSequence(
  { ids, words }: TokenizedText,
  { start, end }: TextWindow,
  endId: number,
  { copies = 2, samePositions = false }: ReadingOptions = {},
): ReadSequence {
  const copy = ids.subarray(words[start]!, words[end]!);
  const length = copy.length + 1;
  const inputs = new Int32Array(copies * length);
  for (let i = 0; i < copies; i++) {
    inputs[i * length] = endId;
    inputs.set(copy, i * length + 1);
  }
  const tagged = (copies - 1) * length + 1;
  if (!samePositions || copies === 1) return { inputs, tagged };
  return { inputs, tagged, positions: inputs.map((_, i) => i % length) };
}

/**
 * The class of each word: `B-` for the first that touches a mention, `I-` for the others of it, `outside` elsewhere. Of mentions that overlap
 * the one that begins first counts, of those the longest.
 *
 * @param types  of the tagger; mentions of others are passed over
 */
export function wordLabels(
  { passageStarts, starts, ends, words }: TokenizedText,
  mentions: readonly Mention[],
  types: readonly string[],
  outside: number,
): Int32Array {
  const labels = new Int32Array(words.length - 1).fill(outside);
  const spans = mentions
    .filter(({ type }) => types.includes(type))
    .map(({ passage, start, end, type }) => {
      const shift = passageStarts[passage]!;
      return { start: shift + start, end: shift + end, begins: beginsClass(types.indexOf(type)) };
    })
    .sort((a, b) => a.start - b.start || b.end - a.end);
  let word = 0;
  let taken = 0;
  for (const span of spans) {
    if (span.start < taken) continue;
    while (word < labels.length && ends[words[word + 1]! - 1]! <= span.start) word++;
    let first = true;
    while (word < labels.length && starts[words[word]!]! < span.end) {
      labels[word] = first ? span.begins : span.begins + 1;
      first = false;
      word++;
    }
    if (!first) taken = span.end;
  }
  return labels;
}
