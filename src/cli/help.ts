/**
 * What every command's page has in common: two examples, the options that people need first, the others under "Further options", and the
 * options that the frame itself answers (`--json` for errors, `--quiet`).
 */
import type { Command, Option } from "commander";
import type { CommandModule } from "./define.ts";

/** Needed often enough to stand first wherever a command has them; the options of its examples and the required ones come to them. */
const COMMON = ["--model", "--data", "--out", "--resume", "--json"];
const FURTHER = "Further options:";
const FEW = 8;

/** Commands that do something, without the groups over them. */
export function leafCommands(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leafCommands);
}

/** `data import`: the words that lead to a command from the program. */
export function commandPath(command: Command): string {
  const { parent } = command;
  return parent === null ? "" : `${commandPath(parent)} ${command.name()}`.trim();
}

/** The command that the words name, groups included, and how many of the words it took. */
export function namedCommand(program: Command, words: readonly string[]): { command: Command; taken: number } {
  let command = program;
  let taken = 0;
  for (const word of words) {
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined) break;
    command = next;
    taken++;
  }
  return { command, taken };
}

/** Registers a module's commands and gives each its page. */
export function finishCommands(module: CommandModule, registered: readonly Command[], program: Command): void {
  for (const command of registered.flatMap(leafCommands)) {
    const has = (flag: string): boolean => command.options.some(({ long }) => long === flag);
    if (module.writesJson === true && !has("--json"))
      command.option("--json", "errors as JSON too; the output is JSON already");
    // The terminal has taken it: what a command hands on are its own options.
    const forget = (): void => void command.setOptionValue("quiet", undefined);
    if (!has("--quiet")) command.option("--quiet", "no progress on standard error").hook("preAction", forget);
    const examples = module.examples.filter((line) => {
      const start = line.indexOf("biogpt ");
      return namedCommand(program, line.slice(start).split(" ").slice(1)).command === command;
    });
    groupOptions(command, examples.join(" "));
    command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  }
}

/** Common options first, then the others, then groups that the command made itself. A page that fits on a screen needs no second heading. */
function groupOptions(command: Command, examples: string): void {
  const isCommon = ({ long, mandatory }: Option): boolean =>
    mandatory || COMMON.includes(long ?? "") || new RegExp(`${long}\\b(?!-)`).test(examples);
  const rank = (option: Option): number => (option.helpGroupHeading !== undefined ? 2 : isCommon(option) ? 0 : 1);
  const ranks = new Map(command.options.map((option) => [option, rank(option)]));
  (command.options as Option[]).sort((a, b) => ranks.get(a)! - ranks.get(b)!);
  if (command.options.length <= FEW) return;
  for (const [option, group] of ranks) if (group === 1) option.helpGroup(FURTHER);
}
