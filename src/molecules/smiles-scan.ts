/**
 * What a SMILES says that RDKit's JavaScript does not tell: in which direction each bond beside a double bond points. A walk over the text, not a
 * parser: RDKit has the last word on what is a molecule.
 *
 *     F/C=C/F    F → C goes up, C → F goes up
 *
 * Follows   RDKit's SMILES parser: a ring bond takes the direction of its opening digit, else the opposite of its closing one; explicit hydrogens
 *           that RDKit removes hand theirs to another bond of their atom.
 */

export type Direction = 0 | 1 | 2;

/** Direction along `from` → `to`, atoms by their running number in the text. */
export interface DirectedBond {
  readonly from: number;
  readonly to: number;
  readonly direction: Direction;
}

export interface ScannedAtom {
  /** A hydrogen in brackets with neither isotope, charge, chirality nor further hydrogens: RDKit makes it implicit where it can. */
  readonly plainHydrogen: boolean;
  readonly neighbours: number[];
}

export interface SmilesScan {
  readonly atoms: readonly ScannedAtom[];
  /** Only bonds with a direction. */
  readonly directed: readonly DirectedBond[];
  /** Chirality that is not tetrahedral, as written: `@SP1`; undefined for none. */
  readonly otherChirality: string | undefined;
  /** Most branches open at once. */
  readonly depth: number;
}

/** `/` and `\` exchanged. */
export function opposite(direction: Direction): Direction {
  return direction === 0 ? 0 : direction === 1 ? 2 : 1;
}

const TOKEN =
  /\[(?<bracket>[^\]]*)\]|(?<organic>Cl|Br|[BCNOPSFIbcnops*])|(?<ring>%\(\d+\)|%\d\d|\d)|(?<open>\()|(?<close>\))|(?<up>\/)|(?<down>\\)|(?<dot>\.)/gu;

export function scanSmiles(smiles: string): SmilesScan {
  const atoms: ScannedAtom[] = [];
  const directed: DirectedBond[] = [];
  const branches: number[] = [];
  const rings = new Map<number, { readonly atom: number; readonly pending: Direction }>();
  let current = -1;
  let pending: Direction = 0;
  let depth = 0;
  let otherChirality: string | undefined;
  const bond = (from: number, to: number, direction: Direction): void => {
    atoms[from]!.neighbours.push(to);
    atoms[to]!.neighbours.push(from);
    if (direction !== 0) directed.push({ from, to, direction });
  };
  for (const { groups } of smiles.matchAll(TOKEN)) {
    const { bracket, organic, ring, open, close, up, down, dot } = groups!;
    if (bracket !== undefined || organic !== undefined) {
      const atom = atoms.push({ plainHydrogen: /^H(?::\d+)?$/.test(bracket ?? ""), neighbours: [] }) - 1;
      otherChirality ??= /@(?:SP|TB|OH|AL)\d*/.exec(bracket ?? "")?.[0];
      if (current >= 0) bond(current, atom, pending);
      current = atom;
      pending = 0;
    } else if (ring !== undefined && current >= 0) {
      const number = Number(ring.replace(/[%()]/g, ""));
      const opened = rings.get(number);
      if (opened === undefined) rings.set(number, { atom: current, pending });
      else {
        rings.delete(number);
        bond(opened.atom, current, opened.pending !== 0 ? opened.pending : opposite(pending));
      }
      pending = 0;
    } else if (open !== undefined) {
      depth = Math.max(depth, branches.push(current));
    } else if (close !== undefined) {
      current = branches.pop() ?? current;
      pending = 0;
    } else if (up !== undefined) pending = 1;
    else if (down !== undefined) pending = 2;
    else if (dot !== undefined) {
      current = -1;
      pending = 0;
    }
  }
  return { atoms, directed, otherChirality, depth };
}
