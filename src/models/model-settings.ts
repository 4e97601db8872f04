/** The `model` part of a run's settings, read by a family's schema. */
import type { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";

/** @throws BiogptError `training/settings` that names the field that is wrong or unknown */
export function parseModelSettings<Schema extends z.ZodObject>(schema: Schema, settings: unknown): z.output<Schema> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const names = Object.keys(schema.shape);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0]! : undefined;
  throw settingsError(
    unknown === undefined
      ? `The model's ${issue.path.join(".") || "shape"} cannot be used: ${issue.message}.`
      : `The model has no "${unknown}".`,
    `Fields: ${names.join(", ")}.${unknown === undefined ? "" : didYouMean(unknown, names)}`,
  );
}

export function settingsError(what: string, fix: string): BiogptError {
  return new BiogptError("training/settings", { what, fix });
}
