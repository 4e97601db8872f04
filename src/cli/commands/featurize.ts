/** `biogpt featurize`: a molecule's graph, or a protein's ids, as the encoders of BioMedGPT-10B see them. */
import type { CommandModule } from "../define.ts";

interface Flags {
  readonly fasta?: string;
  readonly mol?: string;
  readonly json: boolean;
}

export const featurizeCommand: CommandModule = {
  examples: ["biogpt featurize 'CC(=O)Oc1ccccc1C(=O)O' --json", "biogpt featurize --fasta proteins.fasta"],
  register(program, terminal): void {
    program
      .command("featurize")
      .summary("what the encoders see of a molecule or protein")
      .description(
        "Show the graph of each SMILES (atoms, bonds and their numbers in the encoder's tables), or the residue ids of each\n" +
          "protein, as BioMedGPT's encoders get them.",
      )
      .argument("[smiles...]", "molecules; in quotes, since shells have their own use for ( and \\")
      .option("--fasta <file>", "proteins: FASTA, UniProt text or bare residues")
      .option("--mol <file>", "molecules: a MOL or SD file")
      .option("--json", "one JSON object a line", false)
      .action(async (smiles: string[], { fasta, mol, json }: Flags) => {
        const { featurize } = await import("../../workflows/featurize.ts");
        const { signal } = terminal;
        for await (const { features, lines } of featurize({ smiles, fasta, mol, signal })) {
          await terminal.write(`${json ? JSON.stringify(features) : lines.join("\n")}\n`);
          if (!json) for (const note of features.notes) terminal.note(note);
        }
      });
  },
};
