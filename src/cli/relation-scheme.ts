/** The relation scheme that a command means: one of the package's, a schema file, or the one that a model was fine-tuned on. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { resolveModel } from "../pretrained/hub/hub.ts";
import { readRelationSchema, schemeOf } from "../tasks/relation-extraction/own-scheme.ts";
import { RELATION_SCHEMES, type RelationScheme, relationScheme } from "../tasks/relation-extraction/schemes.ts";
import { taskOfFolder } from "../tasks/task-file.ts";
import type { Terminal } from "./terminal.ts";

/**
 * @throws BiogptError `tasks/unknown-scheme` for neither a name nor a file, `tasks/relation-schema`, and those of `resolveModel`
 */
export async function schemeFor(
  { scheme, model, offline }: { readonly scheme?: string; readonly model?: string; readonly offline?: boolean },
  { signal, progress }: Pick<Terminal, "signal" | "progress">,
): Promise<RelationScheme> {
  if (scheme !== undefined) {
    const isFile = !Object.hasOwn(RELATION_SCHEMES, scheme) && existsSync(scheme);
    return isFile ? schemeOf(readRelationSchema(scheme)) : relationScheme(scheme);
  }
  if (model !== undefined) {
    const found = await resolveModel(model, { signal, progress, ...(offline === undefined ? {} : { offline }) });
    const { schemes = [] } = taskOfFolder(statSync(found).isDirectory() ? found : dirname(found));
    const own = schemes.find((known) => typeof known !== "string");
    if (own !== undefined) return schemeOf(own);
  }
  return relationScheme("chemical-disease");
}
