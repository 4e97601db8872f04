/** `biogpt classify`: labels of sentences, one JSON object a line. */
import { agreed, countOf } from "../../base/count-of.ts";
import { BiogptError } from "../../base/errors.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, FILES } from "../documents.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, choice, count, type FlagsOf, flag, number, off, SHARE, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  scheme: choice("scheme", "which labels", ["hallmarks"], "hallmarks"),
  threshold: number(
    "p",
    "give every hallmark that reaches this probability (default: the thresholds of the model's folder, else the most probable set of labels)",
    SHARE,
  ),
  thresholds: text("file", "JSON object with a threshold for each hallmark, as learnt on validation"),
  mode: choice("mode", "how to ask (default: fine-tuned where the model has learned prompt tokens)", [
    "fine-tuned",
    "zero-shot",
  ]),
  prior: off("zero-shot: do not take off how likely each label is without a sentence"),
  all: flag("write sentences without a hallmark too"),
  batch: count("n", "sentences in work at once", { min: 1, max: 64 }, 8),
  ...DOCUMENT_OPTIONS,
};
type Flags = FlagsOf<typeof OPTIONS>;

export const classifyCommand: CommandModule = {
  examples: [
    "biogpt classify abstracts.xml.gz > hallmarks.jsonl",
    "cat abstract.txt | biogpt classify - --model run-hoc",
  ],
  writesJson: true,
  register(program, terminal) {
    addOptions(program.command("classify"), OPTIONS)
      .summary("label the sentences of PubMed files")
      .description(
        "Labels each sentence of PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip; - is standard input) with the hallmarks of cancer\n" +
          "and writes one JSON object a line: documentId, scheme, passage, start, end, text, labels, probabilities, mode, model.\n" +
          "Labels are chosen by likelihood among the label strings that HoC's training data hold.",
      )
      .argument(...FILES)
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { classify } = await import("../../workflows/classify.ts");
  const { threshold, thresholds = threshold, model, mode, limit, batch, strict, inputFormat } = flags;
  if (threshold !== undefined && flags.thresholds !== undefined) {
    throw new BiogptError("tasks/option", {
      what: "--threshold and --thresholds contradict each other.",
      fix: "Give one of the two.",
      kind: "usage",
    });
  }
  const settings = {
    ...{ model, mode, limit, batch, strict, inputFormat, thresholds, load: loadSettings(flags) },
    ...(flags.prior ? {} : { correctPrior: false }),
    standardInput: terminal.input,
  };
  const { onEvent, problems } = documentEvents(terminal);
  const told = { cut: 0, sentences: 0, labelled: 0 };
  for await (const sentence of classify(files, settings, { signal: terminal.signal, onEvent })) {
    const { document, passage, start, end, text, labels, probabilities, mode, model, modelHash, cut } = sentence;
    if (told.sentences++ === 0) terminal.note(`(${model}, ${mode})`);
    if (cut) told.cut++;
    if (labels.length > 0) told.labelled++;
    else if (flags.all !== true) continue;
    const place = { documentId: document.id, scheme: flags.scheme, passage, start, end, text };
    await terminal.writeLine(JSON.stringify({ ...place, labels, probabilities, mode, model, modelHash }));
  }
  terminal.note(`${countOf(told.sentences, "sentence")}, ${told.labelled} with a hallmark.`);
  if (told.cut > 0) {
    const [are, their] = [agreed(told.cut, "is", "are"), agreed(told.cut, "its", "their")];
    terminal.note(`note: ${countOf(told.cut, "sentence")} ${are} longer than the model reads and lost ${their} end.`);
  }
  expectNoProblems(problems());
}
