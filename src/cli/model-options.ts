/** The options of every command that opens a model, and what they become. */
import type { LoadOptions } from "../pretrained/load/load.ts";
import { type LoadPlan, planLine } from "../pretrained/load/load-plan.ts";
import type { Precision } from "../pretrained/load/precision.ts";
import type { DeviceName } from "../runtime/device.ts";
import type { LoadSettings } from "../workflows/open-model.ts";
import { choice, count, type FlagsOf, flag, memory, type OptionRow, off, text } from "./options.ts";
import type { Terminal } from "./terminal.ts";

type Given<Value> = OptionRow<Value | undefined>;

/** Precision, device and threads; for commands that bring their own weights. */
export const DEVICE_OPTIONS: {
  readonly dtype: Given<Precision>;
  readonly device: Given<DeviceName>;
  readonly threads: Given<number>;
} = {
  dtype: choice("dtype", "how weights are stored (default: fp32 for small models that write, else q8)", [
    "fp32",
    "q8",
    "q4",
  ]),
  device: choice("device", "where to compute (default: cpu)", ["cpu", "webgpu"]),
  threads: count("n", "threads that compute (default: the physical cores, at most 16 and OMP_NUM_THREADS)", {
    min: 1,
    max: 256,
  }),
};

export const MODEL_OPTIONS: typeof DEVICE_OPTIONS & {
  readonly model: Given<string>;
  readonly moses: Given<"perl" | "sacremoses">;
  readonly normalize: OptionRow<boolean>;
  readonly offline: Given<boolean>;
  readonly cacheMemory: Given<number>;
  readonly cacheType: Given<"float32" | "int8">;
  readonly contextLength: Given<number>;
} = {
  ...DEVICE_OPTIONS,
  model: text(
    "name|folder",
    "embedded model, folder (also a LoRA adapter's), weight file, or Hugging Face name (default: the embedded model)",
  ),
  moses: choice("mode", "word tokenizer to be equal to (default: the model's own, else perl)", ["perl", "sacremoses"]),
  normalize: off("leave typographic quotes and dashes as they are (exact parity with the original)"),
  offline: flag("never use the network"),
  cacheMemory: memory(
    "size",
    "most memory for keys and values, such as 2GB or 25% of what is free; requests wait for each other within it (default: 75%)",
  ),
  cacheType: choice("type", "of keys and values (default: int8 with q8 and q4)", ["float32", "int8"]),
  contextLength: count("n", "most tokens of a sequence, which take memory (default: the model's)", { min: 1 }),
};

type ModelFlags = Omit<FlagsOf<typeof MODEL_OPTIONS>, "model">;

/** For a workflow, which loads the model itself. */
export function loadSettings(flags: ModelFlags): LoadSettings {
  const { dtype: precision, normalize: normalizePunctuation, ...rest } = flags;
  const { device, threads, moses, offline, cacheMemory, cacheType, contextLength } = rest;
  return { precision, normalizePunctuation, device, threads, moses, offline, cacheMemory, cacheType, contextLength };
}

export function loadOptions(flags: ModelFlags, { signal, progress, note }: Terminal): LoadOptions {
  const onPlan = (plan: LoadPlan): void => {
    const line = planLine(plan);
    if (line !== undefined) note(`note: ${line}`);
  };
  return { ...loadSettings(flags), signal, progress, onPlan };
}
