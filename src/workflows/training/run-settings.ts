/**
 * Where a run's settings come from: a task's recipe, a preset or a JSON file over it, settings by name over both, or the run that goes on.
 */
import { existsSync, readFileSync } from "node:fs";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";

/** @throws BiogptError `training/no-config`, `training/settings`, `cli/usage` for two recipes */
export function readSettings<Settings>(
  {
    config,
    recipe,
    overrides,
  }: {
    readonly config?: string | undefined;
    /** The preset that a file and options stand over. */
    readonly recipe?: string | undefined;
    readonly overrides: Readonly<Record<string, unknown>>;
  },
  {
    before,
    presets,
    parse,
  }: {
    /** Settings of the run that goes on. */
    readonly before?: object | undefined;
    readonly presets: Readonly<Record<string, object>>;
    readonly parse: (json: unknown, from: string) => Settings;
  },
): Settings {
  const under = recipe === undefined ? {} : presets[recipe]!;
  if (config === undefined)
    return parse(over(before ?? under, overrides), before === undefined ? "the options" : "the run's settings");
  const preset = Object.hasOwn(presets, config) ? presets[config] : undefined;
  if (preset === undefined && !existsSync(config)) {
    const names = Object.keys(presets);
    throw new BiogptError("training/no-config", {
      what: `There is no preset and no file "${config}".`,
      fix: `Presets: ${names.join(", ")}.${didYouMean(config, names)}`,
      kind: "not-found",
    });
  }
  if (preset !== undefined && recipe !== undefined) {
    throw new BiogptError("cli/usage", {
      what: `Two recipes are named: ${recipe} and, by --config, ${config}.`,
      fix: "Leave --config out, or give it a file: its settings win over the recipe's.",
      kind: "usage",
    });
  }
  const json: unknown = preset ?? parseFile(config);
  return parse(isRecord(json) ? over(over(under, json), overrides) : json, config);
}

/** Whoever asks for epochs means these, not the updates that stood there before. */
function over(below: object, above: object): object {
  const { steps, ...others } = below as { readonly steps?: unknown };
  return "epochs" in above && !("steps" in above) ? { ...others, ...above } : { ...below, ...above };
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new BiogptError("training/settings", {
      what: `${path} is no JSON: ${(error as Error).message}.`,
      fix: "docs/formats/settings.md shows an example.",
      kind: "input",
      cause: error,
    });
  }
}

/** Whether JSON is an object of fields. */
export function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws BiogptError `cli/usage` */
export function required(value: string | undefined, option: string, command: string): string {
  if (value !== undefined) return value;
  throw new BiogptError("cli/usage", {
    what: `${option} is missing.`,
    why: "Only --resume takes it from the run folder.",
    fix: `\`biogpt ${command} --help\` lists the options.`,
    kind: "usage",
  });
}
