/** Standard input and small JSON arguments, with errors that name the line. */
import { isUtf8 } from "node:buffer";
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { MAX_LINE_BYTES, splitLines } from "../files/lines.ts";

/**
 * Lines of standard input, without their ends (LF or CR LF) and a leading byte order mark.
 *
 * @throws BiogptError `input/not-utf8`, `input/line-too-long`
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const lines = splitLines(
    buffersOf(input),
    (number) =>
      new BiogptError("input/line-too-long", {
        what: `Line ${number} of standard input has more than ${MAX_LINE_BYTES} bytes.`,
        fix: "Put one text on a line.",
      }),
  );
  for await (const { bytes, number } of lines) {
    if (!isUtf8(bytes)) {
      throw new BiogptError("input/not-utf8", {
        what: `Standard input is not UTF-8, at or after line ${number}.`,
        fix: "Convert it, for example with iconv -f latin1 -t utf-8.",
      });
    }
    yield bytes.toString("utf8");
  }
}

async function* buffersOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const bytes of input) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    cause,
  });
}
