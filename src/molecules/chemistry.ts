/**
 * RDKit, compiled to WebAssembly (@rdkit/rdkit, 7 MB), loaded when first asked for: SMILES and MOL blocks to graphs, fingerprints, descriptors.
 *
 * Nothing else in the package knows RDKit's name. OpenChemLib, which is smaller, was refused: it finds other rings aromatic (pyridone, xanthines)
 * and lets impossible valences through.
 */
import type { MainModule, Mol } from "@rdkit/rdkit";
import { BiogptError, internalError } from "../base/errors.ts";
import { bondDirections, type RdkitJson } from "./bond-directions.ts";
import { Fingerprint } from "./fingerprint.ts";
import { type MolecularGraph, OTHER_ATOM } from "./molecular-graph.ts";
import { type SmilesScan, scanSmiles } from "./smiles-scan.ts";
import { neighboursOfMolBlock, walkDepth } from "./walk-depth.ts";

/** Each atom takes a position of the language model, whose context has 4,096. */
export const MAX_ATOMS = 4096;
/** RDKit's parser works on a small stack; real molecules nest a dozen branches. */
const MAX_DEPTH = 200;
/** Atoms of the longest walk along bonds; the same stack held 600, and what it does not hold may never end. */
const MAX_WALK = 580;
/** Some ten characters an atom at most. */
const MAX_SMILES_LENGTH = 16 * MAX_ATOMS;
/** OpenBioMed's config allows 256 atoms, though its code never applies that. */
const MANY_ATOMS = 256;

export interface MoleculeOptions {
  /** Default and most: 4,096. */
  readonly maxAtoms?: number;
}

/**
 * The graph of a SMILES; what follows the first word of the text is taken for a name.
 *
 * @throws BiogptError `molecules/empty`, `molecules/valence`, `molecules/smiles`, `molecules/unsupported`, `molecules/too-many-atoms`, and
 *         `molecules/no-rdkit` where the package is not installed or WebAssembly is off
 */
export async function molecularGraph(
  text: string,
  { maxAtoms = MAX_ATOMS }: MoleculeOptions = {},
): Promise<MolecularGraph> {
  const smiles = firstWord(text);
  const scan = scanned(smiles, Math.min(maxAtoms, MAX_ATOMS));
  return withMolecule(smiles, (molecule) => graphOf(smiles, scan, parseJson(molecule)));
}

/** The SMILES of a MOL block (V2000, V3000), which is what has a graph; throws as `molecularGraph`, and `molecules/mol-block`. */
export async function smilesOfMolBlock(block: string): Promise<string> {
  const counts = block.split(/\r?\n/)[3] ?? "";
  if (!/^M {2}END\s*$/m.test(block) || !/V[23]000\s*$/.test(counts)) {
    throw new BiogptError("molecules/mol-block", {
      what: "The text is no whole MOL block.",
      why: "Its fourth line ends in V2000 or V3000, and it ends with M  END.",
      fix: "Write the molecule again from the program that drew it, or give its SMILES.",
    });
  }
  const atoms = Number(counts.includes("V2000") ? counts.slice(0, 3) : (/COUNTS (\d+)/.exec(block)?.[1] ?? 0));
  if (atoms > MAX_ATOMS) throw tooMany(atoms, MAX_ATOMS);
  expectShortWalks(neighboursOfMolBlock(block, atoms), "The MOL block");
  return withMolecule(block, (molecule) => molecule.get_smiles(), "the MOL block");
}

/** What `use` makes of RDKit's molecule of a SMILES, which is gone after it. Throws as `molecularGraph`. */
export async function readMolecule<T>(text: string, use: (molecule: Mol) => T): Promise<T> {
  const smiles = firstWord(text);
  scanned(smiles, MAX_ATOMS);
  return withMolecule(smiles, use);
}

/** RDKit's own spelling, by which a molecule is told from others. Throws as `molecularGraph`. */
export async function canonicalSmiles(text: string): Promise<string> {
  return readMolecule(text, (molecule) => molecule.get_smiles());
}

/** Morgan fingerprint (circular, as ECFP4): radius 2 and 2,048 bits by default. Throws as `molecularGraph`. */
export async function morganFingerprint(
  text: string,
  { radius = 2, bits = 2048 }: { readonly radius?: number; readonly bits?: number } = {},
): Promise<Fingerprint> {
  const details = JSON.stringify({ radius, nBits: bits });
  return readMolecule(text, (molecule) => new Fingerprint(molecule.get_morgan_fp_as_uint8array(details)));
}

