/** `biogpt entities`: names of chemicals, diseases, genes and what else a tagger knows, one document a line. */
import { type Command, Option } from "commander";
import { countOf } from "../../base/count-of.ts";
import type { Format } from "../../corpora/literature/format-names.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { FindNamesEvent } from "../../workflows/find-names.ts";
import type { MentionFormat } from "../../workflows/mention-rows.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { addDeviceOptions } from "../model-options.ts";
import { expectNoProblems, tellProblem } from "../problems.ts";
import type { Terminal } from "../terminal.ts";
import { showEvent } from "../workflow-events.ts";

interface Flags {
  readonly model: string;
  readonly types?: string;
  readonly threshold?: number;
  readonly format: MentionFormat;
  readonly limit?: number;
  readonly strict?: boolean;
  readonly inputFormat?: string;
  readonly dtype?: Precision;
  readonly device?: DeviceName;
  readonly threads?: number;
}

export const entitiesCommand: CommandModule = {
  examples: [
    "biogpt entities abstracts.xml.gz --model tagger > names.jsonl",
    "biogpt entities abstracts.xml.gz --model tagger --types chemical,disease --format pubtator",
  ],
  writesJson: true,
  register(program: Command, terminal: Terminal): void {
    addDeviceOptions(program.command("entities"))
      .summary("find names of chemicals, diseases and genes")
      .description(
        "Finds names in PubMed XML, JSON Lines or text files (also gzip; - is standard input) and writes one JSON object a document:\n" +
          "documentId, mentions (passage, start, end, text, type, probability), model. Offsets are UTF-16 indices into the passages.",
      )
      .argument("<files...>", "files to read, or - for standard input")
      .requiredOption("--model <name|folder>", "a tagger")
      .option(
        "--types <names>",
        "types that are wanted, separated by commas (default: Chemical, Disease and Gene, as far as the tagger knows them)",
      )
      .option(
        "--threshold <p>",
        "leave out names under this probability (default: 0)",
        finiteNumber({ min: 0, max: 1 }),
      )
      .addOption(
        new Option(
          "--format <format>",
          "of the output: JSON Lines, a table, PubTator, or BioC's JSON, a document a line",
        )
          .choices(["jsonl", "tsv", "pubtator", "bioc"])
          .default("jsonl"),
      )
      .option("--limit <n>", "stop after this many documents", wholeNumber({ min: 1 }))
      .option("--strict", "stop at the first bad record instead of leaving it out")
      .option("--input-format <format>", "of the files (default: told by their content)")
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { findNames } = await import("../../workflows/find-names.ts");
  const { mentionRows } = await import("../../workflows/mention-rows.ts");
  const { model, threshold, format, limit, strict, device, threads, dtype: precision } = flags;
  const settings = {
    ...{ model, threshold, limit, strict, precision, device, threads },
    types: flags.types?.split(",").map((type) => type.trim()),
    inputFormat: flags.inputFormat as Format | undefined,
    standardInput: terminal.input,
  };
  const told = { documents: 0, names: 0, problems: 0 };
  const onEvent = (event: FindNamesEvent): void => {
    if (event.type === "problem") {
      told.problems++;
      tellProblem(event, terminal);
    } else showEvent(event, terminal);
  };
  const started = performance.now();
  const rows = mentionRows(format, model);
  if (rows.head !== "") await terminal.write(rows.head);
  for await (const names of findNames(files, settings, { signal: terminal.signal, onEvent })) {
    told.documents++;
    told.names += names.mentions.length;
    await terminal.write(rows.of(names));
  }
  const seconds = (performance.now() - started) / 1000;
  terminal.note(
    `${countOf(told.documents, "document")}, ${countOf(told.names, "name")} in ${seconds.toFixed(1)} s (${(told.documents / seconds).toFixed(1)} documents/s).`,
  );
  expectNoProblems(told.problems);
}
