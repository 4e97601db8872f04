/** Lines of a corpus file with their place in it, in constant memory. `\n` and `\r\n` end a line; a leading BOM is dropped. */
import { BiogptError } from "../base/errors.ts";
import { decodeUtf8 } from "./bytes.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** A line holds one document; 64 MB is thirty times the longest full text seen, and small enough to hold. */
export const MAX_LINE_BYTES: number = 64 * 1024 * 1024;

/** @throws BiogptError `corpora/line-too-long`, `corpora/utf-8`, `corpora/not-text` */
export async function* readLines(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Line, void> {
  let number = 0;
  let offset = 0; //  of the first byte of `rest` in the content
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  const finish = (last: Buffer): Line => {
    let bytes = pending.length === 0 ? last : Buffer.concat([...pending, last]);
    const start = offset;
    offset += bytes.length + 1;
    number++;
    pending.length = 0;
    pendingBytes = 0;
    if (number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    if (bytes.at(-1) === 0x0d) bytes = bytes.subarray(0, -1);
    const text = decodeUtf8(bytes, path, start);
    if (text.includes("\0")) throw notText(path, number);
    return { text, number };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield finish(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from < chunk.length) {
      pending.push(chunk.subarray(from));
      pendingBytes += chunk.length - from;
      if (pendingBytes > MAX_LINE_BYTES) {
        throw new BiogptError("corpora/line-too-long", {
          what: `Line ${number + 1} of ${path} is longer than ${MAX_LINE_BYTES} bytes.`,
          why: "A line holds one document, so this is probably one JSON array, or binary data.",
          fix: "Write one JSON object a line (`jq -c '.[]' file.json > file.jsonl`).",
        });
      }
    }
  }
  if (pendingBytes > 0) yield finish(Buffer.alloc(0));
}

export function notText(path: string, line?: number): BiogptError {
  return new BiogptError("corpora/not-text", {
    what: `${path} is not text: ${line === undefined ? "it begins with" : `line ${line} holds`} zero bytes.`,
    why: "It may be binary data, or text in UTF-16.",
    fix: "Convert UTF-16 with `iconv -f UTF-16 -t UTF-8`; PubMed XML, JSON Lines and plain text are read.",
  });
}
