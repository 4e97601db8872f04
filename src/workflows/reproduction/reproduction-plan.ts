/** What a reproduction was told, kept in its folder: the same command goes on, another one is refused by name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { TaskName } from "../../tasks/example.ts";
import { TASKS, taskNamed } from "../../tasks/registry.ts";
import { expectEffect, parseFineTuningSettings } from "../../training/settings/parse-settings.ts";
import { FINE_TUNING } from "../../training/settings/tables.ts";
import { type RecipeFamily, recipesOf } from "../training/recipes.ts";
import { readSettings } from "../training/run-settings.ts";

const FORMAT = "biogpt-reproduction/1";
const FILE = "reproduce.json";
/** Held while a reproduction is at work in its folder; a killed one leaves it. */
export const LOCK_FILE = "reproduce.lock";

/** Everything that the table depends on. */
export interface Plan {
  readonly format: typeof FORMAT;
  /** Absolute. */
  readonly data: string;
  /** As named. */
  readonly model: string;
  readonly modelHash: string;
  readonly recipe: RecipeFamily;
  readonly tasks: readonly TaskName[];
  /** Options over the recipes, by the names of the settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly maxNewTokens: number;
  readonly dtype: Precision;
  readonly device: DeviceName;
  /** Absolute. */
  readonly drugBank?: string;
  /** Of the package. */
  readonly version: string;
}

export type PlanOptions = Omit<Plan, "format" | "tasks" | "data"> & {
  readonly data: string;
  /** Default: all. */
  readonly tasks?: readonly string[] | undefined;
};

/**
 * Looks at everything that can be wrong before hours of work: names, options, folders.
 *
 * @throws BiogptError `tasks/unknown-task`, `training/settings`, `cli/usage`, `reproduce/missing-data` naming every missing folder
 */
export function planOf({ tasks, data, drugBank, ...options }: PlanOptions): Plan {
  const named = tasks === undefined ? TASKS : tasks.map(taskNamed);
  const inOrder = TASKS.filter((task) => named.includes(task)); // always in one order, so that the table is one
  const chosen = inOrder.map(({ name }) => name);
  const settings = { overrides: options.settings };
  for (const recipe of chosen) {
    const parsed = readSettings(
      { recipe, ...settings },
      { before: undefined, presets: recipesOf(options.recipe), parse: parseFineTuningSettings },
    );
    expectEffect(FINE_TUNING, parsed, options.settings);
  }
  const root = resolve(data);
  const missing = inOrder.filter(({ title }) => !existsSync(join(root, title)));
  if (missing.length > 0) {
    const there = inOrder.filter((task) => !missing.includes(task));
    throw new BiogptError("reproduce/missing-data", {
      what: `${root} has no folder ${missing.map(({ title }) => title).join(", no folder ")}.`,
      why: "Each task's raw files lie in a folder of its name.",
      fix: `Put it there${there.length === 0 ? "" : `, or do without: --tasks ${there.map(({ name }) => name).join(",")}`}.`,
    });
  }
  const plan = { format: FORMAT, data: root, tasks: chosen, ...options } as const;
  return drugBank === undefined ? plan : { ...plan, drugBank: resolve(drugBank) };
}

/**
 * Whether a reproduction with this plan was begun in the folder.
 *
 * @throws BiogptError `reproduce/changed-options` naming what differs, `reproduce/folder-in-use` for a folder of something else
 */
export function begunBefore(out: string, plan: Plan): boolean {
  const path = join(out, FILE);
  if (!existsSync(path)) {
    const others = existsSync(out) ? readdirSync(out).filter((name) => !isLeftOver(name)) : [];
    if (others.length === 0) return false;
    throw new BiogptError("reproduce/folder-in-use", {
      what: `${out} is not empty and holds no reproduction.`,
      fix: "Name a new or empty folder with --out.",
    });
  }
  const changed = differences(readPlan(path), plan);
  if (changed.length === 0) return true;
  throw new BiogptError("reproduce/changed-options", {
    what: `The reproduction in ${out} was started with other options: ${changed.join("; ")}.`,
    why: "Its table would mix results of two.",
    fix: "Give the same options to go on, or another --out to start anew.",
  });
}

/** What one that was killed before it wrote its plan may leave. */
function isLeftOver(name: string): boolean {
  return name.endsWith(".tmp") || name.startsWith(LOCK_FILE);
}

export async function writePlan(out: string, plan: Plan): Promise<void> {
  await writeFileAtomically(join(out, FILE), `${JSON.stringify(plan, null, 2)}\n`);
}

function readPlan(path: string): Record<string, unknown> {
  try {
    const plan = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    if (plan["format"] === FORMAT) return plan;
    throw new Error(`its format is ${JSON.stringify(plan["format"])}, not ${FORMAT}`);
  } catch (error) {
    throw new BiogptError("reproduce/broken-record", {
      what: `${path} cannot be read: ${(error as Error).message}.`,
      fix: "Restore the file, or name another folder with --out.",
      cause: error,
    });
  }
}

/** `steps: 4 → absent`; settings by their own names. */
function differences(before: Record<string, unknown>, now: Plan): string[] {
  const flat = ({ settings, ...others }: Record<string, unknown>) => ({ ...others, ...(settings as object) });
  const [old, fresh]: Record<string, unknown>[] = [flat(before), flat({ ...now })];
  const text = (value: unknown): string =>
    value === undefined ? "absent" : typeof value === "string" ? value : JSON.stringify(value);
  return [...new Set([...Object.keys(old!), ...Object.keys(fresh!)])]
    .filter((name) => JSON.stringify(old![name]) !== JSON.stringify(fresh![name]))
    .map((name) => `${name}: ${text(old![name])} → ${text(fresh![name])}`);
}
