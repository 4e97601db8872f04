/** `biogpt completion`: a script that teaches the shell the commands, their options and choices. */
import { Argument, type Command } from "commander";
import type { CommandModule } from "../define.ts";
import type { Terminal } from "../terminal.ts";

export const completionCommand: CommandModule = {
  examples: [
    "biogpt completion bash > ~/.local/share/bash-completion/completions/biogpt",
    "biogpt completion fish > ~/.config/fish/completions/biogpt.fish",
    "source <(biogpt completion zsh)",
  ],
  register(program: Command, terminal: Terminal): void {
    program
      .command("completion")
      .summary("completion of commands and options in the shell")
      .description(
        "Prints a script that completes commands, options and their values with Tab.\n" +
          "Put it where the shell finds it, or read it with source; make it anew after an update.",
      )
      .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
      .action(async (shell: "bash" | "zsh" | "fish") => {
        const { completionScript } = await import("../completion-scripts.ts");
        await terminal.write(completionScript(program, shell));
      });
  },
};
