/** The options of `finetune` and `reproduce` that are settings of the run, by the names that both have. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { SCHEDULES } from "../../training/optimizers/schedule.ts";
import { finiteNumber, wholeNumber } from "../define.ts";

const SETTINGS = [
  ...[
    "method",
    "prompt",
    "loss",
    "maxSource",
    "unit",
    "contextWords",
    "tooLong",
    "tokenBudget",
    "accumulate",
    "epochs",
    "steps",
  ],
  ...["learningRate", "schedule", "finalShare", "warmup", "optimizer", "matrixLearningRate", "weightDecay", "clip"],
  ...["average", "dropout", "attentionDropout", "seed", "mode", "evaluateEvery", "checkpointEvery", "keep", "patience"],
  ...["rank", "alpha", "targets", "frozenMaps", "scoreDocuments", "weights"],
] as const;

/** The settings among a command's flags. */
export function settingOverrides(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(SETTINGS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
}

export function addFineTuningOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--method <name>", "what is trained (default: full)").choices(["full", "lora", "soft-prompt"]),
    )
    .option("--prompt <n>", "learned tokens between source and target (default: 9)", wholeNumber({ max: 1000 }))
    .addOption(
      new Option("--loss <what>", "tokens that count: all, as in the paper, or the target's (default: all)").choices([
        "all",
        "target",
      ]),
    )
    .option("--max-source <n>", "most source tokens (default: 640)", wholeNumber({ min: 1 }))
    .addOption(
      new Option(
        "--unit <unit>",
        "relations: what is read at once, the document or each sentence by itself; the model then reads that way (default: document)",
      ).choices(["document", "sentence"]),
    )
    .option(
      "--context-words <n>",
      "questions: last words of a context that are read; the model then reads that way (default: all)",
      wholeNumber({ min: 1, max: 100_000 }),
    )
    .addOption(
      new Option("--too-long <what>", "longer texts are an error, or cut as in the paper (default: error)").choices([
        "error",
        "truncate",
      ]),
    )
    .option("--token-budget <n>", "tokens of a micro-batch (default: 1024)", wholeNumber({ min: 1 }))
    .option("--accumulate <n>", "micro-batches of an update (default: 32)", wholeNumber({ min: 1 }))
    .option("--epochs <n>", "passes over the examples (default: 10)", wholeNumber({ min: 1 }))
    .option("--steps <n>", "updates, instead of epochs", wholeNumber({ min: 1 }))
    .option("--learning-rate <rate>", "peak (default: 1e-5)", finiteNumber())
    .addOption(new Option("--schedule <name>", "of the learning rate (default: inverse-sqrt)").choices(SCHEDULES))
    .option(
      "--final-share <share>",
      "of the peak, at the end of linear and cosine (default: 0.1)",
      finiteNumber({ min: 0, max: 1 }),
    )
    .option("--warmup <n>", "updates of warm-up (default: 100)", wholeNumber())
    .addOption(optimizerOption())
    .option("--matrix-learning-rate <rate>", "peak of what Muon updates (default: --learning-rate)", finiteNumber())
    .option("--weight-decay <rate>", "of AdamW and Muon (default: 0.01)", finiteNumber({ min: 0 }))
    .option("--clip <norm>", "largest norm of the mean gradient; 0 leaves it (default: 0)", finiteNumber({ min: 0 }))
    .option("--average <n>", "the model is the mean of the newest n checkpoints (default: 0, the best)", wholeNumber())
    .option("--dropout <share>", "of embeddings and residuals (default: the model's)", finiteNumber({ min: 0, max: 1 }))
    .option(
      "--attention-dropout <share>",
      "of attention weights (default: the model's)",
      finiteNumber({ min: 0, max: 1 }),
    )
    .option("--evaluate-every <n>", "updates (default: an epoch)", wholeNumber())
    .option(
      "--score-documents <n>",
      "documents of the task's valid split that are answered and scored at each evaluation (default: 0)",
      wholeNumber(),
    )
    .option("--checkpoint-every <n>", "updates (default: an epoch)", wholeNumber({ min: 1 }))
    .option("--keep <n>", "newest checkpoints that stay, besides the best (default: 2)", wholeNumber({ min: 1 }))
    .option("--patience <n>", "evaluations without gain that end the run (default: 0, never)", wholeNumber())
    .addOption(
      new Option(
        "--weights <type>",
        "of checkpoints; float16 halves them, with exact ones beside (default: float32)",
      ).choices(["float32", "float16"]),
    )
    .addOption(
      new Option("--mode <name>", "blocks needs less memory and more time (default: whole)").choices([
        "whole",
        "blocks",
      ]),
    )
    .option("--rank <n>", "of LoRA (default: 8)", wholeNumber({ min: 1 }))
    .option("--alpha <number>", "of LoRA, its scale is alpha / rank (default: 16)", finiteNumber({ min: 0 }))
    .option("--targets <names>", "maps that get LoRA, by commas (default: q_proj,v_proj)", nameList)
    .addOption(
      new Option(
        "--frozen-maps <type>",
        "how LoRA and soft prompts hold the weights they do not train: int8 needs a quarter of the memory (default: float32)",
      ).choices(["float32", "int8"]),
    )
    .option("--seed <n>", "of batches, dropout and new weights (default: 1)", wholeNumber());
}

export function optimizerOption(fallback = "adamw"): Option {
  return new Option(
    "--optimizer <name>",
    `what updates the blocks' linear maps (default: ${fallback}); the rest is AdamW's`,
  ).choices(["adamw", "muon"]);
}

/** Names separated by commas. */
export function nameList(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Names are separated by single commas.");
  return names;
}
