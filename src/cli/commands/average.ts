/** `biogpt average`: several fine-tuned models as one. */
import type { CommandModule } from "../define.ts";
import { addOptions, choice, type FlagsOf, flag, required, text } from "../options.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  out: required(text("folder", "folder to write, new or empty")),
  weights: choice("type", "how weights are stored", ["float32", "float16"], "float32"),
  json: flag("print the result as JSON"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const averageCommand: CommandModule = {
  examples: [
    "biogpt average run-1 run-2 run-3 --out averaged",
    "biogpt average runs/seed-* --out averaged --weights float16 --json",
  ],
  register(program, terminal) {
    addOptions(program.command("average"), OPTIONS)
      .summary("the mean of models fine-tuned from the same base, as one model")
      .description(
        "Writes a model whose weights are the mean of others': of the same base, fine-tuned with other seeds or on other draws of the\n" +
          "data. It is often better than each of them, and runs as fast as one.",
      )
      .argument("<model...>", "folders, or names of embedded or downloaded models; two or more")
      .action(async (models: string[], { json, ...flags }: Flags) => {
        const { average } = await import("../../workflows/average.ts");
        const result = await average({ models, ...flags }, terminalContext(terminal));
        if (json === true) await terminal.writeLine(JSON.stringify(result));
        else terminal.note(`Wrote ${result.out}, the mean of ${result.models} models.`);
      });
  },
};
