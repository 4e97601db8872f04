/** `biogpt corpus prepare`: literature files in, a cleaned and de-duplicated corpus folder out. */
import { FORMATS } from "../../corpora/literature/format-names.ts";
import type { PrepareReport } from "../../corpora/prepare/prepare.ts";
import type { CommandModule } from "../define.ts";
import { documentEvents, expectNoProblems } from "../documents.ts";
import {
  addOptions,
  choice,
  count,
  type FlagsOf,
  flag,
  hidden,
  list,
  number,
  required,
  SHARE,
  text,
} from "../options.ts";
import { writeResult } from "../output.ts";

const OPTIONS = {
  out: required(text("dir", "folder to write")),
  inputFormat: choice("name", "format of all files (default: told by their content)", FORMATS),
  format: hidden(choice("name", "the earlier name of --input-format", FORMATS)),
  strict: flag("stop at the first bad record instead of leaving it out"),
  normalizePunctuation: flag("write typographic quotes and dashes in ASCII, as BioGPT's training text was"),
  removeCitations: flag('remove bracketed citation numbers and "(... et al. ...)"'),
  language: text("code", "language to keep, such as en or de, or any", "en"),
  minWords: count("n", "fewest words of a document", { min: 1 }, 20),
  maxWords: count("n", "most words of a document", { min: 1 }, 200_000),
  duplicateShare: number(
    "share",
    "share of known 13-grams from which on a document is a near duplicate; 0 keeps duplicates",
    SHARE,
    0.5,
  ),
  duplicateMemory: count(
    "megabytes",
    "memory for remembering earlier documents; when full, fewer 13-grams of each are kept",
    { min: 1, max: 1_000_000 },
    512,
  ),
  exclude: list("file", "evaluation documents, or PMIDs one a line, that must not be in the corpus"),
  excludeOverlap: count(
    "n",
    "13-grams shared with an excluded document from which on a document is dropped",
    { min: 1 },
    2,
  ),
  heldOut: number("share", "share of documents to set aside", { min: 0, max: 0.99 }, 0),
  fullText: choice(
    "unit",
    "what becomes a document where lines are sections of articles",
    ["article", "section"],
    "article",
  ),
  keepParagraphs: flag("keep the paragraphs of articles on lines of their own"),
  shardCharacters: count("n", "size of a shard", { min: 1000, max: 500_000_000 }, 32_000_000),
  resume: flag("go on with an unfinished folder"),
  json: flag("print the report as JSON"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const corpusCommand: CommandModule = {
  examples: [
    "biogpt corpus prepare pubmed*.xml.gz --out corpus",
    "biogpt corpus prepare notes.jsonl --out corpus --resume --json",
  ],
  register(program, terminal) {
    const corpus = program
      .command("corpus")
      .summary("prepare text for training")
      .description("Prepare text for tokenizer training and pretraining.");
    addOptions(corpus.command("prepare"), OPTIONS)
      .description(
        "Clean, filter and de-duplicate documents; writes shards, manifest.json and report.json to a folder.",
      )
      .argument(
        "<file...>",
        "literature in any format that is read (docs/formats/input.md), also gzip; - reads standard input",
      )
      .action(async (paths: string[], { json, duplicateMemory, inputFormat, ...given }: Flags) => {
        const { prepareCorpus } = await import("../../workflows/prepare-corpus.ts");
        const options = {
          ...{ ...given, paths, standardInput: terminal.input, format: inputFormat ?? given.format },
          duplicateMemory: duplicateMemory * 1024 * 1024,
        };
        const { onEvent } = documentEvents(terminal);
        const report = await prepareCorpus(options, { signal: terminal.signal, onEvent });
        await writeResult(terminal, json, report, () => describe(report, given.out));
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
