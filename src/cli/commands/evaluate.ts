/** `biogpt evaluate`: a task's official scores, beside the paper's. */
import { type Command, Option } from "commander";
import type { Predict, TaskReport } from "../../evaluation/evaluate-task.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import type { Answerer } from "../evaluation/model-answers.ts";
import type { EvaluateFlags } from "../evaluation/options.ts";
import { addDeviceOptions } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";

export const evaluateCommand: CommandModule = {
  examples: [
    "biogpt evaluate bc5cdr --data bc5cdr --model biogpt-mini-bc5cdr --decoding ranked",
    "biogpt evaluate ddi --data ddi --model run-ddi --report report.html",
  ],
  register(program: Command, terminal: Terminal): void {
    addDeviceOptions(program.command("evaluate"))
      .summary("official scores of a task")
      .description(
        "Scores answers to a task (bc5cdr, ddi, kd-dti, hoc, pubmedqa) as its official scorer does, beside the paper's numbers.\n" +
          "Or a model's answers to relations of your own by hard match (relations: precision, recall, F1).\n" +
          "--gold sends the gold targets through tokenizer, detokenizer and post-processing: the most that any model can reach.",
      )
      .argument("<task>", "bc5cdr, ddi, kd-dti, hoc, pubmedqa, or relations")
      .requiredOption("--data <path>", "what `biogpt data import` wrote, or the raw corpus; relations: your documents")
      .option("--model <name|folder>", "answer with a fine-tuned model: embedded, folder, or Hugging Face name")
      .addOption(
        new Option(
          "--decoding <how>",
          "with --model: greedy as published, beam search, grounded, where arguments can only be stretches of the source, ranked, which keeps the " +
            "likeliest single statements of that kind, or labels, which chooses PubMedQA's and HoC's answers by likelihood, also with a base model " +
            "(default: greedy)",
        ).choices(["greedy", "beam", "grounded", "ranked", "labels"]),
      )
      .option(
        "--threshold <p>",
        "with ranked and grounded: keep statements of this probability, calibrated where the model's folder has a map (default: what the folder " +
          "says, else half of the best one's in ranked, all in grounded)",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option(
        "--thresholds <file>",
        "with ranked, grounded, or HoC with labels: keep what reaches the thresholds of this file, as learnt; PubMedQA with labels: what its " +
          "likelihoods mean (default: what the model's folder says, but for HoC)",
      )
      .option(
        "--learn-thresholds <file>",
        "the same: learn them on validation, for relations what a probability means too; write them there, beside what it has of other " +
          "decodings or settings, and use them",
      )
      .addOption(
        new Option(
          "--learn-on <splits>",
          "with --learn-thresholds: other examples than validation, right for a model that was not trained on them (default: valid)",
        ).choices(["valid", "train", "both"]),
      )
      .option(
        "--report <file>",
        "write an HTML page: scores, curves, errors with their sources, and the run's settings",
      )
      .option(
        "--beams <n>",
        "with --model: hypotheses of beam, grounded or ranked search (default: 5 for beam, 16 for ranked, else 1)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option(
        "--max-new-tokens <n>",
        "with --model: most tokens of an answer (default: 375)",
        wholeNumber({ min: 1, max: 2048 }),
      )
      .option(
        "--batch <n>",
        "with --model: documents in work at once (default: 8; 16 for HoC with labels; fewer in ranked, whose beams share the memory)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option("--offline", "with --model: never use the network")
      .option("--gold", "answer with the gold targets")
      .option("--baseline <name>", "answer trivially: always-empty, always-yes or copy-all-pairs")
      .addOption(new Option("--split <split>", "which examples").choices(["train", "valid", "test"]).default("test"))
      .addOption(
        new Option(
          "--subset <subset>",
          "KD-DTI: all documents, or those whose gold has no DrugBank id in place of a name (default: named, if there are any)",
        ).choices(["all", "named"]),
      )
      .option("--limit <n>", "the first n documents alone, for a trial (default: all)", wholeNumber({ min: 1 }))
      .addOption(
        new Option(
          "--lookup <lookup>",
          "BC5CDR: strings to ids as published, or in the document's own mentions and blind to spacing (default: published)",
        ).choices(["published", "lossless"]),
      )
      .option(
        "--tokenizer <folder>",
        "with --gold: the vocabulary to go through (default: Moses alone, which is the same unless a piece is unknown)",
      )
      .option("--format <format>", "raw corpus: which files to read")
      .option("--template <form>", "raw corpus: target form")
      .option("--schema <file>", "relations: their schema (default: the model's own)")
      .option("--skip-unanchored", "relations: leave out those whose arguments are not in the text, and count them")
      .addOption(
        new Option("--setting <setting>", "raw PubMedQA: its setting").choices([
          "reasoning-required",
          "reasoning-free",
        ]),
      )
      .option(
        "--draws <n>",
        "bootstrap draws of the confidence interval; 0 leaves it out",
        wholeNumber({ max: 100_000 }),
        1000,
      )
      .option("--seed <n>", "seed of the bootstrap", wholeNumber(), 1)
      .option("--json", "one JSON object, documented in docs/formats")
      .action((task: string, flags: EvaluateFlags) => run(task, flags, terminal));
  },
};

async function run(name: string, flags: EvaluateFlags, terminal: Terminal): Promise<void> {
  const { checkOptions, isOwn } = await import("../evaluation/options.ts");
  const { taskName } = await import("../../tasks/registry.ts");
  const { openTaskData } = await import("../../tasks/task-data.ts");
  const { evaluateTask } = await import("../../evaluation/evaluate-task.ts");
  const { format, template, setting, split, subset, limit, lookup, draws, seed } = flags;
  checkOptions(name, flags);
  if (isOwn(name)) {
    const { evaluateOwn } = await import("../evaluation/own-relations.ts");
    return evaluateOwn({ ...flags, model: flags.model! }, terminal);
  }
  const task = taskName(name);
  const data = openTaskData(task, flags.data, {
    ...(format === undefined ? {} : { format }),
    ...(template === undefined ? {} : { template }),
    ...(setting === undefined ? {} : { setting }),
  });
  const { signal, progress } = terminal;
  using answers = await answerer(flags, data, terminal);
  const evaluation = await evaluateTask(data, answers.predict, {
    split,
    decoding: answers.decoding,
    concurrency: flags.batch ?? answers.batch ?? DEFAULT_BATCH,
    bootstrap: { draws, seed },
    calibration: answers.calibration,
    signal,
    progress,
    ...(subset === undefined ? {} : { subset }),
    ...(limit === undefined ? {} : { limit }),
    ...(lookup === undefined ? {} : { lookup }),
  });
  const { report } = evaluation;
  const { trivialEvaluations, writeReport } = await import("../evaluation/report-file.ts");
  const { aboveTrivial: compare, gainText } = await import("../../evaluation/scorers/above-trivial.ts");
  const trivials =
    flags.model === undefined && flags.report === undefined ? [] : await trivialEvaluations(data, flags, signal);
  const aboveTrivial = flags.model === undefined ? null : compare(evaluation, trivials, { draws, seed });
  if (flags.report !== undefined) {
    const file = { data, evaluation, trivials, aboveTrivial, run: answers.run, bootstrap: { draws, seed } };
    await writeReport(flags.report, file);
    terminal.note(`Wrote ${flags.report}.`);
  }
  const { examine } = await import("../../evaluation/report/report-examples.ts");
  const { summarize } = await import("../../evaluation/report/report.ts");
  if (flags.json === true) {
    await terminal.writeLine(JSON.stringify({ ...report, aboveTrivial, ...summarize(examine(data, evaluation)) }));
  } else await terminal.write(table(report, aboveTrivial === null ? "" : `  ${gainText(aboveTrivial)}\n`));
}

const DEFAULT_BATCH = 8;

const nothingToDispose = { run: [], [Symbol.dispose]: () => {} };

async function answerer(flags: EvaluateFlags, data: TaskData, terminal: Terminal): Promise<Answerer> {
  if (flags.model !== undefined) {
    const { modelAnswerer } = await import("../evaluation/model-answers.ts");
    return modelAnswerer(flags.model, flags, data, terminal);
  }
  if (flags.baseline !== undefined) {
    const { baseline } = await import("../../evaluation/scorers/baselines.ts");
    return { predict: baseline(flags.baseline, data), decoding: flags.baseline, ...nothingToDispose };
  }
  return { predict: await goldPredictor(flags, terminal), decoding: "gold", ...nothingToDispose };
}

async function goldPredictor(flags: EvaluateFlags, terminal: Terminal): Promise<Predict> {
  const { mosesChain, tokenizerChain } = await import("../../evaluation/scorers/tokenizer-ceiling.ts");
  if (flags.tokenizer === undefined) return ({ target }) => mosesChain(target);
  const { openTokenizerFolder } = await import("../../pretrained/load/tokenizer-folder.ts");
  const tokenizer = await openTokenizerFolder(flags.tokenizer, { signal: terminal.signal });
  let said = false;
  const chain = tokenizerChain(tokenizer, (text) => {
    if (!said) terminal.note(`note: the vocabulary lacks pieces of some targets, the first: ${text.slice(0, 120)}`);
    said = true;
  });
  return ({ target }) => chain(target);
}

function table(report: TaskReport, above: string): string {
  const { task, split, setting, decoding, documents, failed, confidence, inventedArguments, paper, seconds } = report;
  const percent = (value: number | null | undefined): string =>
    typeof value === "number" ? (100 * value).toFixed(2) : "";
  const rows: [string, string, string][] = [
    ["precision", percent(report.precision), paper.precision?.toFixed(2) ?? ""],
    ["recall", percent(report.recall), paper.recall?.toFixed(2) ?? ""],
    [task === "bc5cdr" ? "F1 (micro)" : "F1 (mean of documents)", percent(report.f1), paper.f1?.toFixed(2) ?? ""],
    ["accuracy", percent(report.accuracy), paper.accuracy?.toFixed(2) ?? ""],
    ["F1 (macro)", percent(report.macroF1), ""],
    [
      task === "hoc" ? 'F1 (micro, with "empty")' : "F1 (micro)",
      percent(report.microF1),
      task === "hoc" ? (paper.f1?.toFixed(2) ?? "") : "",
    ],
    ["invented arguments", percent(inventedArguments), ""],
  ];
  const shown = rows.filter(
    ([label, value], at) => value !== "" && rows.findIndex(([other]) => other === label) === at,
  );
  const lines = shown.map(
    ([label, ours, theirs]) => `  ${label.padEnd(26)}${ours.padStart(8)}${theirs.padStart(10)}\n`,
  );
  const interval =
    confidence === null
      ? ""
      : `  ${Math.round(100 * confidence.level)} % interval ${percent(confidence.low)} to ${percent(confidence.high)} (${confidence.draws} draws, seed ${confidence.seed})\n`;
  return (
    `${task} ${split}, ${setting}, ${decoding}: ${documents} documents, ${failed} unread, ${seconds.toFixed(1)} s\n` +
    `${"".padEnd(28)}${"ours".padStart(8)}${"paper".padStart(10)}\n${lines.join("")}${interval}${above}`
  );
}
