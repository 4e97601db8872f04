/** Options that would be parsed and ignored: an error that names them. */
import type { Command } from "commander";

/** @param what a whole sentence */
export async function noEffect(what: string, fix = "Leave it out."): Promise<Error> {
  const { BiogptError } = await import("../base/errors.ts");
  return new BiogptError("cli/no-effect", { what, fix, kind: "usage" });
}

/**
 * @param listened options that are read, by their names in `flags`
 * @param where    what they would have no effect with: `entities`
 * @throws BiogptError `cli/no-effect` for the first other one that the user gave
 */
export async function expectEffect(
  command: Command,
  flags: object,
  listened: readonly string[],
  where: string,
): Promise<void> {
  const deaf = Object.keys(flags).find(
    (name) => !listened.includes(name) && command.getOptionValueSource(name) === "cli",
  );
  if (deaf === undefined) return;
  const option = deaf.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw await noEffect(`--${option} has no effect with ${where}.`);
}
