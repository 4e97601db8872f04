/** `biogpt benchmark`: what a model knows without fine-tuning, beside chance. */
import type { CommandModule } from "../define.ts";
import { loadOptions, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, count, type FlagsOf, flag, list, off, required } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  data: required(
    list(
      "path",
      "folder of the benchmark or of several; for perplexity files of documents (PubMed XML, JSON Lines, text)",
    ),
  ),
  shots: count("n", "solved examples before each question (default: 0)", { max: 32 }),
  limit: count("n", "questions drawn at random, or the first documents", { min: 1 }),
  seed: count("n", "seed of the draws of questions and examples (default: 1)"),
  draws: count("n", "bootstrap draws of the confidence interval; 0 leaves it out", { max: 100_000 }, 1000),
  batch: count("n", "questions or documents in work at once", { min: 1, max: 64 }, 4),
  end: off("perplexity: do not predict the </s> after each document"),
  json: flag("one JSON object, documented in docs/formats/benchmarks.md"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const benchmarkCommand: CommandModule = {
  examples: [
    "biogpt benchmark medmcqa --data benchmarks --model microsoft/biogpt --shots 3",
    "biogpt benchmark perplexity --data abstracts.jsonl --limit 500 --json",
  ],
  register(program, terminal) {
    addOptions(program.command("benchmark"), OPTIONS)
      .summary("medical multiple choice and perplexity, beside chance")
      .description(
        "Multiple choice by the likelihood of each option's text (medqa, medmcqa, mmlu, bioasq, pubmedqa; medconceptsqa from ICD and ATC\n" +
          "files of yours), zero- or few-shot, or the perplexity of documents. Two accuracies: raw likelihood, and likelihood a character (normalized).",
      )
      .argument("<benchmark>", "medqa, medmcqa, mmlu, bioasq, pubmedqa, medconceptsqa or perplexity")
      .action((name: string, flags: Flags) => run(name, flags, terminal));
  },
};

async function run(name: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { benchmark } = await import("../../workflows/benchmark.ts");
  const { choiceTable, perplexityTable } = await import("../../evaluation/report/score-tables.ts");
  const { model, json, data, shots, limit, seed, draws, batch, end } = flags;
  const load = loadOptions(flags, terminal);
  const asked = { data, shots, limit, seed, draws, batch, end, standardInput: terminal.input };
  const result = await benchmark(name, { model, load, ...asked }, terminalContext(terminal));
  await writeResult(terminal, json, result, () =>
    "perplexity" in result ? perplexityTable(result.model, result) : choiceTable(result.model, result),
  );
}
