/**
 * The entries of a JSON object in file order.
 *
 * JavaScript moves integer-like keys (PMIDs) to the front of an object in numeric order; batches, PMID lists and the
 * order-based PubMedQA scorer need the order of the file. This finds where each member begins and ends; the values
 * themselves are left to `JSON.parse`. A repeated key keeps its first place and its last value, as in Python.
 */
import { BiogptError } from "../../base/errors.ts";

/** Deeper nesting than any corpus has; a bound for the scan of a hostile file. */
const MAX_DEPTH = 64;

/**
 * @param name what the text is, for messages
 * @returns key → the member's value as JSON text, in file order
 * @throws BiogptError `corpora/json` when the text is not one JSON object
 */
export function orderedEntries(text: string, name: string): Map<string, string> {
  const fail = (at: number, expected: string): never => {
    throw new BiogptError("corpora/json", {
      what: `${name} is not a JSON object: at character ${at} ${expected} was expected, ${describe(text[at])} found.`,
      fix: "Fetch the file again; it may be cut off.",
    });
  };
  const entries = new Map<string, string>();
  let at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  if (text[at] !== "{") fail(at, '"{"');
  at = skipSpace(text, at + 1);
  if (text[at] === "}") return endOf(text, at + 1, entries, fail);
  for (;;) {
    if (text[at] !== '"') fail(at, "a key");
    const keyEnd = stringEnd(text, at);
    if (keyEnd < 0) fail(text.length, "the end of a key");
    const key = parsePart(text.slice(at, keyEnd), name) as string;
    at = skipSpace(text, keyEnd);
    if (text[at] !== ":") fail(at, '":"');
    const start = skipSpace(text, at + 1);
    const end = valueEnd(text, start, name);
    if (end <= start) fail(start, "a value");
    entries.set(key, text.slice(start, end));
    at = skipSpace(text, end);
    if (text[at] === "}") return endOf(text, at + 1, entries, fail);
    if (text[at] !== ",") fail(at, '"," or "}"');
    at = skipSpace(text, at + 1);
  }
}

/** `JSON.parse` with the name of the text in its message. */
export function parsePart(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiogptError("corpora/json", {
      what: `${name} is not valid JSON: ${(cause as Error).message}.`,
      fix: "Fetch the file again; it may be cut off.",
      cause,
    });
  }
}

function endOf<T>(text: string, at: number, result: T, fail: (at: number, expected: string) => never): T {
  const end = skipSpace(text, at);
  if (end < text.length) fail(end, "the end");
  return result;
}

function describe(character: string | undefined): string {
  return character === undefined ? "the end" : JSON.stringify(character);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}

/** Index after the closing quote of the string that begins at `start`, or -1. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

/** Index after the value that begins at `start`: brackets are counted, strings jumped over; `JSON.parse` judges the rest. */
function valueEnd(text: string, start: number, name: string): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      at = stringEnd(text, at) - 1;
      if (at < 0) return -1;
      if (depth === 0) return at + 1;
    } else if (character === "{" || character === "[") {
      if (++depth > MAX_DEPTH) {
        throw new BiogptError("corpora/json", {
          what: `${name} nests deeper than ${MAX_DEPTH} levels.`,
          why: "No corpus does; the limit keeps a hostile file from exhausting the stack.",
        });
      }
    } else if (character === "}" || character === "]") {
      if (depth === 0) return trimmedEnd(text, start, at);
      if (--depth === 0) return at + 1;
    } else if (character === "," && depth === 0) return trimmedEnd(text, start, at);
  }
  return depth === 0 ? trimmedEnd(text, start, text.length) : -1;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && " \t\r\n".includes(text[at - 1]!)) at--;
  return at;
}
