/** A JSON file that may be missing. */
import { readFile } from "node:fs/promises";

/**
 * @param refuse the error for a file that is not JSON, by a sentence that says so
 * @returns undefined where there is no such file
 */
export async function readOptionalJson(
  path: string,
  refuse: (what: string, cause: unknown) => Error,
): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    // ENOTDIR: what would be its folder is a file.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw refuse(`${path} is not JSON: ${(error as Error).message}.`, error);
  }
}
