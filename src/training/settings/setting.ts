/**
 * What a setting of a training run is: one row of a table, from which come its type, its check, its option and its line in the docs.
 *
 * A row is plain data, so that the tables (tables.ts) read as tables and the types of settings are computed from them.
 */
import { z } from "zod";

interface Described {
  /** What the option's help says; no default, no full stop. */
  readonly help: string;
  /** Further sentences for docs/formats/settings.md. */
  readonly more?: string;
  /** What the option's value is called. Default: by the kind. */
  readonly argument?: string;
  /** What holds where there is no default value. */
  readonly otherwise?: string;
  /** Must be given: by a file, a preset or an option. */
  readonly required?: true;
  /** Read only where another setting has one of these values; with none, only where that one is absent. */
  readonly needs?: { readonly setting: string; readonly values: readonly string[] };
  /** Says when a run is looked at, not what it computes: a run that goes on may change it. */
  readonly mayChange?: true;
}

export interface CountSetting extends Described {
  readonly kind: "count";
  /** Default 1. */
  readonly least?: number;
  /** Default 1e12. */
  readonly most?: number;
  readonly default?: number;
}

export interface ShareSetting extends Described {
  readonly kind: "share";
  readonly default?: number;
}

export interface NumberSetting extends Described {
  readonly kind: "number";
  /** `any` is checked elsewhere, with a message of its own. */
  readonly range: "any" | "not negative" | "above 0";
  readonly default?: number;
}

export interface ChoiceSetting extends Described {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

export interface NamesSetting extends Described {
  readonly kind: "names";
  readonly default?: readonly string[];
}

/** Fields that somebody else checks; no option. */
export interface RecordSetting extends Described {
  readonly kind: "record";
  readonly default?: never;
}

export type Setting = CountSetting | ShareSetting | NumberSetting | ChoiceSetting | NamesSetting | RecordSetting;

export type SettingTable = Readonly<Record<string, Setting>>;

type ValueOf<Row> = Row extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Row extends { readonly kind: "names" }
    ? readonly string[]
    : Row extends { readonly kind: "record" }
      ? Readonly<Record<string, number | string | boolean>>
      : number;

type Always<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly required: true } | { readonly default: unknown } ? Name : never;
}[keyof Table];

/** Settings as they are once every default is filled in. */
export type SettingsOf<Table> = {
  readonly [Name in Always<Table>]: ValueOf<Table[Name]>;
} & { readonly [Name in Exclude<keyof Table, Always<Table>>]?: ValueOf<Table[Name]> };

/** Settings as they are given: any may be left out. */
export type GivenSettings<Table> = { readonly [Name in keyof Table]?: ValueOf<Table[Name]> | undefined };

const MOST = 1e12;

/** Checks a table's settings and fills in the defaults; unknown ones are refused. */
export function schemaOf(table: SettingTable): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(table).map(([name, row]) => {
        const type = typeOf(row).meta({ description: row.help });
        if (row.default !== undefined) return [name, type.default(row.default as never)];
        return [name, row.required === true ? type : type.exactOptional()];
      }),
    ),
  );
}

function typeOf(row: Setting): z.ZodType {
  switch (row.kind) {
    case "count":
      return z
        .number()
        .int()
        .min(row.least ?? 1)
        .max(row.most ?? MOST);
    case "share":
      return z.number().min(0).max(1);
    case "number":
      if (row.range === "any") return z.number().or(z.nan());
      return row.range === "above 0" ? z.number().positive() : z.number().nonnegative();
    case "choice":
      return z.enum(row.choices as [string, ...string[]]);
    case "names":
      return z.array(z.string()).min(1);
    case "record":
      return z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
    default:
      return row satisfies never;
  }
}

/** The option of a setting: `matrixLearningRate` is `--matrix-learning-rate`. */
export function optionOf(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What the option's value is called; undefined for a setting that has no option. */
export function argumentOf({ kind, argument }: Setting): string | undefined {
  if (argument !== undefined) return argument;
  switch (kind) {
    case "count":
      return "n";
    case "share":
      return "share";
    case "number":
      return "number";
    case "choice":
      return "name";
    case "names":
      return "names";
    case "record":
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** The values that a setting takes, for people. */
export function valuesOf(row: Setting): string {
  switch (row.kind) {
    case "count":
      return row.most === undefined ? `${row.least ?? 1} or more` : `${row.least ?? 1} to ${row.most}`;
    case "share":
      return "0 to 1";
    case "number":
      return row.range === "not negative" ? "0 or more" : "above 0";
    case "choice":
      return row.choices.join(", ");
    case "names":
      return "names";
    case "record":
      return "fields";
    default:
      return row satisfies never;
  }
}

/** The default, for people: `16`, `q_proj,v_proj`, `the model's`. */
export function defaultOf(row: Setting): string {
  if (row.required === true) return "required";
  const { default: value, otherwise } = row;
  const text = Array.isArray(value) ? value.join(",") : value === undefined ? undefined : plainNumber(value);
  return [text, otherwise].filter((part) => part !== undefined).join(", ");
}

function plainNumber(value: unknown): string {
  return typeof value === "number" && value > 0 && value < 1e-3 ? value.toExponential() : `${value}`;
}
