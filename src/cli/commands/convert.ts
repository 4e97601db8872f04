/** `biogpt convert`: a copy of a model in another element type, or quantised. */
import { formatAmount } from "../../base/amounts.ts";
import type { ConvertOptions } from "../../workflows/convert.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, choice, type FlagsOf, flag, required, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  dtype: required(
    choice(
      "dtype",
      "of the copy: q8 or q4 in codes, or packed (eight bits on the disk alone), for biogpt; fp16, bf16 or fp32 as safetensors, for others too",
      [...(["q8", "q4", "packed", "fp16", "bf16", "fp32"] as const)],
    ),
  ),
  out: required(text("folder", "folder to make; a run that was stopped is gone on with by the same command")),
  offline: flag("never use the network"),
  json: flag("one JSON object: folder, dtype, bytes, sourceBytes, tensors, resumed, seconds"),
};
type Flags = FlagsOf<typeof OPTIONS> & Pick<ConvertOptions, "dtype">;

export const convertCommand: CommandModule = {
  examples: [
    "biogpt convert PharMolix/BioMedGPT-LM-7B --dtype q4 --out biomedgpt-lm-q4",
    "biogpt convert microsoft/biogpt --dtype fp16 --out biogpt-half --json",
  ],
  register(program, terminal) {
    addOptions(program.command("convert"), OPTIONS)
      .summary("make a copy of a model, smaller or as safetensors")
      .description(
        "Copies a model into a folder in another element type, tensor by tensor: memory stays at megabytes, a kill leaves nothing half-made, and\n" +
          "the same command goes on where it stopped. The copy is used as any model's folder.",
      )
      .argument("<model>", "folder, weight file, adapter, embedded model, or Hugging Face name")
      .action((model: string, flags: Flags) => run(model, flags, terminal));
  },
};

async function run(model: string, { json, ...options }: Flags, terminal: Terminal): Promise<void> {
  const { convert } = await import("../../workflows/convert.ts");
  const conversion = await convert(model, options, terminalContext(terminal));
  const { folder, bytes, sourceBytes, seconds } = conversion;
  await writeResult(terminal, json, conversion, () => [folder]);
  const rate = formatAmount(Math.round(sourceBytes / seconds), "bytes");
  terminal.note(`${formatAmount(sourceBytes, "bytes")} became ${formatAmount(bytes, "bytes")} (${rate}/s).`);
}
