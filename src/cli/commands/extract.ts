/** `biogpt extract`: relations from the literature, one JSON object a line, or a table. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { countOf } from "../../base/count-of.ts";
import { FORMATS, type Format } from "../../corpora/literature/format-names.ts";
import type { ExtractEvent, ExtractionSummary } from "../../workflows/extract.ts";
import type { RowFormat } from "../../workflows/relation-rows.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { addModelOptions, loadSettings, type ModelFlags } from "../model-options.ts";
import { expectNoProblems, tellProblem } from "../problems.ts";
import type { Terminal } from "../terminal.ts";
import { showEvent } from "../workflow-events.ts";

interface Flags extends ModelFlags {
  readonly scheme?: string;
  readonly beams?: number;
  readonly decoding?: "free" | "grounded" | "ranked";
  readonly threshold?: number;
  readonly batch?: number;
  readonly maxNewTokens?: number;
  readonly draftTokens?: number;
  readonly unanchored?: boolean;
  readonly limit?: number;
  readonly format?: RowFormat;
  readonly json?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
  readonly withEmpty?: boolean;
  readonly strict?: boolean;
  readonly inputFormat?: Format;
}

export const extractCommand: CommandModule = {
  examples: [
    "biogpt extract abstracts.xml.gz > relations.jsonl",
    "biogpt extract pubmed*.xml.gz --scheme drug-drug --limit 100",
    "biogpt extract library.xml --format csv --out relations.csv --resume",
  ],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("extract")
        .summary("extract relations from PubMed files")
        .description(
          "Extracts relations from PubMed XML, JSON Lines or text files (also gzip; - is standard input) and writes one JSON object a line:\n" +
            "documentId, scheme, relation, head, tail, probability, evidence, model, pipeline. Offsets are UTF-16 indices into the passages.",
        ),
    )
      .argument("<files...>", "files to read, or - for standard input")
      .option(
        "--scheme <scheme|file>",
        "relations to look for: chemical-disease, drug-drug, drug-target, or a schema of your own (default: the model's own, else chemical-disease)",
      )
      .option(
        "--beams <n>",
        "hypotheses kept in the search; 1 is greedy, as the original (default: 1, in ranked 16)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .addOption(
        new Option(
          "--decoding <how>",
          "grounded: arguments can only be stretches of the text; ranked: the likeliest single statements of that kind; free: as the original " +
            "(default: ranked where the model's folder has thresholds for the scheme, else grounded)",
        ).choices(["grounded", "ranked", "free"]),
      )
      .option(
        "--threshold <p>",
        "leave out relations under this probability, as it is written (default: in ranked and grounded what the model's folder says, else " +
          "half of the best one's in ranked; 0)",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option(
        "--batch <n>",
        "documents in work at once (default: 8; fewer in ranked, whose beams share the memory)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option("--max-new-tokens <n>", "most tokens of an answer (default: 375)", wholeNumber({ min: 1, max: 1024 }))
      .option(
        "--draft-tokens <n>",
        "tokens guessed from the text and checked at once: same answers, fewer steps; 0 turns it off (default: 8)",
        wholeNumber({ max: 64 }),
      )
      .addOption(
        new Option(
          "--format <format>",
          "of the output: JSON Lines, or a table with one row a relation; csv is for Excel (default: jsonl)",
        ).argParser(outputFormat),
      )
      .option("--json", "JSON Lines, as without it; errors as JSON too")
      .option(
        "--out <file>",
        "write into a file, which appears when all is done; until then FILE.partial holds what is done",
      )
      .option("--resume", "with --out: go on with what an interrupted run has done")
      .option("--with-empty", 'a line {"documentId": …, "scheme": …, "relations": 0} for a document without relations')
      .option("--strict", "stop at the first bad record instead of leaving it out")
      .addOption(
        new Option("--input-format <format>", "of the files (default: told by their content)").choices(FORMATS),
      )
      .option("--unanchored", "keep relations whose arguments are not in the text, with empty spans")
      .option("--limit <n>", "stop after this many documents", wholeNumber({ min: 1 }))
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

/** `--format` was once thought of as the input's: its values are told where they went. */
function outputFormat(value: string): RowFormat {
  const known = ["jsonl", "csv", "tsv"] as const;
  const found = known.find((format) => format === value);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `It is the format of the output: ${known.join(", ")}. The format of the files is --input-format.`,
  );
}

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const { extract } = await import("../../workflows/extract.ts");
  const { extractToFile } = await import("../../workflows/extract-to-file.ts");
  const { relationRows } = await import("../../workflows/relation-rows.ts");
  const { format = "jsonl", out, resume, withEmpty, json } = flags;
  const noEffect = (what: string, fix: string) => new BiogptError("cli/no-effect", { what, fix, kind: "usage" });
  if (json === true && format !== "jsonl")
    throw noEffect(`--json and --format ${format} contradict each other.`, "Give one of the two.");
  if (resume === true && out === undefined)
    throw noEffect("--resume has no effect without --out.", "Name the file with --out.");
  if (withEmpty === true && format !== "jsonl")
    throw noEffect(
      `--with-empty has no effect in ${format}.`,
      "A table has a row a relation; leave it out, or take JSON Lines.",
    );
  const { signal } = terminal;
  const { scheme, model, limit, decoding, beams, threshold, batch, maxNewTokens, draftTokens, unanchored, strict } =
    flags;
  const settings = {
    ...{ scheme, model, limit, decoding, beams, threshold, batch, maxNewTokens, draftTokens, unanchored, strict },
    inputFormat: flags.inputFormat,
    standardInput: terminal.input,
    load: loadSettings(flags),
  };
  const started = performance.now();
  let [done, summary]: [number, ExtractionSummary | undefined] = [0, undefined];
  const onEvent = (event: ExtractEvent): void => {
    if (event.type === "summary") summary = event;
    else if (event.type === "problem") tellProblem(event, terminal);
    else showEvent(event, terminal);
    if (event.type === "progress" && event.unit === "documents") done = event.done;
  };
  try {
    if (out === undefined) {
      const rows = relationRows(format, { withEmpty });
      if (rows.head !== "") await terminal.write(rows.head);
      for await (const result of extract(files, settings, { signal, onEvent })) {
        for (const line of rows.of(result)) await terminal.write(line);
      }
    } else {
      const written = await extractToFile(out, files, { ...settings, format, withEmpty, resume }, { signal, onEvent });
      if (written === undefined) return terminal.note(`${out} is whole already; delete it to extract anew.`);
      if (written.before > 0) terminal.note(`${countOf(written.before, "document")} were done before.`);
      terminal.note(`Wrote ${out}.`);
    }
  } catch (error) {
    if (done > 0) terminal.note(howToGoOn(done, out));
    throw error;
  }
  tellSummary(summary!, (performance.now() - started) / 1000, flags, terminal);
  expectNoProblems(summary!.problems);
}

