/** `biogpt pretrain`: trains a language model from nothing, or goes on from a model's weights. */
import { Option } from "commander";
import { PRETRAINING } from "../../training/settings/tables.ts";
import type { PlannedPretraining } from "../../workflows/training/plan-pretraining.ts";
import type { PretrainOptions } from "../../workflows/training/pretrain-request.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addSettingOptions, settingOverrides } from "../setting-options.ts";
import { formatAmount, formatDuration, type Terminal } from "../terminal.ts";
import { showTraining } from "../training-output.ts";

const DAY = 86_400;

type Flags = Omit<PretrainOptions, "settings"> & { readonly dryRun?: boolean; readonly json?: boolean };

export const pretrainCommand: CommandModule = {
  examples: [
    "biogpt pretrain --config d384l8 --data corpus --tokenizer tokenizer --out run --dry-run",
    "biogpt pretrain --out run --resume",
  ],
  register(program, terminal) {
    const command = program
      .command("pretrain")
      .summary("train a language model on text, resumable")
      .description("Train a language model on text; on Ctrl-C a checkpoint is written, from which --resume goes on.")
      .option("--config <file|preset>", "settings: a JSON file, or tiny, d256l6, d384l8 or biogpt")
      .option("--data <path>", "what `corpus prepare` wrote, or a folder or file of documents")
      .option(
        "--held-out <path>",
        "documents to evaluate on; else the corpus's own held-out part, or every hundredth document",
      )
      .option("--tokenizer <folder>", "tokenizer, as `tokenizer train` writes it")
      .requiredOption("--out <folder>", "run folder: settings, log, loss curve, checkpoints; usable with --model")
      .option("--from <folder>", "start from this model's weights and tokenizer; model in the settings is then ignored")
      .option("--resume", "go on with the run in --out; nothing else need be given")
      .option("--dry-run", "show parameters, tokens, memory and the time it would take, and train nothing")
      .addOption(new Option("--device <name>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"))
      .option("--threads <n>", "threads to compute with (default: physical cores)", wholeNumber({ min: 1 }))
      .option("--json", "print the result as JSON")
      .optionsGroup("Settings, which win over --config:");
    addSettingOptions(command, PRETRAINING, "the settings'").action(
      async ({ json = false, dryRun = false, ...flags }: Flags) => {
        const options = { ...flags, settings: settingOverrides(flags, PRETRAINING) };
        if (dryRun) return await showPlan(options, { json }, terminal);
        const { pretrain } = await import("../../workflows/training/pretrain.ts");
        await showTraining(terminal, { json }, (context) => pretrain(options, context));
      },
    );
  },
};

async function showPlan(
  options: PretrainOptions,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  const { planPretraining } = await import("../../workflows/training/plan-pretraining.ts");
  const planned = await planPretraining(options, { signal: terminal.signal });
  if (planned === undefined) return;
  if (json) return await terminal.writeLine(JSON.stringify(planned.plan));
  for (const [name, text] of planRows(planned)) await terminal.writeLine(`${name.padEnd(11)} ${text}`);
}

function planRows({ plan, settings, model, microBatch }: PlannedPretraining): (readonly [string, string])[] {
  const { corpusTokens, epochs, seconds } = plan;
  const { steps, batch, length } = settings;
  const passes = epochs === null ? "" : `, ${epochs.toFixed(2)} epochs`;
  const time = seconds > 4 * DAY ? formatAmount(seconds / DAY, "days") : formatDuration(seconds);
  return [
    [
      "parameters",
      `${formatAmount(plan.parameters, "")}(${model.layers} layers, width ${model.width}, vocabulary ${model.vocabularySize})`,
    ],
    ["corpus", corpusTokens === null ? "not tokenized yet" : formatAmount(corpusTokens, "tokens an epoch")],
    ["training", `${steps} updates of ${batch} x ${length} = ${formatAmount(plan.tokens, "tokens")}${passes}`],
    ["operations", `${plan.flops.toExponential(2)} FLOP, ${plan.flopsPerToken.toExponential(2)} a token`],
    [
      "memory",
      `about ${formatAmount(plan.memoryBytes, "bytes")} with ${microBatch} sequences at once; checkpoints of ${formatAmount(plan.checkpointBytes, "bytes")}`,
    ],
    ["device", `${plan.device}: ${Math.round(plan.gemmGflops)} GFLOP/s in a bare product just now`],
    ["time", `about ${time} (${formatAmount(plan.tokensPerSecond, "tokens/s")})`],
  ];
}
