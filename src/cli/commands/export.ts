/** `biogpt export`: a knowledge graph in the formats of the field. */
import { EXPORT_FORMATS } from "../../knowledge-graph/export/format-names.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, type FlagsOf, number, required, SHARE, text } from "../options.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  format: required(choice("format", "to write", EXPORT_FORMATS)),
  out: required(text("folder", "to write into")),
  threshold: number("p", "leave out relations under this probability", SHARE, 0),
};

export const exportCommand: CommandModule = {
  examples: ["biogpt export kg --format kgx --out kgx", "biogpt export kg --format neo4j --threshold 0.5 --out neo4j"],
  register(program, terminal) {
    addOptions(program.command("export"), OPTIONS)
      .summary("write a knowledge graph in the formats of the field")
      .description(
        "Writes a graph that `biogpt mine` made: KGX (Biolink), Neo4j's import, Turtle, nanopublications, INDRA, Cytoscape CX2, GraphML, SIF,\n" +
          "tables (TSV, Parquet), or the documents with their annotations (BioC, PubTator).",
      )
      .argument("<graph>", "folder of the graph")
      .action(async (folder: string, { format, out, threshold }: FlagsOf<typeof OPTIONS>) => {
        const { exportFolder } = await import("../../workflows/mining/ask-graph.ts");
        await exportFolder(folder, format, out, { threshold }, terminalContext(terminal));
        terminal.note(`Wrote ${out}.`);
      });
  },
};
