/** `biogpt answer`: yes, no or maybe, with probabilities. */
import { type Command, Option } from "commander";
import type { LabelMode } from "../../tasks/label-scoring.ts";
import type { CommandModule } from "../define.ts";
import { labelModel } from "../embedded-models.ts";
import { addModelOptions, loadOptions, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends ModelFlags {
  readonly question: string;
  readonly context: string;
  readonly conclusion?: string;
  readonly mode?: LabelMode;
  readonly prior: boolean;
  readonly json?: boolean;
}

export const answerCommand: CommandModule = {
  examples: [
    'biogpt answer --question "Does aspirin prevent stroke?" --context abstract.txt',
    'zcat abstract.txt.gz | biogpt answer --question "Does aspirin prevent stroke?" --context - --json',
  ],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("answer")
        .summary("answer a yes/no question from a text")
        .description(
          "Answers yes, no or maybe from a context, as in PubMedQA, by the likelihood of the three answers.\n" +
            "A fine-tuned model answers after its learned prompt; a base model zero-shot, the answers' own frequency taken off.",
        ),
    )
      .requiredOption("--question <text>", "what is asked")
      .requiredOption("--context <file>", "text to answer from (also gzip), or - for standard input")
      .option("--conclusion <text>", "what the text itself concludes, as PubMedQA's reasoning-free setting has it")
      .addOption(
        new Option(
          "--mode <mode>",
          "how to ask (default: fine-tuned where the model has learned prompt tokens)",
        ).choices(["fine-tuned", "zero-shot"]),
      )
      .option("--no-prior", "zero-shot: do not take off how likely each answer is without question and context")
      .option(
        "--json",
        "one JSON object: question, answer, probabilities, mode, calibrated, contextCut, model, modelHash",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { readDocuments } = await import("../../corpora/literature/read.ts");
  const { joinedText } = await import("../../corpora/document.ts");
  const { loadModel } = await import("../../pretrained/load/load.ts");
  const { answerScorer } = await import("../../tasks/question-answering/label-scoring.ts");
  const { answerCalibrationOf } = await import("../../tasks/question-answering/answer-calibration.ts");
  const { questionSource } = await import("../../tasks/question-answering/yes-no.ts");
  const { signal } = terminal;
  const parts: string[] = [];
  const reading = { signal, standardInput: terminal.input, format: "text" as const };
  for await (const document of readDocuments([flags.context], reading)) parts.push(joinedText(document));
  using model = await loadModel(flags.model ?? labelModel("answer", flags.mode), loadOptions(flags, terminal));
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const { question, conclusion, mode: asking } = flags;
  const setting = conclusion === undefined ? "reasoning-required" : "reasoning-free";
  const scorer = answerScorer(model, {
    mode: asking,
    calibration: asking === "zero-shot" || !flags.prior ? undefined : answerCalibrationOf(model, setting),
    signal,
    ...(flags.prior ? {} : { correctPrior: false }),
  });
  const asked = questionSource({ question, context: parts.join(" "), conclusion });
  const { mode, scores, sourceCut, contextWords, calibrated } = await scorer(asked);
  if (contextWords !== undefined)
    terminal.note(`note: of the context the model reads the last ${contextWords} words, as it was trained to.`);
  if (sourceCut) terminal.note("note: the context is longer than the model reads; its end was left out.");
  if (flags.json === true) {
    const probabilities = Object.fromEntries(scores.map(({ label, probability }) => [label, probability]));
    const named = {
      mode,
      calibrated,
      contextCut: sourceCut || contextWords !== undefined,
      model: model.name,
      modelHash: model.hash,
    };
    await terminal.writeLine(JSON.stringify({ question, answer: scores[0]!.label, probabilities, ...named }));
    return;
  }
  for (const { label, probability } of scores) {
    await terminal.writeLine(`${label.padEnd(6)}${(100 * probability).toFixed(1).padStart(6)} %`);
  }
  const meaning = calibrated ? "calibrated on PubMedQA's questions" : "likelihoods of a language model";
  terminal.note(`(${model.name}, ${mode}: ${meaning}. Check the answer against the text.)`);
}
