/** `biogpt average`: several fine-tuned models as one. */
import { type Command, Option } from "commander";
import type { CommandModule } from "../define.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags {
  readonly out: string;
  readonly weights: "float32" | "float16";
  readonly json?: boolean;
}

export const averageCommand: CommandModule = {
  examples: [
    "biogpt average run-1 run-2 run-3 --out averaged",
    "biogpt average runs/seed-* --out averaged --weights float16 --json",
  ],
  register(program: Command, terminal: Terminal): void {
    program
      .command("average")
      .summary("the mean of models fine-tuned from the same base, as one model")
      .description(
        "Writes a model whose weights are the mean of others': of the same base, fine-tuned with other seeds or on other draws of the\n" +
          "data. It is often better than each of them, and runs as fast as one.",
      )
      .argument("<model...>", "folders, or names of embedded or downloaded models; two or more")
      .requiredOption("--out <folder>", "folder to write, new or empty")
      .addOption(
        new Option("--weights <type>", "how weights are stored").choices(["float32", "float16"]).default("float32"),
      )
      .option("--json", "print the result as JSON")
      .action(async (models: string[], { json, ...flags }: Flags) => {
        const { average } = await import("../../workflows/average.ts");
        const result = await average({ models, ...flags }, terminalContext(terminal));
        if (json === true) await terminal.writeLine(JSON.stringify(result));
        else terminal.note(`Wrote ${result.out}, the mean of ${result.models} models.`);
      });
  },
};
