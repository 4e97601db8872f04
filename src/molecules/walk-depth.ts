/**
 * How deep a walk over a molecule can go that follows one bond after the other: RDKit walks so by calling itself, on a stack of 64 kB in WebAssembly.
 *
 * What does not fit overwrites RDKit's memory: it gives up, or never ends. Chains of 600 atoms fitted, of 700 did not (@rdkit/rdkit 2026.9.1).
 */

/**
 * No walk that comes to no atom twice has more atoms; some walk of a molecule without rings has as many. A walk crosses a bond that is in no ring at most
 * once, so it goes from one ring system to the next of a tree of them, and has at most all atoms of each.
 *
 * Follows   Tarjan's search for bridges (1974), in time that grows with the atoms and bonds.
 *
 * @param neighbours of each atom
 */
export function walkDepth(neighbours: readonly (readonly number[])[]): number {
  const count = neighbours.length;
  /** When an atom was come to, from 1 on, and the earliest that it or what is behind it is bonded to. */
  const [order, earliest] = [new Int32Array(count), new Int32Array(count)];
  /** The two longest walks that leave an atom over bonds in no ring. */
  const [longest, second] = [new Int32Array(count), new Int32Array(count)];
  let came = 0;
  let deepest = 0;
  for (let start = 0; start < count; start++) {
    if (order[start] !== 0) continue;
    const path = [{ atom: start, before: -1, next: 0 }];
    const open = [start]; // atoms whose ring system is not whole yet
    order[start] = earliest[start] = ++came;
    while (path.length > 0) {
      const here = path.at(-1)!;
      const { atom, before } = here;
      const to = neighbours[atom]![here.next++];
      if (to !== undefined) {
        if (order[to] === 0) {
          order[to] = earliest[to] = ++came;
          path.push({ atom: to, before: atom, next: 0 });
          open.push(to);
        } else if (to !== before) earliest[atom] = Math.min(earliest[atom]!, order[to]!);
        continue;
      }
      path.pop();
      if (before >= 0) earliest[before] = Math.min(earliest[before]!, earliest[atom]!);
      if (earliest[atom] !== order[atom]) continue;
      const system = open.splice(open.lastIndexOf(atom));
      let [first, other] = [0, 0];
      for (const length of system.flatMap((member) => [longest[member]!, second[member]!])) {
        if (length > first) [first, other] = [length, first];
        else if (length > other) other = length;
      }
      deepest = Math.max(deepest, system.length + first + other);
      const walk = system.length + first;
      if (before < 0) continue;
      if (walk > longest[before]!) [longest[before], second[before]] = [walk, longest[before]!];
      else if (walk > second[before]!) second[before] = walk;
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
