/** A terminal that keeps what a command says. */
import type { Terminal } from "../terminal.ts";

export interface TestTerminal extends Terminal {
  readonly out: string[];
  readonly notes: string[];
}

export function testTerminal(input = ""): TestTerminal {
  const out: string[] = [];
  const notes: string[] = [];
  return {
    out,
    notes,
    input: (async function* () {
      if (input !== "") yield new TextEncoder().encode(input);
    })(),
    writeLine: async (line) => void out.push(`${line}\n`),
    write: async (text) => void out.push(text),
    note: (line) => void notes.push(line),
    progress: () => {},
    signal: new AbortController().signal,
    isTerminal: false,
  };
}
