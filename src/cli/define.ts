/**
 * How commands are written: one file in commands/ for each, exporting a `CommandModule`.
 *
 * A module describes its arguments with commander, its options by a table (options.ts), and imports what it runs only inside its action, so that
 * `biogpt --help` and every command start without loading the others.
 */
import type { Command } from "commander";
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
