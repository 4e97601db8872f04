/** `biogpt describe`: what a model has to say about a drug, a disease or a gene. */
import { type Command, Option } from "commander";
import type { Description } from "../../tasks/description/describe.ts";
import type { TermKind } from "../../tasks/description/prompts.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addModelOptions, loadSettings, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags extends ModelFlags {
  readonly kind?: TermKind;
  readonly beams: number;
  readonly maxNewTokens: number;
  readonly blockRepeatedNgrams: number;
  readonly compare?: string;
  readonly report?: string;
  readonly json?: boolean;
}

export const describeCommand: CommandModule = {
  examples: ["biogpt describe Bicalutamide", "biogpt describe BRCA1 --kind gene --json"],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("describe")
        .summary("write descriptions of drugs, diseases or genes")
        .description(
          "Writes a description of each term: beam search from several prompts, the likeliest text, whole sentences only.\n" +
            "A language model writes from memory and errs; check what it says.",
        ),
    )
      .argument("<terms...>", 'names, for example "Bicalutamide" "Janus kinase 3 (JAK-3)"')
      .addOption(
        new Option("--kind <kind>", "what the terms are, for better prompts").choices(["drug", "disease", "gene"]),
      )
      .option("--beams <n>", "hypotheses of the search; 1 is greedy", wholeNumber({ min: 1, max: 16 }), 5)
      .option("--max-new-tokens <n>", "most tokens of a text", wholeNumber({ min: 1, max: 1024 }), 100)
      .option("--block-repeated-ngrams <n>", "no sequence of n tokens twice; 0 turns it off", wholeNumber(), 3)
      .option("--compare <name|folder>", "a second model: texts side by side, each judged by the other")
      .option("--report <file>", "with --compare: write an HTML page")
      .option(
        "--json",
        "one JSON object a term (with --compare one in all), documented in docs/formats/descriptions.md",
      )
      .action((terms: string[], flags: Flags) => run(terms, flags, terminal));
  },
};

async function run(terms: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { BiogptError } = await import("../../base/errors.ts");
  const { DESCRIPTION_WARNING } = await import("../../tasks/description/describe.ts");
  const { describe, describeByTwo } = await import("../../workflows/describe.ts");
  if (flags.report !== undefined && flags.compare === undefined) {
    throw new BiogptError("cli/no-effect", {
      what: "--report has no effect without --compare.",
      fix: "Name a second model, or leave it out.",
      kind: "usage",
    });
  }
  const { model, kind, beams, maxNewTokens, blockRepeatedNgrams } = flags;
  const settings = { model, load: loadSettings(flags), kind, beams, maxNewTokens, blockRepeatedNgrams };
  const context = terminalContext(terminal);
  if (flags.compare === undefined) {
    for (const description of await describe(terms, settings, context))
      await terminal.writeLine(flags.json === true ? JSON.stringify(description) : line(description));
    terminal.note(`(${DESCRIPTION_WARNING})`);
    return;
  }
  const comparison = await describeByTwo(terms, { ...settings, other: flags.compare }, context);
  if (flags.report !== undefined) {
    const { renderDescriptionReport } = await import("../../evaluation/report/report-descriptions.ts");
    const { writeFileAtomically } = await import("../../files/atomic-file.ts");
    const { commandLine } = await import("../command-line.ts");
    const { VERSION } = await import("../version.ts");
    const run = [
      ["biogpt", VERSION],
      ["command", commandLine()],
      ["decoding", `beams ${beams}, at most ${maxNewTokens} tokens, no ${blockRepeatedNgrams}-gram twice`],
    ] as const;
    await writeFileAtomically(flags.report, renderDescriptionReport(comparison, { run }));
    terminal.note(`Wrote ${flags.report}.`);
  }
  if (flags.json === true) {
    await terminal.writeLine(JSON.stringify({ ...comparison, warning: DESCRIPTION_WARNING }));
    return;
  }
  for (const side of comparison.models) {
    const { texts, unfinished, distinct, repetition, judged } = side;
    await terminal.writeLine(
      `${side.model}: ${texts} texts, ${unfinished} without a whole sentence, distinct-1/2/3 ` +
        `${[distinct[1], distinct[2], distinct[3]].map((share) => share.toFixed(3)).join(" ")}, repeated 4-grams ${repetition.toFixed(3)}` +
        (judged === null
          ? ""
          : `, ${judged.perplexity.toFixed(2)} perplexity and ${judged.bitsPerCharacter.toFixed(3)} bits a character under ${judged.by}`),
    );
    for (const description of side.descriptions) await terminal.writeLine(`  ${line(description)}`);
  }
  terminal.note(`(${DESCRIPTION_WARNING})`);
}

function line({ term, text }: Description): string {
  return text ?? `${term}: no whole sentence; try more --max-new-tokens`;
}
