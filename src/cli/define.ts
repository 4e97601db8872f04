/**
 * How commands are written: one file in commands/ for each, exporting a `CommandModule`.
 *
 * A module describes its arguments with commander and imports what it runs only inside its action, so that
 * `biogpt --help` and every command start without loading the others.
 */
import { type Command, InvalidArgumentError } from "commander";
import type { Terminal } from "./terminal.ts";

export interface CommandModule {
  /**
   * Command lines as a shell would take them, two or more for each command of the module. They stand in the command's help, whose first options are
   * those that they use (help.ts); a test parses each.
   */
  readonly examples: readonly string[];
  /** The commands write JSON without being asked: `--json` is taken as well, and says that errors are to be JSON too. */
  readonly writesJson?: boolean;
  /** Adds the command to the program. Its action gets the terminal from the closure. */
  register(program: Command, terminal: Terminal): void;
}

/** Parser for a whole number option; its message reaches the user through commander with exit code 2. */
export function wholeNumber({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
}: {
  min?: number;
  max?: number;
} = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || value < min || value > max) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? "any size" : max}.`,
      );
    }
    return value;
  };
}

/** Parser for a finite number option in [min, max]. */
export function finiteNumber({
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
}: {
  min?: number;
  max?: number;
} = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    }
    return value;
  };
}
