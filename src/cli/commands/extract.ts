/** `biogpt extract`: relations from the literature, one JSON object a line, or a table. */

import { InvalidArgumentError } from "commander";
import { agreed, countOf } from "../../base/count-of.ts";
import type { ExtractEvent, ExtractionSummary } from "../../workflows/extract.ts";
import type { RowFormat } from "../../workflows/relation-rows.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, FILES, pace } from "../documents.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { noEffect } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag, names, number, parsed, SHARE } from "../options.ts";
import { outFile, RESULT_FILE_OPTIONS } from "../result-file.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  scheme: names(
    "schemes|file",
    "relations to look for, by commas: chemical-disease, drug-drug, drug-target, or all; or a schema of your own (default: the model's " +
      "own, else chemical-disease)",
  ),
  beams: count("n", "hypotheses kept in the search; 1 is greedy, as the original (default: 1, in ranked 16)", {
    min: 1,
    max: 64,
  }),
  decoding: choice(
    "how",
    "pairs: recognised names, each two of which are scored against none; of models that write, grounded: arguments can only be stretches " +
      "of the text; ranked: the likeliest single statements of that kind; free: as the original (default: pairs, of a model that writes " +
      "ranked where its folder has thresholds for the scheme, else grounded)",
    ["pairs", "grounded", "ranked", "free"],
  ),
  threshold: number(
    "p",
    "leave out relations under this probability, as it is written (default: in ranked and grounded what the model's folder says, else " +
      "half of the best one's in ranked; 0)",
    SHARE,
  ),
  batch: count(
    "n",
    "documents in work at once (default: 1; of a model that writes 8, and fewer in ranked, whose beams share the memory)",
    {
      min: 1,
      max: 64,
    },
  ),
  maxNewTokens: count("n", "most tokens of an answer (default: 375)", { min: 1, max: 1024 }),
  draftTokens: count(
    "n",
    "tokens guessed from the text and checked at once: same answers, fewer steps; 0 turns it off (default: 8)",
    { max: 64 },
  ),
  format: parsed(
    "format",
    "of the output: JSON Lines, or a table with one row a relation; csv is for Excel (default: jsonl)",
    outputFormat,
  ),
  json: flag("JSON Lines, as without it; errors as JSON too"),
  ...RESULT_FILE_OPTIONS,
  withEmpty: flag('a line {"documentId": …, "scheme": …, "relations": 0} for a document without relations'),
  unanchored: flag("keep relations whose arguments are not in the text, with empty spans"),
  ...DOCUMENT_OPTIONS,
};
type Flags = FlagsOf<typeof OPTIONS>;

export const extractCommand: CommandModule = {
  examples: [
    "biogpt extract abstracts.xml.gz > relations.jsonl",
    "biogpt extract pubmed*.xml.gz --scheme drug-drug --limit 100",
    "biogpt extract library.xml --format csv --out relations.csv --resume",
  ],
  register(program, terminal) {
    addOptions(program.command("extract"), OPTIONS)
      .summary("extract relations from PubMed files")
      .description(
        "Extracts relations from PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip or zip; - is standard input) and writes one JSON object a line:\n" +
          "documentId, scheme, relation, head, tail, probability, evidence, model, pipeline. Offsets are UTF-16 indices into the passages.",
      )
      .argument(...FILES)
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

/** `--format` was once thought of as the input's: its values are told where they went. */
function outputFormat(value: string): RowFormat {
  const known = ["jsonl", "csv", "tsv"] as const;
  const found = known.find((format) => format === value);
  if (found !== undefined) return found;
  const what = `It is the format of the output: ${known.join(", ")}.`;
  throw new InvalidArgumentError(`${what} The format of the files is --input-format.`);
}

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { extract } = await import("../../workflows/extract.ts");
  const { extractToFile } = await import("../../workflows/extract-to-file.ts");
  const { relationRows } = await import("../../workflows/relation-rows.ts");
  const { format = "jsonl", out, resume, withEmpty, json, ...asked } = flags;
  if (json === true && format !== "jsonl")
    throw noEffect(`--json and --format ${format} contradict each other.`, "Give one of the two.");
  const file = outFile(flags, terminal);
  if (withEmpty === true && format !== "jsonl") {
    const fix = "A table has a row a relation; leave it out, or take JSON Lines.";
    throw noEffect(`--with-empty has no effect in ${format}.`, fix);
  }
  const { scheme: schemes, ...other } = asked;
  const scheme = schemes?.length === 1 ? schemes[0] : schemes;
  const settings = { ...other, scheme, standardInput: terminal.input, load: loadSettings(flags) };
  const started = performance.now();
  let summary: ExtractionSummary | undefined;
  const show = file.listener(documentEvents(terminal).onEvent);
  const onEvent = (event: ExtractEvent): void => {
    if (event.type === "summary") summary = event;
    else show(event);
  };
  const context = { signal: terminal.signal, onEvent };
  const work = async (): Promise<boolean> => {
    if (out !== undefined)
      return file.tell(await extractToFile(out, files, { ...settings, format, withEmpty, resume }, context));
    const rows = relationRows(format, { withEmpty });
    if (rows.head !== "") await terminal.write(rows.head);
    for await (const result of extract(files, settings, context))
      for (const line of rows.of(result)) await terminal.write(line);
    return true;
  };
  if (!(await file.during(work))) return;
  const { documents, relations, problems } = summary!;
  terminal.note(`${countOf(documents, "document")}, ${countOf(relations, "relation")} ${pace(documents, started)}`);
  for (const line of oddities(summary!, flags)) terminal.note(line);
  expectNoProblems(problems);
}

/** What is not as a reader of the relations may think. */
function oddities({ unanchored, windowed, cutAnswers }: ExtractionSummary, flags: Flags): string[] {
  const lines: string[] = [];
  if (unanchored > 0) {
    const names = `${countOf(unanchored, "relation")} ${agreed(unanchored, "names", "name")}`;
    const what = flags.unanchored ? "kept with empty spans" : "left out; --unanchored keeps them";
    lines.push(`${names} something that is not in the text: ${what}.`);
  }
  if (windowed > 0) {
    const [documents, were] = [countOf(windowed, "document"), agreed(windowed, "was", "were")];
    lines.push(`${documents} ${were} longer than the model's window and ${were} read in overlapping parts.`);
  }
  if (cutAnswers > 0) {
    const [answers, their] = [countOf(cutAnswers, "answer"), agreed(cutAnswers, "its", "their")];
    lines.push(`${answers} reached the token limit before ${their} end; --max-new-tokens raises it.`);
  }
  return lines;
}
