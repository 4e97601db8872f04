/** `biogpt pretrain`: trains a language model from nothing, or goes on from a model's weights. */
import { Option } from "commander";
import type { DeviceName } from "../../runtime/device.ts";
import { SCHEDULES } from "../../training/optimizers/schedule.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { optimizerOption } from "../training/setting-options.ts";

interface Flags {
  readonly config?: string;
  readonly data?: string;
  readonly heldOut?: string;
  readonly tokenizer?: string;
  readonly out: string;
  readonly from?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly length?: number;
  readonly learningRate?: number;
  readonly schedule?: string;
  readonly optimizer?: string;
  readonly matrixLearningRate?: number;
  readonly warmup?: number;
  readonly copyShare?: number;
  readonly seed?: number;
}

export const pretrainCommand: CommandModule = {
  examples: [
    "biogpt pretrain --config d384l8 --data corpus --tokenizer tokenizer --out run --dry-run",
    "biogpt pretrain --out run --resume",
  ],
  register(program, terminal) {
    program
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
      .option("--steps <n>", "updates, instead of the settings'", wholeNumber({ min: 1 }))
      .option("--batch <n>", "sequences of an update, instead of the settings'", wholeNumber({ min: 1 }))
      .option("--length <n>", "tokens of a sequence, instead of the settings'", wholeNumber({ min: 2 }))
      .option("--learning-rate <rate>", "peak, instead of the settings'", finiteNumber())
      .addOption(new Option("--schedule <name>", "of the learning rate, instead of the settings'").choices(SCHEDULES))
      .addOption(optimizerOption("the settings'"))
      .option("--matrix-learning-rate <rate>", "peak of what Muon updates, instead of the settings'", finiteNumber())
      .option("--warmup <n>", "updates of warm-up, instead of the settings'", wholeNumber())
      .option(
        "--copy-share <share>",
        "sequences with repeated spans, instead of the settings'",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option("--seed <n>", "instead of the settings'", wholeNumber())
      .option("--json", "print the result as JSON")
      .action(async (flags: Flags) => {
        const { steps, batch, length, learningRate, schedule, optimizer, matrixLearningRate, ...others } = flags;
        const { warmup, copyShare, seed, ...rest } = others;
        const rates = { learningRate, schedule, optimizer, matrixLearningRate, warmup };
        const given = { steps, batch, length, ...rates, copyShare, seed };
        const overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const { pretrain } = await import("../training/pretrain.ts");
        await pretrain({ ...rest, overrides }, terminal);
      });
  },
};
