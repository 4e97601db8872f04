/**
 * What two molecules are compared by: fingerprints of their surroundings, with and without stereochemistry, and of structural keys; what they are made
 * of; their charge. All from RDKit.
 */
import type { Mol } from "@rdkit/rdkit";
import { readMolecule } from "./chemistry.ts";
import { Fingerprint } from "./fingerprint.ts";

/** Kinds of fingerprints, each with how RDKit makes it. */
const PRINTS: Readonly<Record<PrintName, (molecule: Mol) => Uint8Array>> = {
  circular: (molecule) => molecule.get_morgan_fp_as_uint8array('{"radius":2,"nBits":2048}'),
  stereo: (molecule) => molecule.get_morgan_fp_as_uint8array('{"radius":3,"nBits":4096,"useChirality":true}'),
  keys: (molecule) => molecule.get_maccs_fp_as_uint8array(),
};

/** `circular`: Morgan, radius 2, 2,048 bits; `stereo`: Morgan with chirality, radius 3, 4,096 bits; `keys`: the 166 MACCS keys. */
export type PrintName = "circular" | "stereo" | "keys";
export const PRINT_NAMES: readonly PrintName[] = ["circular", "stereo", "keys"];

export interface MoleculeTraits {
  readonly prints: Readonly<Record<PrintName, Fingerprint>>;
  /** Atoms by atomic number, hydrogens that are not written among them (1). */
  readonly atoms: Readonly<Record<number, number>>;
  /** In elementary charges. */
  readonly charge: number;
  /** Tetrahedral centres whose form is given. */
  readonly centres: number;
}

/** The parts of RDKit's JSON that are counted; what equals its defaults is left out there. */
interface CountedAtom {
  readonly z?: number;
  readonly impHs?: number;
  readonly chg?: number;
  readonly stereo?: string;
}

/** @throws BiogptError as `molecularGraph`, but for what only the encoder cannot take */
export function moleculeTraits(smiles: string): Promise<MoleculeTraits> {
  return readMolecule(smiles, (molecule) => {
    const { molecules } = JSON.parse(molecule.get_json()) as { molecules: [{ atoms: readonly CountedAtom[] }] };
    const atoms: Record<number, number> = {};
    let [charge, centres] = [0, 0];
    for (const { z = 6, impHs = 0, chg = 0, stereo } of molecules[0].atoms) {
      atoms[z] = (atoms[z] ?? 0) + 1;
      if (impHs > 0) atoms[1] = (atoms[1] ?? 0) + impHs;
      charge += chg;
      if (stereo === "cw" || stereo === "ccw") centres++;
    }
    const prints = Object.fromEntries(PRINT_NAMES.map((name) => [name, new Fingerprint(PRINTS[name](molecule))]));
    return { prints: prints as Record<PrintName, Fingerprint>, atoms, charge, centres };
  });
}
