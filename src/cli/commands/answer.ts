/** `biogpt answer`: yes, no or maybe, with probabilities. */
import type { CommandModule } from "../define.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, choice, type FlagsOf, flag, off, required, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  question: required(text("text", "what is asked")),
  context: required(text("file", "text to answer from (also gzip), or - for standard input")),
  conclusion: text("text", "what the text itself concludes, as PubMedQA's reasoning-free setting has it"),
  mode: choice("mode", "how to ask (default: fine-tuned where the model has learned prompt tokens)", [
    "fine-tuned",
    "zero-shot",
  ]),
  prior: off("zero-shot: do not take off how likely each answer is without question and context"),
  json: flag(
    "one JSON object: question, answer, probabilities, mode, setting, calibrated, contextCut, model, modelHash",
  ),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const answerCommand: CommandModule = {
  examples: [
    'biogpt answer --question "Does aspirin prevent stroke?" --context abstract.txt',
    'zcat abstract.txt.gz | biogpt answer --question "Does aspirin prevent stroke?" --context - --json',
  ],
  register(program, terminal) {
    addOptions(program.command("answer"), OPTIONS)
      .summary("answer a yes/no question from a text")
      .description(
        "Answers yes, no or maybe from a context, as in PubMedQA, by the likelihood of the three answers.\n" +
          "A fine-tuned model answers after its learned prompt; a base model zero-shot, the answers' own frequency taken off.",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { readDocuments } = await import("../../corpora/literature/read.ts");
  const { joinedText } = await import("../../corpora/document.ts");
  const { answer } = await import("../../workflows/answer.ts");
  const context = terminalContext(terminal);
  const parts: string[] = [];
  const reading = { signal: terminal.signal, standardInput: terminal.input, format: "text" as const };
  for await (const document of readDocuments([flags.context], reading)) parts.push(joinedText(document));
  const { question, conclusion, mode } = flags;
  const prior = flags.prior ? {} : { correctPrior: false };
  const settings = { model: flags.model, load: loadSettings(flags), conclusion, mode, ...prior };
  const answered = await answer(question, parts.join(" "), settings, context);
  if (flags.json === true) return terminal.writeLine(JSON.stringify(answered));
  for (const [label, probability] of Object.entries(answered.probabilities)) {
    await terminal.writeLine(`${label.padEnd(6)}${(100 * probability).toFixed(1).padStart(6)} %`);
  }
  const meaning = !answered.calibrated
    ? "likelihoods of a language model"
    : answered.setting === "short-context"
      ? "calibrated on short questions"
      : "calibrated on PubMedQA's questions";
  terminal.note(`(${answered.model}, ${answered.mode}: ${meaning}. Check the answer against the text.)`);
}
