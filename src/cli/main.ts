#!/usr/bin/env node
/** The `biogpt` command: parses, runs one command, and turns every failure into what / why / fix and an exit code. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { COMMANDS } from "./commands.ts";
import { isGiven, report } from "./failure.ts";
import { finishCommands } from "./help.ts";
import { type ProcessTerminal, processTerminal, type Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

export function buildProgram(terminal: Terminal): Command {
  const program = new Command("biogpt");
  program
    .description("Biomedical text generation and mining with BioGPT and its relatives, on this machine.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  for (const module of COMMANDS) {
    const before = program.commands.length;
    module.register(program, terminal);
    finishCommands(module, program.commands.slice(before), program);
  }
  const overrideExit = (command: Command): void => {
    command.exitOverride().configureOutput({ outputError: () => {} });
    for (const child of command.commands) overrideExit(child);
  };
  overrideExit(program);
  return program;
}

/** @returns the exit code; 130 where the terminal's signal stopped the work */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = buildProgram(terminal);
  if (args.length === 0) {
    await terminal.write(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, args, program, terminal);
  }
}

const STOPPED = { SIGINT: 130, SIGTERM: 143 } as const; // 128 + the signal's number, as shells say it

/**
 * The first Ctrl-C or SIGTERM asks for an orderly end, the second ends at once.
 *
 * @param source  the process, or what stands for it in a test
 * @returns the signal that fires, what gives Ctrl-C to a part of the work, and the exit code of work that the signal stopped
 */
export function stopOnSignals(
  source: Pick<NodeJS.EventEmitter, "on">,
  exit: (code: number) => void,
): { readonly signal: AbortSignal; takeInterrupts(stop: () => void): () => void; stoppedWith(): number } {
  const controller = new AbortController();
  let taken: (() => void) | undefined;
  let code: number = STOPPED.SIGINT;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    source.on(name, () => {
      if (name === "SIGINT" && taken !== undefined && !controller.signal.aborted) return taken();
      if (controller.signal.aborted) return exit(STOPPED[name]);
      code = STOPPED[name];
      controller.abort();
    });
  }
  const takeInterrupts = (stop: () => void): (() => void) => {
    taken = stop;
    return () => {
      taken = undefined;
    };
  };
  return { signal: controller.signal, takeInterrupts, stoppedWith: () => code };
}

export async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const { signal, takeInterrupts, stoppedWith } = stopOnSignals(process, process.exit);
  const terminal = processTerminal({ signal, takeInterrupts, quiet: isGiven(args, "--quiet") });
  const failed = (error: unknown): number => report(error, args, buildProgram(terminal), terminal);
  // A failure that no command waits for, such as of a stray promise, still gets its code and its place.
  process.on("uncaughtException", (error) => end(failed(error), terminal));
  let code = await run(args, terminal);
  if (code === 0) code = await terminal.flushed().then(() => 0, failed);
  end(code === STOPPED.SIGINT ? stoppedWith() : code, terminal);
}

/** Ends the process once what was said is out; native worker threads may outlive the work. */
function end(code: number, terminal: ProcessTerminal): void {
  terminal.finish();
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
