/**
 * What each piece of a BioGPT vocabulary writes, spaces included, as the Moses detokenizer will have it (detokenizer.ts).
 *
 *     states      nothing yet · in a word · after a plain word · after a mark · after an opening one (no space next); each in quotes or not
 *     pieces      a whole word is plain, closes (, . }), opens (( [ {), or is a quotation mark, which does one and the other in turn;
 *                 a piece that begins a word must make it plain whatever follows; @-@ after a plain word goes on with it
 *
 * Left out   words whose spacing cannot be told from left to right: those that begin with an apostrophe (but for a clitic such as 's after a letter) or
 *            with @, marks of CJK, quotation marks other than ", and pieces with half an escape (&quo) or a " among other characters
 */
import { byteString, type TokenGroup, type TokenWriting, type WrittenToken } from "../token-writing.ts";
import type { MosesMode } from "./characters.ts";
import { beginsPlain, endsAlphanumeric, unescapeMoses, wordForm } from "./detokenizer.ts";
import { isSpecial, type Vocabulary, WORD_END } from "./vocabulary.ts";

/** What was written last; quotation marks are counted apart. */
const PLACES = ["start", "letter", "plain", "mark", "tight", "word"] as const;
type Place = (typeof PLACES)[number];
const QUOTE = PLACES.length;

interface Lists {
  /** Words of their own, or what begins one: a space goes before them where one is due. */
  readonly words: WrittenToken[];
  /** Marks that never have a space before them. */
  readonly closing: WrittenToken[];
  /** After a letter or digit: 's, 't. */
  readonly clitics: WrittenToken[];
  /** After a plain word: @-@. */
  readonly dash: WrittenToken[];
  readonly quote: WrittenToken[];
  /** What goes on with a word, or ends it. */
  readonly inner: WrittenToken[];
}

interface Source {
  readonly vocabulary: Vocabulary;
  readonly learnedIds: readonly number[];
  readonly moses: MosesMode;
}

export function wordWriting(source: Source): TokenWriting {
  const { words, closing, clitics, dash, quote, inner } = listsOf(source);
  const group = (tokens: readonly WrittenToken[], spaced: boolean): TokenGroup => ({ tokens, spaced });
  const outside = (space: boolean, inQuotes: boolean): TokenGroup[] => [
    group(words, space),
    group(closing, false),
    group(quote, space && !inQuotes),
  ];
  const groups = [false, true].map((inQuotes): Readonly<Record<Place, readonly TokenGroup[]>> => {
    const spaced = outside(true, inQuotes);
    const tight = outside(false, inQuotes);
    const plain = [...spaced, group(dash, false)];
    return {
      ...{ start: tight, tight, mark: spaced, plain },
      letter: [...plain, group(clitics, false)],
      word: [group(inner, false)],
    };
  });
  const placeOf = (state: number): Place => PLACES[state >> 1]!;
  const inQuotes = (state: number): boolean => (state & 1) === 1;
  const stateOf = (place: number, quotes: boolean): number => 2 * place + (quotes ? 1 : 0);
  return {
    start: stateOf(PLACES.indexOf("start"), false),
    groups: (state) => groups[state & 1]![placeOf(state)],
    after(state, { effect }) {
      if (effect !== QUOTE) return stateOf(effect, inQuotes(state));
      return stateOf(PLACES.indexOf(inQuotes(state) ? "mark" : "tight"), !inQuotes(state));
    },
    placeOf: (state) => ({
      inWord: placeOf(state) === "word",
      spaceNext: !["word", "tight", "start"].includes(placeOf(state)),
      inQuotes: inQuotes(state),
    }),
  };
}

function listsOf({ vocabulary, learnedIds, moses }: Source): Lists {
  const lists: Lists = { words: [], closing: [], clitics: [], dash: [], quote: [], inner: [] };
  const learned = new Set(learnedIds);
  for (const [id, piece] of vocabulary.entries()) {
    if (learned.has(id) || isSpecial(piece)) continue;
    const endsWord = piece.endsWith(WORD_END);
    const spelling = endsWord ? piece.slice(0, -WORD_END.length) : piece;
    const put = (list: WrittenToken[], text: string, place: Place | typeof QUOTE): void => {
      list.push({ id, bytes: byteString(text), effect: place === QUOTE ? QUOTE : PLACES.indexOf(place) });
    };
    if (spelling === "@-@" && endsWord) {
      put(lists.dash, "-", "word");
      continue;
    }
    if (spelling === "") continue;
    if (spelling.includes("&") && /&(?!(?:bar|#124|lt|gt|bra|ket|quot|apos|#91|#93|amp);)/.test(spelling)) continue;
    const text = unescapeMoses(spelling);
    if (text === '"' && endsWord) put(lists.quote, text, QUOTE);
    if (text.includes('"') || /\p{Surrogate}/u.test(text)) continue;
    const after = endsAlphanumeric(text, moses) ? "letter" : "plain";
    put(lists.inner, text, endsWord ? after : "word");
    if (text.startsWith("@")) continue;
    if (beginsPlain(text, moses)) {
      put(lists.words, text, endsWord ? after : "word");
      continue;
    }
    if (!endsWord) continue;
    const form = wordForm(text, moses);
    if (form === "opening") put(lists.words, text, "tight");
    else if (form === "closing") put(lists.closing, text, "mark");
    else if (form === "clitic") put(lists.clitics, text, "mark");
  }
  return lists;
}
