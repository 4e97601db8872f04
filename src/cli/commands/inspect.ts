/** `biogpt inspect`: what a checkpoint holds, what it will need, what is odd about it. */
import type { Inspection } from "../../pretrained/load/inspection.ts";
import type { CommandModule } from "../define.ts";
import { addOptions, type FlagsOf, flag, off } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  values: off("do not read the values to look for NaN and infinities"),
  json: flag("one JSON object, every tensor with its dtype, shape, file, offset and bytes"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const inspectCommand: CommandModule = {
  examples: ["biogpt inspect biogpt-mini", "biogpt inspect model.safetensors --json --no-values"],
  register(program, terminal) {
    addOptions(program.command("inspect"), OPTIONS)
      .summary("what a checkpoint holds, and the memory it will need")
      .description(
        "Lists the tensors of a checkpoint (safetensors, PyTorch, fairseq; one file or shards), the memory that it will need, and what is odd: NaN, a head stored twice, sizes that contradict config.json or the vocabulary.",
      )
      .argument("<model>", "folder or weight file, or the name of an embedded or downloaded model")
      .action((model: string, flags: Flags) => run(model, flags, terminal));
  },
};

async function run(model: string, { values, json }: Flags, terminal: Terminal): Promise<void> {
  const { describeInspection, inspect } = await import("../../workflows/inspect.ts");
  const inspection = await inspect(model, { values }, terminalContext(terminal));
  await writeResult(terminal, json, toJson(inspection), () => describeInspection(model, inspection, { values }));
}

function toJson({ tensors, ...rest }: Inspection): unknown {
  const rows = tensors.map(({ name, dtype, shape, byteLength: bytes, file, offset }) => ({
    ...{ name, dtype, shape, bytes, file, offset },
  }));
  return { ...rest, tensors: rows };
}
