/** `biogpt entities`: names of chemicals, diseases, genes and what else a tagger knows, one document a line. */
import { countOf } from "../../base/count-of.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, FILES, pace } from "../documents.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { addOptions, choice, type FlagsOf, names, number, required, SHARE, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  ...DEVICE_OPTIONS,
  model: required(text("name|folder", "a tagger")),
  types: names(
    "names",
    "types that are wanted, separated by commas (default: Chemical, Disease and Gene, as far as the tagger knows them)",
  ),
  threshold: number("p", "leave out names under this probability (default: 0)", SHARE),
  format: choice(
    "format",
    "of the output: JSON Lines, a table, PubTator, or BioC's JSON, a document a line",
    ["jsonl", "tsv", "pubtator", "bioc"],
    "jsonl",
  ),
  ...DOCUMENT_OPTIONS,
};
type Flags = FlagsOf<typeof OPTIONS>;

export const entitiesCommand: CommandModule = {
  examples: [
    "biogpt entities abstracts.xml.gz --model tagger > names.jsonl",
    "biogpt entities abstracts.xml.gz --model tagger --types chemical,disease --format pubtator",
  ],
  writesJson: true,
  register(program, terminal) {
    addOptions(program.command("entities"), OPTIONS)
      .summary("find names of chemicals, diseases and genes")
      .description(
        "Finds names in PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip; - is standard input) and writes one JSON object a document:\n" +
          "documentId, mentions (passage, start, end, text, type, probability), model. Offsets are UTF-16 indices into the passages.",
      )
      .argument(...FILES)
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { findNames } = await import("../../workflows/find-names.ts");
  const { mentionRows } = await import("../../workflows/mention-rows.ts");
  const { format, dtype: precision, model, types, threshold, limit, strict, inputFormat, device, threads } = flags;
  const settings = { model, types, threshold, limit, strict, inputFormat, precision, device, threads };
  const reading = { ...settings, standardInput: terminal.input };
  const { onEvent, problems } = documentEvents(terminal);
  const told = { documents: 0, names: 0 };
  const started = performance.now();
  const rows = mentionRows(format, model);
  if (rows.head !== "") await terminal.write(rows.head);
  for await (const found of findNames(files, reading, { signal: terminal.signal, onEvent })) {
    told.documents++;
    told.names += found.mentions.length;
    await terminal.write(rows.of(found));
  }
  terminal.note(
    `${countOf(told.documents, "document")}, ${countOf(told.names, "name")} ${pace(told.documents, started)}`,
  );
  expectNoProblems(problems());
}
