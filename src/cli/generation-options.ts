/** Settings of generation as options of a command: help, range and default are those of the settings' table. */
import { InvalidArgumentError, Option } from "commander";
import {
  type GenerationRow,
  type GenerationSettingName,
  type GenerationValue,
  generationDefault,
  isInRange,
  rangeOf,
  rowOf,
} from "../generation/setting-table.ts";
import type { OptionRow } from "./options.ts";

/** What a command says otherwise than the table. */
interface Instead {
  readonly help?: string;
  /** What holds where the option is left out, for help: the work's own default. */
  readonly otherwise?: string;
  /** A smaller upper end. */
  readonly max?: number;
}

/** The option of a setting; its key in a command's table is `generationOptionName`'s. Without a default, absent means the setting's own. */
export function generationOption<Name extends GenerationSettingName>(
  name: Name,
  instead?: Instead,
): OptionRow<GenerationValue<Name> | undefined>;
/** @param fallback the command's own default */
export function generationOption<Name extends GenerationSettingName>(
  name: Name,
  instead: Instead,
  fallback: GenerationValue<Name>,
): OptionRow<GenerationValue<Name>>;
export function generationOption(
  name: GenerationSettingName,
  { help, otherwise, max }: Instead = {},
  fallback?: unknown,
): OptionRow<unknown> {
  const own = rowOf(name);
  const row = own.kind === "number" && max !== undefined ? { ...own, max } : own;
  const said = fallback === undefined ? ` (default: ${otherwise ?? generationDefault(row)})` : ""; // else commander says it
  const text = `${help ?? row.help}${said}`;
  return {
    make: (option) =>
      row.kind === "choice" && row.choices.includes(true)
        ? new Option(`${option} [${row.argument}]`, text).preset("true").argParser((given) => choiceOf(row, given))
        : new Option(`${option} <${row.argument}>`, text)
            .default(fallback)
            .argParser((given) => parsedValue(row, given)),
  };
}

function parsedValue(row: GenerationRow, text: string): unknown {
  if (row.kind === "choice") return choiceOf(row, text);
  const value = Number(text);
  if (text.trim() !== "" && isInRange(row, value)) return value;
  throw new InvalidArgumentError(`It must be ${rangeOf(row)}.`);
}

function choiceOf({ choices }: Extract<GenerationRow, { kind: "choice" }>, text: string): string | boolean {
  const found = choices.find((choice) => String(choice) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
}
