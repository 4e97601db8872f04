/** `biogpt classify`: labels of sentences, one JSON object a line. */
import { type Command, Option } from "commander";
import type { Document } from "../../corpora/document.ts";
import type { HallmarkScores } from "../../tasks/hallmarks/label-scoring.ts";
import type { LabelMode } from "../../tasks/label-scoring.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { labelModel } from "../embedded-models.ts";
import { addModelOptions, loadOptions, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends ModelFlags {
  readonly scheme: "hallmarks";
  readonly threshold?: number;
  readonly thresholds?: string;
  readonly mode?: LabelMode;
  readonly prior: boolean;
  readonly all?: boolean;
  readonly limit?: number;
  readonly batch: number;
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
      .option("--batch <n>", "sentences in work at once", wholeNumber({ min: 1, max: 64 }), 8)
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

interface Sentence {
  readonly document: Document;
  readonly passage: number;
  readonly start: number;
  readonly end: number;
}

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const { throwIfAborted } = await import("../../base/cancellation.ts");
  const { readDocuments } = await import("../../corpora/literature/read.ts");
  const { MOST_CONTINUATION_SLOTS } = await import("../../generation/index.ts");
  const { loadModel } = await import("../../pretrained/load/load.ts");
  const { hallmarkSource } = await import("../../tasks/hallmarks/hallmarks.ts");
  const { chooseHallmarks, HALLMARK_TOLERANCE, hallmarkScorer } = await import(
    "../../tasks/hallmarks/label-scoring.ts"
  );
  const { readThresholds, thresholdsOf } = await import("../../tasks/hallmarks/thresholds.ts");
  if (flags.threshold !== undefined && flags.thresholds !== undefined) {
    throw new BiogptError("tasks/option", {
      what: "--threshold and --thresholds contradict each other.",
      fix: "Give one of the two.",
      kind: "usage",
    });
  }
  const given = flags.thresholds === undefined ? flags.threshold : readThresholds(flags.thresholds);
  const { signal } = terminal;
  using model = await loadModel(flags.model ?? labelModel("classify", flags.mode), {
    ...loadOptions(flags, terminal),
    slots: flags.batch * MOST_CONTINUATION_SLOTS,
  });
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const thresholds = given ?? (flags.mode === "zero-shot" ? undefined : thresholdsOf(model));
  const prior = flags.prior ? {} : { correctPrior: false };
  const scorer = hallmarkScorer(model, {
    mode: flags.mode,
    thresholds,
    tolerance: HALLMARK_TOLERANCE,
    signal,
    ...prior,
  });
  const told = { mode: undefined as LabelMode | undefined, cut: 0, sentences: 0, labelled: 0 };
  const write = async ({ document, passage, start, end }: Sentence, scores: HallmarkScores): Promise<void> => {
    if (told.mode === undefined) terminal.note(`(${model.name}, ${scores.mode})`);
    told.mode = scores.mode;
    told.sentences++;
    if (scores.sourceCut) told.cut++;
    const labels = chooseHallmarks(scores, thresholds).filter((label) => label !== "empty");
    if (labels.length > 0) told.labelled++;
    else if (flags.all !== true) return;
    const text = document.passages[passage]!.text.slice(start, end);
    const probabilities = Object.fromEntries(scores.labels.map(({ label, probability }) => [label, probability]));
    const place = { documentId: document.id, scheme: flags.scheme, passage, start, end, text };
    const named = { mode: scores.mode, model: model.name, modelHash: model.hash };
    await terminal.writeLine(JSON.stringify({ ...place, labels, probabilities, ...named }));
  };
  const running: { sentence: Sentence; scores: Promise<HallmarkScores> }[] = [];
  const finishOne = async (): Promise<void> => {
    const { sentence, scores } = running.shift()!;
    await write(sentence, await scores);
  };
  const reading = { signal, progress: terminal.progress, standardInput: terminal.input };
  for await (const sentence of sentencesOf(readDocuments(files, reading), flags.limit)) {
    throwIfAborted(signal);
    const { text } = sentence.document.passages[sentence.passage]!;
    const scores = scorer(hallmarkSource(text.slice(sentence.start, sentence.end)));
    scores.catch(() => {}); // awaited below, in order; a later failure must not count as unhandled meanwhile
    running.push({ sentence, scores });
    if (running.length >= flags.batch) await finishOne();
  }
  while (running.length > 0) await finishOne();
  terminal.note(`${told.sentences} sentences, ${told.labelled} with a hallmark.`);
  if (told.cut > 0) terminal.note(`note: ${told.cut} sentences are longer than the model reads and lost their end.`);
}

async function* sentencesOf(
  documents: AsyncIterable<Document>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Sentence, void, void> {
  const { splitSentences } = await import("../../corpora/sentences.ts");
  let count = 0;
  for await (const document of documents) {
    for (const [passage, { text }] of document.passages.entries()) {
      for (const { start, end } of splitSentences(text)) yield { document, passage, start, end };
    }
    if (++count >= limit) return;
  }
}
