/** `biogpt classify`: labels of sentences, one JSON object a line. */
import { type Command, Option } from "commander";
import { countOf } from "../../base/count-of.ts";
import { FORMATS, type Format } from "../../corpora/literature/format-names.ts";
import type { LabelMode } from "../../tasks/label-scoring.ts";
import type { ClassifyEvent } from "../../workflows/classify.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { addModelOptions, loadSettings, type ModelFlags } from "../model-options.ts";
import { expectNoProblems, tellProblem } from "../problems.ts";
import type { Terminal } from "../terminal.ts";
import { showEvent } from "../workflow-events.ts";

interface Flags extends ModelFlags {
  readonly scheme: "hallmarks";
  readonly threshold?: number;
  readonly thresholds?: string;
  readonly mode?: LabelMode;
  readonly prior: boolean;
  readonly all?: boolean;
  readonly limit?: number;
  readonly batch: number;
  readonly strict?: boolean;
  readonly inputFormat?: Format;
}

export const classifyCommand: CommandModule = {
  examples: [
    "biogpt classify abstracts.xml.gz > hallmarks.jsonl",
    "cat abstract.txt | biogpt classify - --model run-hoc",
  ],
  writesJson: true,
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("classify")
        .summary("label the sentences of PubMed files")
        .description(
          "Labels each sentence of PubMed XML, JSON Lines or text files (also gzip; - is standard input) with the hallmarks of cancer\n" +
            "and writes one JSON object a line: documentId, scheme, passage, start, end, text, labels, probabilities, mode, model.\n" +
            "Labels are chosen by likelihood among the label strings that HoC's training data hold.",
        ),
    )
      .argument("<files...>", "files to read, or - for standard input")
      .addOption(new Option("--scheme <scheme>", "which labels").choices(["hallmarks"]).default("hallmarks"))
      .option(
        "--threshold <p>",
        "give every hallmark that reaches this probability (default: the thresholds of the model's folder, else the most probable set of labels)",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option("--thresholds <file>", "JSON object with a threshold for each hallmark, as learnt on validation")
      .addOption(
        new Option(
          "--mode <mode>",
          "how to ask (default: fine-tuned where the model has learned prompt tokens)",
        ).choices(["fine-tuned", "zero-shot"]),
      )
      .option("--no-prior", "zero-shot: do not take off how likely each label is without a sentence")
      .option("--all", "write sentences without a hallmark too")
      .option("--limit <n>", "stop after this many documents", wholeNumber({ min: 1 }))
      .option("--strict", "stop at the first bad record instead of leaving it out")
      .addOption(
        new Option("--input-format <format>", "of the files (default: told by their content)").choices(FORMATS),
      )
      .option("--batch <n>", "sentences in work at once", wholeNumber({ min: 1, max: 64 }), 8)
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const { classify } = await import("../../workflows/classify.ts");
  if (flags.threshold !== undefined && flags.thresholds !== undefined) {
    throw new BiogptError("tasks/option", {
      what: "--threshold and --thresholds contradict each other.",
      fix: "Give one of the two.",
      kind: "usage",
    });
  }
  const { scheme, all, mode, limit, batch, strict } = flags;
  const settings = {
    ...{ model: flags.model, mode, limit, batch, strict },
    thresholds: flags.thresholds ?? flags.threshold,
    ...(flags.prior ? {} : { correctPrior: false }),
    inputFormat: flags.inputFormat,
    standardInput: terminal.input,
    load: loadSettings(flags),
  };
  const told = { cut: 0, sentences: 0, labelled: 0, problems: 0 };
  const onEvent = (event: ClassifyEvent): void => {
    if (event.type === "problem") {
      told.problems++;
      tellProblem(event, terminal);
    } else showEvent(event, terminal);
  };
  for await (const sentence of classify(files, settings, { signal: terminal.signal, onEvent })) {
    const { document, passage, start, end, text, labels, probabilities, mode: used, model, modelHash, cut } = sentence;
    if (told.sentences++ === 0) terminal.note(`(${model}, ${used})`);
    if (cut) told.cut++;
    if (labels.length > 0) told.labelled++;
    else if (all !== true) continue;
    const place = { documentId: document.id, scheme, passage, start, end, text };
    await terminal.writeLine(JSON.stringify({ ...place, labels, probabilities, mode: used, model, modelHash }));
  }
  terminal.note(`${countOf(told.sentences, "sentence")}, ${told.labelled} with a hallmark.`);
  if (told.cut > 0)
    terminal.note(
      `note: ${countOf(told.cut, "sentence")} ${told.cut === 1 ? "is" : "are"} longer than the model reads and lost ${told.cut === 1 ? "its" : "their"} end.`,
    );
  expectNoProblems(told.problems);
}
