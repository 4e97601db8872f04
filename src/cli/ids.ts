/** `--ids` of commands that else read documents: a JSON array of ids on each line of standard input, used as they are. */
import { interruptible, parseIds, readLines } from "./input.ts";
import { usageError } from "./no-effect.ts";
import { flag, type OptionRow } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const IDS: OptionRow<boolean | undefined> = flag(
  "read a JSON array of token ids a line from standard input, used as they are",
);

/** @throws BiogptError `cli/usage` where files are named, `input/ids` naming the line */
export async function* idsOfInput(files: readonly string[], terminal: Terminal): AsyncGenerator<number[], void, void> {
  if (files.some((file) => file !== "-"))
    throw usageError("Ids are read from standard input alone.", "Name no file, or -.");
  let number = 0;
  for await (const line of readLines(interruptible(terminal.input, terminal.signal))) {
    yield parseIds(line, `Line ${++number}`);
  }
}

/** @throws BiogptError `cli/usage` where there is none */
export function expectFiles(files: readonly string[]): void {
  if (files.length === 0) throw usageError("No file was named.", "Name files to read, or - for standard input.");
}

/** Eight digits, which tell any two float32 apart that differ by more than rounding. */
export function shortened(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(8)));
}
