/** What a command's result looks like: a line of JSON, or lines for people. */
import type { Terminal } from "./terminal.ts";

/** @param lines the result in words; not made where JSON is wanted */
export async function writeResult(
  terminal: Terminal,
  json: boolean | undefined,
  result: unknown,
  lines: () => readonly string[],
): Promise<void> {
  if (json === true) await terminal.writeLine(JSON.stringify(result));
  else for (const line of lines()) await terminal.writeLine(line);
}

export type Fact = readonly [name: string, text: string];

/** Names and what they are, in two columns. */
export function aligned(facts: readonly Fact[], gap = 2): string[] {
  const width = Math.max(...facts.map(([name]) => name.length)) + gap;
  return facts.map(([name, text]) => name.padEnd(width) + text);
}