/** The module and its log of errors; loaded at the first call, and anew after one that broke it. */
interface Rdkit {
  readonly module: MainModule;
  readonly log: { get_buffer(): string; clear_buffer(): void };
}

let loaded: Promise<Rdkit> | undefined;
let place: string | undefined;

/** Where RDKit's WebAssembly is fetched from, to be said before the first call by a page that carries it. Default: beside RDKit's own file. */
export function findRdkitAt(address: string): void {
  place = address;
}

async function load(): Promise<Rdkit> {
  try {
    const { default: imported } = await import("@rdkit/rdkit");
    // Its types say that the module's default export has a default; of a CommonJS module Node gives the function itself.
    const makeModule = imported as unknown as (options: object) => Promise<MainModule>;
    const address = place;
    const module = await makeModule({
      ...{ print: () => {}, printErr: () => {} },
      ...(address === undefined ? {} : { locateFile: () => address }),
    });
    const log = module.set_log_capture("rdApp.error");
    if (log === null) throw internalError("RDKit has no log of errors");
    return { module, log: log as unknown as Rdkit["log"] };
  } catch (cause) {
    loaded = undefined;
    throw new BiogptError("molecules/no-rdkit", {
      what: `RDKit could not be loaded: ${(cause as Error).message}.`,
      fix: "Install biogpt again with its dependencies (@rdkit/rdkit); it needs WebAssembly.",
      cause,
    });
  }
}

async function withMolecule<T>(text: string, use: (molecule: Mol) => T, shown = shortened(text)): Promise<T> {
  loaded ??= load();
  const { module, log } = await loaded;
  log.clear_buffer();
  try {
    const molecule = module.get_mol(text);
    if (molecule !== null) return usedOnce(molecule, use);
  } catch (cause) {
    if (cause instanceof BiogptError) throw cause; // what `use` refuses
    // Out of its stack of 64 kB, for example: the module is in no state to be used again.
    loaded = undefined;
    throw new BiogptError("molecules/smiles", {
      what: `RDKit gave up on ${shown}: ${cause instanceof Error ? cause.message : "an exception of its own"}.`,
      why: "It has chains or rings too long for RDKit's stack in WebAssembly.",
      fix: "Give a part of the molecule.",
      cause,
    });
  }
  throw impossible(shown, log.get_buffer());
}

/** RDKit's memory is its own: what is not deleted stays there. */
function usedOnce<T>(molecule: Mol, use: (molecule: Mol) => T): T {
  try {
    return use(molecule);
  } finally {
    molecule.delete();
  }
}

/** The SMILES of a line: white space around it and a name after it go. */
function firstWord(text: string): string {
  const [word = ""] = text.trim().split(/\s/, 1);
  if (word !== "") return word;
  throw new BiogptError("molecules/empty", {
    what: "There is no SMILES.",
    why: "An empty text is a molecule without atoms to RDKit, and nothing to the model.",
    fix: "Give one, for example CC(=O)Oc1ccccc1C(=O)O.",
  });
}

/** Limits that are told before RDKit reads: its own way of saying so is a crash. */
function scanned(smiles: string, maxAtoms: number): SmilesScan {
  if (smiles.length > MAX_SMILES_LENGTH) {
    throw new BiogptError("molecules/too-many-atoms", {
      what: `The SMILES has ${smiles.length} characters.`,
      why: `At most ${MAX_SMILES_LENGTH} are read; each atom takes a position of the language model.`,
      fix: "Give a part of the molecule.",
    });
  }
  const scan = scanSmiles(smiles);
  if (scan.atoms.length > maxAtoms) throw tooMany(scan.atoms.length, maxAtoms);
  if (scan.depth > MAX_DEPTH) {
    throw new BiogptError("molecules/smiles", {
      what: `${shortened(smiles)} has ${scan.depth} branches within each other.`,
      why: `RDKit's parser takes at most ${MAX_DEPTH} here.`,
      fix: "Write the SMILES with its longest chain first.",
    });
  }
  expectShortWalks(
    scan.atoms.map(({ neighbours }) => neighbours),
    shortened(smiles),
  );
  if (scan.otherChirality !== undefined) {
    throw unsupported(
      smiles,
      `${scan.otherChirality} is no tetrahedral centre`,
      "the encoder knows tetrahedral centres only",
    );
  }
  return scan;
}

