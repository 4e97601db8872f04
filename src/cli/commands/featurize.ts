/** `biogpt featurize`: a molecule's graph, or a protein's ids, as the encoders of BioMedGPT-10B see them. */
import { open } from "node:fs/promises";
import { Option } from "commander";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { MolecularGraph } from "../../molecules/molecular-graph.ts";
import type { CommandModule } from "../define.ts";
import type { Terminal } from "../terminal.ts";

interface FeaturizeOptions {
  readonly fasta?: string;
  readonly mol?: string;
  readonly json: boolean;
}

/** The longest protein and a large SD file both fit; anything larger was named by mistake. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** What ESM-2 reads of a chain: 1,024 tokens, two of them the ends. */
const ENCODED_RESIDUES = 1022;

export const featurizeCommand: CommandModule = {
  examples: ['biogpt featurize "CC(=O)Oc1ccccc1C(=O)O"', "biogpt featurize --fasta proteins.fasta --json"],
  writesJson: true,
  register(program, terminal) {
    program
      .command("featurize")
      .summary("what the encoders see of a molecule or protein")
      .description(
        "Show the graph of each SMILES (atoms, bonds and their numbers in the encoder's tables), or the residue ids of each protein, as BioMedGPT's encoders get them.",
      )
      .argument("[smiles...]", "molecules; in quotes, since shells have their own use for ( and \\")
      .addOption(new Option("--fasta <file>", "proteins: FASTA, UniProt text or bare residues").conflicts("mol"))
      .option("--mol <file>", "molecules: a MOL or SD file")
      .option("--json", "one JSON object a line", false)
      .action((smiles: string[], options: FeaturizeOptions) => featurize(smiles, options, terminal));
  },
};

async function featurize(smiles: readonly string[], options: FeaturizeOptions, terminal: Terminal): Promise<void> {
  const { fasta, mol } = options;
  if ((smiles.length > 0 ? 1 : 0) + (fasta === undefined ? 0 : 1) + (mol === undefined ? 0 : 1) !== 1) {
    throw new BiogptError("input/featurize", {
      what: smiles.length === 0 ? "There is nothing to featurize." : "SMILES and a file were both given.",
      fix: "Give SMILES, or a file with --fasta or --mol.",
      kind: "usage",
    });
  }
  if (fasta !== undefined) return featurizeProteins(await readTextFile(fasta), fasta, options.json, terminal);
  return featurizeMolecules(mol === undefined ? smiles : await smilesOfFile(mol), options.json, terminal);
}

async function smilesOfFile(path: string): Promise<string[]> {
  const { molRecords, smilesOfMolBlock } = await import("../../molecules/index.ts");
  const text = await readTextFile(path);
  const found: string[] = [];
  for (const { block } of molRecords(text)) found.push(await smilesOfMolBlock(block));
  return found;
}

/** One after the other: what is wrong with the third stops there, and the first two have been shown. */
async function featurizeMolecules(smiles: readonly string[], json: boolean, terminal: Terminal): Promise<void> {
  const { molecularGraph } = await import("../../molecules/index.ts");
  for (const text of smiles) {
    throwIfAborted(terminal.signal);
    const graph = await molecularGraph(text);
    if (json) await terminal.writeLine(JSON.stringify(graphJson(graph)));
    else await showGraph(graph, terminal);
  }
}

function graphJson(graph: MolecularGraph): object {
  return {
    smiles: graph.smiles,
    atoms: Array.from(graph.atomTypes, (type, i) => [type, graph.chiralities[i]]),
    bonds: Array.from(graph.bondBegins, (begin, i) => [
      begin,
      graph.bondEnds[i],
      graph.bondTypes[i],
      graph.bondDirections[i],
    ]),
    notes: graph.notes,
  };
}

async function showGraph(graph: MolecularGraph, terminal: Terminal): Promise<void> {
  const { ELEMENT_SYMBOLS } = await import("../../molecules/index.ts");
  const { smiles, atomTypes, chiralities, bondBegins, bondEnds, bondTypes, bondDirections, notes } = graph;
  await terminal.writeLine(`${smiles}: ${atomTypes.length} atoms, ${bondBegins.length} bonds`);
  for (const [i, type] of atomTypes.entries()) {
    const chirality = ["", "  clockwise", "  counter-clockwise"][chiralities[i]!]!;
    await terminal.writeLine(`  atom ${i}  ${ELEMENT_SYMBOLS[type]}${chirality}`);
  }
  for (const [i, begin] of bondBegins.entries()) {
    const type = ["single", "double", "triple", "aromatic"][bondTypes[i]!]!;
    const direction = ["", "  up", "  down"][bondDirections[i]!]!;
    await terminal.writeLine(`  bond ${begin}-${bondEnds[i]}  ${type}${direction}`);
  }
  for (const note of notes) terminal.note(note);
}

async function featurizeProteins(text: string, path: string, json: boolean, terminal: Terminal): Promise<void> {
  const { readProteins } = await import("../../molecules/index.ts");
  const { ResidueTokenizer } = await import("../../tokenizers/residues/residue-tokenizer.ts");
  const tokenizer = new ResidueTokenizer();
  for (const { name, sequence, notes } of readProteins(text, path)) {
    throwIfAborted(terminal.signal);
    const used = Math.min(sequence.length, ENCODED_RESIDUES);
    const ids = [tokenizer.beginId, ...tokenizer.encode(sequence.slice(0, used)), tokenizer.endId];
    const told = [...notes];
    if (used < sequence.length)
      told.push(`Residues 1 to ${used} of ${sequence.length} are encoded; the rest is not read.`);
    if (json) {
      await terminal.writeLine(JSON.stringify({ name, residues: sequence.length, used, ids, notes: told }));
    } else {
      await terminal.writeLine(`${name === "" ? "protein" : name}: ${sequence.length} residues, ${ids.length} ids`);
      await terminal.writeLine(`  ${ids.join(" ")}`);
      for (const note of told) terminal.note(note);
    }
  }
}

async function readTextFile(path: string): Promise<string> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BiogptError("input/no-file", {
      what: `${path} cannot be read: ${cause.code === "ENOENT" ? "there is no such file" : cause.message}.`,
      fix: "Check the path.",
      kind: "not-found",
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES) {
      throw new BiogptError("input/too-large", {
        what: `${path} has ${size} bytes; at most ${MAX_FILE_BYTES} are read.`,
        fix: "Name a file with the molecules or proteins to look at.",
      });
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
