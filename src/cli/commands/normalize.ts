/** `biogpt normalize`: names, or the mentions of documents, to identifiers. */
import { countOf } from "../../base/count-of.ts";
import type { NormalizedMentionRow, NormalizedName } from "../../workflows/normalize.ts";
import type { CommandModule } from "../define.ts";
import { documentEvents, expectNoProblems } from "../documents.ts";
import { interruptible, readLines } from "../input.ts";
import { addOptions, count, type FlagsOf, flag, list, repeated, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  vocabulary: repeated(
    "index",
    "an index that `vocabulary build` wrote, the first for ties (default: the Disease Ontology of the package)",
  ),
  documents: list("file", "normalize the mentions of these documents (PubTator, BioC) instead of standard input"),
  type: text("type", "what the names of standard input name: Disease, Chemical, Gene, Species, … (default: anything)"),
  candidates: count("n", "candidates of a name", { min: 1, max: 100 }, 5),
  strict: flag("stop at the first bad record of the documents instead of leaving it out"),
  json: flag("one JSON object a line: name, candidates (id, name, score, alternatives), nil"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const normalizeCommand: CommandModule = {
  examples: [
    'echo "colon cancers" | biogpt normalize --json',
    "biogpt normalize --vocabulary medic.idx --documents abstracts.pubtator --json > identifiers.jsonl",
  ],
  register(program, terminal) {
    addOptions(program.command("normalize"), OPTIONS)
      .summary("names to identifiers of vocabularies")
      .description(
        "Finds the concepts that names stand for, each with its identifier and score: names are lines of standard input, or the mentions of documents, " +
          "whose own abbreviations are read as what they are defined to be. Without --json a table: name, identifier, preferred name, score; - where no concept fits.",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { normalizeDocuments, normalizeNames } = await import("../../workflows/normalize.ts");
  const { vocabulary: vocabularies, documents, candidates, type, strict, json } = flags;
  const { onEvent, problems } = documentEvents(terminal);
  const context = { signal: terminal.signal, onEvent };
  const settings = { vocabularies, candidates };
  const rows: AsyncIterable<NormalizedName | NormalizedMentionRow> =
    documents === undefined
      ? normalizeNames({ ...settings, type, names: readLines(interruptible(terminal.input, terminal.signal)) }, context)
      : normalizeDocuments({ ...settings, documents, strict }, context);
  const told = { names: 0, found: 0 };
  for await (const row of rows) {
    told.names++;
    if (!row.nil) told.found++;
    await terminal.writeLine(json ? JSON.stringify(row) : line(row));
  }
  terminal.note(`${countOf(told.names, "name")}, ${told.found} with a concept`);
  expectNoProblems(problems());
}

function line(row: NormalizedName | NormalizedMentionRow): string {
  const place = "documentId" in row ? [row.documentId, row.start, row.end] : [];
  const chosen = row.nil ? [] : (row.parts ?? [row]).flatMap(({ candidates }) => candidates.slice(0, 1));
  const concept =
    chosen.length === 0
      ? ["-", "-", "-"]
      : [
          chosen.map(({ id }) => id).join("|"),
          chosen.map(({ name }) => name).join("|"),
          Math.min(...chosen.map(({ score }) => score)).toFixed(3),
        ];
  return [...place, row.name.replaceAll("\t", " "), ...concept].join("\t");
}
