/**
 * What a training run is told, checked whole before anything starts; `run.json` of a run folder holds it as it was given.
 *
 * The model's own shape is a record that the model's family checks; everything else stands in tables.ts.
 */
import type { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { checkSchedule, type Schedule } from "../optimizers/schedule.ts";
import { optionOf, type SettingTable, schemaOf } from "./setting.ts";
import {
  FINE_TUNING,
  type FineTuningSettings,
  type LoopSettings,
  PRETRAINING,
  type PretrainingSettings,
} from "./tables.ts";

const schemas = new Map([PRETRAINING, FINE_TUNING].map((table) => [table as SettingTable, schemaOf(table)]));

/** @throws BiogptError `training/settings` naming the field, with did-you-mean; `training/learning-rate`; `training/schedule` */
export function parsePretrainingSettings(json: unknown, from: string): PretrainingSettings {
  const settings = parse<PretrainingSettings>(PRETRAINING, json, from);
  checkSchedule(scheduleOf(settings));
  if (settings.microBatch !== undefined && settings.batch % settings.microBatch !== 0) {
    throw refused(from, `microBatch ${settings.microBatch} does not divide batch ${settings.batch}`);
  }
  return settings;
}

/** @throws BiogptError as `parsePretrainingSettings` */
export function parseFineTuningSettings(json: unknown, from: string): FineTuningSettings {
  const settings = parse<FineTuningSettings>(FINE_TUNING, json, from);
  checkSchedule(scheduleOf({ ...settings, steps: settings.steps ?? Number.MAX_SAFE_INTEGER }));
  return settings;
}

export function scheduleOf(
  settings: Pick<LoopSettings, "schedule" | "learningRate" | "warmup" | "steps" | "finalShare">,
): Schedule {
  return {
    kind: settings.schedule,
    peak: settings.learningRate,
    warmup: settings.warmup,
    total: settings.steps,
    final: settings.finalShare,
  };
}

function parse<Settings>(table: SettingTable, json: unknown, from: string): Settings {
  const schema: z.ZodObject = schemas.get(table)!;
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data as Settings;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const name = issue.keys[0]!;
    const names = Object.keys(schema.shape);
    throw new BiogptError("training/settings", {
      what: `${from} has the unknown field "${name}".`,
      fix: `Fields: ${names.join(", ")}.${didYouMean(name, names)}`,
    });
  }
  throw refused(from, `${issue.path.join(".") || "the whole"}: ${issue.message}`);
}

function refused(from: string, why: string): BiogptError {
  return new BiogptError("training/settings", {
    what: `${from} cannot be used: ${why}.`,
    fix: "docs/formats/settings.md lists every field with its range.",
  });
}

/**
 * An option that nothing reads is a mistake of the caller's, not a thing to pass over.
 *
 * @param settings as they will be used
 * @param given    those among them that were asked for by name
 * @throws BiogptError `cli/usage`
 */
export function expectEffect(table: SettingTable, settings: object, given: Readonly<Record<string, unknown>>): void {
  const values = settings as Readonly<Record<string, unknown>>;
  const unread = Object.entries(table).filter(([name, { needs }]) => {
    if (needs === undefined || given[name] === undefined) return false;
    const value = values[needs.setting];
    return needs.values.length === 0 ? value !== undefined : !needs.values.includes(value as string);
  });
  const needs = unread[0]?.[1].needs;
  if (needs === undefined) return;
  const names = unread.filter(([, row]) => row.needs?.setting === needs.setting).map(([name]) => optionOf(name));
  const [value] = needs.values;
  throw new BiogptError("cli/usage", {
    what: `${names.join(" and ")} ${names.length === 1 ? "has" : "have"} no effect with these settings.`,
    fix: `Give ${value === undefined ? "no " : ""}${optionOf(needs.setting)}${value === undefined ? "" : ` ${value}`}, or leave it out.`,
  });
}
