/** Molecules and proteins as a prompt takes them: parsed, counted, and cut to what the encoders read, before anything is computed. */
import { BiogptError } from "../../base/errors.ts";
import { molecularGraph } from "../../molecules/chemistry.ts";
import type { MolecularGraph } from "../../molecules/molecular-graph.ts";
import { readProteins } from "../../molecules/proteins.ts";
import type { Attachment } from "../../tokenizers/chat/conversation.ts";
import type { ResidueTokenizer } from "../../tokenizers/residues/residue-tokenizer.ts";

/** What ESM-2 reads of a chain: 1,024 tokens, two of them the ends. */
export const ENCODED_RESIDUES = 1022;

interface Read {
  readonly attachment: Attachment;
  /** Positions of the language model that it takes. */
  readonly positions: number;
  /** What a user should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface ReadMolecule extends Read {
  readonly kind: "molecule";
  readonly graph: MolecularGraph;
  readonly smiles: string;
  readonly atoms: number;
}

export interface ReadProtein extends Read {
  readonly kind: "protein";
  /** `<cls>`, residues, `<eos>`. */
  readonly ids: readonly number[];
  /** Empty for bare residues. */
  readonly name: string;
  readonly residues: number;
  /** How many of them, from the first, the encoder reads: at most 1,022. */
  readonly used: number;
}

export type ReadAttachment = ReadMolecule | ReadProtein;

/** @throws BiogptError what molecules/ throws, `input/proteins` where the text has more proteins than one */
export async function readAttachment(attachment: Attachment, residues: ResidueTokenizer): Promise<ReadAttachment> {
  if (attachment.kind === "molecule") {
    const graph = await molecularGraph(attachment.text);
    const { smiles, notes, atomTypes } = graph;
    return { kind: "molecule", attachment, graph, smiles, atoms: atomTypes.length, positions: atomTypes.length, notes };
  }
  const [protein, ...others] = readProteins(attachment.text);
  if (others.length > 0) {
    throw new BiogptError("input/proteins", {
      what: `The text holds ${1 + others.length} proteins; one attachment is one.`,
      fix: "Attach one record of them.",
    });
  }
  const { name, sequence, notes } = protein!;
  const used = Math.min(sequence.length, ENCODED_RESIDUES);
  const ids = [residues.beginId, ...residues.encode(sequence.slice(0, used)), residues.endId];
  const cut = `Residues 1 to ${used} of ${sequence.length} are encoded; the rest is not read.`;
  return {
    ...{ kind: "protein", attachment, ids, name, residues: sequence.length, used, positions: ids.length },
    notes: used < sequence.length ? [...notes, cut] : notes,
  };
}
