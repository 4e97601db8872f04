/**
 * Which settings differ between a run and what it is to go on with.
 *
 * Numbers that matter for the weights may not change; those that only say when to look may (`mayChange` of the tables).
 */
import type { Setting } from "./setting.ts";
import { FINE_TUNING, PRETRAINING } from "./tables.ts";

const MAY_CHANGE: ReadonlySet<string> = new Set(
  [PRETRAINING, FINE_TUNING].flatMap((table) =>
    Object.entries<Setting>(table).flatMap(([name, { mayChange }]) => (mayChange === true ? name : [])),
  ),
);

/**
 * Fields whose change would make the rest of a run another run. `steps` counts only where the schedule depends on it.
 *
 * @returns dotted names with both values, `model.width: 256 → 384`
 */
export function changedSettings(before: object, now: object): string[] {
  return [...compare(before, now, "")]
    .filter(({ name }) => !MAY_CHANGE.has(name) && !(name === "steps" && !dependsOnSteps(now)))
    .map(({ name, text }) => `${name}: ${text}`);
}

function dependsOnSteps(settings: { readonly schedule?: unknown }): boolean {
  return settings.schedule === "linear" || settings.schedule === "cosine";
}

function* compare(
  before: object,
  now: object,
  path: string,
): Generator<{ readonly name: string; readonly text: string }> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [old, fresh] = [(before as Record<string, unknown>)[key], (now as Record<string, unknown>)[key]];
    const name = `${path}${key}`;
    if (isRecord(old) && isRecord(fresh)) yield* compare(old, fresh, `${name}.`);
    else if (JSON.stringify(old) !== JSON.stringify(fresh)) {
      yield { name, text: `${JSON.stringify(old) ?? "absent"} → ${JSON.stringify(fresh) ?? "absent"}` };
    }
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
