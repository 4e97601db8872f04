/** A stream in arrays of `size`, the last shorter; nothing of an empty one. When the stream breaks off, what came before is given first. */
export async function* inGroups<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[], void, void> {
  let group: Item[] = [];
  try {
    for await (const item of items) {
      group.push(item);
      if (group.length < size) continue;
      yield group;
      group = [];
    }
  } catch (error) {
    if (group.length > 0 && group.length < size) yield group;
    throw error;
  }
  if (group.length > 0) yield group;
}
