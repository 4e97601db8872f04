/** `biogpt ask`: a question about molecules and proteins. */
import type { NamedAttachment } from "../../workflows/attachments.ts";
import type { CommandModule } from "../define.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, count, type FlagsOf, flag, ordered, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { showEvent } from "../workflow-events.ts";

const OPTIONS = {
  ...MODEL_OPTIONS,
  molecule: ordered("smiles", "a molecule, in quotes", "attachments"),
  protein: ordered(
    "sequence|file",
    "a protein: residues, or FASTA or UniProt text in a file (FILE#NAME: one of it)",
    "attachments",
  ),
  system: text("text", "what the model is told first (default: the format's own)"),
  format: text("name", "how the prompt is written (default: the model's own template, else its family's format)"),
  maxNewTokens: count("n", "most tokens of the answer (default: 256)", { min: 1 }),
  answer: text("text", "with --json: the log-likelihood of this answer too"),
  known: text("file", "answer by what this file (ChEBI-20, JSON Lines, …) says of the nearest molecules or proteins"),
  alone: flag("the language model answers by itself, whatever is known of relatives"),
  json: flag(
    "one JSON object: prompt, promptIds, positions, ids, text, finishReason, molecules, proteins, neighbour, model",
  ),
};
type Flags = FlagsOf<typeof OPTIONS> & { readonly attachments?: readonly NamedAttachment[] };

export const askCommand: CommandModule = {
  examples: [
    'biogpt ask --molecule "CC(=O)Oc1ccccc1C(=O)O" "Please describe this molecule."',
    'biogpt ask --model PharMolix/BioMedGPT-10B --protein seq.fasta "What is the function of this protein?" --json',
  ],
  register(program, terminal) {
    addOptions(program.command("ask"), OPTIONS)
      .summary("ask about molecules and proteins")
      .description(
        "Answers a question about the molecules and proteins that are attached, in the order in which they are given, or a plain one.\n" +
          "Without --model a molecule is described by what ChEBI says of a relative, which a note names. Greedy: the same question has the same answer. Answers can be wrong; none is medical advice.",
      )
      .argument("<question>", "what is asked")
      .action((question: string, flags: Flags) => run(question, flags, terminal));
  },
};

async function run(question: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { noEffect } = await import("../no-effect.ts");
  const { ask } = await import("../../workflows/ask.ts");
  const { model, attachments, system, format, maxNewTokens, answer, known, alone, json } = flags;
  if (answer !== undefined && json !== true) throw noEffect("--answer has no effect without --json.", "Add --json.");
  let written = Promise.resolve();
  let hasBegun = false;
  const about = { model, attachments, system, format, maxNewTokens, answer, known, alone };
  const asked = await ask(
    question,
    { ...about, load: loadSettings(flags) },
    {
      signal: terminal.signal,
      onEvent(event) {
        if (event.type !== "text") return showEvent(event, terminal);
        const piece = hasBegun ? event.text : event.text.trimStart();
        hasBegun ||= piece !== "";
        if (json !== true) written = written.then(() => terminal.write(piece));
      },
    },
  );
  await written;
  await terminal.writeLine(json === true ? JSON.stringify(asked) : "");
}
