/** `biogpt benchmark`: what a model knows without fine-tuning, beside chance. */
import type { Command } from "commander";
import { countOf } from "../../base/count-of.ts";
import type { MultipleChoiceReport } from "../../evaluation/benchmarks/multiple-choice.ts";
import type { PerplexityReport } from "../../evaluation/benchmarks/perplexity.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addModelOptions, loadOptions, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags extends ModelFlags {
  readonly data: string[];
  readonly shots?: number;
  readonly limit?: number;
  readonly seed?: number;
  readonly draws: number;
  readonly batch: number;
  readonly end: boolean;
  readonly json?: boolean;
}

export const benchmarkCommand: CommandModule = {
  examples: [
    "biogpt benchmark medmcqa --data benchmarks --model microsoft/biogpt --shots 3",
    "biogpt benchmark perplexity --data abstracts.jsonl --limit 500 --json",
  ],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("benchmark")
        .summary("medical multiple choice and perplexity, beside chance")
        .description(
          "Multiple choice by the likelihood of each option's text (medqa, medmcqa, mmlu, bioasq, pubmedqa), zero- or few-shot, or the\n" +
            "perplexity of documents. Two accuracies: raw likelihood, and likelihood a character (normalized).",
        ),
    )
      .argument("<benchmark>", "medqa, medmcqa, mmlu, bioasq, pubmedqa or perplexity")
      .requiredOption(
        "--data <path...>",
        "folder of the benchmark or of several; for perplexity files of documents (PubMed XML, JSON Lines, text)",
      )
      .option("--shots <n>", "solved examples before each question (default: 0)", wholeNumber({ max: 32 }))
      .option("--limit <n>", "questions drawn at random, or the first documents", wholeNumber({ min: 1 }))
      .option("--seed <n>", "seed of the draws of questions and examples (default: 1)", wholeNumber())
      .option(
        "--draws <n>",
        "bootstrap draws of the confidence interval; 0 leaves it out",
        wholeNumber({ max: 100_000 }),
        1000,
      )
      .option("--batch <n>", "questions or documents in work at once", wholeNumber({ min: 1, max: 64 }), 4)
      .option("--no-end", "perplexity: do not predict the </s> after each document")
      .option("--json", "one JSON object, documented in docs/formats/benchmarks.md")
      .action((name: string, flags: Flags) => run(name, flags, terminal));
  },
};

async function run(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { benchmark } = await import("../../workflows/benchmark.ts");
  const { model, json, data, shots, limit, seed, draws, batch, end } = flags;
  const load = loadOptions(flags, terminal);
  const asked = { data, shots, limit, seed, draws, batch, end, standardInput: terminal.input };
  const result = await benchmark(name, { model, load, ...asked }, terminalContext(terminal));
  if (json === true) await terminal.writeLine(JSON.stringify(result));
  else if ("perplexity" in result) await terminal.write(perplexityTable(result.model, result));
  else await terminal.write(choiceTable(result.model, result));
}

const percent = (share: number): string => (100 * share).toFixed(1).padStart(6);

function choiceTable(model: string, report: MultipleChoiceReport): string {
  const { benchmark, shots, questions, available, raw, normalized, chance, mostFrequent, subjects, shortened } = report;
  const row = (label: string, a: number, b: number): string =>
    `  ${label.slice(0, 30).padEnd(32)}${percent(a)}${percent(b).padStart(12)}\n`;
  const interval = [raw, normalized].flatMap(({ confidence }, at) =>
    confidence === null
      ? []
      : [
          `  ${at === 0 ? "raw" : "normalized"}: ${Math.round(100 * confidence.level)} % interval${percent(confidence.low)} to${percent(confidence.high)}\n`,
        ],
  );
  return (
    `${benchmark}, ${countOf(shots, "shot")}, ${model}: ${questions} of ${countOf(available, "question")}, ${report.seconds.toFixed(1)} s\n` +
    `${"".padEnd(34)}${"raw".padStart(6)}${"normalized".padStart(12)}\n` +
    row("accuracy", raw.accuracy, normalized.accuracy) +
    (subjects.length > 1
      ? `${row("mean of subjects", report.bySubject.raw, report.bySubject.normalized)}${subjects
          .map((subject) => row(`  ${subject.subject} (${subject.questions})`, subject.raw, subject.normalized))
          .join("")}`
      : "") +
    row("chance", chance, chance) +
    (mostFrequent === null ? "" : row("always the most frequent", mostFrequent, mostFrequent)) +
    interval.join("") +
    (shortened === 0
      ? ""
      : `  ${shortened === 1 ? "1 prompt was" : `${shortened} prompts were`} shortened to fit the model's positions\n`)
  );
}

function perplexityTable(model: string, report: PerplexityReport): string {
  const { documents, tokens, perplexity, bitsPerCharacter, confidence, windowed, unknownTokens } = report;
  return (
    `perplexity, ${model}: ${countOf(documents, "document")}, ${countOf(tokens, "token")}, ${report.seconds.toFixed(1)} s\n` +
    `  perplexity a token   ${perplexity.toFixed(3)}\n` +
    `  bits a character     ${bitsPerCharacter.toFixed(4)}` +
    (confidence === null
      ? "\n"
      : `   (${Math.round(100 * confidence.level)} % interval ${confidence.low.toFixed(4)} to ${confidence.high.toFixed(4)})\n`) +
    (windowed === 0
      ? ""
      : `  ${windowed === 1 ? "1 document was" : `${windowed} documents were`} longer than the model's positions and read in windows\n`) +
    (unknownTokens === 0
      ? ""
      : `  ${unknownTokens === 1 ? "1 token is" : `${unknownTokens} tokens are`} unknown to the vocabulary\n`)
  );
}
