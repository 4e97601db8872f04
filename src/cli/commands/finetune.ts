/** `biogpt finetune`: teaches a model a task from examples of what it reads and what it should write. */
import type { Command } from "commander";
import type { CommandModule } from "../define.ts";
import { expectEffect, noEffect, usageError } from "../no-effect.ts";
import { addOptions, choice, chosen, count, type FlagsOf, flag, list, names, required, text } from "../options.ts";
import { addFineTuningOptions, settingOverrides } from "../setting-options.ts";
import type { Terminal } from "../terminal.ts";
import { showTraining } from "../training-output.ts";

const BASIC = {
  model: text("name|folder", "model to start from"),
  data: list(
    "files|folder",
    "examples to learn, or the folder of a task that `data import` wrote; entities, classification: one or more files",
  ),
  valid: list("files", "examples to evaluate on (default: the task folder's); without any there is no best checkpoint"),
  out: required(text("folder", "run folder: settings, log, loss curve, checkpoints; usable with --model")),
  config: text(
    "file|recipe",
    "settings: a JSON file, which wins over the recipe of a task named before it; or, without such a task, the name of a recipe",
  ),
  resume: flag("go on with the run in --out; nothing else need be given"),
  device: choice("name", "where to compute", ["cpu", "webgpu"], "cpu"),
  threads: count("n", "threads to compute with (default: physical cores)", { min: 1 }),
  json: flag("print the result as JSON"),
};
const OF_NAMES = {
  types: names("names", "with entities, relations: what names are found (default: all that the data mark)"),
  without: list("files", "with entities, relations: what will be scored later; its documents are not learnt"),
  corpora: text("folder", "with entities, relations: where corpora lie that are named by name and split"),
};
const OF_RELATIONS = {
  ...OF_NAMES,
  schema: text("file", "with relations: JSON that names their kinds of arguments and labels"),
  silver: list(
    "files",
    "with relations between marked names: documents whose names a tagger found (`biogpt entities --format pubtator`), of which pairs are " +
      "learnt, and words are not",
  ),
  scheme: names("names", "with relations between marked names: which of the package's schemes (default: all)"),
};
const OPTIONS = {
  ...BASIC,
  ...OF_RELATIONS,
  recipe: choice(
    "family",
    "with a task: the paper's recipe, or ours for small models such as biogpt-mini (default: paper)",
    ["paper", "small"],
  ),
  skipUnanchored: flag("with relations: leave out those whose arguments are not in the text, and count them"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const finetuneCommand: CommandModule = {
  examples: [
    "biogpt finetune bc5cdr --data bc5cdr --model biogpt-mini --recipe small --out run",
    "biogpt finetune entities --data train.pubtator --valid dev.pubtator --model biogpt-mini --out run",
    "biogpt finetune classification --data train.csv --valid dev.csv --model biogpt-mini --out run",
    "biogpt finetune molecules --data pairs.jsonl --model biogpt-mini --out run",
    "biogpt finetune relations --schema schema.json --data documents.jsonl --model biogpt-mini --out run",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("finetune"), OPTIONS)
      .summary("fine-tune a model, resumable")
      .description(
        'Fine-tune a model on JSON Lines of {"source", "target"}, on an imported task by the paper\'s recipe for it, or on relations\n' +
          "of your own (a schema, and JSON Lines of documents with their relations; by DDI's recipe); or to find names (entities: PubTator,\n" +
          "BioC, BRAT or IOB files, or corpora by name and split as BC5CDR:train), or relations between names (relations, and PubTator files\n" +
          "or corpora that mark both), or to label texts (classification: JSON Lines, CSV or TSV of text and label),\n" +
          'or to answer questions about molecules (molecules: JSON Lines of {"smiles", "question", "answer"}; --config has settings of its own);\n' +
          "on Ctrl-C a checkpoint is written, from which --resume goes on.",
      )
      .argument(
        "[task]",
        "bc5cdr, ddi, kd-dti, hoc or pubmedqa: take its recipe, and its import as --data; or relations, entities, classification or molecules",
      )
      .optionsGroup("Settings, which win over the recipe and over --config:");
    addFineTuningOptions(command).action((task: string | undefined, flags: Flags) => {
      const goesOn = flags.resume === true && flags.data === undefined && flags.model === undefined;
      if (goesOn) return runTask(task, flags, terminal);
      if (task === "molecules") return runMolecules(flags, command, terminal);
      if (task === "entities" || task === "classification") return runHead(task, flags, command, terminal);
      const isWritten = flags.data === undefined || flags.data.every((path) => /\.jsonl(\.gz)?$/.test(path));
      if (task === "relations" && !isWritten) return runHead("relations", flags, command, terminal);
      return runTask(task, flags, terminal);
    });
  },
};

async function runTask(
  task: string | undefined,
  { json, data, valid, scheme, silver, ...given }: Flags,
  terminal: Terminal,
) {
  const { finetune } = await import("../../workflows/training/finetune.ts");
  const alone = Object.entries({ ...chosen(given, OF_NAMES), scheme, silver }).find(
    ([, value]) => value !== undefined,
  )?.[0];
  if (alone !== undefined)
    throw noEffect(`--${alone} has no effect without entities, or relations between marked names.`);
  if ((data?.length ?? 0) > 1 || (valid?.length ?? 0) > 1)
    throw noEffect("Only entities, classification, and relations between marked names are learnt from several files.");
  const options = { ...given, data: data?.[0], valid: valid?.[0], task, settings: settingOverrides(given) };
  await showTraining(terminal, json, (context) => finetune(options, context));
}

/** A model that gets a head: classes of words, of whole texts, or of words and pairs of names. */
async function runHead(
  task: "entities" | "relations" | "classification",
  flags: Flags,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const settings = settingOverrides(flags);
  const own = { entities: OF_NAMES, relations: OF_RELATIONS, classification: {} }[task];
  expectEffect(command, flags, Object.keys({ ...BASIC, ...own, ...settings }), task);
  const { json, model, data, ...given } = { ...chosen(flags, BASIC), ...chosen(flags, own) };
  if (model === undefined || data === undefined) {
    const what = `Fine-tuning for ${task} needs ${model === undefined ? "--model" : "--data"}.`;
    throw usageError(what, "Name a model to start from, and files to learn from.");
  }
  const options = { ...given, model, data, settings };
  const { finetuneClassification } = await import("../../workflows/training/finetune-classification.ts");
  const { finetuneEntities } = await import("../../workflows/training/finetune-entities.ts");
  const { finetuneRelations } = await import("../../workflows/training/finetune-relations.ts");
  const { schema, scheme: schemes, silver } = chosen(flags, OF_RELATIONS);
  await showTraining(terminal, json, (context) => {
    if (task === "classification") return finetuneClassification(options, context);
    if (task === "entities") return finetuneEntities(options, context);
    return finetuneRelations({ ...options, schema, schemes, silver }, context);
  });
}

async function runMolecules(flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { finetuneMolecules } = await import("../../workflows/training/finetune-molecules.ts");
  const settings = settingOverrides(flags);
  expectEffect(command, flags, Object.keys({ ...BASIC, ...settings }), "molecules");
  const { json, model, data = [], valid = [], ...given } = chosen(flags, BASIC);
  const files = { data: data[0], valid: valid[0] };
  if (model === undefined || files.data === undefined || data.length > 1 || valid.length > 1) {
    const what = `Learning about molecules needs ${model === undefined ? "--model" : "one file with --data, and at most one with --valid"}.`;
    throw usageError(what, "Name a model to start from, and a file of JSON Lines.");
  }
  const options = { ...given, model, data: files.data, valid: files.valid, settings };
  await showTraining(terminal, json, (context) => finetuneMolecules(options, context));
}
