/** `biogpt finetune`: teaches a model a task from examples of what it reads and what it should write. */
import { type Command, Option } from "commander";
import type { FineTuneOptions } from "../../workflows/training/fine-tuning-request.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { expectEffect, noEffect } from "../no-effect.ts";
import { addFineTuningOptions, nameList, settingOverrides } from "../setting-options.ts";
import type { Terminal } from "../terminal.ts";
import { showTraining } from "../training-output.ts";

interface Flags extends Omit<FineTuneOptions, "task" | "settings" | "data" | "valid"> {
  readonly data?: readonly string[];
  readonly valid?: readonly string[];
  readonly without?: readonly string[];
  readonly corpora?: string;
  readonly types?: readonly string[];
  readonly json?: boolean;
}

export const finetuneCommand: CommandModule = {
  examples: [
    "biogpt finetune bc5cdr --data bc5cdr --model biogpt-mini --recipe small --out run",
    "biogpt finetune entities --data train.pubtator --valid dev.pubtator --model biogpt-mini --out run",
    "biogpt finetune relations --schema schema.json --data documents.jsonl --model biogpt-mini --out run",
  ],
  register(program, terminal) {
    const command = program
      .command("finetune")
      .summary("fine-tune a model, resumable")
      .description(
        'Fine-tune a model on JSON Lines of {"source", "target"}, on an imported task by the paper\'s recipe for it, or on relations\n' +
          "of your own (a schema, and documents with their relations; by DDI's recipe); or to find names (entities: PubTator, BioC, BRAT or\n" +
          "IOB files, or corpora by name and split as BC5CDR:train);\n" +
          "on Ctrl-C a checkpoint is written, from which --resume goes on.",
      )
      .argument(
        "[task]",
        "bc5cdr, ddi, kd-dti, hoc or pubmedqa: take its recipe, and its import as --data; or relations, or entities",
      )
      .option("--model <name|folder>", "model to start from")
      .option(
        "--data <files|folder...>",
        "examples to learn, or the folder of a task that `data import` wrote; entities: one or more files",
      )
      .option(
        "--valid <files...>",
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
      .option("--types <names>", "with entities: what names are found (default: all that the data mark)", nameList)
      .option("--without <files...>", "with entities: what will be scored later; its documents are not learnt")
      .option("--corpora <folder>", "with entities: where corpora lie that are named by name and split")
      .option("--resume", "go on with the run in --out; nothing else need be given")
      .addOption(new Option("--device <name>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"))
      .option("--threads <n>", "threads to compute with (default: physical cores)", wholeNumber({ min: 1 }))
      .optionsGroup("Settings, which win over the recipe and over --config:");
    addFineTuningOptions(command)
      .option("--json", "print the result as JSON")
      .action((task: string | undefined, flags: Flags) =>
        task === "entities" ? runEntities(flags, command, terminal) : runTask(task, flags, terminal),
      );
  },
};

async function runTask(
  task: string | undefined,
  { json = false, data, valid, without, corpora, types, ...flags }: Flags,
  terminal: Terminal,
): Promise<void> {
  const { finetune } = await import("../../workflows/training/finetune.ts");
  const alone = Object.entries({ without, corpora, types }).find(([, value]) => value !== undefined)?.[0];
  if (alone !== undefined) throw await noEffect(`--${alone} has no effect without entities.`);
  if ((data?.length ?? 0) > 1 || (valid?.length ?? 0) > 1)
    throw await noEffect("Only entities are learnt from several files.");
  const settings = settingOverrides(flags);
  const files = { data: data?.[0], valid: valid?.[0] };
  await showTraining(terminal, { json }, (context) => finetune({ ...flags, ...files, task, settings }, context));
}

/** Options of the command that entities listen to, besides settings. */
const ENTITY_OPTIONS = [
  "model",
  "data",
  "valid",
  "without",
  "corpora",
  "types",
  "out",
  "resume",
  "device",
  "threads",
  "config",
  "json",
];

async function runEntities(flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { finetuneEntities } = await import("../../workflows/training/finetune-entities.ts");
  const settings = settingOverrides({ ...flags });
  await expectEffect(command, flags, [...ENTITY_OPTIONS, ...Object.keys(settings)], "entities");
  const { model, data, out, config, valid, without, corpora, types, resume, device, threads } = flags;
  if (model === undefined || data === undefined) {
    const { BiogptError } = await import("../../base/errors.ts");
    throw new BiogptError("cli/usage", {
      what: `Fine-tuning for entities needs ${model === undefined ? "--model" : "--data"}.`,
      fix: "Name a model to start from, and files to learn from.",
      kind: "usage",
    });
  }
  const options = { model, data, out, config, valid, without, corpora, types, resume, device, threads };
  await showTraining(terminal, { json: flags.json ?? false }, (context) =>
    finetuneEntities({ ...options, settings }, context),
  );
}
