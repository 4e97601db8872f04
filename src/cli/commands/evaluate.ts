/** `biogpt evaluate`: a task's official scores, beside the paper's. */
import { type Command, Option } from "commander";
import { countOf } from "../../base/count-of.ts";
import type { OwnRelationsReport } from "../../evaluation/evaluate-relations.ts";
import type { EvaluatedTask, TaskReport } from "../../evaluation/evaluated-task.ts";
import type { TaggerEvaluation } from "../../workflows/evaluate-tagger.ts";
import type { EvaluationOptions } from "../../workflows/evaluation/options.ts";
import { commandLine } from "../command-line.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { addDeviceOptions } from "../model-options.ts";
import { expectEffect, noEffect } from "../no-effect.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags extends Omit<EvaluationOptions, "command" | "data"> {
  readonly data: readonly string[];
  readonly corpora?: string;
  readonly json?: boolean;
}

export const evaluateCommand: CommandModule = {
  examples: [
    "biogpt evaluate bc5cdr --data bc5cdr --model biogpt-mini-bc5cdr --decoding ranked",
    "biogpt evaluate entities --data test.pubtator --model tagger",
    "biogpt evaluate ddi --data ddi --model run-ddi --report report.html",
  ],
  register(program: Command, terminal: Terminal): void {
    const command = addDeviceOptions(program.command("evaluate"));
    command
      .summary("official scores of a task")
      .description(
        "Scores answers to a task (bc5cdr, ddi, kd-dti, hoc, pubmedqa) as its official scorer does, beside the paper's numbers.\n" +
          "Or a model's answers to relations of your own by hard match (relations: precision, recall, F1), or the names that a tagger finds\n" +
          "(entities: exact document, place and type).\n" +
          "--gold sends the gold targets through tokenizer, detokenizer and post-processing: the most that any model can reach.",
      )
      .argument("<task>", "bc5cdr, ddi, kd-dti, hoc, pubmedqa, relations, or entities")
      .requiredOption(
        "--data <path...>",
        "what `biogpt data import` wrote, or the raw corpus; relations: your documents; entities: files of PubTator, BioC, BRAT or IOB, or " +
          "corpora by name and split (BC5CDR:test)",
      )
      .option("--corpora <folder>", "entities: where corpora lie that are named by name and split")
      .option("--model <name|folder>", "answer with a fine-tuned model: embedded, folder, or Hugging Face name")
      .addOption(
        new Option(
          "--decoding <how>",
          "with --model: greedy as published, beam search, grounded, where arguments can only be stretches of the source, ranked, which keeps the " +
            "likeliest single statements of that kind, or labels, which chooses PubMedQA's and HoC's answers by likelihood, also with a base model " +
            "(default: greedy; for relations of your own what extract does)",
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
      .action((task: string, flags: Flags) =>
        task === "entities" ? runEntities(flags, command, terminal) : run(task, flags, terminal),
      );
  },
};

async function run(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { isOwn } = await import("../../workflows/evaluation/options.ts");
  const { json, model, data, corpora, ...given } = flags;
  if (data.length > 1 || corpora !== undefined)
    throw await noEffect(
      data.length > 1 ? "Only entities are scored on several files." : "--corpora has no effect without entities.",
    );
  const options = { ...given, data: data[0]!, model, command: commandLine() };
  const context = terminalContext(terminal);
  const own = isOwn(name) && model !== undefined;
  if (own) {
    const { evaluateOwnRelations } = await import("../../workflows/evaluation/own-relations.ts");
    const report = await evaluateOwnRelations({ ...options, model }, context);
    return json === true ? terminal.writeLine(JSON.stringify(report)) : terminal.write(ownTable(report));
  }
  const { evaluate } = await import("../../workflows/evaluation/evaluate.ts");
  const result = await evaluate(name, options, context);
  if (json === true) return terminal.writeLine(JSON.stringify(result));
  const { evaluatedTask } = await import("../../evaluation/registry.ts");
  const { gainText } = await import("../../evaluation/scorers/above-trivial.ts");
  const above = result.aboveTrivial === null ? "" : `  ${gainText(result.aboveTrivial)}\n`;
  await terminal.write(table(result, evaluatedTask(result.task), above));
}

const percent = (value: number | null | undefined): string =>
  typeof value === "number" ? (100 * value).toFixed(2) : "";

function table(report: TaskReport, { mainScore, furtherScores }: EvaluatedTask, above: string): string {
  const { task, split, setting, decoding, documents, failed, confidence, inventedArguments, paper, seconds } = report;
  const rows: [string, number | null | undefined, number | undefined][] = [
    ["precision", report.precision, paper.precision],
    ["recall", report.recall, paper.recall],
    [mainScore.label, mainScore.of(report), paper.f1 ?? paper.accuracy],
    ...furtherScores.map(({ label, of }): [string, number | undefined, undefined] => [label, of(report), undefined]),
    ["invented arguments", inventedArguments, undefined],
  ];
  const lines = rows
    .filter(([, ours]) => typeof ours === "number")
    .map(
      ([label, ours, theirs]) =>
        `  ${label.padEnd(26)}${percent(ours).padStart(8)}${(theirs?.toFixed(2) ?? "").padStart(10)}\n`,
    );
  const interval =
    confidence === null
      ? ""
      : `  ${Math.round(100 * confidence.level)} % interval ${percent(confidence.low)} to ${percent(confidence.high)} (${confidence.draws} draws, seed ${confidence.seed})\n`;
  return (
    `${task} ${split}, ${setting}, ${decoding}: ${countOf(documents, "document")}, ${failed} unread, ${seconds.toFixed(1)} s\n` +
    `${"".padEnd(28)}${"ours".padStart(8)}${"paper".padStart(10)}\n${lines.join("")}${interval}${above}`
  );
}

function ownTable(report: OwnRelationsReport): string {
  const { scheme, decoding, documents, failed, seconds, confidence, inventedArguments, meanF1, byRelation } = report;
  const cell = (share: number): string => percent(share).padStart(8);
  const rows = [["all", report] as const, ...Object.entries(byRelation)].map(
    ([name, { precision, recall, f1 }]) => `  ${name.padEnd(26)}${cell(precision)}${cell(recall)}${cell(f1)}\n`,
  );
  const interval =
    confidence === null
      ? ""
      : `  ${Math.round(100 * confidence.level)} % interval of the F1${cell(confidence.low)} to${cell(confidence.high)}\n`;
  return (
    `${scheme}, ${decoding}: ${countOf(documents, "document")}, ${failed} without a relation, ${seconds.toFixed(1)} s\n` +
    `${"".padEnd(28)}precision recall    F1\n${rows.join("")}${interval}` +
    `  mean F1 of documents${cell(meanF1)}, invented arguments${cell(inventedArguments)}\n`
  );
}

/** Options of the command that entities listen to. */
const ENTITY_OPTIONS = ["data", "corpora", "model", "limit", "draws", "dtype", "device", "threads", "json"];

async function runEntities(flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { evaluateTagger } = await import("../../workflows/evaluate-tagger.ts");
  await expectEffect(command, flags, ENTITY_OPTIONS, "entities");
  const { data, corpora, model, limit, draws, dtype, device, threads, json } = flags;
  if (model === undefined) {
    const { BiogptError } = await import("../../base/errors.ts");
    throw new BiogptError("cli/usage", {
      what: "Scoring entities needs --model.",
      fix: "Name a tagger.",
      kind: "usage",
    });
  }
  const options = { data, corpora, model, limit, draws, precision: dtype, device, threads };
  const evaluation = await evaluateTagger(options, terminalContext(terminal));
  await (json === true ? terminal.writeLine(JSON.stringify(evaluation)) : terminal.write(entityTable(evaluation)));
}

function entityTable({ parts }: TaggerEvaluation): string {
  const cell = (share: number): string => percent(share).padStart(8);
  return parts
    .map(({ name, documents, seconds, byType, all, interval }) => {
      const rows = [...Object.entries(byType), ["all", all] as const].map(
        ([type, { precision, recall, f1 }]) => `  ${type.padEnd(26)}${cell(precision)}${cell(recall)}${cell(f1)}\n`,
      );
      const range =
        interval === undefined
          ? ""
          : `  ${Math.round(100 * interval.level)} % interval of the F1${cell(interval.low)} to${cell(interval.high)}\n`;
      return (
        `${name}: ${countOf(documents, "document")}, ${seconds.toFixed(1)} s (${(documents / seconds).toFixed(1)} documents/s)\n` +
        `${"".padEnd(28)}precision recall    F1\n${rows.join("")}${range}`
      );
    })
    .join("");
}
