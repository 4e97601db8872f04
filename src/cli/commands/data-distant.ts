/** `biogpt data distant`: examples from a corpus that nobody has read: relations by the training split's own dictionary, questions by rules. */
import { type Command, Option } from "commander";
import { BiogptError } from "../../base/errors.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { DistantExample, TaskExclusions } from "../../tasks/distant-documents.ts";
import type { TaskExample } from "../../tasks/example.ts";
import type { DistantQuestionSummary } from "../../tasks/question-answering/distant-questions.ts";
import type { QuestionSetting } from "../../tasks/question-answering/yes-no.ts";
import type { DistantPairs, DistantSummary } from "../../tasks/relation-extraction/distant.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly corpus?: string;
  readonly out: string;
  readonly targets?: "relations" | "mentions";
  readonly from?: "corpus" | "train";
  readonly pairs?: DistantPairs;
  readonly setting?: QuestionSetting | "both";
  readonly limit?: number;
  readonly mostPairs?: number;
  readonly mostPerPair?: number;
  readonly maxWords?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** What is printed with --json; of examples from the training split only their number. */
type Summary = { readonly task: string; readonly targets: string; readonly from: string } & (
  | { readonly examples: number; readonly withoutMentions: number }
  | DistantSummary
);

type QuestionSummary = {
  readonly task: string;
  readonly settings: readonly QuestionSetting[];
} & DistantQuestionSummary;

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

async function run(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { taskName } = await import("../../tasks/registry.ts");
  const { openTaskData } = await import("../../tasks/task-data.ts");
  const { trainingExamples } = await import("../../tasks/training-examples.ts");
  const { RELATION_SCHEMES, schemeTemplate } = await import("../../tasks/relation-extraction/schemes.ts");
  const task = taskName(name);
  if (task === "pubmedqa") return runQuestions(flags, terminal);
  const scheme = Object.values(RELATION_SCHEMES).find((candidate) => candidate.task === task);
  if (scheme === undefined) {
    const tasks = Object.values(RELATION_SCHEMES).map((candidate) => candidate.task);
    throw usage(`${task} can not be labelled at a distance.`, `These can: ${tasks.join(", ")}, pubmedqa.`);
  }
  checkFlags(flags, scheme);
  const {
    targets = "relations",
    from = "corpus",
    corpus,
    limit,
    maxWords,
    seed,
    mostPairs,
    mostPerPair,
    pairs,
  } = flags;
  const data = openTaskData(task, flags.data);
  const train = trainingExamples(data, "train").examples as TaskExample<RelationGold>[];
  let examples: readonly DistantExample[];
  let summary: Summary;
  if (corpus === undefined) {
    const { goldConcepts, mentionTarget } = await import("../../tasks/relation-extraction/distant-labels.ts");
    examples = train
      .map(({ id, source, gold }) => ({
        id,
        source,
        target: mentionTarget(scheme, goldConcepts(scheme, { source, gold })),
      }))
      .filter(({ target }) => target !== "");
    summary = { task, targets, from, examples: examples.length, withoutMentions: train.length - examples.length };
  } else {
    const { distantExamples } = await import("../../tasks/relation-extraction/distant.ts");
    const { trainingDictionary } = await import("../../tasks/relation-extraction/distant-dictionary.ts");
    const { readCorpus } = await import("../../corpora/prepare/corpus-folder.ts");
    const { signal, progress } = terminal;
    const without = (data.withoutRelations.train ?? []) as TaskExample<RelationGold>[];
    const made = await distantExamples(readCorpus(corpus, { signal, progress }), {
      scheme,
      template: schemeTemplate(scheme, data.setting.split(",")[0]!), // the form that the import chose
      dictionary: trainingDictionary(scheme, [...train, ...without]),
      ...(await exclusions(data)),
      ...{ targets, pairs, limit, mostPairs, mostPerPair, maxWords, seed, signal },
    });
    examples = made.examples;
    summary = { task, targets, from, ...made.summary };
  }
  await write(examples, summary, flags, terminal, () => describe(summary, flags.out));
}

async function runQuestions(flags: Flags, terminal: Terminal): Promise<void> {
  const { openTaskData } = await import("../../tasks/task-data.ts");
  const { distantQuestions } = await import("../../tasks/question-answering/distant-questions.ts");
  const { QUESTION_SETTINGS } = await import("../../tasks/question-answering/yes-no.ts");
  const { readCorpus } = await import("../../corpora/prepare/corpus-folder.ts");
  refuse(flags, ["targets", "from", "pairs", "mostPairs", "mostPerPair"], "pubmedqa");
  const { corpus, setting, limit, maxWords, seed } = flags;
  if (corpus === undefined) throw noCorpus();
  const data = openTaskData("pubmedqa", flags.data);
  const settings = QUESTION_SETTINGS.filter((known) => setting === "both" || known === (setting ?? data.setting));
  const { signal, progress } = terminal;
  const made = await distantQuestions(readCorpus(corpus, { signal, progress }), {
    ...(await exclusions(data)),
    ...{ settings, limit, maxWords, seed, signal },
  });
  const summary: QuestionSummary = { task: data.task, settings, ...made.summary };
  await write(made.examples, summary, flags, terminal, () => describeQuestions(summary, flags.out));
}

