/** `biogpt data distant`: examples from a corpus that nobody has read: relations by the training split's own dictionary, questions by rules. */
import { countOf, countsOf } from "../../base/count-of.ts";
import type { DistantAnswerSummary, DistantRelationSummary } from "../../tasks/distant-labelling.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, count, type FlagsOf, flag, required, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  data: required(text("folder", "the task as `biogpt data import` wrote it")),
  out: required(text("file", "JSON Lines file to write")),
  corpus: text("folder", "documents as `biogpt corpus prepare` wrote them"),
  targets: choice("kind", "what is written: relations, or the names in the text (default: relations)", [
    "relations",
    "mentions",
  ]),
  from: choice("source", "with --targets mentions: train lists the training split's own (default: corpus)", [
    "corpus",
    "train",
  ]),
  pairs: choice(
    "which",
    "related in the training split, or any that share a sentence (default: sentence for BC5CDR, else known)",
    ["known", "sentence"],
  ),
  setting: choice(
    "form",
    "PubMedQA: without the conclusion, with it, or each question in both forms (default: that of --data)",
    ["reasoning-required", "reasoning-free", "both"],
  ),
  limit: count("n", "most documents written (default: 10000)", { min: 1, max: 1_000_000 }),
  mostPairs: count("n", "most pairs of a target (default: 6)", { min: 1, max: 100 }),
  mostPerPair: count("n", "most documents with the same pair (default: 20)", { min: 1 }),
  maxWords: count("n", "most words of a document (default: 500)", { min: 1 }),
  seed: count("n", "which documents are drawn, and their order or that of pairs (default: 1)"),
  json: flag("print the summary as JSON"),
};
type Flags = FlagsOf<typeof OPTIONS>;

/** A subcommand of `biogpt data`. */
export const registerDistant: CommandModule["register"] = (data, terminal) => {
  addOptions(data.command("distant"), OPTIONS)
    .summary("examples from a corpus, labelled without anybody reading them")
    .description(
      "Writes examples for `biogpt finetune --data`, one a line (id, source, target), from a corpus's documents: of a relation task\n" +
        "those that name what its training split names, of PubMedQA those whose title or conclusion a yes/no question is made of.\n" +
        "No evaluation or training document of the task is among them.",
    )
    .argument("<task>", "BC5CDR, DDI, KD-DTI or PubMedQA; case does not matter")
    .action((task: string, flags: Flags) => run(task, flags, terminal));
};

async function run(name: string, { json, ...options }: Flags, terminal: Terminal): Promise<void> {
  const { distantData } = await import("../../workflows/distant-data.ts");
  const summary = await distantData(name, options, terminalContext(terminal));
  const describe = (): string[] =>
    "questions" in summary ? questionLines(summary, options.out) : relationLines(summary, options.out);
  await writeResult(terminal, json, summary, describe);
}

function questionLines(summary: DistantAnswerSummary, out: string): string[] {
  const { task, settings, documents, questions, leftOut, kinds } = summary;
  const source = `from ${countOf(documents, "document")} in ${out}`;
  return [
    `${countOf(questions, "question")} of ${task} (${settings.join(" and ")}) ${source}`,
    ...Object.entries(kinds).map(([kind, answers]) => `  ${kind.padEnd(15)}${countsOf(answers)}`),
    `  left out       ${countsOf(leftOut)}`,
  ];
}

function relationLines(summary: DistantRelationSummary, out: string): string[] {
  const { task, targets, examples } = summary;
  const head = `${countOf(examples, "example")} of ${task} (${targets})`;
  if (!("leftOut" in summary)) return [`${head} in ${out}; ${summary.withoutMentions} without mentions`];
  const { documents, leftOut, pairs, dictionary } = summary;
  const { forms, concepts, abbreviations, dropped } = dictionary;
  const some = (names: readonly string[]): string =>
    names.length === 0 ? "0" : `${names.length} (${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""})`;
  const seldom = `seldom annotated ${some(dropped.unannotated)}; common words ${some(dropped.common)}`;
  return [
    `${head} from ${countOf(documents, "document")} in ${out}`,
    ...(targets === "mentions" ? [] : [`  pairs        ${countsOf(pairs)}`]),
    `  left out     ${countsOf(leftOut)}`,
    `  dictionary   ${forms} forms of ${concepts} concepts; ${abbreviations} abbreviations count only beside a longer name`,
    `  dropped      under 3 letters ${dropped.short}; ${seldom}`,
  ];
}
