/** What a failure looks like: what / why / fix for people, one JSON line for programs, and the exit code of both. */
import { type Command, CommanderError } from "commander";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { asBiogptError } from "../base/system-errors.ts";
import { commandPath, namedCommand } from "./help.ts";
import type { Terminal } from "./terminal.ts";

/** Whether a flag stands among the arguments, before a `--` that ends the options. Works where the arguments could not be parsed too. */
export function isGiven(args: readonly string[], flag: string): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes(flag);
}

/**
 * Says on standard error what failed; JSON where `--json` was given.
 *
 * @returns the exit code
 */
export function report(error: unknown, args: readonly string[], program: Command, terminal: Terminal): number {
  // The reader of our output went away (`| head`). Nothing failed.
  if ((error as { code?: unknown } | undefined)?.code === "EPIPE") return 0;
  const { command } = namedCommand(program, args);
  const name = `biogpt ${commandPath(command)}`.trim();
  const usage = error instanceof CommanderError ? usageError(error, name, command) : undefined;
  if (usage === null) return (error as CommanderError).exitCode === 0 ? 0 : 2; // help was asked for, or is the answer
  const known = usage ?? asBiogptError(error);
  const asJson = isGiven(args, "--json");
  if (asJson) terminal.note(JSON.stringify({ error: known }));
  else for (const line of textLines(known, name, usage !== undefined)) terminal.note(line);
  if ((known.kind === "internal" && !asJson) || process.env["BIOGPT_DEBUG"]) terminal.note(known.stack ?? "");
  return known.exitCode;
}

function textLines(error: BiogptError, name: string, isUsage: boolean): string[] {
  const { code, kind, what, why, fix } = error;
  const rest = [...(why === undefined ? [] : [`  why   ${why}`]), ...(fix === undefined ? [] : [`  fix   ${fix}`])];
  if (isUsage) return [`${name}: ${what} [${code}]`, ...rest];
  if (kind === "aborted") return [`${name}: stopped. [${code}]`, ...rest.filter((line) => line.startsWith("  fix"))];
  return [`${name}: failed. [${code}]`, `  what  ${what}`, ...rest];
}

/** A command line that commander refuses as an error of ours; null where it only printed help or the version. */
function usageError(error: CommanderError, name: string, command: Command): BiogptError | null {
  if (error.exitCode === 0 || error.code === "commander.help") return null;
  const [what, ...hints] = error.message.replace(/^error: /, "").split("\n");
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/, "$1")).join(" ") || choiceHint(what!, command);
  return new BiogptError("cli/usage", {
    what: what!,
    fix: `${hint === "" ? "" : `${hint.trim()} `}\`${name} --help\` lists the arguments and options.`,
  });
}

/** Commander knows near misses of options and commands; those of an option's values are ours, and where texts are read from. */
function choiceHint(message: string, command: Command): string {
  if (message.startsWith("too many arguments") && command.description().includes("standard input"))
    return `It reads standard input: \`biogpt ${commandPath(command)} < FILE\`.`;
  const wrong = /^(?:option|command-argument value) '(?<flags>[^']+)'(?: argument '(?<given>[^']*)')? is invalid/.exec(
    message,
  )?.groups;
  if (wrong?.["given"] !== undefined) {
    const choices = command.options.find(({ flags }) => flags === wrong["flags"])?.argChoices ?? [];
    return didYouMean(wrong["given"], choices);
  }
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return wrong === undefined ? "" : didYouMean(wrong["flags"]!, choices);
}
