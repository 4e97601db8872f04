/** The files in a fine-tuned model's folder that say how it is to be asked: how much of a text it reads, and its own relations. */
import { join } from "node:path";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { READING_FILE, type Reading, readingText } from "../tasks/reading.ts";
import { type RelationSchema, SCHEMA_FILE } from "../tasks/relation-extraction/own-scheme.ts";

export const SIDE_FILES: readonly string[] = [READING_FILE, SCHEMA_FILE];

export interface AskedAs {
  /** What the model is trained to read. */
  readonly reading: Reading;
  /** Relations of the user's own. */
  readonly schema?: RelationSchema | undefined;
}

/** Writes what is not as a model without such files has it. */
export async function writeSideFiles(folder: string, { reading, schema }: AskedAs): Promise<void> {
  const text = readingText(reading);
  if (text !== undefined) await writeFileAtomically(join(folder, READING_FILE), text);
  if (schema !== undefined)
    await writeFileAtomically(join(folder, SCHEMA_FILE), `${JSON.stringify(schema, null, 2)}\n`);
}
