/** A small text file that was named, whole. */
import { open } from "node:fs/promises";
import { BiogptError } from "../base/errors.ts";

/** The longest protein and a large SD file both fit; anything larger was named by mistake. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** @throws BiogptError `input/no-file`, `input/too-large` */
export async function readTextFile(path: string): Promise<string> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BiogptError("input/no-file", {
      what: `${path} cannot be read: ${cause.code === "ENOENT" ? "there is no such file" : cause.message}.`,
      fix: "Check the path.",
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    if (size <= MAX_FILE_BYTES) return await file.readFile("utf8");
    throw new BiogptError("input/too-large", {
      what: `${path} has ${size} bytes; at most ${MAX_FILE_BYTES} are read.`,
      fix: "Name a file with the molecules or proteins to look at.",
    });
  } finally {
    await file.close();
  }
}
