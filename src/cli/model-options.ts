/** The options of every command that opens a model, and what they become. */
import { type Command, Option } from "commander";
import type { LoadOptions } from "../pretrained/load/load.ts";
import type { Precision } from "../pretrained/load/precision.ts";
import type { DeviceName } from "../runtime/device.ts";
import type { LoadSettings } from "../workflows/open-model.ts";
import { wholeNumber } from "./define.ts";
import type { Terminal } from "./terminal.ts";

export interface ModelFlags {
  readonly model?: string;
  readonly dtype?: Precision;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly moses?: "perl" | "sacremoses";
  readonly normalize: boolean;
  readonly offline?: boolean;
}

export function addModelOptions(command: Command): Command {
  return addDeviceOptions(command)
    .option(
      "--model <name|folder>",
      "embedded model, folder (also a LoRA adapter's), weight file, or Hugging Face name (default: the embedded model)",
    )
    .addOption(
      new Option("--moses <mode>", "word tokenizer to be equal to (default: the model's own, else perl)").choices([
        "perl",
        "sacremoses",
      ]),
    )
    .option("--no-normalize", "leave typographic quotes and dashes as they are (exact parity with the original)")
    .option("--offline", "never use the network");
}

/** Precision, device and threads; for commands that bring their own weights. */
export function addDeviceOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--dtype <dtype>", "how weights are stored (default: fp32 for small models, else q8)").choices([
        "fp32",
        "q8",
        "q4",
      ]),
    )
    .addOption(new Option("--device <device>", "where to compute (default: cpu)").choices(["cpu", "webgpu"]))
    .option(
      "--threads <n>",
      "threads that compute (default: the physical cores, at most 16)",
      wholeNumber({ min: 1, max: 256 }),
    );
}

/** For a workflow, which loads the model itself. */
export function loadSettings(flags: ModelFlags): LoadSettings {
  return {
    precision: flags.dtype,
    device: flags.device,
    threads: flags.threads,
    moses: flags.moses,
    normalizePunctuation: flags.normalize,
    offline: flags.offline,
  };
}

export function loadOptions(flags: ModelFlags, { signal, progress }: Terminal): LoadOptions {
  return { ...loadSettings(flags), signal, progress };
}
