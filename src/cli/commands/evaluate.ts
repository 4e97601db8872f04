/** `biogpt evaluate`: a task's official scores, beside the paper's. */
import { type Command, Option } from "commander";
import type { SplitName } from "../../corpora/tasks/task-files.ts";
import type { Subset, TaskReport } from "../../evaluation/evaluate-task.ts";
import type { ConceptLookup } from "../../evaluation/score-relations.ts";
import type { BuildOptions } from "../../tasks/build-examples.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends Pick<BuildOptions, "format" | "template" | "setting"> {
  readonly data: string;
  readonly gold?: boolean;
  readonly baseline?: string;
  readonly split: SplitName;
  readonly subset?: Subset;
  readonly lookup?: ConceptLookup;
  readonly tokenizer?: string;
  readonly draws: number;
  readonly seed: number;
  readonly json?: boolean;
}

export const evaluateCommand: CommandModule = {
  register(program: Command, terminal: Terminal): void {
    program
      .command("evaluate")
      .summary("official scores of a task")
      .description(
        "Scores answers to a task (bc5cdr, ddi, kd-dti, hoc, pubmedqa) as its official scorer does, beside the paper's numbers.\n" +
          "--gold sends the gold targets through tokenizer, detokenizer and post-processing: the most that any model can reach.",
      )
      .argument("<task>", "bc5cdr, ddi, kd-dti, hoc or pubmedqa")
      .requiredOption("--data <folder>", "what `biogpt data import` wrote, or the raw corpus")
      .option("--gold", "answer with the gold targets")
      .option("--baseline <name>", "answer trivially: always-empty, always-yes or copy-all-pairs")
      .addOption(new Option("--split <split>", "which examples").choices(["train", "valid", "test"]).default("test"))
      .addOption(
        new Option(
          "--subset <subset>",
          "KD-DTI: all documents, or those whose gold has no DrugBank id in place of a name (default: named, if there are any)",
        ).choices(["all", "named"]),
      )
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
      .action((task: string, flags: Flags) => run(task, flags, terminal));
  },
};

async function run(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const { taskName } = await import("../../tasks/example.ts");
  const { openTaskData } = await import("../../tasks/task-data.ts");
  const { evaluateTask } = await import("../../evaluation/evaluate-task.ts");
  const { format, template, setting, split, subset, lookup, draws, seed } = flags;
  const refuse = (what: string, fix: string) => new BiogptError("evaluation/option", { what, fix, kind: "usage" });
  if ((flags.gold === true) === (flags.baseline !== undefined)) {
    throw refuse("Nothing, or more than one thing, was named to answer the task.", "Name either --gold or --baseline.");
  }
  if (flags.tokenizer !== undefined && flags.gold !== true) {
    throw refuse("--tokenizer has no effect without --gold.", "Leave it out.");
  }
  const task = taskName(name);
  if (lookup !== undefined && task !== "bc5cdr") throw refuse("--lookup is BC5CDR's alone.", "Leave it out.");
  const data = openTaskData(task, flags.data, {
    ...(format === undefined ? {} : { format }),
    ...(template === undefined ? {} : { template }),
    ...(setting === undefined ? {} : { setting }),
  });
  const { signal, progress } = terminal;
  const { report } = await evaluateTask(data, await predictor(flags, data, terminal), {
    split,
    decoding: flags.gold === true ? "gold" : flags.baseline!,
    bootstrap: { draws, seed },
    signal,
    progress,
    ...(subset === undefined ? {} : { subset }),
    ...(lookup === undefined ? {} : { lookup }),
  });
  if (flags.json === true) await terminal.writeLine(JSON.stringify(report));
  else await terminal.write(table(report));
}

async function predictor(
  flags: Flags,
  data: import("../../tasks/build-examples.ts").TaskData,
  terminal: Terminal,
): Promise<import("../../evaluation/evaluate-task.ts").Predict> {
  if (flags.baseline !== undefined)
    return (await import("../../evaluation/baselines.ts")).baseline(flags.baseline, data);
  const { mosesChain, tokenizerChain } = await import("../../evaluation/gold-chain.ts");
  if (flags.tokenizer === undefined) return ({ target }) => mosesChain(target);
  const { openTokenizerFolder } = await import("../../pretrained/tokenizer-folder.ts");
  const tokenizer = await openTokenizerFolder(flags.tokenizer, { signal: terminal.signal });
  let said = false;
  const chain = tokenizerChain(tokenizer, (text) => {
    if (!said) terminal.note(`note: the vocabulary lacks pieces of some targets, the first: ${text.slice(0, 120)}`);
    said = true;
  });
  return ({ target }) => chain(target);
}

function table(report: TaskReport): string {
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
    `${"".padEnd(28)}${"ours".padStart(8)}${"paper".padStart(10)}\n${lines.join("")}${interval}`
  );
}
