/**
 * Finds the forms of a dictionary in a text: whole words, longest first, left to right, no two overlapping.
 *
 * A trie over characters, walked once from the beginning of every word: linear in the text, whatever the size of the
 * dictionary (a walk is as long as the longest form at most). Case is the caller's: give both lower-cased.
 */

/** UTF-16 offsets into the text, `end` exclusive. */
export interface DictionaryMatch<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
}

interface Node<T> {
  readonly next: Map<number, Node<T>>;
  /** In a field of its own, so that undefined is a value like any other. */
  found?: { readonly value: T };
}

export class DictionaryMatcher<T> {
  readonly #root: Node<T> = { next: new Map() };

  /** @param forms the later of two equal forms counts; an empty form matches nothing */
  constructor(forms: Iterable<readonly [form: string, value: T]>) {
    for (const [form, value] of forms) {
      if (form === "") continue;
      let node = this.#root;
      for (let i = 0; i < form.length; i++) {
        const code = form.charCodeAt(i);
        const next: Node<T> = node.next.get(code) ?? { next: new Map() };
        node.next.set(code, next);
        node = next;
      }
      node.found = { value };
    }
  }

  find(text: string): DictionaryMatch<T>[] {
    const matches: DictionaryMatch<T>[] = [];
    for (let start = 0; start < text.length; ) {
      const match = isInsideWord(text, start) ? undefined : this.#longestAt(text, start);
      if (match !== undefined) matches.push(match);
      start = match?.end ?? start + 1;
    }
    return matches;
  }

  #longestAt(text: string, start: number): DictionaryMatch<T> | undefined {
    let longest: DictionaryMatch<T> | undefined;
    let node: Node<T> | undefined = this.#root;
    for (let end = start; end < text.length; ) {
      node = node.next.get(text.charCodeAt(end++));
      if (node === undefined) break;
      if (node.found !== undefined && !isInsideWord(text, end)) longest = { start, end, value: node.found.value };
    }
    return longest;
  }
}

/** Whether a letter, digit or combining mark stands on both sides of the offset. */
export function isInsideWord(text: string, offset: number): boolean {
  return offset > 0 && offset < text.length && isWordUnit(text, offset - 1) && isWordUnit(text, offset);
}

function isWordUnit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
  return /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(text[at]!); // half of a pair counts as a letter, so that no pair is cut
}
