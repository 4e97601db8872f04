/** `biogpt describe`: what a model has to say about a drug, a disease or a gene. */

import type { DescriptionComparison } from "../../evaluation/describe.ts";
import type { Description } from "../../tasks/description/describe.ts";
import { commandLine } from "../command-line.ts";
import type { CommandModule } from "../define.ts";
import { generationOption } from "../generation-options.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { noEffect } from "../no-effect.ts";
import { addOptions, choice, type FlagsOf, flag, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  kind: choice("kind", "what the terms are, for better prompts", ["drug", "disease", "gene"]),
  beams: generationOption("beams", { max: 16 }, 5),
  maxNewTokens: generationOption("maxNewTokens", { help: "most tokens of a text", max: 1024 }, 100),
  blockRepeatedNgrams: generationOption("noRepeatNGram", {}, 3),
  compare: text("name|folder", "a second model: texts side by side, each judged by the other"),
  report: text("file", "with --compare: write an HTML page"),
  json: flag("one JSON object a term (with --compare one in all), documented in docs/formats/descriptions.md"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const describeCommand: CommandModule = {
  examples: ["biogpt describe Bicalutamide", "biogpt describe BRCA1 --kind gene --json"],
  register(program, terminal) {
    addOptions(program.command("describe"), OPTIONS)
      .summary("write descriptions of drugs, diseases or genes")
      .description(
        "Writes a description of each term: beam search from several prompts, the likeliest text, whole sentences only.\n" +
          "A language model writes from memory and errs; check what it says.",
      )
      .argument("<terms...>", 'names, for example "Bicalutamide" "Janus kinase 3 (JAK-3)"')
      .action((terms: string[], flags: Flags) => run(terms, flags, terminal));
  },
};

async function run(terms: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { DESCRIPTION_WARNING: warning } = await import("../../tasks/description/describe.ts");
  const { describe, describeByTwo } = await import("../../workflows/describe.ts");
  const { model, kind, beams, maxNewTokens, blockRepeatedNgrams, compare, report, json } = flags;
  if (report !== undefined && compare === undefined)
    throw noEffect("--report has no effect without --compare.", "Name a second model, or leave it out.");
  const settings = { model, load: loadSettings(flags), kind, beams, maxNewTokens, blockRepeatedNgrams };
  const context = terminalContext(terminal);
  if (compare === undefined) {
    for (const description of await describe(terms, settings, context))
      await writeResult(terminal, json, description, () => [line(description)]);
    return terminal.note(`(${warning})`);
  }
  const comparison = await describeByTwo(terms, { ...settings, other: compare }, context);
  if (report !== undefined) {
    await writeReport(report, comparison, flags);
    terminal.note(`Wrote ${report}.`);
  }
  await writeResult(terminal, json, { ...comparison, warning }, () => comparison.models.flatMap(sideLines));
  if (json !== true) terminal.note(`(${warning})`);
}

async function writeReport(file: string, comparison: DescriptionComparison, flags: Flags): Promise<void> {
  const { renderDescriptionReport } = await import("../../evaluation/report/report-descriptions.ts");
  const { writeFileAtomically } = await import("../../files/atomic-file.ts");
  const { beams, maxNewTokens, blockRepeatedNgrams } = flags;
  const run = [
    ["biogpt", VERSION],
    ["command", commandLine()],
    ["decoding", `beams ${beams}, at most ${maxNewTokens} tokens, no ${blockRepeatedNgrams}-gram twice`],
  ] as const;
  await writeFileAtomically(file, renderDescriptionReport(comparison, { run }));
}

function sideLines(side: DescriptionComparison["models"][number]): string[] {
  const { model, texts, unfinished, distinct, repetition, judged, descriptions } = side;
  const shares = [distinct[1], distinct[2], distinct[3]].map((share) => share.toFixed(3)).join(" ");
  const measured = `distinct-1/2/3 ${shares}, repeated 4-grams ${repetition.toFixed(3)}`;
  const judgement =
    judged === null
      ? ""
      : `, ${judged.perplexity.toFixed(2)} perplexity and ${judged.bitsPerCharacter.toFixed(3)} bits a character under ${judged.by}`;
  return [
    `${model}: ${texts} texts, ${unfinished} without a whole sentence, ${measured}${judgement}`,
    ...descriptions.map((description) => `  ${line(description)}`),
  ];
}

function line({ term, text }: Description): string {
  return text ?? `${term}: no whole sentence; try more --max-new-tokens`;
}
