/** A checkpoint's names to ours, by a family's table. */

/** Names outside the layers and of one layer, theirs to ours, and how a layer's number stands in theirs. */
export interface NameTable {
  readonly outer: ReadonlyMap<string, string>;
  readonly inner: ReadonlyMap<string, string>;
  /** Its groups are the layer's number and the name within the layer. */
  readonly layer: RegExp;
  /** Whether a tensor is left out on purpose: it says nothing about the model. */
  readonly isDropped: (theirs: string) => boolean;
}

/** Our name, `"dropped"` for a tensor that is left out on purpose, undefined for an unknown one: `ourName` of a `ModelFamily`. */
export function nameIn(
  { outer, inner, layer, isDropped }: NameTable,
  theirs: string,
): { readonly name: string } | "dropped" | undefined {
  if (isDropped(theirs)) return "dropped";
  const outside = outer.get(theirs);
  if (outside !== undefined) return { name: outside };
  const [, number, rest] = layer.exec(theirs) ?? [];
  const inside = rest === undefined ? undefined : inner.get(rest);
  return inside === undefined ? undefined : { name: `blocks.${Number(number)}.${inside}` };
}
