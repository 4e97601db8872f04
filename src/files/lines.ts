/** Lines of a byte stream with their place in it, in constant memory. `\n` and `\r\n` end a line; a leading byte order mark is dropped. */
import { BiogptError } from "../base/errors.ts";
import { decodeUtf8 } from "./bytes.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** A line as it lies there, without its end. */
interface RawLine {
  readonly bytes: Buffer;
  readonly number: number;
  /** Of its first byte in the content. */
  readonly offset: number;
}

/** A line holds one document; 64 MB is thirty times the longest full text seen, and small enough to hold. */
export const MAX_LINE_BYTES: number = 64 * 1024 * 1024;

/**
 * Cuts at line ends.
 *
 * @param tooLong makes the error for a line, by its number, that is longer than MAX_LINE_BYTES
 * @param onTooLong takes that error, and the line comes as an empty one; without it the error is thrown
 */
export async function* splitLines<TooLong extends Error>(
  chunks: AsyncIterable<Buffer>,
  tooLong: (number: number) => TooLong,
  onTooLong?: (error: TooLong) => void,
): AsyncGenerator<RawLine, void> {
  let number = 0;
  let offset = 0; //  of the first byte of the present line
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  /** Bytes of the present line that were passed over, since it is too long. */
  let passed = 0;
  const finish = (last: Buffer): RawLine => {
    const start = offset;
    let bytes = passed > 0 ? Buffer.alloc(0) : pending.length === 0 ? last : Buffer.concat([...pending, last]);
    offset += 1 + (passed > 0 ? passed + last.length : bytes.length);
    passed = 0;
    number++;
    pending.length = 0;
    pendingBytes = 0;
    if (number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    if (bytes.at(-1) === 0x0d) bytes = bytes.subarray(0, -1);
    return { bytes, number, offset: start };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield finish(chunk.subarray(from, end));
      from = end + 1;
    }
    const length = chunk.length - from;
    if (passed > 0) passed += length;
    else if (length > 0) {
      pending.push(chunk.subarray(from));
      pendingBytes += length;
      if (pendingBytes <= MAX_LINE_BYTES) continue;
      const error = tooLong(number + 1);
      if (onTooLong === undefined) throw error;
      onTooLong(error);
      passed = pendingBytes;
      pending.length = 0;
      pendingBytes = 0;
    }
  }
  if (pendingBytes + passed > 0) yield finish(Buffer.alloc(0));
}

/**
 * @param onBadLine takes the error of a line that is not text or too long, which then comes as an empty one; without it the error is thrown
 * @throws BiogptError `corpora/line-too-long`, `corpora/utf-8`, `corpora/not-text`
 */
export async function* readLines(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onBadLine?: (error: BiogptError) => void,
): AsyncGenerator<Line, void> {
  const lines = splitLines(
    chunks,
    (number) =>
      new BiogptError("corpora/line-too-long", {
        what: `Line ${number} of ${path} is longer than ${MAX_LINE_BYTES} bytes.`,
        why: "A line holds one document, so this is probably one JSON array, or binary data.",
        fix: "Give --input-format json for JSON that is not one object a line, or write one object a line (`jq -c '.[]' file.json > file.jsonl`).",
      }),
    onBadLine,
  );
  for await (const { bytes, number, offset } of lines) {
    let text = "";
    try {
      text = decodeUtf8(bytes, path, offset);
      if (text.includes("\0")) throw notText(path, number);
    } catch (error) {
      if (onBadLine === undefined || !(error instanceof BiogptError)) throw error;
      onBadLine(error);
      text = "";
    }
    yield { text, number };
  }
}

export function notText(path: string, line?: number): BiogptError {
  return new BiogptError("corpora/not-text", {
    what: `${path} is not text: ${line === undefined ? "it begins with" : `line ${line} holds`} zero bytes.`,
    why: "It may be binary data, or text in UTF-16.",
    fix: "Convert UTF-16 with `iconv -f UTF-16 -t UTF-8`; docs/formats/input.md lists what is read.",
  });
}
