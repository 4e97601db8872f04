/**
 * Completion scripts for bash, zsh and fish, made from the command definitions: commands, options, and the values an option chooses from; where
 * none are known, files. The scripts hold everything, so that a press of Tab starts no process.
 *
 * Libraries were tried and left: `@bomb.sh/tab` 0.0.22 switches the completion of files off, which is what most arguments here are, and starts Node on
 * every press; `omelette` 0.4 knows no choices of options.
 */
import type { Command } from "commander";
import { commandPath } from "./help.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface CompletedOption {
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

interface CompletedCommand {
  /** `data import`; empty for the program. */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
  /** Values that its arguments choose from. */
  readonly values: readonly string[];
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = everyCommand(program).map(completed);
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      // zsh runs bash's function as it is; its own module gives it COMP_WORDS.
      return `autoload -U +X compinit bashcompinit\n(( $+functions[compdef] )) || compinit\nbashcompinit\n${bashScript(commands)}`;
    case "fish":
      return fishScript(commands);
    default:
      return shell satisfies never;
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function completed(command: Command): CompletedCommand {
  const options = command.options.map(({ long, short, description, required, optional, argChoices = [] }) => ({
    flag: long ?? short!,
    description,
    takesValue: required || optional,
    choices: argChoices,
  }));
  const help = { flag: "--help", description: "print help", takesValue: false, choices: [] };
  return {
    path: commandPath(command),
    children: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
    options: [...options, help],
    values: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.flatMap(({ path, children }) => children.map(({ name }) => `${path} ${name}`.trim()));
  const cases = commands.map(({ path, children, options, values }) => {
    const chosen = options.filter(({ choices }) => choices.length > 0);
    const files = options.filter(({ choices, takesValue }) => takesValue && choices.length === 0);
    const arms = [
      ...chosen.map(({ flag, choices }) => `        ${flag}) words=${quote(choices.join(" "))} ;;`),
      ...(files.length === 0 ? [] : [`        ${files.map(({ flag }) => flag).join("|")}) words="" ;;`]),
      `        *) case "$current" in -*) words=${quote(options.map(({ flag }) => flag).join(" "))} ;; *) words=${quote(
        [...children.map(({ name }) => name), ...values].join(" "),
      )} ;; esac ;;`,
    ];
    return `    ${quote(path)})\n      case "$previous" in\n${arms.join("\n")}\n      esac ;;`;
  });
  return `_biogpt() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${path:+$path }$word" in
      ${paths.map(quote).join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=()
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -o bashdefault -F _biogpt biogpt
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ path, children, options, values }) => {
    const seen = path === "" ? [] : path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
    const names = children.map(({ name }) => name);
    const open = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`];
    const condition = [...seen, ...open].join("; and ");
    const begin = `complete -c biogpt${condition === "" ? "" : ` -n ${quote(condition)}`}`;
    return [
      ...children.map(({ name, summary }) => `${begin} -f -a ${name} -d ${quote(summary)}`),
      ...(values.length === 0 ? [] : [`${begin} -f -a ${quote(values.join(" "))}`]),
      ...options.map(({ flag, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quote(choices.join(" "))}` : takesValue ? " -r" : "";
        return `${begin} -l ${flag.replace(/^--/, "")}${value} -d ${quote(description)}`;
      }),
    ];
  });
  return `${lines.join("\n")}\n`;
}

/** One word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
