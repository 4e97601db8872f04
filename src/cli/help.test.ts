/** Every command's page: two examples that parse, the common options before the others, the frame's own flags. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { testTerminal } from "./commands/test-terminal.fixture.ts";
import { COMMANDS } from "./commands.ts";
import { commandPath, leafCommands } from "./help.ts";
import { buildProgram } from "./main.ts";

const program = buildProgram(testTerminal());
const examples = COMMANDS.flatMap((module) => module.examples);

/** The words of the `biogpt` call in a shell line, quotes taken off; pipes and redirections end it. */
function biogptWords(line: string): string[] {
  const call = line.slice(line.indexOf("biogpt ") + "biogpt ".length);
  const words = [...call.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => ({
    word: double ?? single ?? plain!,
    ends: plain !== undefined && /^[|<>&]|\)$/.test(plain),
  }));
  const end = words.findIndex(({ ends }) => ends);
  return (end === -1 ? words : words.slice(0, end)).map(({ word }) => word.replace(/\)$/, ""));
}

/** Parses as the command would, with nothing run. @returns the path of the command that would run */
async function parsed(words: readonly string[]): Promise<string> {
  const fresh = buildProgram(testTerminal());
  let ran = "";
  for (const command of leafCommands(fresh)) {
    command.action(() => {
      ran = commandPath(command);
    });
  }
  await fresh.parseAsync(words, { from: "user" });
  return ran;
}

const helpOf = (command: Command): string => {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
  return parts.join("");
};

test.each(examples)("parses: %s", async (line) => {
  // `completion zsh` stands inside <( … ), whose parenthesis belongs to the shell.
  const words = biogptWords(line.replace(/<\((.*)\)$/, "$1"));
  expect(await parsed(words)).not.toBe("");
});

test("an example that is stale does not parse", async () => {
  await expect(parsed(["extract", "a.xml", "--no-such-option"])).rejects.toThrow("unknown option");
});

test.each(leafCommands(program).map((command) => [commandPath(command), command] as const))(
  "help of %s shows two examples and groups its options",
  (path, command) => {
    const page = helpOf(command);
    const shown = page
      .slice(page.indexOf("\nExamples:\n"))
      .split("\n")
      .filter((line) => line.includes(`biogpt ${path}`));
    expect(shown.length).toBeGreaterThanOrEqual(2);
    expect(page).toContain("--quiet");
    if (!page.includes("Further options:")) return;
    expect(page.indexOf("\nOptions:")).toBeLessThan(page.indexOf("\nFurther options:"));
    const common = page.slice(page.indexOf("\nOptions:"), page.indexOf("\nFurther options:"));
    for (const flag of new Set(shown.join(" ").match(/ --[a-z-]+/g) ?? [])) expect(common).toContain(flag.trim());
  },
);

test("every command takes --json but those that show and set up", () => {
  const without = leafCommands(program).filter(({ options }) => !options.some(({ long }) => long === "--json"));
  expect(without.map(commandPath)).toEqual(["demo", "mine", "worker", "export", "serve", "completion"]);
});

test("--json is taken by the commands that write JSON unasked", async () => {
  for (const [name, words] of [
    ["extract", ["extract", "a.xml", "--json"]],
    ["tokenize", ["tokenize", "--tokenizer", "biogpt-mini", "--json"]],
  ] as const)
    expect(await parsed(words)).toBe(name);
});
