/** `biogpt evaluate`: a task's official scores, beside the paper's. */
import type { Command } from "commander";
import { commandLine } from "../command-line.ts";
import type { CommandModule } from "../define.ts";
import { DESCRIBED_OPTIONS, runDescribed } from "../described-scores.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { expectEffect, noEffect, usageError } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag, list, names, number, SHARE, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";
import { isOwnTask, runOwnTask } from "./evaluate-own.ts";

const OPTIONS = {
  ...DEVICE_OPTIONS,
  data: list(
    "path",
    "what `biogpt data import` wrote, or the raw corpus; relations: your documents; entities: files of PubTator, BioC, BRAT or IOB, or " +
      "corpora by name and split (BC5CDR:test); classification: files of texts and labels; answers: a file of questions; descriptions: questions with answers",
  ),
  corpora: text("folder", "entities: where corpora lie that are named by name and split"),
  model: text("name|folder", "answer with a fine-tuned model: embedded, folder, or Hugging Face name"),
  decoding: choice(
    "how",
    "with --model: greedy as published, beam search, grounded, where arguments can only be stretches of the source, ranked, which keeps the " +
      "likeliest single relations of that kind, or labels, which chooses PubMedQA's and HoC's answers by likelihood, also with a base model " +
      "(default: greedy; for relations of your own what extract does)",
    ["pairs", "greedy", "beam", "grounded", "ranked", "labels"],
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
      "decodings or settings, and use them; entities: what probabilities mean, on --data",
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
  outputs: list(
    "files",
    "wild: what extract wrote of the files (JSON Lines), of one version or two (default: it is extracted now)",
  ),
  sheet: text("file", "wild: write a sheet to judge there, .tsv or .html, and its key beside it"),
  planted: text("file", 'wild: lines as extract writes them with "right": true or false, shuffled into the sheet'),
  sample: count("n", "wild: most lines of each scheme and version in the sheet (default: all)", { min: 1 }),
  judged: text("file", "wild: a sheet that was judged, whose key lies beside it"),
  scheme: names("names", "wild: what to extract (default: chemical-disease, drug-drug, drug-target)"),
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
  ...DESCRIBED_OPTIONS,
  json: flag("one JSON object, documented in docs/formats"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const evaluateCommand: CommandModule = {
  examples: [
    "biogpt evaluate bc5cdr --data bc5cdr --model biogpt-mini-reader --decoding pairs",
    "biogpt evaluate entities --data test.pubtator --model tagger",
    "biogpt evaluate ddi --data ddi --model run-ddi --report report.html",
    "biogpt evaluate chebi20 --predictions outputs.tsv --train train.txt --json",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("evaluate"), OPTIONS);
    command
      .summary("official scores of a task")
      .description(
        "Scores answers to a task (bc5cdr, ddi, kd-dti, hoc, pubmedqa) as its official scorer does, beside the paper's numbers.\n" +
          "Or a model's answers to relations of your own by hard match (relations: precision, recall, F1), or the names that a tagger finds\n" +
          "(entities: exact document, place and type), the labels of a classifier of your own (classification), short questions (answers),\n" +
          "what is printed on documents without labels, with a sheet to judge (wild), or texts about molecules and proteins beside their nearest\n" +
          "neighbours' (chebi20, pubchemqa, uniprotqa: BLEU, ROUGE and METEOR in three variants, and the things that are named).\n" +
          "--gold sends the gold targets through tokenizer, detokenizer and post-processing: the most that any model can reach.",
      )
      .argument(
        "<task>",
        "bc5cdr, ddi, kd-dti, hoc, pubmedqa, relations, entities, classification, answers, wild, chebi20, pubchemqa, or uniprotqa",
      )
      .argument("[files...]", "wild: documents without labels")
      .action(async (task: string, files: string[], flags: Flags) => {
        if (task !== "wild" && files.length > 0)
          throw noEffect(`Files have no effect with ${task}.`, "Name them by --data.");
        const { isDescribedSet } = await import("../../evaluation/described/described-sets.ts");
        if (isDescribedSet(task)) return runDescribed(task, flags, command, terminal);
        return isOwnTask(task)
          ? runOwnTask(task, files, flags, command, terminal)
          : run(task, flags, command, terminal);
      });
  },
};

/** Options that tasks of the paper do not hear. */
const ALONE: readonly string[] = ["corpora", "outputs", "sheet", "planted", "sample", "judged", "scheme"];

async function run(name: string, flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const listened = Object.keys(OPTIONS).filter((option) => !ALONE.includes(option) && !(option in DESCRIBED_OPTIONS));
  expectEffect(command, flags, listened, name);
  const { json, data, corpora, outputs, sheet, planted, sample, judged, scheme, ...others } = flags;
  const { predictions, train, sequences, wordPieces, save, ...given } = others;
  if (data === undefined) throw usageError(`Scoring ${name} needs --data.`, "Name the data.");
  const { isOwn } = await import("../../workflows/evaluation/options.ts");
  const { ownRelationsTable, taskTable } = await import("../../evaluation/report/score-tables.ts");
  if (data.length > 1) throw noEffect("Only entities and classification are scored on several files.");
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
