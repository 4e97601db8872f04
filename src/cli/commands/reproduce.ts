/** `biogpt reproduce`: the paper's five tasks from raw files to one table. */
import { commandLine } from "../command-line.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, count, type FlagsOf, flag, names, required, text } from "../options.ts";
import { addFineTuningOptions, settingOverrides } from "../setting-options.ts";
import { showEnd, trainingListener } from "../training-output.ts";

const OPTIONS = {
  data: required(text("folder", "raw files, each task in a folder of its name: BC5CDR, DDI, KD-DTI, HoC, PubMedQA")),
  out: required(text("folder", "folder to write, or to go on with")),
  model: text("name|folder", "model to fine-tune (default: the embedded model)"),
  recipe: choice(
    "family",
    "the paper's recipes, or ours for small models (default: small for models under 64 MB, else paper)",
    ["paper", "small"],
  ),
  tasks: names("names", "by commas, some of bc5cdr, ddi, kd-dti, hoc and pubmedqa (default: all)"),
  maxNewTokens: count("n", "most tokens of an answer", { min: 1, max: 2048 }, 375),
  drugbank: text("file", "KD-DTI: your DrugBank file (full XML or CSV), for the names behind its ids"),
  dtype: choice("dtype", "how weights are stored while answering", ["fp32", "q8", "q4"], "fp32"),
  device: choice("name", "where to compute", ["cpu", "webgpu"], "cpu"),
  threads: count("n", "threads to compute with (default: physical cores)", { min: 1 }),
  json: flag("print the results as JSON instead of the table"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const reproduceCommand: CommandModule = {
  examples: [
    "biogpt reproduce --data raw --out reproduction",
    "biogpt reproduce --data raw --out trial --tasks bc5cdr,ddi --recipe small",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("reproduce"), OPTIONS)
      .summary("the paper's five tasks, from raw files to one table")
      .description(
        "Imports each task, fine-tunes by its recipe, evaluates on test (greedy as published; grounded and ranked for relations, label scoring\n" +
          "for HoC and PubMedQA) and writes results.json, results.md and each task's report.html to --out. However it ends, the same command goes on.\n" +
          "KD-DTI without train.json is trained on a part of its validation documents, which the table says.",
      )
      .optionsGroup("Settings of every fine-tuning, which win over the recipes:");
    addFineTuningOptions(command).action(async (flags: Flags) => {
      const { reproduce } = await import("../../workflows/reproduction/reproduce.ts");
      const { renderResults } = await import("../../workflows/reproduction/results.ts");
      const options = { ...flags, settings: settingOverrides(flags), command: commandLine() };
      const onEvent = trainingListener(terminal, (end) => showEnd(terminal, end));
      const results = await reproduce(options, { signal: terminal.signal, onEvent });
      await (flags.json === true
        ? terminal.writeLine(JSON.stringify(results))
        : terminal.write(renderResults(results)));
    });
  },
};
