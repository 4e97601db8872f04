#!/usr/bin/env node
/** The `biogpt` command: parses, runs one command, and turns every failure into what / why / fix and an exit code. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { BiogptError, internalError } from "../base/errors.ts";
import { COMMANDS } from "./commands.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

export function buildProgram(terminal: Terminal): Command {
  const program = new Command("biogpt");
  program
    .description("Biomedical text generation and mining with BioGPT and its relatives, on this machine.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  for (const command of COMMANDS) command.register(program, terminal);
  const overrideExit = (command: Command): void => {
    command.exitOverride().configureOutput({ outputError: () => {} });
    for (const child of command.commands) overrideExit(child);
  };
  overrideExit(program);
  return program;
}

/** @returns the exit code */
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

function report(error: unknown, args: readonly string[], program: Command, terminal: Terminal): number {
  const command = program.commands.find((known) => known.name() === args[0]);
  const name = command === undefined ? "biogpt" : `biogpt ${command.name()}`;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; //                                    --help and --version
    if (error.code === "commander.help") return 2; //                         a group without its subcommand
    const [first, ...rest] = error.message.replace(/^error: /, "").split("\n");
    terminal.note(`${name}: ${first} [cli/usage]`);
    for (const line of rest) terminal.note(`  ${line}`);
    terminal.note(`  fix   \`${name} --help\` lists the arguments and options.`);
    return 2;
  }
  const known = error instanceof BiogptError ? error : unknownFailure(error);
  if (known.kind === "aborted") {
    terminal.note(`${name}: stopped. [${known.code}]`);
    if (known.fix !== undefined) terminal.note(`  fix   ${known.fix}`);
    return known.exitCode;
  }
  terminal.note(`${name}: failed. [${known.code}]`);
  terminal.note(`  what  ${known.what}`);
  if (known.why !== undefined) terminal.note(`  why   ${known.why}`);
  if (known.fix !== undefined) terminal.note(`  fix   ${known.fix}`);
  if (known.kind === "internal" || process.env.BIOGPT_DEBUG) terminal.note(known.stack ?? "");
  return known.exitCode;
}

/** Node's own errors that a user can cause get a place of their own; the rest are bugs. */
function unknownFailure(error: unknown): BiogptError {
  const { code, path, message } = error as NodeJS.ErrnoException;
  const file = path ?? "a file";
  if (code === "ENOENT") {
    return new BiogptError("files/not-found", {
      what: `${file} does not exist.`,
      fix: "Check the path.",
      kind: "not-found",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new BiogptError("files/forbidden", {
      what: `${file} may not be opened.`,
      fix: "Check its permissions.",
      cause: error,
    });
  }
  if (code === "EISDIR")
    return new BiogptError("files/is-folder", { what: `${file} is a folder.`, fix: "Name a file.", cause: error });
  if (code === "ENOTDIR")
    return new BiogptError("files/not-folder", {
      what: `${file} is not a folder.`,
      fix: "Name a folder.",
      cause: error,
    });
  if (code === "ENOSPC") {
    return new BiogptError("files/disk-full", {
      what: `The disk is full: ${message}.`,
      fix: "Free some space and run it again.",
      cause: error,
    });
  }
  return internalError(error instanceof Error ? error.message : String(error), error);
}

/** The first Ctrl-C asks for an orderly end, the second ends at once. */
export async function main(): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const terminal = processTerminal(controller.signal);
  const code = await run(process.argv.slice(2), terminal);
  terminal.finish();
  process.exitCode = code;
  // Native worker threads may outlive the work; what was written is flushed first.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
