/** A JSON schema in a file, for `generate`; what it asks for is checked where it is used. */
import { BiogptError } from "../base/errors.ts";
import type { JsonSchema } from "../pretrained/json/schema.ts";
import { readJsonFile } from "../tasks/json-file.ts";

/** @throws BiogptError `pretrained/json-schema` for no JSON, `input/no-file` */
export function readJsonSchema(path: string): JsonSchema {
  try {
    return readJsonFile(path, refused) as JsonSchema;
  } catch (error) {
    if (error instanceof BiogptError) throw error;
    throw new BiogptError("input/no-file", { what: `${path} cannot be read.`, fix: "Check the path.", cause: error });
  }

  function refused(why: string, cause?: unknown): BiogptError {
    const fix = "Give a file with one JSON schema.";
    return new BiogptError("pretrained/json-schema", { what: `${path} cannot be used: ${why}.`, fix, cause });
  }
}
