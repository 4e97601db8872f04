/** `biogpt data distant`: examples from a corpus that nobody has read: relations by the training split's own dictionary, questions by rules. */
import { type Command, Option } from "commander";
import { countOf, countsOf } from "../../base/count-of.ts";
import type { DistantAnswerSummary, DistantRelationSummary } from "../../tasks/distant-labelling.ts";
import type { DistantDataOptions } from "../../workflows/distant-data.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags extends DistantDataOptions {
  readonly json?: boolean;
}

/** A subcommand of `biogpt data`. */
export const registerDistant: CommandModule["register"] = (data: Command, terminal: Terminal): void => {
  data
    .command("distant")
    .summary("examples from a corpus, labelled without anybody reading them")
    .description(
      "Writes examples for `biogpt finetune --data`, one a line (id, source, target), from a corpus's documents: of a relation task\n" +
        "those that name what its training split names, of PubMedQA those whose title or conclusion a yes/no question is made of.\n" +
        "No evaluation or training document of the task is among them.",
    )
    .argument("<task>", "BC5CDR, DDI, KD-DTI or PubMedQA; case does not matter")
    .requiredOption("--data <folder>", "the task as `biogpt data import` wrote it")
    .requiredOption("--out <file>", "JSON Lines file to write")
    .option("--corpus <folder>", "documents as `biogpt corpus prepare` wrote them")
    .addOption(
      new Option(
        "--targets <kind>",
        "what is written: relations, or the names in the text (default: relations)",
      ).choices(["relations", "mentions"]),
    )
    .addOption(
      new Option(
        "--from <source>",
        "with --targets mentions: train lists the training split's own (default: corpus)",
      ).choices(["corpus", "train"]),
    )
    .addOption(
      new Option(
        "--pairs <which>",
        "related in the training split, or any that share a sentence (default: sentence for BC5CDR, else known)",
      ).choices(["known", "sentence"]),
    )
    .addOption(
      new Option(
        "--setting <form>",
        "PubMedQA: without the conclusion, with it, or each question in both forms (default: that of --data)",
      ).choices(["reasoning-required", "reasoning-free", "both"]),
    )
    .option("--limit <n>", "most documents written (default: 10000)", wholeNumber({ min: 1, max: 1_000_000 }))
    .option("--most-pairs <n>", "most pairs of a target (default: 6)", wholeNumber({ min: 1, max: 100 }))
    .option("--most-per-pair <n>", "most documents with the same pair (default: 20)", wholeNumber({ min: 1 }))
    .option("--max-words <n>", "most words of a document (default: 500)", wholeNumber({ min: 1 }))
    .option("--seed <n>", "which documents are drawn, and their order or that of pairs (default: 1)", wholeNumber())
    .option("--json", "print the summary as JSON")
    .action((task: string, flags: Flags) => run(task, flags, terminal));
};

async function run(name: string, { json, ...options }: Flags, terminal: Terminal): Promise<void> {
  const { distantData } = await import("../../workflows/distant-data.ts");
  const summary = await distantData(name, options, terminalContext(terminal));
  if (json === true) return terminal.writeLine(JSON.stringify(summary));
  const { out } = options;
  await terminal.write("questions" in summary ? describeQuestions(summary, out) : describeRelations(summary, out));
}

function describeQuestions(
  { task, settings, documents, questions, leftOut, kinds }: DistantAnswerSummary,
  out: string,
): string {
  const lines = Object.entries(kinds).map(([kind, answers]) => `  ${kind.padEnd(15)}${countsOf(answers)}\n`);
  return (
    `${countOf(questions, "question")} of ${task} (${settings.join(" and ")}) from ${countOf(documents, "document")} in ${out}\n` +
    `${lines.join("")}  left out       ${countsOf(leftOut)}\n`
  );
}

function describeRelations(summary: DistantRelationSummary, out: string): string {
  const { task, targets } = summary;
  if (!("leftOut" in summary)) {
    return `${countOf(summary.examples, "example")} of ${task} (${targets}) in ${out}; ${summary.withoutMentions} without mentions\n`;
  }
  const { documents, examples, leftOut, pairs, dictionary } = summary;
  const { dropped } = dictionary;
  const some = (forms: readonly string[]): string =>
    forms.length === 0 ? "0" : `${forms.length} (${forms.slice(0, 8).join(", ")}${forms.length > 8 ? ", …" : ""})`;
  return (
    `${countOf(examples, "example")} of ${task} (${targets}) from ${countOf(documents, "document")} in ${out}\n` +
    (targets === "mentions" ? "" : `  pairs        ${countsOf(pairs)}\n`) +
    `  left out     ${countsOf(leftOut)}\n` +
    `  dictionary   ${dictionary.forms} forms of ${dictionary.concepts} concepts; ` +
    `${dictionary.abbreviations} abbreviations count only beside a longer name\n` +
    `  dropped      under 3 letters ${dropped.short}; seldom annotated ${some(dropped.unannotated)}; ` +
    `common words ${some(dropped.common)}\n`
  );
}