function expectShortWalks(neighbours: readonly (readonly number[])[], shown: string): void {
  const depth = walkDepth(neighbours);
  if (depth <= MAX_WALK) return;
  throw new BiogptError("molecules/smiles", {
    what: `${shown} has a chain of ${depth} atoms.`,
    why: `RDKit's stack in WebAssembly holds chains of at most ${MAX_WALK}, ring atoms counted.`,
    fix: "Give a part of the molecule.",
  });
}

function tooMany(atoms: number, maxAtoms: number): BiogptError {
  return new BiogptError("molecules/too-many-atoms", {
    what: `The molecule has ${atoms} atoms; at most ${maxAtoms} are read.`,
    why: "Each atom takes a position of the language model.",
    fix: "Give a part of the molecule.",
  });
}

function impossible(shown: string, log: string): BiogptError {
  const reasons = log
    .split("\n")
    .map((line) =>
      line
        .replace(/^\[[\d:]+\]\s*/, "")
        .replace(/^SMILES Parse Error: /, "")
        .trim(),
    )
    .filter((line) => line !== "" && !/^[~^]+$|^Failed parsing|for input: ''$/.test(line));
  const valence = reasons.find((line) => line.includes("valence"));
  if (valence !== undefined) {
    return new BiogptError("molecules/valence", {
      what: `${shown} has an atom with too many bonds: ${valence}.`,
      why: "Atoms are counted from 0.",
      fix: "Correct the bonds, or write the charge: C[N+](C)(C)C.",
    });
  }
  const kekule = reasons.some((line) => line.includes("kekulize"));
  return new BiogptError("molecules/smiles", {
    what: `${shown} is no molecule: ${(reasons[0] ?? "RDKit gives no reason").replace(/\.$/, "")}.`,
    ...(kekule
      ? { why: "A ring of aromatic (lower-case) atoms has no pattern of double bonds; often an [nH] is missing." }
      : {}),
    fix: "Check the SMILES; in a shell it must stand in quotes.",
  });
}

function unsupported(smiles: string, what: string, why: string): BiogptError {
  return new BiogptError("molecules/unsupported", {
    what: `${shortened(smiles)} cannot be encoded: ${what}.`,
    why: `In this model ${why}.`,
    fix: "Write the molecule without it, for example without the metal.",
  });
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function parseJson(molecule: Mol): RdkitJson {
  const { molecules } = JSON.parse(molecule.get_json()) as {
    molecules: [
      {
        atoms: RdkitJson["atoms"];
        bonds?: RdkitJson["bonds"];
        extensions?: { name: string; aromaticBonds?: number[] }[];
      },
    ];
  };
  const [{ atoms, bonds = [], extensions = [] }] = molecules;
  const aromaticBonds = extensions.find(({ name }) => name === "rdkitRepresentation")?.aromaticBonds ?? [];
  return { atoms, bonds, aromaticBonds };
}

const BOND_NAMES: Readonly<Record<number, string>> = { 0: "without an order (~)", 4: "quadruple", 17: "dative" };

function graphOf(smiles: string, scan: SmilesScan, json: RdkitJson): MolecularGraph {
  const { atoms, bonds } = json;
  const aromatic = new Set(json.aromaticBonds);
  const bondTypes = bonds.map(({ bo = 1, atoms: [begin, end] }, at) => {
    if (aromatic.has(at)) return 3;
    if (bo >= 1 && bo <= 3) return bo - 1;
    const name = BOND_NAMES[bo] ?? `of order ${bo}`;
    throw unsupported(
      smiles,
      `the bond of the atoms ${begin} and ${end} is ${name}`,
      "bonds are single, double, triple or aromatic",
    );
  });
  const notes: string[] = [];
  if (atoms.length > MANY_ATOMS) notes.push(`${atoms.length} atoms; the encoder was trained on smaller molecules.`);
  if (smiles.includes(".")) notes.push("Its parts are not joined, so the encoder sees each by itself.");
  return {
    smiles,
    atomTypes: Int32Array.from(atoms, ({ z = 6 }) => (z >= 1 && z <= 118 ? z - 1 : OTHER_ATOM)),
    chiralities: Int32Array.from(atoms, ({ stereo }) => (stereo === "cw" ? 1 : stereo === "ccw" ? 2 : 0)),
    bondBegins: Int32Array.from(bonds, ({ atoms: [begin] }) => begin),
    bondEnds: Int32Array.from(bonds, ({ atoms: [, end] }) => end),
    bondTypes: Int32Array.from(bondTypes),
    bondDirections: bondDirections(scan, json, smiles),
    notes,
  };
}
