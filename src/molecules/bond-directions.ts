/** Bond directions for RDKit's bonds, from what the SMILES says: RDKit's JSON has the double bonds' stereo but not the directions themselves. */
import { BiogptError } from "../base/errors.ts";
import { type DirectedBond, type Direction, opposite, type ScannedAtom, type SmilesScan } from "./smiles-scan.ts";

/** The parts of RDKit's JSON (commonchem) that are read; what equals the defaults is left out there. */
export interface RdkitJson {
  readonly atoms: readonly { readonly z?: number; readonly stereo?: string }[];
  readonly bonds: readonly {
    readonly bo?: number;
    readonly atoms: readonly [number, number];
    readonly stereo?: string;
  }[];
  readonly aromaticBonds: readonly number[];
}

/**
 * For each bond 0, 1 (end up right) or 2 (end down right), seen from its first atom. A direction stays only beside a double bond that RDKit found to have two
 * forms, there also on an aromatic bond that is written with one.
 *
 * @throws BiogptError `molecules/directions` where the atoms of the text cannot be told to be RDKit's
 */
export function bondDirections(scan: SmilesScan, json: RdkitJson, smiles: string): Int32Array {
  const directions = new Int32Array(json.bonds.length);
  if (scan.directed.length === 0) return directions;
  const stereoAtoms = new Set(json.bonds.filter(({ stereo }) => isForm(stereo)).flatMap(({ atoms }) => atoms));
  if (stereoAtoms.size === 0) return directions;
  const numbers = rdkitNumbers(scan, json, smiles);
  const aromatic = new Set(json.aromaticBonds);
  const directed = new Map<string, DirectedBond>();
  const lost: DirectedBond[] = [];
  for (const { from, to, direction } of scan.directed) {
    const [a, b] = [numbers[from]!, numbers[to]!];
    if (a < 0 || b < 0) lost.push({ from: a, to: b, direction });
    else directed.set(pair(a, b), { from: a, to: b, direction });
  }
  for (const { from, to, direction } of lost)
    handOn(json, directed, { heavy: Math.max(from, to), beginsThere: from >= 0, direction });
  json.bonds.forEach(({ bo = 1, atoms: [begin, end] }, at) => {
    const written = directed.get(pair(begin, end));
    if (written === undefined || (bo !== 1 && !aromatic.has(at))) return;
    if (!stereoAtoms.has(begin) && !stereoAtoms.has(end)) return;
    directions[at] = written.from === begin ? written.direction : opposite(written.direction);
  });
  return directions;
}

function isForm(stereo: string | undefined): boolean {
  return stereo !== undefined && stereo !== "unspecified" && stereo !== "either";
}

function pair(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** RDKit's number of each atom of the text, -1 for hydrogens that it made implicit. */
function rdkitNumbers({ atoms }: SmilesScan, json: RdkitJson, smiles: string): number[] {
  const removable = (atom: ScannedAtom): boolean =>
    atom.plainHydrogen && atom.neighbours.length === 1 && !atoms[atom.neighbours[0]!]!.plainHydrogen;
  // A hydrogen without which its atom's double bond would lose its form is kept ([H]/N=C/C), so all, and then fewer, are taken away.
  for (const isRemoved of [
    removable,
    (atom: ScannedAtom): boolean => removable(atom) && atoms[atom.neighbours[0]!]!.neighbours.length > 2,
    (): boolean => false,
  ]) {
    let next = 0;
    const numbers = atoms.map((atom) => (isRemoved(atom) ? -1 : next++));
    const same = atoms.every(
      (atom, i) => numbers[i]! < 0 || (json.atoms[numbers[i]!]?.z === 1) === isHydrogen(atom, json, numbers[i]!),
    );
    if (next === json.atoms.length && same) return numbers;
  }
  throw new BiogptError("molecules/directions", {
    what: `The directions of the bonds in ${smiles.slice(0, 60)} cannot be placed: RDKit reads ${json.atoms.length} atoms, the text names ${atoms.length}.`,
    fix: "Write the molecule without explicit hydrogens ([H]).",
  });
}

/** A hydrogen with isotope or charge is none of the plain ones, but one to RDKit; only plain ones can be told from the text. */
function isHydrogen(atom: ScannedAtom, json: RdkitJson, number: number): boolean {
  return atom.plainHydrogen || json.atoms[number]?.z === 1;
}

/** A removed hydrogen's direction goes to the other single bond of its atom, if that has none: RDKit's rule, copied with its one asymmetry. */
function handOn(
  json: RdkitJson,
  directed: Map<string, DirectedBond>,
  lost: { readonly heavy: number; readonly beginsThere: boolean; readonly direction: Direction },
): void {
  const { heavy, beginsThere, direction } = lost;
  const singles = json.bonds.filter(({ bo = 1, atoms }) => bo === 1 && atoms.includes(heavy));
  if (singles.some(({ atoms: [a, b] }) => directed.has(pair(a, b)))) return;
  const other = singles.at(-1);
  if (other === undefined) return;
  const [from, to] = other.atoms;
  const flips = from === heavy && beginsThere;
  directed.set(pair(from, to), { from, to, direction: flips ? opposite(direction) : direction });
}
