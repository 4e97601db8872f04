/** What other folders and users take from molecules/: graphs of molecules, residues of proteins, fingerprints of both. */
export {
  canonicalSmiles,
  findRdkitAt,
  MAX_ATOMS,
  type MoleculeOptions,
  molecularGraph,
  morganFingerprint,
  smilesOfMolBlock,
} from "./chemistry.ts";
export { type DrawingOptions, drawMolecule } from "./drawing.ts";
export { Fingerprint, type Neighbour, nearest, residueFingerprint } from "./fingerprint.ts";
export { graphLines } from "./graph-lines.ts";
export { ATOM_TYPES, ELEMENT_SYMBOLS, type MolecularGraph, OTHER_ATOM } from "./molecular-graph.ts";
export { MAX_RESIDUES, type Protein, readProteins } from "./proteins.ts";
export { isMolText, type MolRecord, molRecords } from "./sd-file.ts";
export { type MoleculeTraits, moleculeTraits, PRINT_NAMES, type PrintName } from "./traits.ts";
