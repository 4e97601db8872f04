/** `biogpt embed`: a vector for each document, or for each list of ids. */
import { countOf } from "../../base/count-of.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, pace } from "../documents.ts";
import { expectFiles, IDS, idsOfInput, shortened } from "../ids.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { expectEffect, usageError } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OF_BOTH = {
  ...MODEL_OPTIONS,
  dtype: choice("dtype", "how weights are stored (default: fp32)", ["fp32", "q8", "q4"]),
  pooling: choice("pooling", "the mean over all ids, or what stands at the last one", ["mean", "last"], "mean"),
  layer: count("n", "0: the embedding, n: what comes out of block n (default: the last, after the final norm)"),
  ids: IDS,
  json: flag("a line of JSON for each, as without it; errors are JSON too"),
  npy: flag("one array of NumPy's (.npy), float32, a row for each"),
};
const OPTIONS = { ...OF_BOTH, ...DOCUMENT_OPTIONS };
type Flags = FlagsOf<typeof OPTIONS>;

export const embedCommand: CommandModule = {
  examples: [
    "biogpt embed abstracts.xml.gz --pooling mean > vectors.jsonl",
    "biogpt embed --ids - --npy < ids.jsonl > vectors.npy",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("embed"), OPTIONS)
      .summary("vectors of texts")
      .description(
        "Writes a vector for each document of PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip or zip; - is standard input): documentId,\n" +
          "embedding (the model's hidden states, not normalised), tokens, windows, layer, pooling, model. With --ids only embedding.\n" +
          "A text longer than the model's positions is read in parts of equal length.",
      )
      .argument("[files...]", "files to read, or - for standard input");
    command.action((files: string[], flags: Flags) => run(files, flags, command, terminal));
  },
};

async function run(
  files: readonly string[],
  flags: Flags,
  command: Parameters<typeof expectEffect>[0],
  terminal: Terminal,
): Promise<void> {
  const { embed, embedIds } = await import("../../workflows/embed.ts");
  const { npyHeader, npyRow } = await import("../../files/npy.ts");
  const { model, pooling, layer, npy, json } = flags;
  if (npy && json) throw usageError("--npy and --json contradict each other.", "Give one of the two.");
  const { writeBytes } = terminal;
  if (npy && (terminal.isTerminal || writeBytes === undefined))
    throw usageError("An array is not for a screen.", "Send it to a file: > vectors.npy");
  const settings = { model, pooling, layer, load: loadSettings(flags) };
  const rows: Uint8Array[] = [];
  const give = async (embedding: Float32Array, before: object = {}, behind: object = {}): Promise<void> => {
    if (npy) rows.push(npyRow(embedding));
    else await terminal.writeLine(JSON.stringify({ ...before, embedding: shortened(embedding), ...behind }));
  };
  const { onEvent, problems } = documentEvents(terminal);
  if (flags.ids) {
    expectEffect(command, flags, Object.keys(OF_BOTH), "ids");
    for await (const vector of embedIds(idsOfInput(files, terminal), settings, terminalContext(terminal)))
      await give(vector);
  } else {
    expectFiles(files);
    const { limit, strict, inputFormat } = flags;
    const reading = { ...settings, limit, strict, inputFormat, standardInput: terminal.input };
    const started = performance.now();
    let documents = 0;
    for await (const { document, embedding, ...rest } of embed(files, reading, { signal: terminal.signal, onEvent })) {
      documents++;
      await give(embedding, { documentId: document.id }, rest);
    }
    terminal.note(`${countOf(documents, "document")} ${pace(documents, started)}`);
  }
  if (npy) for (const bytes of [npyHeader(rows.length, (rows[0]?.length ?? 0) / 4), ...rows]) await writeBytes!(bytes);
  expectNoProblems(problems());
}
