/**
 * How deep a walk over a molecule goes that follows one bond after the other: RDKit walks so by calling itself, on a stack of 64 kB in WebAssembly.
 *
 * What does not fit overwrites RDKit's memory: it gives up, or never ends. Chains of 600 atoms fitted, of 700 did not (1.0 of @rdkit/rdkit, x64).
 */

/**
 * Atoms on the longest of two walks through each part: from its first atom, and from where that walk was deepest (in a tree that is its longest path).
 *
 * @param neighbours of each atom
 */
export function walkDepth(neighbours: readonly (readonly number[])[]): number {
  const seen = new Uint8Array(neighbours.length);
  let deepest = 0;
  for (let start = 0; start < neighbours.length; start++) {
    if (seen[start] === 1) continue;
    const first = walk(neighbours, start, seen);
    const second = walk(neighbours, first.atom, new Uint8Array(neighbours.length));
    deepest = Math.max(deepest, first.depth, second.depth);
  }
  return deepest;
}

/** @param seen gets 1 for what the walk came to */
function walk(
  neighbours: readonly (readonly number[])[],
  start: number,
  seen: Uint8Array,
): { readonly depth: number; readonly atom: number } {
  const path = [{ atom: start, next: 0 }];
  seen[start] = 1;
  let deepest = { depth: 1, atom: start };
  while (path.length > 0) {
    const here = path.at(-1)!;
    const to = neighbours[here.atom]![here.next++];
    if (to === undefined) path.pop();
    else if (seen[to] !== 1) {
      seen[to] = 1;
      path.push({ atom: to, next: 0 });
      if (path.length > deepest.depth) deepest = { depth: path.length, atom: to };
    }
  }
  return deepest;
}

/** Each atom's neighbours by a MOL block's table of bonds (V2000 or V3000); atoms that it has not are left out. */
export function neighboursOfMolBlock(block: string, atoms: number): number[][] {
  const neighbours = Array.from({ length: atoms }, (): number[] => []);
  const join = (one: number, other: number): void => {
    if (!(one >= 1 && one <= atoms && other >= 1 && other <= atoms)) return;
    neighbours[one - 1]!.push(other - 1);
    neighbours[other - 1]!.push(one - 1);
  };
  if (block.includes("V3000")) {
    const bonds = /M {2}V30 BEGIN BOND([\s\S]*?)M {2}V30 END BOND/.exec(block)?.[1] ?? "";
    for (const [, one, other] of bonds.matchAll(/M {2}V30 +\d+ +\d+ +(\d+) +(\d+)/g)) join(Number(one), Number(other));
    return neighbours;
  }
  const lines = block.split(/\r?\n/);
  const bonds = Number((lines[3] ?? "").slice(3, 6));
  for (const line of lines.slice(4 + atoms, 4 + atoms + bonds))
    join(Number(line.slice(0, 3)), Number(line.slice(3, 6)));
  return neighbours;
}
