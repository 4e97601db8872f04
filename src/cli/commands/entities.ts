/** `biogpt entities`: names of chemicals, diseases, genes and what else a tagger knows, one document a line. */
import type { Command } from "commander";
import { countOf } from "../../base/count-of.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, pace } from "../documents.ts";
import { expectFiles, IDS, idsOfInput, shortened } from "../ids.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { expectEffect } from "../no-effect.ts";
import { addOptions, choice, type FlagsOf, names, number, SHARE, text } from "../options.ts";
import { outFile, RESULT_FILE_OPTIONS } from "../result-file.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OF_IDS = {
  ...DEVICE_OPTIONS,
  model: text("name|folder", "a tagger (default: the embedded reader)"),
  ids: IDS,
};
const OPTIONS = {
  ...OF_IDS,
  types: names(
    "names",
    "types that are wanted, separated by commas (default: Chemical, Disease and Gene, as far as the tagger knows them)",
  ),
  threshold: number("p", "leave out names under this probability (default: the model's own, else 0)", SHARE),
  format: choice(
    "format",
    "of the output: JSON Lines, a table, PubTator, or BioC's JSON, a document a line",
    ["jsonl", "tsv", "pubtator", "bioc"],
    "jsonl",
  ),
  ...RESULT_FILE_OPTIONS,
  ...DOCUMENT_OPTIONS,
};
type Flags = FlagsOf<typeof OPTIONS>;

export const entitiesCommand: CommandModule = {
  examples: [
    "biogpt entities abstracts.xml.gz > names.jsonl",
    "biogpt entities abstracts.xml.gz --types chemical,disease --format pubtator",
    "biogpt entities pubmed*.xml.gz --out names.jsonl --resume",
  ],
  writesJson: true,
  register(program, terminal) {
    const command = addOptions(program.command("entities"), OPTIONS)
      .summary("find names of chemicals, diseases and genes")
      .description(
        "Finds names in PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip or zip; - is standard input) and writes one JSON object a document:\n" +
          "documentId, mentions (passage, start, end, text, type, probability), model. Offsets are UTF-16 indices into the passages.",
      )
      .argument("[files...]", "files to read, or - for standard input");
    command.action((files: string[], flags: Flags) =>
      flags.ids ? scoreIds(files, flags, command, terminal) : run(files, flags, terminal),
    );
  },
};

/** A line of logits for each line of ids: one vector a token. */
async function scoreIds(files: readonly string[], flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { classScores } = await import("../../workflows/class-scores.ts");
  expectEffect(command, flags, Object.keys(OF_IDS), "ids");
  const { usualTagger } = await import("../../workflows/find-names.ts");
  const { model = usualTagger(), dtype: precision, device, threads } = flags;
  const settings = { model, load: { precision, device, threads }, kind: "tokens" } as const;
  for await (const { logits } of classScores(idsOfInput(files, terminal), settings, terminalContext(terminal)))
    await terminal.writeLine(JSON.stringify({ logits: logits.map((row) => shortened(row as number[])) }));
}

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  expectFiles(files);
  const { findNames, usualTagger } = await import("../../workflows/find-names.ts");
  const { mentionRows } = await import("../../workflows/mention-rows.ts");
  const { namesToFile } = await import("../../workflows/names-to-file.ts");
  const { format, out, resume, model = usualTagger(), types, threshold, limit, strict, inputFormat } = flags;
  const opening = { model, precision: flags.dtype, device: flags.device, threads: flags.threads };
  const settings = { ...opening, types, threshold, limit, strict, inputFormat, standardInput: terminal.input };
  const file = outFile(flags, terminal);
  const { onEvent: show, problems } = documentEvents(terminal);
  const onEvent = file.listener(show);
  const context = { signal: terminal.signal, onEvent };
  const told = { documents: 0, names: 0 };
  const started = performance.now();
  const work = async (): Promise<boolean> => {
    if (out !== undefined) {
      const written = await namesToFile(out, files, { ...settings, format, resume }, context);
      Object.assign(told, written);
      return file.tell(written);
    }
    const rows = mentionRows(format, model);
    if (rows.head !== "") await terminal.write(rows.head);
    for await (const found of findNames(files, settings, context)) {
      told.documents++;
      told.names += found.mentions.length;
      await terminal.write(rows.of(found));
    }
    return true;
  };
  if (!(await file.during(work))) return;
  terminal.note(
    `${countOf(told.documents, "document")}, ${countOf(told.names, "name")} ${pace(told.documents, started)}`,
  );
  expectNoProblems(problems());
}
