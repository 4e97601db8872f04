/** Standard input and small JSON arguments, with errors that name the line. */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";

/** Longest line read from standard input, in bytes; a file without line ends would otherwise fill the memory. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Lines of a byte stream, without their ends (LF or CR LF).
 *
 * @throws BiogptError `input/not-utf8`, `input/line-too-long`
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let rest = "";
  let number = 1;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new BiogptError("input/not-utf8", {
        what: `Standard input is not UTF-8, at or after line ${number}.`,
        fix: "Convert it, for example with iconv -f latin1 -t utf-8.",
        cause,
      });
    }
  };
  for await (const bytes of input) {
    rest += decode(bytes);
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
      number++;
    }
    if (rest.length > LONGEST_LINE) {
      throw new BiogptError("input/line-too-long", {
        what: `Line ${number} of standard input has more than ${LONGEST_LINE} bytes.`,
        fix: "Put one text on a line.",
      });
    }
  }
  rest += decode();
  if (rest !== "") yield rest;
}

/** The same bytes until the signal fires, even while no more of them come: a person at the keyboard presses Ctrl-C once. */
export async function* interruptible(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const iterator = input[Symbol.asyncIterator]();
  while (true) {
    throwIfAborted(signal);
    const next = await Promise.race([iterator.next(), stopped]);
    if (next === undefined) throw abortedError(signal);
    if (next.done === true) return;
    yield next.value;
  }
}

/** A JSON array of token ids. */
export function parseIds(text: string, where: string): number[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badIds(text, where, cause);
  }
  if (!Array.isArray(value) || value.length === 0 || !value.every((id) => Number.isInteger(id) && id >= 0))
    throw badIds(text, where);
  return value as number[];
}

function badIds(text: string, where: string, cause?: unknown): BiogptError {
  return new BiogptError("input/ids", {
    what: `${where} is not a list of token ids: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}.`,
    why: "Ids are whole numbers from 0 in a JSON array, the first of them 2 (</s>) as a rule.",
    fix: "For example [2,4805,9,656,21]; `biogpt tokenize --format ids` makes them.",
    kind: "usage",
    cause,
  });
}
