/** `biogpt classify`: labels of sentences, one JSON object a line. */
import type { Command } from "commander";
import { agreed, countOf } from "../../base/count-of.ts";
import { BiogptError } from "../../base/errors.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems } from "../documents.ts";
import { expectFiles, IDS, idsOfInput, shortened } from "../ids.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { expectEffect, usageError } from "../no-effect.ts";
import { addOptions, choice, count, type FlagsOf, flag, number, off, SHARE, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OF_IDS = { ...MODEL_OPTIONS, ids: IDS };
const OF_CLASSIFIER = {
  ...MODEL_OPTIONS,
  threshold: number(
    "p",
    "give every label that reaches this probability (default: the thresholds of the model's folder, else the most probable set of labels; " +
      "of a classifier of your own the most probable one)",
    SHARE,
  ),
  all: flag("write sentences without a label too"),
  ...DOCUMENT_OPTIONS,
};
const OPTIONS = {
  ...OF_IDS,
  ...OF_CLASSIFIER,
  scheme: choice("scheme", "which labels", ["hallmarks"], "hallmarks"),
  thresholds: text("file", "JSON object with a threshold for each hallmark, as learnt on validation"),
  mode: choice("mode", "how to ask (default: fine-tuned where the model has learned prompt tokens)", [
    "fine-tuned",
    "zero-shot",
  ]),
  prior: off("zero-shot: do not take off how likely each label is without a sentence"),
  batch: count("n", "sentences in work at once", { min: 1, max: 64 }, 8),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const classifyCommand: CommandModule = {
  examples: [
    "biogpt classify abstracts.xml.gz > hallmarks.jsonl",
    "cat abstract.txt | biogpt classify - --model run-hoc",
  ],
  writesJson: true,
  register(program, terminal) {
    const command = addOptions(program.command("classify"), OPTIONS)
      .summary("label the sentences of PubMed files")
      .description(
        "Labels each sentence of PubMed XML, MEDLINE, RIS, BioC, CSV, JSON, text and more (also gzip or zip; - is standard input) with the hallmarks of cancer\n" +
          "and writes one JSON object a line: documentId, scheme, passage, start, end, text, labels, probabilities, mode, model.\n" +
          "Labels are chosen by likelihood among the label strings that HoC's training data hold.\n" +
          "With a classifier of your own (finetune classification) its labels, of each document or sentence: documentId, labels, probabilities, model.",
      )
      .argument("[files...]", "files to read, or - for standard input");
    command.action(async (files: string[], flags: Flags) => {
      if (flags.ids) return scoreIds(files, flags, command, terminal);
      expectFiles(files);
      const { isClassifier } = await import("../../workflows/classify-texts.ts");
      const isOwn = await isClassifier(flags.model, { load: loadSettings(flags) }, terminalContext(terminal));
      if (!isOwn) return labelSentences(files, flags, terminal);
      expectEffect(command, flags, Object.keys(OF_CLASSIFIER), "a classifier of your own");
      return labelTexts(files, flags, terminal);
    });
  },
};

/** A line of logits for each line of ids. */
async function scoreIds(files: readonly string[], flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { classScores } = await import("../../workflows/class-scores.ts");
  expectEffect(command, flags, Object.keys(OF_IDS), "ids");
  const { model } = flags;
  if (model === undefined) throw usageError("Scoring ids needs --model.", "Name a classifier.");
  const settings = { model, load: loadSettings(flags), kind: "sequence" } as const;
  for await (const { logits } of classScores(idsOfInput(files, terminal), settings, terminalContext(terminal)))
    await terminal.writeLine(JSON.stringify({ logits: shortened(logits as number[]) }));
}

/** With a classifier of the user's own: a line for each document or sentence. */
async function labelTexts(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { classifyTexts } = await import("../../workflows/classify-texts.ts");
  const { model, threshold, limit, strict, inputFormat, all } = flags;
  const settings = { model: model!, threshold, limit, strict, inputFormat, load: loadSettings(flags) };
  const { onEvent, problems } = documentEvents(terminal);
  const told = { texts: 0, cut: 0 };
  const reading = { ...settings, standardInput: terminal.input };
  for await (const one of classifyTexts(files, reading, { signal: terminal.signal, onEvent })) {
    const { document, place, labels, classes, cut, model } = one;
    told.texts++;
    if (cut) told.cut++;
    if (labels.length === 0 && all !== true) continue;
    const probabilities = Object.fromEntries(classes.map(({ label, probability }) => [label, probability]));
    await terminal.writeLine(JSON.stringify({ documentId: document.id, ...place, labels, probabilities, model }));
  }
  terminal.note(`${countOf(told.texts, "text")}${told.cut > 0 ? `, of which ${told.cut} lost their end` : ""}.`);
  expectNoProblems(problems());
}

async function labelSentences(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
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
