/**
 * JSON of headers from outside: RFC 8259 and nothing more, no name twice in an object, little depth, few values.
 *
 * `JSON.parse` keeps the last of two equal names without a word, and a nested bomb of 100 MB takes it gigabytes. Objects
 * come back as maps: file order is kept for names that look like numbers, and `__proto__` is a name like any other.
 */
import { BiogptError } from "../base/errors.ts";

export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

export interface JsonLimits {
  /** Default 8: headers nest three deep. */
  readonly depth?: number;
  /** Default 20,000,000 values: a million tensors of a few axes. */
  readonly values?: number;
}

/**
 * @param bytes UTF-8
 * @param path  named in errors
 * @throws BiogptError `checkpoints/not-utf8`, `checkpoints/bad-json` with the position, `checkpoints/duplicate-name`
 */
export function parseStrictJson(
  bytes: Uint8Array,
  path: string,
  { depth: maxDepth = 8, values: maxValues = 20_000_000 }: JsonLimits = {},
): StrictJson {
  const text = decodeUtf8(bytes, path);
  const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  let at = 0;
  let values = 0;

  const wrong = (what: string): BiogptError =>
    new BiogptError("checkpoints/bad-json", {
      what: `${path}: the JSON is wrong at character ${at}: ${what}.`,
      fix: "The file is damaged or of another kind; fetch it again.",
    });
  const skipSpace = (): void => {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      at++;
    }
  };
  const expectChar = (char: string): void => {
    if (text[at] !== char)
      throw wrong(`${char} expected, ${at < text.length ? JSON.stringify(text[at]) : "end"} found`);
    at++;
  };
  const parseString = (): string => {
    expectChar('"');
    const start = at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 0x22) break;
      if (Number.isNaN(c)) throw wrong("a string does not end");
      if (c < 0x20) throw wrong("a control character stands in a string");
      at += c === 0x5c ? 2 : 1;
    }
    const inner = text.slice(start, at++);
    if (!inner.includes("\\")) return inner;
    let parsed: string;
    try {
      parsed = JSON.parse(`"${inner}"`) as string;
    } catch {
      throw wrong("a string has a wrong escape");
    }
    if (/\p{Surrogate}/u.test(parsed)) throw wrong("a string has half of a surrogate pair");
    return parsed;
  };
  const parseValue = (depth: number): StrictJson => {
    if (++values > maxValues) throw wrong(`there are more than ${maxValues} values`);
    skipSpace();
    switch (text[at]) {
      case "{":
        return parseObject(depth + 1);
      case "[":
        return parseArray(depth + 1);
      case '"':
        return parseString();
      case "t":
        return parseWord("true", true);
      case "f":
        return parseWord("false", false);
      case "n":
        return parseWord("null", null);
      default:
        return parseNumber();
    }
  };
  const parseWord = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) throw wrong("a value expected");
    at += word.length;
    return value;
  };
  const parseNumber = (): number => {
    number.lastIndex = at;
    const match = number.exec(text);
    if (match === null) throw wrong("a value expected");
    at = number.lastIndex;
    return Number(match[0]);
  };
  const closes = (bracket: string): boolean => {
    if (text[at] !== bracket) return false;
    at++;
    return true;
  };
  const enter = (depth: number): void => {
    if (depth > maxDepth) throw wrong(`it nests more than ${maxDepth} deep`);
    at++;
    skipSpace();
  };
  const parseObject = (depth: number): Map<string, StrictJson> => {
    enter(depth);
    const object = new Map<string, StrictJson>();
    if (closes("}")) return object;
    for (;;) {
      skipSpace();
      const name = parseString();
      if (object.has(name)) throw duplicateName(path, name);
      skipSpace();
      expectChar(":");
      object.set(name, parseValue(depth));
      skipSpace();
      if (closes("}")) return object;
      expectChar(",");
    }
  };
  const parseArray = (depth: number): StrictJson[] => {
    enter(depth);
    const array: StrictJson[] = [];
    if (closes("]")) return array;
    for (;;) {
      array.push(parseValue(depth));
      skipSpace();
      if (closes("]")) return array;
      expectChar(",");
    }
  };

  const value = parseValue(0);
  skipSpace();
  if (at !== text.length) throw wrong("text follows the value");
  return value;
}

/** Maps become plain objects; `__proto__` becomes an own property. */
export function toPlainJson(value: StrictJson): unknown {
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, toPlainJson(item)]));
  return value;
}

export function duplicateName(path: string, name: string): BiogptError {
  return new BiogptError("checkpoints/duplicate-name", {
    what: `${path} names ${JSON.stringify(name)} twice.`,
    why: "It is unclear which of the two counts.",
    fix: "Write the file again with the tool that made it.",
  });
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BiogptError("checkpoints/not-utf8", {
      what: `${path}: the header is not UTF-8 text.`,
      fix: "The file is damaged or of another kind; fetch it again.",
      cause,
    });
  }
}
