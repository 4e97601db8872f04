/** The settings of a training run as options of a command: one for each row of the table that has a value to give. */
import { type Command, Option } from "commander";
import { argumentOf, defaultOf, optionOf, type Setting, type SettingTable } from "../training/settings/setting.ts";
import { FINE_TUNING } from "../training/settings/tables.ts";
import { finiteNumber, nameList, SHARE, wholeNumber } from "./options.ts";

/** @param fallback what holds where an option is left out; default: the table's own */
export function addSettingOptions(command: Command, table: SettingTable, fallback?: string): Command {
  for (const [name, row] of Object.entries(table)) {
    const argument = argumentOf(row);
    if (argument === undefined) continue;
    const option = new Option(
      `${optionOf(name)} <${argument}>`,
      `${row.help} (default: ${fallback ?? defaultOf(row)})`,
    );
    command.addOption(withParser(option, row));
  }
  return command;
}

/** The options of `finetune` and `reproduce`. */
export function addFineTuningOptions(command: Command): Command {
  return addSettingOptions(command, FINE_TUNING);
}

function withParser(option: Option, row: Setting): Option {
  switch (row.kind) {
    case "count":
      return option.argParser(
        wholeNumber({ min: row.least ?? 1, ...(row.most === undefined ? {} : { max: row.most }) }),
      );
    case "share":
      return option.argParser(finiteNumber(SHARE));
    case "number":
      return option.argParser(finiteNumber(row.range === "any" ? {} : { min: 0 })); // 0 itself is the settings' to refuse
    case "choice":
      return option.choices(row.choices);
    case "names":
      return option.argParser(nameList);
    case "record":
      return option;
    default:
      return row satisfies never;
  }
}

/** The settings among a command's flags. */
export function settingOverrides(
  flags: Readonly<Record<string, unknown>>,
  table: SettingTable = FINE_TUNING,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(table).flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  );
}
