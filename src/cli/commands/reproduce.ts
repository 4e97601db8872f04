/** `biogpt reproduce`: the paper's five tasks from raw files to one table. */

import { Option } from "commander";
import type { ReproduceOptions } from "../../workflows/reproduction/reproduce.ts";
import { commandLine } from "../command-line.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addFineTuningOptions, nameList, settingOverrides } from "../setting-options.ts";
import { showEnd, trainingListener } from "../training-output.ts";

type Flags = Omit<ReproduceOptions, "settings" | "command"> & { readonly json?: boolean } & Readonly<
    Record<string, unknown>
  >;

export const reproduceCommand: CommandModule = {
  examples: [
    "biogpt reproduce --data raw --out reproduction",
    "biogpt reproduce --data raw --out trial --tasks bc5cdr,ddi --recipe small",
  ],
  register(program, terminal) {
    const command = program
      .command("reproduce")
      .summary("the paper's five tasks, from raw files to one table")
      .description(
        "Imports each task, fine-tunes by its recipe, evaluates on test (greedy as published; grounded and ranked for relations, label scoring\n" +
          "for HoC and PubMedQA) and writes results.json, results.md and each task's report.html to --out. However it ends, the same command goes on.\n" +
          "KD-DTI without train.json is trained on a part of its validation documents, which the table says.",
      )
      .requiredOption(
        "--data <folder>",
        "raw files, each task in a folder of its name: BC5CDR, DDI, KD-DTI, HoC, PubMedQA",
      )
      .requiredOption("--out <folder>", "folder to write, or to go on with")
      .option("--model <name|folder>", "model to fine-tune (default: the embedded model)")
      .addOption(
        new Option(
          "--recipe <family>",
          "the paper's recipes, or ours for small models (default: small for models under 64 MB, else paper)",
        ).choices(["paper", "small"]),
      )
      .option("--tasks <names>", "by commas, some of bc5cdr, ddi, kd-dti, hoc and pubmedqa (default: all)", nameList)
      .option("--max-new-tokens <n>", "most tokens of an answer", wholeNumber({ min: 1, max: 2048 }), 375)
      .option("--drugbank <file>", "KD-DTI: your DrugBank file (full XML or CSV), for the names behind its ids")
      .addOption(
        new Option("--dtype <dtype>", "how weights are stored while answering")
          .choices(["fp32", "q8", "q4"])
          .default("fp32"),
      )
      .addOption(new Option("--device <name>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"))
      .option("--threads <n>", "threads to compute with (default: physical cores)", wholeNumber({ min: 1 }))
      .option("--json", "print the results as JSON instead of the table")
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
