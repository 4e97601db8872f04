/** `biogpt pretrain`: trains a language model from nothing, or goes on from a model's weights. */
import { formatAmount, formatDuration } from "../../base/amounts.ts";
import { PRETRAINING } from "../../training/settings/tables.ts";
import type { PlannedPretraining } from "../../workflows/training/plan-pretraining.ts";
import type { PretrainOptions } from "../../workflows/training/pretrain-request.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, count, type FlagsOf, flag, required, text } from "../options.ts";
import { aligned, type Fact, writeResult } from "../output.ts";
import { addSettingOptions, settingOverrides } from "../setting-options.ts";
import type { Terminal } from "../terminal.ts";
import { showTraining } from "../training-output.ts";

const DAY = 86_400;

const OPTIONS = {
  config: text("file|preset", "settings: a JSON file, or tiny, d256l6, d384l8 or biogpt"),
  data: text("path", "what `corpus prepare` wrote, or a folder or file of documents"),
  heldOut: text("path", "documents to evaluate on; else the corpus's own held-out part, or every hundredth document"),
  tokenizer: text("folder", "tokenizer, as `tokenizer train` writes it"),
  out: required(text("folder", "run folder: settings, log, loss curve, checkpoints; usable with --model")),
  from: text("folder", "start from this model's weights and tokenizer; model in the settings is then ignored"),
  resume: flag("go on with the run in --out; nothing else need be given"),
  dryRun: flag("show parameters, tokens, memory and the time it would take, and train nothing"),
  device: choice("name", "where to compute", ["cpu", "webgpu"], "cpu"),
  threads: count("n", "threads to compute with (default: physical cores)", { min: 1 }),
  json: flag("print the result as JSON"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const pretrainCommand: CommandModule = {
  examples: [
    "biogpt pretrain --config d384l8 --data corpus --tokenizer tokenizer --out run --dry-run",
    "biogpt pretrain --out run --resume",
  ],
  register(program, terminal) {
    const command = addOptions(program.command("pretrain"), OPTIONS)
      .summary("train a language model on text, resumable")
      .description("Train a language model on text; on Ctrl-C a checkpoint is written, from which --resume goes on.")
      .optionsGroup("Settings, which win over --config:");
    addSettingOptions(command, PRETRAINING, "the settings'").action(async ({ json, dryRun, ...flags }: Flags) => {
      const options = { ...flags, settings: settingOverrides(flags, PRETRAINING) };
      if (dryRun) return showPlan(options, json, terminal);
      const { pretrain } = await import("../../workflows/training/pretrain.ts");
      await showTraining(terminal, json, (context) => pretrain(options, context));
    });
  },
};

async function showPlan(options: PretrainOptions, json: boolean | undefined, terminal: Terminal): Promise<void> {
  const { planPretraining } = await import("../../workflows/training/plan-pretraining.ts");
  const planned = await planPretraining(options, { signal: terminal.signal });
  if (planned === undefined) return;
  await writeResult(terminal, json, planned.plan, () => aligned(planFacts(planned), 1));
}

function planFacts({ plan, settings, model, microBatch }: PlannedPretraining): Fact[] {
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
