/**
 * A command's options as a table, from which come commander's options and the type of what its action gets.
 *
 * The key is the option's name: `maxNewTokens` is `--max-new-tokens`. `@commander-js/extra-typings` infers the same from chains of calls, but such a
 * chain can be neither shared between commands nor named as a type.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { freeMemory } from "../pretrained/load/memory.ts";
import { optionOf } from "../training/settings/setting.ts";

/** An option that becomes a `Value`; one that may be left out has `undefined` among its values. */
export interface OptionRow<Value> {
  /** @param name as it is typed: `--max-new-tokens` */
  readonly make: (name: string) => Option;
  /** For the type alone. */
  readonly value?: Value;
}

export type OptionTable = Readonly<Record<string, OptionRow<unknown>>>;

type ValueOf<Row> = Row extends OptionRow<infer Value> ? Value : never;

/** What commander makes of a table's options. */
export type FlagsOf<Table> = {
  readonly [Name in keyof Table as undefined extends ValueOf<Table[Name]> ? never : Name]: ValueOf<Table[Name]>;
} & {
  readonly [Name in keyof Table as undefined extends ValueOf<Table[Name]> ? Name : never]?: Exclude<
    ValueOf<Table[Name]>,
    undefined
  >;
};

export function addOptions(command: Command, table: OptionTable): Command {
  for (const [name, row] of Object.entries(table)) command.addOption(row.make(optionOf(name)));
  return command;
}

/** The part of a command's flags that a table describes. */
export function chosen<Table extends OptionTable>(flags: FlagsOf<Table>, table: Table): FlagsOf<Table> {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => name in table)) as FlagsOf<Table>;
}

/** `--stream` */
export function flag(help: string): OptionRow<boolean | undefined> {
  return { make: (name) => new Option(name, help) };
}

/** `--no-prior`, by the key `prior`, which is true without it. */
export function off(help: string): OptionRow<boolean> {
  return { make: (name) => new Option(name.replace("--", "--no-"), help) };
}

/** `--model <name|folder>` */
export function text(argument: string, help: string): OptionRow<string | undefined>;
export function text(argument: string, help: string, fallback: string): OptionRow<string>;
export function text(argument: string, help: string, fallback?: string): OptionRow<string | undefined> {
  return parsed(argument, help, undefined, fallback);
}

/** `--data <path...>`: one or more words. */
export function list(argument: string, help: string): OptionRow<readonly string[] | undefined> {
  return parsed(`${argument}...`, help);
}

/** `--stop <text>`, which may be given again and again. */
export function repeated(argument: string, help: string): OptionRow<readonly string[] | undefined> {
  return parsed(argument, `${help}; may be repeated`, (value, earlier: readonly string[] = []) => [...earlier, value]);
}

/**
 * Options of several names that may be repeated, as `--molecule` and `--protein`: all in one list of the flags, `into`, in the order in which they were
 * typed. Its elements are `{ kind, text }`, the kind being the option's key.
 */
export function ordered(argument: string, help: string, into: string): OptionRow<undefined> {
  return {
    make: (name) => {
      const option = new Option(`${name} <${argument}>`, `${help}; may be repeated`);
      const kind = option.attributeName();
      option.attributeName = () => into;
      return option.argParser((value, earlier: readonly object[] = []) => [...earlier, { kind, text: value }]);
    },
  };
}

/** `--types <names>`, separated by commas. */
export function names(argument: string, help: string): OptionRow<readonly string[] | undefined> {
  return parsed(argument, help, nameList);
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** `--limit <n>`: a whole number, from 0 if nothing else is said. */
export function count(argument: string, help: string, range?: Range): OptionRow<number | undefined>;
export function count(argument: string, help: string, range: Range, fallback: number): OptionRow<number>;
export function count(
  argument: string,
  help: string,
  range: Range = {},
  fallback?: number,
): OptionRow<number | undefined> {
  return parsed(argument, help, wholeNumber(range), fallback);
}

/** `--threshold <p>`: a finite number. */
export function number(argument: string, help: string, range: Range): OptionRow<number | undefined>;
export function number(argument: string, help: string, range: Range, fallback: number): OptionRow<number>;
export function number(argument: string, help: string, range: Range, fallback?: number): OptionRow<number | undefined> {
  return parsed(argument, help, finiteNumber(range), fallback);
}

/** The range of shares and probabilities. */
export const SHARE = { min: 0, max: 1 } as const;

/** `--device <device>`: one of a few words. */
export function choice<const Choice extends string>(
  argument: string,
  help: string,
  choices: readonly Choice[],
): OptionRow<Choice | undefined>;
export function choice<const Choice extends string>(
  argument: string,
  help: string,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
): OptionRow<Choice>;
export function choice(
  argument: string,
  help: string,
  choices: readonly string[],
  fallback?: string,
): OptionRow<string | undefined> {
  return {
    make: (name) => new Option(`${name} <${argument}>`, help).choices(choices).default(fallback),
  };
}

/** The option must be given. */
export function required<Value>({ make }: OptionRow<Value>): OptionRow<Exclude<Value, undefined>> {
  return { make: (name) => make(name).makeOptionMandatory() };
}

/** The option works, and no page shows it. */
export function hidden<Value>({ make }: OptionRow<Value>): OptionRow<Value> {
  return { make: (name) => make(name).hideHelp() };
}

/** @param parse refuses a value with commander's InvalidArgumentError, which reaches the user with exit code 2; default: the text itself */
export function parsed<Value>(
  argument: string,
  help: string,
  parse?: (text: string, earlier?: Value) => Value,
  fallback?: Value,
): OptionRow<Value> {
  return {
    make: (name) => {
      const option = new Option(`${name} <${argument}>`, help).default(fallback);
      return parse === undefined ? option : option.argParser(parse);
    },
  };
}

/** Parser of a whole number. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER }: Range = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text.trim()) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      `It must be a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? "any size" : max}.`,
    );
  };
}

/** Parser of a finite number. */
export function finiteNumber({
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
}: Range = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

/** `--cache-memory <size>`: bytes, or a share of the memory that is free now. */
export function memory(argument: string, help: string): OptionRow<number | undefined> {
  return parsed(argument, help, (text) => memorySize(text));
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** Parser of an amount of memory: `2GB`, `512 MiB`, `1e9`, `25%`. */
export function memorySize(text: string, free: () => number = freeMemory): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*|%)$/i.exec(text.trim()) ?? [];
  const factor = unit === "%" ? free() / 100 : SIZE_UNITS[unit.toUpperCase()];
  const bytes = factor === undefined || digits === "" ? Number.NaN : Number(digits) * factor;
  if (Number.isFinite(bytes) && bytes >= 1 && !(unit === "%" && Number(digits) > 100)) return Math.floor(bytes);
  throw new InvalidArgumentError("It must be a size such as 2GB, 512MiB or 25% (of what is free).");
}

/** Parser of names separated by commas. */
export function nameList(text: string): string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.includes("")) throw new InvalidArgumentError("Names are separated by single commas.");
  return found;
}