/** Everything that the task holds, without which its scores would mean nothing. */
async function exclusions(data: TaskData): Promise<TaskExclusions> {
  const { exclusionsOf } = await import("../../tasks/distant-documents.ts");
  const of = (split: "train" | "valid" | "test"): TaskExample[] => [
    ...(data.splits[split] ?? []),
    ...(data.withoutRelations[split] ?? []),
  ];
  return { evaluation: exclusionsOf([...of("valid"), ...of("test")]), training: exclusionsOf(of("train")) };
}

async function write(
  examples: readonly DistantExample[],
  summary: Summary | QuestionSummary,
  { out, json }: Flags,
  terminal: Terminal,
  described: () => string,
): Promise<void> {
  const { writeFileAtomically } = await import("../../files/atomic-file.ts");
  if (examples.length === 0) {
    throw new BiogptError("tasks/no-examples", {
      what: `No document gave an example for ${summary.task}.`,
      ...("leftOut" in summary ? { why: `Left out: ${counted(summary.leftOut)}.` } : {}),
      fix: "Name a larger corpus.",
    });
  }
  await writeFileAtomically(out, examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
  if (json === true) await terminal.writeLine(JSON.stringify(summary));
  else await terminal.write(described());
}

type RelationGold = Extract<TaskExample["gold"], { kind: "relations" }>;

/** Refuses what makes no sense together. */
function checkFlags(flags: Flags, scheme: RelationScheme): void {
  const { targets = "relations", from = "corpus", pairs, corpus } = flags;
  refuse(flags, ["setting"], scheme.task);
  if (targets === "mentions") refuse(flags, ["pairs", "mostPairs", "mostPerPair"], "--targets mentions");
  if (from === "train") {
    if (targets !== "mentions") {
      throw usage(
        "--from train writes mentions only.",
        "Add --targets mentions; the relations of the training split are in its train.jsonl already.",
      );
    }
    refuse(flags, ["corpus", "limit", "maxWords", "seed"], "--from train");
  } else if (corpus === undefined) {
    throw noCorpus();
  }
  if (pairs === "sentence" && scheme.relations.length > 1) {
    throw new BiogptError("tasks/option", {
      what: `--pairs sentence means nothing for ${scheme.task}.`,
      why: `Sharing a sentence does not say which of its ${scheme.relations.length} labels a pair has.`,
      fix: "Use --pairs known.",
      kind: "usage",
    });
  }
}

/** Refuses options that mean nothing there. */
function refuse(flags: Flags, names: readonly (keyof Flags)[], where: string): void {
  const given = names.filter((name) => flags[name] !== undefined).map(optionName);
  if (given.length > 0) throw usage(`${given.join(", ")} has no effect with ${where}.`, "Leave it out.");
}

function noCorpus(): BiogptError {
  return usage("No corpus was given.", "Add --corpus DIR; `biogpt corpus prepare` makes one.");
}

function describeQuestions(
  { task, settings, documents, questions, leftOut, kinds }: QuestionSummary,
  out: string,
): string {
  const lines = Object.entries(kinds).map(([kind, answers]) => `  ${kind.padEnd(15)}${counted(answers)}\n`);
  return (
    `${questions} questions of ${task} (${settings.join(" and ")}) from ${documents} documents in ${out}\n` +
    `${lines.join("")}  left out       ${counted(leftOut)}\n`
  );
}

function describe(summary: Summary, out: string): string {
  const { task, targets } = summary;
  if (!("leftOut" in summary)) {
    return `${summary.examples} examples of ${task} (${targets}) in ${out}; ${summary.withoutMentions} without mentions\n`;
  }
  const { documents, examples, leftOut, pairs, dictionary } = summary;
  const { dropped } = dictionary;
  const some = (forms: readonly string[]): string =>
    forms.length === 0 ? "0" : `${forms.length} (${forms.slice(0, 8).join(", ")}${forms.length > 8 ? ", …" : ""})`;
  return (
    `${examples} examples of ${task} (${targets}) from ${documents} documents in ${out}\n` +
    (targets === "mentions" ? "" : `  pairs        ${counted(pairs)}\n`) +
    `  left out     ${counted(leftOut)}\n` +
    `  dictionary   ${dictionary.forms} forms of ${dictionary.concepts} concepts; ` +
    `${dictionary.abbreviations} abbreviations count only beside a longer name\n` +
    `  dropped      under 3 letters ${dropped.short}; seldom annotated ${some(dropped.unannotated)}; ` +
    `common words ${some(dropped.common)}\n`
  );
}

/** `tooLong: 3` → "3 too long". */
function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`)
    .join(", ");
}

function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function usage(what: string, fix: string): BiogptError {
  return new BiogptError("tasks/option", { what, fix, kind: "usage" });
}
