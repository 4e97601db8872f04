/**
 * A molecule as GraphMVP's GIN reads it: four facts, numbered as its tables are.
 *
 *     atom type    atomic number - 1 for 1 to 118, else 118 (`*`)        chirality   0 none, 1 tetrahedral clockwise, 2 counter-clockwise
 *     bond type    0 single, 1 double, 2 triple, 3 aromatic              direction   0 none, 1 end up right, 2 end down right
 *
 * Follows   the featurizer `BaseGNN` of PharMolix/OpenBioMed on RDKit's `MolFromSmiles`: hydrogens implicit, aromaticity RDKit's, atoms in the order
 *           of the SMILES. So the features depend on how a SMILES is written: atom order, and with it the language model's positions, and directions.
 * Note      charges, hydrogens and isotopes are invisible to this model: `[NH4+]`, `N` and `[15NH3]` are one node.
 */

export interface MolecularGraph {
  /** As it was read: the first word of what was given, or what RDKit writes for a MOL block. */
  readonly smiles: string;
  /** (atoms). */
  readonly atomTypes: Int32Array;
  readonly chiralities: Int32Array;
  /** (bonds); a bond goes both ways with the same features. Chain bonds as in the SMILES first, then ring closures. */
  readonly bondBegins: Int32Array;
  readonly bondEnds: Int32Array;
  readonly bondTypes: Int32Array;
  readonly bondDirections: Int32Array;
  /** What a user should know of this molecule; empty for most. */
  readonly notes: readonly string[];
}

/** An atom type's row for all that is no element. */
export const OTHER_ATOM = 118;
/** Rows of the encoder's tables that a graph can ask for. */
export const ATOM_TYPES = 119;

/** Symbols by atom type, `*` last; for showing a graph. */
export const ELEMENT_SYMBOLS: readonly string[] =
  "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og *".split(
    " ",
  );
