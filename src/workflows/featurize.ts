/** What the encoders of BioMedGPT-10B see of molecules and proteins, as `biogpt featurize` shows it. */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { molecularGraph, smilesOfMolBlock } from "../molecules/chemistry.ts";
import { graphLines } from "../molecules/graph-lines.ts";
import type { MolecularGraph } from "../molecules/molecular-graph.ts";
import { readProteins } from "../molecules/proteins.ts";
import { molRecords } from "../molecules/sd-file.ts";
import { ENCODED_RESIDUES } from "../pretrained/attachments/read-attachment.ts";
import { ResidueTokenizer } from "../tokenizers/residues/residue-tokenizer.ts";
import { readTextFile } from "./read-text-file.ts";

/** Exactly one of the three. */
export interface FeaturizeOptions {
  /** Molecules. */
  readonly smiles?: readonly string[] | undefined;
  /** Path of a MOL or SD file. */
  readonly mol?: string | undefined;
  /** Path of proteins: FASTA, UniProt text or bare residues. */
  readonly fasta?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Numbered as GraphMVP's tables are; see `MolecularGraph`. */
export interface MoleculeFeatures {
  readonly smiles: string;
  readonly atoms: readonly (readonly [type: number, chirality: number])[];
  readonly bonds: readonly (readonly [begin: number, end: number, type: number, direction: number])[];
  readonly notes: readonly string[];
}

export interface ProteinFeatures {
  /** Empty for bare residues. */
  readonly name: string;
  readonly residues: number;
  /** How many of them, from the first, the encoder reads: at most 1,022. */
  readonly used: number;
  /** `<cls>`, residues, `<eos>`. */
  readonly ids: readonly number[];
  readonly notes: readonly string[];
}

/** Features for programs, and the same in lines for people. */
export interface Featurized {
  readonly features: MoleculeFeatures | ProteinFeatures;
  readonly lines: readonly string[];
}

/**
 * One after the other: what is wrong with the third stops there, and the first two have been given.
 *
 * @throws BiogptError `input/featurize`, `input/no-file`, `input/too-large`, and what molecules/ throws
 */
export async function* featurize(options: FeaturizeOptions): AsyncGenerator<Featurized, void, void> {
  const { smiles = [], mol, fasta, signal } = options;
  const given = [smiles.length > 0, mol !== undefined, fasta !== undefined].filter((one) => one).length;
  if (given !== 1) {
    throw new BiogptError("input/featurize", {
      what: given === 0 ? "There is nothing to featurize." : "More than one of SMILES and files were given.",
      fix: "Give SMILES, or one file with --fasta or --mol.",
    });
  }
  if (fasta !== undefined) {
    for (const protein of readProteins(await readTextFile(fasta), fasta)) {
      throwIfAborted(signal);
      yield featurizedProtein(protein);
    }
    return;
  }
  const blocks = mol === undefined ? [] : molRecords(await readTextFile(mol)).map(({ block }) => block);
  if (mol !== undefined && blocks.length === 0) {
    throw new BiogptError("input/featurize", { what: `${mol} holds no molecule.`, fix: "Name a MOL or SD file." });
  }
  for (const molecule of mol === undefined ? smiles : blocks) {
    throwIfAborted(signal);
    const graph = await molecularGraph(mol === undefined ? molecule : await smilesOfMolBlock(molecule));
    yield { features: featuresOf(graph), lines: graphLines(graph) };
  }
}

function featuresOf({ smiles, atomTypes, chiralities, notes, ...bonds }: MolecularGraph): MoleculeFeatures {
  const { bondBegins, bondEnds, bondTypes, bondDirections } = bonds;
  return {
    smiles,
    atoms: Array.from(atomTypes, (type, i) => [type, chiralities[i]!] as const),
    bonds: Array.from(bondBegins, (begin, i) => [begin, bondEnds[i]!, bondTypes[i]!, bondDirections[i]!] as const),
    notes,
  };
}

const residueTokenizer = new ResidueTokenizer();

function featurizedProtein(protein: ReturnType<typeof readProteins>[number]): Featurized {
  const { name, sequence } = protein;
  const residues = sequence.length;
  const used = Math.min(residues, ENCODED_RESIDUES);
  const { beginId, endId } = residueTokenizer;
  const ids = [beginId, ...residueTokenizer.encode(sequence.slice(0, used)), endId];
  const cut = used < residues ? [`Residues 1 to ${used} of ${residues} are encoded; the rest is not read.`] : [];
  return {
    features: { name, residues, used, ids, notes: [...protein.notes, ...cut] },
    lines: [`${name === "" ? "protein" : name}: ${residues} residues, ${ids.length} ids`, `  ${ids.join(" ")}`],
  };
}
