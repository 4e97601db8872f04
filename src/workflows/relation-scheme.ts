/** The relation scheme that is meant: one of the package's, a schema file, or the one that a model was fine-tuned on. */
import { existsSync } from "node:fs";
import type { ReportProgress } from "../base/progress.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import { schemeOf } from "../tasks/relation-extraction/own-scheme.ts";
import { readRelationSchema } from "../tasks/relation-extraction/own-scheme-file.ts";
import { RELATION_SCHEMES, type RelationScheme, relationScheme } from "../tasks/relation-extraction/schemes.ts";
import { taskOfFolder } from "../tasks/task-file.ts";
import { folderOfModel } from "./open-model.ts";

/** What is looked for where neither the caller nor the model says it. */
export const USUAL_SCHEME = "chemical-disease";

/** @throws BiogptError `tasks/unknown-scheme` for neither a name nor a file, `tasks/relation-schema` */
export function namedScheme(scheme: string | RelationScheme): RelationScheme {
  if (typeof scheme !== "string") return scheme;
  const isFile = !Object.hasOwn(RELATION_SCHEMES, scheme) && existsSync(scheme);
  return isFile ? schemeOf(readRelationSchema(scheme)) : relationScheme(scheme);
}

/** The first scheme of relations that a model was made for, else chemical-disease. */
export function schemeOfTask({ schemes = [] }: ModelTask): RelationScheme {
  for (const scheme of schemes) {
    if (typeof scheme !== "string") return schemeOf(scheme);
    if (Object.hasOwn(RELATION_SCHEMES, scheme)) return relationScheme(scheme);
  }
  return relationScheme(USUAL_SCHEME);
}

/**
 * @param options a scheme's name or file, else the model whose own is meant
 * @throws BiogptError as `namedScheme` and `taskOfFolder`, and those of `resolveModel`
 */
export async function schemeFor(
  { scheme, model, offline }: { readonly scheme?: string; readonly model?: string; readonly offline?: boolean },
  run: { readonly signal?: AbortSignal | undefined; readonly progress?: ReportProgress | undefined },
): Promise<RelationScheme> {
  if (scheme !== undefined) return namedScheme(scheme);
  if (model === undefined) return schemeOfTask({});
  return schemeOfTask(taskOfFolder(await folderOfModel(model, { offline, ...run })));
}
