/** `biogpt finetune`: teaches a model a task from examples of what it reads and what it should write. */
import { InvalidArgumentError, Option } from "commander";
import type { DeviceName } from "../../runtime/device.ts";
import { SCHEDULES } from "../../training/schedule.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";

interface Flags extends Readonly<Record<string, unknown>> {
  readonly model?: string;
  readonly data?: string;
  readonly valid?: string;
  readonly config?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly device: DeviceName;
  readonly threads?: number;
}

/** Options that are settings, by the names that both have. */
const SETTINGS = [
  ...[
    "method",
    "prompt",
    "loss",
    "maxSource",
    "tooLong",
    "tokenBudget",
    "accumulate",
    "epochs",
    "steps",
    "learningRate",
  ],
  ...[
    "schedule",
    "warmup",
    "average",
    "dropout",
    "seed",
    "mode",
    "evaluateEvery",
    "checkpointEvery",
    "keep",
    "patience",
  ],
  ...["rank", "alpha", "targets", "frozenMaps", "scoreDocuments"],
] as const;

export const finetuneCommand: CommandModule = {
  register(program, terminal) {
    program
      .command("finetune")
      .summary("fine-tune a model, resumable")
      .description(
        'Fine-tune a model on JSON Lines of {"source", "target"}; on Ctrl-C a checkpoint is written, from which --resume goes on.',
      )
      .option("--model <name|folder>", "model to start from")
      .option("--data <file|folder>", "examples to learn, or the folder of a task that `data import` wrote")
      .option(
        "--valid <file>",
        "examples to evaluate on (default: the task folder's); without any there is no best checkpoint",
      )
      .requiredOption("--out <folder>", "run folder: settings, log, loss curve, checkpoints; usable with --model")
      .option("--config <file|recipe>", "settings: a JSON file, or the paper's bc5cdr, ddi, kd-dti, hoc or pubmedqa")
      .option("--resume", "go on with the run in --out; nothing else need be given")
      .addOption(new Option("--device <name>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"))
      .option("--threads <n>", "threads to compute with (default: physical cores)", wholeNumber({ min: 1 }))
      .optionsGroup("Settings, which win over those of --config:")
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
      .option("--warmup <n>", "updates of warm-up (default: 100)", wholeNumber())
      .option(
        "--average <n>",
        "the model is the mean of the newest n checkpoints (default: 0, the best)",
        wholeNumber(),
      )
      .option(
        "--dropout <share>",
        "of embeddings and residuals (default: the model's)",
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
      .option("--seed <n>", "of batches, dropout and new weights (default: 1)", wholeNumber())
      .option("--json", "print the result as JSON")
      .action(async (flags: Flags) => {
        const overrides = Object.fromEntries(
          SETTINGS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
        );
        const { finetune } = await import("../training/finetune.ts");
        await finetune({ ...flags, overrides }, terminal);
      });
  },
};

function nameList(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Names are separated by single commas.");
  return names;
}
