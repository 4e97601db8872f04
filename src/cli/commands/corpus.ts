/** `biogpt corpus prepare`: literature files in, a cleaned and de-duplicated corpus folder out. */
import { type Command, Option } from "commander";
import { FORMATS, type Format } from "../../corpora/literature/format-names.ts";
import type { PrepareReport } from "../../corpora/prepare/prepare.ts";
import type { PrepareCorpusOptions } from "../../workflows/prepare-corpus.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { expectNoProblems, tellProblem } from "../problems.ts";
import type { Terminal } from "../terminal.ts";
import { showEvent } from "../workflow-events.ts";

type PrepareFlags = Omit<PrepareCorpusOptions, "paths"> & {
  readonly inputFormat?: Format;
  readonly duplicateMemory: number;
  readonly json?: boolean;
};

export const corpusCommand: CommandModule = {
  examples: [
    "biogpt corpus prepare pubmed*.xml.gz --out corpus",
    "biogpt corpus prepare notes.jsonl --out corpus --resume --json",
  ],
  register(program: Command, terminal: Terminal): void {
    const corpus = program
      .command("corpus")
      .summary("prepare text for training")
      .description("Prepare text for tokenizer training and pretraining.");
    corpus
      .command("prepare")
      .description(
        "Clean, filter and de-duplicate documents; writes shards, manifest.json and report.json to a folder.",
      )
      .argument(
        "<file...>",
        "literature in any format that is read (docs/formats/input.md), also gzip; - reads standard input",
      )
      .requiredOption("--out <dir>", "folder to write")
      .addOption(
        new Option("--input-format <name>", "format of all files (default: told by their content)").choices(FORMATS),
      )
      .addOption(new Option("--format <name>", "the earlier name of --input-format").choices(FORMATS).hideHelp())
      .option("--strict", "stop at the first bad record instead of leaving it out")
      .option("--normalize-punctuation", "write typographic quotes and dashes in ASCII, as BioGPT's training text was")
      .option("--remove-citations", 'remove bracketed citation numbers and "(... et al. ...)"')
      .option("--language <code>", "language to keep, such as en or de, or any", "en")
      .option("--min-words <n>", "fewest words of a document", wholeNumber({ min: 1 }), 20)
      .option("--max-words <n>", "most words of a document", wholeNumber({ min: 1 }), 200_000)
      .option(
        "--duplicate-share <share>",
        "share of known 13-grams from which on a document is a near duplicate; 0 keeps duplicates",
        finiteNumber({ min: 0, max: 1 }),
        0.5,
      )
      .option(
        "--duplicate-memory <megabytes>",
        "memory for remembering earlier documents; when full, fewer 13-grams of each are kept",
        wholeNumber({ min: 1, max: 1_000_000 }),
        512,
      )
      .option("--exclude <file...>", "evaluation documents, or PMIDs one a line, that must not be in the corpus")
      .option(
        "--exclude-overlap <n>",
        "13-grams shared with an excluded document from which on a document is dropped",
        wholeNumber({ min: 1 }),
        2,
      )
      .option("--held-out <share>", "share of documents to set aside", finiteNumber({ min: 0, max: 0.99 }), 0)
      .addOption(
        new Option("--full-text <unit>", "what becomes a document where lines are sections of articles")
          .choices(["article", "section"])
          .default("article"),
      )
      .option("--keep-paragraphs", "keep the paragraphs of articles on lines of their own")
      .option("--shard-characters <n>", "size of a shard", wholeNumber({ min: 1000, max: 500_000_000 }), 32_000_000)
      .option("--resume", "go on with an unfinished folder")
      .option("--json", "print the report as JSON")
      .action(async (files: string[], flags: PrepareFlags) => {
        const { prepareCorpus } = await import("../../workflows/prepare-corpus.ts");
        const { json, duplicateMemory, inputFormat, ...given } = flags;
        const options = {
          ...{ ...given, paths: files, standardInput: terminal.input, format: inputFormat ?? given.format },
          duplicateMemory: duplicateMemory * 1024 * 1024,
        };
        const report = await prepareCorpus(options, {
          signal: terminal.signal,
          onEvent: (event) => (event.type === "problem" ? tellProblem(event, terminal) : showEvent(event, terminal)),
        });
        if (json) await terminal.writeLine(JSON.stringify(report));
        else for (const line of describe(report, flags.out)) await terminal.writeLine(line);
        expectNoProblems(report.badRecords);
      });
  },
};

function describe(report: PrepareReport, out: string): string[] {
  const count = (value: number): string => value.toLocaleString("en-US");
  const section = (title: string, rows: Readonly<Record<string, number>>): string[] => {
    const lines = Object.entries(rows)
      .filter(([, value]) => value > 0)
      .map(([label, value]) => `  ${label.padEnd(26)}${count(value).padStart(12)}`);
    return lines.length === 0 ? [] : [title, ...lines];
  };
  const changed = Object.entries(report.cleaning).map(([rule, { texts }]) => [rule, texts] as const);
  return [
    `${count(report.kept)} of ${count(report.read)} documents kept, ${count(report.words)} words, in ${out}`,
    ...section("set aside", { "held out": report.heldOut }),
    ...section("records that could not be read", { "left out": report.badRecords }),
    ...section("documents dropped", report.dropped),
    ...section("sections of articles left out", { ...report.sections }),
    ...section("passages changed", Object.fromEntries(changed)),
  ];
}
