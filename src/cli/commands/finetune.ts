/** `biogpt finetune`: teaches a model a task from examples of what it reads and what it should write. */
import { Option } from "commander";
import type { FineTuneOptions } from "../../workflows/training/fine-tuning-request.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addFineTuningOptions, settingOverrides } from "../setting-options.ts";
import { showTraining } from "../training-output.ts";

type Flags = Omit<FineTuneOptions, "task" | "settings"> & { readonly json?: boolean };

export const finetuneCommand: CommandModule = {
  examples: [
    "biogpt finetune bc5cdr --data bc5cdr --model biogpt-mini --recipe small --out run",
    "biogpt finetune relations --schema schema.json --data documents.jsonl --model biogpt-mini --out run",
  ],
  register(program, terminal) {
    const command = program
      .command("finetune")
      .summary("fine-tune a model, resumable")
      .description(
        'Fine-tune a model on JSON Lines of {"source", "target"}, on an imported task by the paper\'s recipe for it, or on relations\n' +
          "of your own (a schema, and documents with their relations; by DDI's recipe);\n" +
          "on Ctrl-C a checkpoint is written, from which --resume goes on.",
      )
      .argument(
        "[task]",
        "bc5cdr, ddi, kd-dti, hoc or pubmedqa: take its recipe, and its import as --data; or relations",
      )
      .option("--model <name|folder>", "model to start from")
      .option("--data <file|folder>", "examples to learn, or the folder of a task that `data import` wrote")
      .option(
        "--valid <file>",
        "examples to evaluate on (default: the task folder's); without any there is no best checkpoint",
      )
      .requiredOption("--out <folder>", "run folder: settings, log, loss curve, checkpoints; usable with --model")
      .option(
        "--config <file|recipe>",
        "settings: a JSON file, which wins over the recipe of a task named before it; or, without such a task, the name of a recipe",
      )
      .addOption(
        new Option(
          "--recipe <family>",
          "with a task: the paper's recipe, or ours for small models such as biogpt-mini (default: paper)",
        ).choices(["paper", "small"]),
      )
      .option("--schema <file>", "with relations: JSON that names their kinds of arguments and labels")
      .option(
        "--skip-unanchored",
        "with relations: leave out those whose arguments are not in the text, and count them",
      )
      .option("--resume", "go on with the run in --out; nothing else need be given")
      .addOption(new Option("--device <name>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"))
      .option("--threads <n>", "threads to compute with (default: physical cores)", wholeNumber({ min: 1 }))
      .optionsGroup("Settings, which win over the recipe and over --config:");
    addFineTuningOptions(command)
      .option("--json", "print the result as JSON")
      .action(async (task: string | undefined, { json = false, ...flags }: Flags) => {
        const { finetune } = await import("../../workflows/training/finetune.ts");
        const settings = settingOverrides(flags);
        await showTraining(terminal, { json }, (context) => finetune({ ...flags, task, settings }, context));
      });
  },
};
