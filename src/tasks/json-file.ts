/** Small JSON files of users and of model folders: read whole, within a limit, with or without the byte order mark that Windows editors write. */
import { readFileSync, statSync } from "node:fs";

/** The largest file that is read so: five hundred labels of the greatest length are a tenth of it. */
export const MOST_JSON_BYTES: number = 1024 * 1024;

/**
 * @param refused makes the error for a file that is too large or no JSON; `why` goes on from "because"
 * @throws what `refused` makes, and Node's own error for a file that is not there or may not be opened
 */
export function readJsonFile(path: string, refused: (why: string, cause?: unknown) => Error): unknown {
  const { size } = statSync(path);
  if (size > MOST_JSON_BYTES) throw refused(`it holds ${size} bytes, at most ${MOST_JSON_BYTES} are read`);
  const text = readFileSync(path, "utf8");
  try {
    return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (error) {
    throw refused(`it is no JSON: ${(error as Error).message}`, error);
  }
}
