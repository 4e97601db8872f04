/** Which model and which scheme a request for relations means. */
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { relationScheme } from "../tasks/relation-extraction/schemes.ts";
import type { RelationsSettings } from "./contract.ts";
import type { ReadyRelations, ServedModels } from "./served-models.ts";

export interface RelationTarget {
  readonly ready: ReadyRelations;
  /** Undefined: the model's own; of a reader its first. */
  readonly scheme: RelationScheme | undefined;
}

/**
 * A scheme is a name of the package's, or of a served model's own; unlike on the command line never a path, since what a request names is not
 * opened.
 *
 * @throws RequestError `server/unknown-model`, `server/no-model-for`; BiogptError `tasks/unknown-scheme`
 */
export async function relationTarget(
  models: ServedModels,
  { scheme, model }: Pick<RelationsSettings, "scheme" | "model">,
  signal: AbortSignal,
): Promise<RelationTarget> {
  if (scheme === undefined) {
    const ready = await models.forRelations(models.usualScheme ?? "relations", model, signal);
    return { ready, scheme: undefined };
  }
  if (models.ownSchemes.has(scheme))
    return { ready: await models.forRelations(scheme, model, signal), scheme: undefined };
  const known = relationScheme(scheme);
  return { ready: await models.forRelations(known.name, model, signal), scheme: known };
}
