/**
 * A list of tokens as trees of their bytes, so that those which a grammar allows are found without trying each; made once for a list and kept with it.
 *
 * Most tokens of a vocabulary are plain: they may stand in any string of JSON that has room for their characters. They are also sorted by that number,
 * and the others have a tree of their own, so that a string asks only hundreds of tokens one by one.
 */
import type { WrittenToken } from "../../tokenizers/token-writing.ts";

export interface TokenNode {
  /** By byte, rising. */
  readonly children: readonly (readonly [byte: number, node: TokenNode])[];
  /** Tokens that end here. */
  readonly tokens: readonly WrittenToken[];
}

/** Plain tokens of equal length and effect. */
export interface PlainTokens {
  readonly characters: number;
  readonly effect: number;
  readonly ids: readonly number[];
}

export interface TokenIndex {
  readonly all: TokenNode;
  readonly plain: readonly PlainTokens[];
  /** Those that are not plain. */
  readonly others: TokenNode;
  readonly byId: ReadonlyMap<number, WrittenToken>;
}

const indexes = new WeakMap<readonly WrittenToken[], TokenIndex>();

export function tokenIndex(tokens: readonly WrittenToken[]): TokenIndex {
  let index = indexes.get(tokens);
  if (index === undefined) {
    const sorted = [...tokens].sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : a.id - b.id));
    const isPlain = sorted.map(({ bytes }) => PLAIN.test(bytes));
    index = {
      all: tree(sorted),
      plain: byLength(sorted.filter((_, i) => isPlain[i])),
      others: tree(sorted.filter((_, i) => !isPlain[i])),
      byId: new Map(tokens.map((token) => [token.id, token])),
    };
    indexes.set(tokens, index);
  }
  return index;
}

/** Whole characters of UTF-8, none of which means anything in a string of JSON. */
const PLAIN =
  /^(?:[\x20!#-[\]-\x7f]|[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2})+$/;

function byLength(tokens: readonly WrittenToken[]): PlainTokens[] {
  const found = new Map<string, { characters: number; effect: number; ids: number[] }>();
  for (const { id, bytes, effect } of tokens) {
    const characters = bytes.length - bytes.replace(/[\x80-\xbf]/g, "").length;
    const key = `${bytes.length - characters} ${effect}`;
    const group = found.get(key) ?? { characters: bytes.length - characters, effect, ids: [] };
    found.set(key, group);
    group.ids.push(id);
  }
  return [...found.values()];
}

/** @param sorted by bytes */
function tree(sorted: readonly WrittenToken[]): TokenNode {
  const make = (from: number, to: number, depth: number): TokenNode => {
    let at = from;
    while (at < to && sorted[at]!.bytes.length === depth) at++;
    const tokens = sorted.slice(from, at);
    const children: [number, TokenNode][] = [];
    while (at < to) {
      const byte = sorted[at]!.bytes.charCodeAt(depth);
      let end = at + 1;
      while (end < to && sorted[end]!.bytes.charCodeAt(depth) === byte) end++;
      children.push([byte, make(at, end, depth + 1)]);
      at = end;
    }
    return { children, tokens };
  };
  return make(0, sorted.length, 0);
}
