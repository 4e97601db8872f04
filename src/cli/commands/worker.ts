/** `biogpt worker`: does what `biogpt mine --queue` hands out, on this machine. */
import { countOf } from "../../base/count-of.ts";
import type { CommandModule } from "../define.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { addOptions, type FlagsOf, required, text } from "../options.ts";

const OPTIONS = {
  queue: required(text("url", "redis://HOST[:PORT] or postgres://HOST/DATABASE, as `biogpt mine` was given it")),
  out: text("folder", "of the graph, where this machine has it under another path"),
  ...DEVICE_OPTIONS,
};

export const workerCommand: CommandModule = {
  examples: [
    "biogpt worker --queue redis://broker:6379",
    "biogpt worker --queue postgres://broker/biogpt --out /mnt/kg --threads 4",
  ],
  register(program, terminal) {
    addOptions(program.command("worker"), OPTIONS)
      .summary("do what `mine --queue` hands out")
      .description(
        "Takes units of documents from a queue and writes what is found into the graph's folder, which all machines share, until it is stopped.\n" +
          "One that is killed loses its unit to another.",
      )
      .action(async ({ queue, out, dtype: precision, device, threads }: FlagsOf<typeof OPTIONS>) => {
        const { runWorker } = await import("../../workflows/mining/worker.ts");
        const onEvent = (event: { type: string; text?: string; documents?: number; relations?: number }): void => {
          if (event.type === "note") terminal.note(event.text!);
          else terminal.note(`${countOf(event.documents!, "document")}, ${countOf(event.relations ?? 0, "relation")}`);
        };
        const load = { precision, device, threads };
        const done = await runWorker({ queue, out, load }, { signal: terminal.signal, onEvent });
        terminal.note(`${countOf(done, "unit")} done.`);
      });
  },
};
