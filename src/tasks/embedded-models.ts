/** Which of the models in the package does what: each one's `task.json` says it. */
import { embeddedModels } from "../pretrained/hub/hub-names.ts";
import { schemeNames, taskOfFolder } from "./task-file.ts";

let byScheme: ReadonlyMap<string, string> | undefined;

/**
 * The embedded model that was fine-tuned for relations of a scheme, for `hallmarks` or for `yes-no-maybe`; undefined where none was.
 *
 * @example
 *     embeddedModelFor("drug-drug"); // "biogpt-mini-reader"
 */
export function embeddedModelFor(scheme: string): string | undefined {
  byScheme ??= new Map(
    embeddedModels().flatMap(({ name, folder }) =>
      schemeNames(taskOfFolder(folder).schemes ?? []).map((made) => [made, name] as const),
    ),
  );
  return byScheme.get(scheme);
}
