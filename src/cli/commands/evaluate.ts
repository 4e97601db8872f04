/** `biogpt evaluate`: a task's official scores, beside the paper's. */
import type { Command } from "commander";
import { commandLine } from "../command-line.ts";
import type { CommandModule } from "../define.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { expectEffect, noEffect, usageError } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag, list, number, required, SHARE, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  ...DEVICE_OPTIONS,
  data: required(
    list(
      "path",
      "what `biogpt data import` wrote, or the raw corpus; relations: your documents; entities: files of PubTator, BioC, BRAT or IOB, or " +
        "corpora by name and split (BC5CDR:test)",
    ),
  ),
  corpora: text("folder", "entities: where corpora lie that are named by name and split"),
  model: text("name|folder", "answer with a fine-tuned model: embedded, folder, or Hugging Face name"),
  decoding: choice(
    "how",
    "with --model: greedy as published, beam search, grounded, where arguments can only be stretches of the source, ranked, which keeps the " +
      "likeliest single relations of that kind, or labels, which chooses PubMedQA's and HoC's answers by likelihood, also with a base model " +
      "(default: greedy; for relations of your own what extract does)",
    ["greedy", "beam", "grounded", "ranked", "labels"],
  ),
  threshold: number(
    "p",
    "with ranked and grounded: keep statements of this probability, calibrated where the model's folder has a map (default: what the folder " +
      "says, else half of the best one's in ranked, all in grounded)",
    SHARE,
  ),
  thresholds: text(
    "file",
    "with ranked, grounded, or HoC with labels: keep what reaches the thresholds of this file, as learnt; PubMedQA with labels: what its " +
      "likelihoods mean (default: what the model's folder says, but for HoC)",
  ),
  learnThresholds: text(
    "file",
    "the same: learn them on validation, for relations what a probability means too; write them there, beside what it has of other " +
      "decodings or settings, and use them",
  ),
  learnOn: choice(
    "splits",
    "with --learn-thresholds: other examples than validation, right for a model that was not trained on them (default: valid)",
    ["valid", "train", "both"],
  ),
  report: text("file", "write an HTML page: scores, curves, errors with their sources, and the run's settings"),
  beams: count(
    "n",
    "with --model: hypotheses of beam, grounded or ranked search (default: 5 for beam, 16 for ranked, else 1)",
    { min: 1, max: 64 },
  ),
  maxNewTokens: count("n", "with --model: most tokens of an answer (default: 375)", { min: 1, max: 2048 }),
  batch: count(
    "n",
    "with --model: documents in work at once (default: 8; 16 for HoC with labels; fewer in ranked, whose beams share the memory)",
    { min: 1, max: 64 },
  ),
  offline: flag("with --model: never use the network"),
  gold: flag("answer with the gold targets"),
  baseline: text("name", "answer trivially: always-empty, always-yes or copy-all-pairs"),
  split: choice("split", "which examples", ["train", "valid", "test"], "test"),
  subset: choice(
    "subset",
    "KD-DTI: all documents, or those whose gold has no DrugBank id in place of a name (default: named, if there are any)",
    ["all", "named"],
  ),
  limit: count("n", "the first n documents alone, for a trial (default: all)", { min: 1 }),
  lookup: choice(
    "lookup",
    "BC5CDR: strings to ids as published, or in the document's own mentions and blind to spacing (default: published)",
    ["published", "lossless"],
  ),
  tokenizer: text(
    "folder",
    "with --gold: the vocabulary to go through (default: Moses alone, which is the same unless a piece is unknown)",
  ),
  format: text("format", "raw corpus: which files to read"),
  template: text("form", "raw corpus: target form"),
  schema: text("file", "relations: their schema (default: the model's own)"),
  skipUnanchored: flag("relations: leave out those whose arguments are not in the text, and count them"),
  setting: choice("setting", "raw PubMedQA: its setting", ["reasoning-required", "reasoning-free"]),
  draws: count("n", "bootstrap draws of the confidence interval; 0 leaves it out", { max: 100_000 }, 1000),
  seed: count("n", "seed of the bootstrap", {}, 1),
  json: flag("one JSON object, documented in docs/formats"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const evaluateCommand: CommandModule = {
  examples: [
    "biogpt evaluate bc5cdr --data bc5cdr --model biogpt-mini-bc5cdr --decoding ranked",
    "biogpt evaluate entities --data test.pubtator --model tagger",
    "biogpt evaluate ddi --data ddi --model run-ddi --report report.html",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("evaluate"), OPTIONS);
    command
      .summary("official scores of a task")
      .description(
        "Scores answers to a task (bc5cdr, ddi, kd-dti, hoc, pubmedqa) as its official scorer does, beside the paper's numbers.\n" +
          "Or a model's answers to relations of your own by hard match (relations: precision, recall, F1), or the names that a tagger finds\n" +
          "(entities: exact document, place and type).\n" +
          "--gold sends the gold targets through tokenizer, detokenizer and post-processing: the most that any model can reach.",
      )
      .argument("<task>", "bc5cdr, ddi, kd-dti, hoc, pubmedqa, relations, or entities")
      .action((task: string, flags: Flags) =>
        task === "entities" ? runEntities(flags, command, terminal) : run(task, flags, terminal),
      );
  },
};

async function run(name: string, { json, data, corpora, ...given }: Flags, terminal: Terminal): Promise<void> {
  const { isOwn } = await import("../../workflows/evaluation/options.ts");
  const { ownRelationsTable, taskTable } = await import("../../evaluation/report/score-tables.ts");
  if (data.length > 1) throw noEffect("Only entities are scored on several files.");
  if (corpora !== undefined) throw noEffect("--corpora has no effect without entities.");
  const options = { ...given, data: data[0]!, command: commandLine() };
  const context = terminalContext(terminal);
  const { model } = given;
  if (isOwn(name) && model !== undefined) {
    const { evaluateOwnRelations } = await import("../../workflows/evaluation/own-relations.ts");
    const report = await evaluateOwnRelations({ ...options, model }, context);
    return writeResult(terminal, json, report, () => ownRelationsTable(report));
  }
  const { evaluate } = await import("../../workflows/evaluation/evaluate.ts");
  const result = await evaluate(name, options, context);
  const { evaluatedTask } = await import("../../evaluation/registry.ts");
  await writeResult(terminal, json, result, () => taskTable(result, evaluatedTask(result.task), result.aboveTrivial));
}

/** Options of the command that entities listen to. */
const ENTITY_OPTIONS = ["data", "corpora", "model", "limit", "draws", "dtype", "device", "threads", "json"];

async function runEntities(flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { evaluateTagger } = await import("../../workflows/evaluate-tagger.ts");
  const { entityTable } = await import("../../evaluation/report/score-tables.ts");
  expectEffect(command, flags, ENTITY_OPTIONS, "entities");
  const { data, corpora, model, limit, draws, dtype: precision, device, threads, json } = flags;
  if (model === undefined) throw usageError("Scoring entities needs --model.", "Name a tagger.");
  const options = { data, corpora, model, limit, draws, precision, device, threads };
  const evaluation = await evaluateTagger(options, terminalContext(terminal));
  await writeResult(terminal, json, evaluation, () => evaluation.parts.flatMap(entityTable));
}
