/** Options that contradict each other, or would be parsed and ignored: an error that names them. */
import type { Command } from "commander";
import { BiogptError } from "../base/errors.ts";
import { optionOf } from "../training/settings/setting.ts";

/** @param what a whole sentence */
export function noEffect(what: string, fix = "Leave it out."): BiogptError {
  return new BiogptError("cli/no-effect", { what, fix, kind: "usage" });
}

/** Something is missing, or too much is said. */
export function usageError(what: string, fix: string): BiogptError {
  return new BiogptError("cli/usage", { what, fix, kind: "usage" });
}

/**
 * @param listened options that are read, by their names in `flags`
 * @param where    what they would have no effect with: `entities`
 * @throws BiogptError `cli/no-effect` for the first other one that the user gave
 */
export function expectEffect(command: Command, flags: object, listened: readonly string[], where: string): void {
  const deaf = Object.keys(flags).find(
    (name) => name !== "quiet" && !listened.includes(name) && command.getOptionValueSource(name) === "cli",
  );
  if (deaf !== undefined) throw noEffect(`${optionOf(deaf)} has no effect with ${where}.`);
}
