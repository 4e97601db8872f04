/** A reader kept open, for programs that extract more than once. */
import type { OpenEncoderOptions } from "../pretrained/heads/open-encoder.ts";
import { openRelationReader } from "../tasks/mention-relations/open-relation-reader.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import { usualTagger } from "./find-names.ts";
import { folderOfModel } from "./open-model.ts";

/**
 * Opens a reader of names and relations; `extract` and `findNames` take it as their `model`.
 *
 * @param name an embedded model or a folder that `biogpt finetune relations` made. Default: the embedded reader
 * @throws BiogptError `tasks/no-pairs` where it reads no relations; those of `resolveModel`
 * @example
 *     using reader = await openReader();
 *     for await (const { document, relations } of extract(documents, { model: reader, scheme: "all" }))
 *       console.log(document.id, relations.length);
 */
export async function openReader(name?: string, options: OpenEncoderOptions = {}): Promise<RelationReader> {
  return openRelationReader(await folderOfModel(name ?? usualTagger(), options), options);
}
