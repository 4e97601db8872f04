/** A file of a user's own relations (own-scheme.ts). */
import { readJsonFile } from "../json-file.ts";
import { parseRelationSchema, type RelationSchema, refusedSchema } from "./own-scheme.ts";

/** @throws BiogptError `tasks/relation-schema` */
export function readRelationSchema(path: string): RelationSchema {
  return parseRelationSchema(
    readJsonFile(path, (why) => refusedSchema(path, why)),
    path,
  );
}