function howToGoOn(done: number, out: string | undefined): string {
  const documents = `${countOf(done, "document")} ${done === 1 ? "is" : "are"} done`;
  return out === undefined
    ? `${documents} and written; with --out FILE an interrupted run can be gone on with by --resume.`
    : `${documents} and kept in ${out}.partial; the same command with --resume goes on from there.`;
}

function tellSummary(summary: ExtractionSummary, seconds: number, { unanchored }: Flags, terminal: Terminal): void {
  const { documents, relations, windowed, cutAnswers } = summary;
  terminal.note(
    `${countOf(documents, "document")}, ${countOf(relations, "relation")} in ${seconds.toFixed(1)} s (${(documents / seconds).toFixed(1)} documents/s).`,
  );
  if (summary.unanchored > 0) {
    const what = unanchored ? "kept with empty spans" : "left out; --unanchored keeps them";
    const one = summary.unanchored === 1;
    terminal.note(
      `${countOf(summary.unanchored, "relation")} ${one ? "names" : "name"} something that is not in the text: ${what}.`,
    );
  }
  if (windowed > 0)
    terminal.note(
      `${countOf(windowed, "document")} ${windowed === 1 ? "was" : "were"} longer than the model's window and ${windowed === 1 ? "was" : "were"} read in overlapping parts.`,
    );
  if (cutAnswers > 0)
    terminal.note(
      `${countOf(cutAnswers, "answer")} reached the token limit before ${cutAnswers === 1 ? "its" : "their"} end; --max-new-tokens raises it.`,
    );
}
