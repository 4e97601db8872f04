/**
 * A list of tokens as trees of their bytes, so that those which a grammar allows are found without trying each; made for a list as far as it is asked and
 * kept with it.
 *
 * Most tokens of a vocabulary are plain: they may stand in any string of JSON that has room for their characters. They are also sorted by that number,
 * and the others have a tree of their own, so that a string asks only hundreds of tokens one by one.
 */
import type { WrittenToken } from "../../tokenizers/token-writing.ts";

interface Branches {
  readonly children: ReadonlyMap<number, TokenNode>;
  readonly tokens: readonly WrittenToken[];
}

/** Tokens that begin alike. Its branches are made when they are first asked for: most never are. */
export class TokenNode {
  readonly #depth: number;
  readonly #beginning: readonly WrittenToken[];
  #branches: Branches | undefined;

  /** @param beginning with the same bytes up to `depth` */
  constructor(beginning: readonly WrittenToken[], depth = 0) {
    this.#beginning = beginning;
    this.#depth = depth;
  }

  /** By byte. */
  get children(): ReadonlyMap<number, TokenNode> {
    return this.#made().children;
  }

  /** Tokens that end here. */
  get tokens(): readonly WrittenToken[] {
    return this.#made().tokens;
  }

  #made(): Branches {
    if (this.#branches !== undefined) return this.#branches;
    const tokens: WrittenToken[] = [];
    const lists = new Map<number, WrittenToken[]>();
    for (const token of this.#beginning) {
      if (token.bytes.length === this.#depth) {
        tokens.push(token);
        continue;
      }
      const byte = token.bytes.charCodeAt(this.#depth);
      const list = lists.get(byte);
      if (list === undefined) lists.set(byte, [token]);
      else list.push(token);
    }
    const children = new Map([...lists].map(([byte, list]) => [byte, new TokenNode(list, this.#depth + 1)]));
    this.#branches = { children, tokens };
    return this.#branches;
  }
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
    const isPlain = tokens.map(({ bytes }) => PLAIN.test(bytes));
    index = {
      all: new TokenNode(tokens),
      plain: byLength(tokens.filter((_, i) => isPlain[i])),
      others: new TokenNode(tokens.filter((_, i) => !isPlain[i])),
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
  const found = new Map<number, { readonly characters: number; readonly effect: number; readonly ids: number[] }>();
  for (const { id, bytes, effect } of tokens) {
    let characters = 0;
    for (let i = 0; i < bytes.length; i++) if ((bytes.charCodeAt(i) & 0xc0) !== 0x80) characters++;
    const key = 64 * characters + effect;
    const group = found.get(key);
    if (group === undefined) found.set(key, { characters, effect, ids: [id] });
    else group.ids.push(id);
  }
  return [...found.values()];
}
