/** `biogpt featurize`: a molecule's graph, or a protein's ids, as the encoders of BioMedGPT-10B see them. */
import type { CommandModule } from "../define.ts";
import { addOptions, type FlagsOf, flag, text } from "../options.ts";

const OPTIONS = {
  fasta: text("file", "proteins: FASTA, UniProt text or bare residues"),
  mol: text("file", "molecules: a MOL or SD file"),
  json: flag("one JSON object a line"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const featurizeCommand: CommandModule = {
  examples: ["biogpt featurize 'CC(=O)Oc1ccccc1C(=O)O' --json", "biogpt featurize --fasta proteins.fasta"],
  register(program, terminal) {
    addOptions(program.command("featurize"), OPTIONS)
      .summary("what the encoders see of a molecule or protein")
      .description(
        "Show the graph of each SMILES (atoms, bonds and their numbers in the encoder's tables), or the residue ids of each\n" +
          "protein, as BioMedGPT's encoders get them.",
      )
      .argument("[smiles...]", "molecules; in quotes, since shells have their own use for ( and \\")
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
