/** Finds tokens that are written as they are (`</s>`, `<think>`) in a text: the leftmost first, of those that begin at one place the longest. */

export interface LiteralTokens {
  readonly pattern: RegExp;
  readonly ids: ReadonlyMap<string, number>;
}

/** Undefined where there are none. */
export function literalTokens(ids: ReadonlyMap<string, number>): LiteralTokens | undefined {
  if (ids.size === 0) return undefined;
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { pattern: new RegExp(escaped.join("|"), "g"), ids };
}

/**
 * Goes through a text in order.
 *
 * @param part  what stands between tokens, empty or not
 * @param token a token and where it stands
 */
export function splitByTokens(
  tokens: LiteralTokens | undefined,
  text: string,
  part: (text: string, start: number) => void,
  token: (id: number, start: number, end: number) => void,
): void {
  if (tokens === undefined) {
    part(text, 0);
    return;
  }
  let from = 0;
  for (const match of text.matchAll(tokens.pattern)) {
    part(text.slice(from, match.index), from);
    from = match.index + match[0].length;
    token(tokens.ids.get(match[0])!, match.index, from);
  }
  part(text.slice(from), from);
}
