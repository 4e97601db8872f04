/** docs/formats/settings.md is made of the tables of settings, and the options of the commands take what the tables say. */
import { Command } from "commander";
import { expect, test } from "vitest";
import { addSettingOptions, settingOverrides } from "../src/cli/setting-options.ts";
import {
  argumentOf,
  defaultOf,
  optionOf,
  type Setting,
  type SettingTable,
  schemaOf,
  valuesOf,
} from "../src/training/settings/setting.ts";
import { FINE_TUNING, PRETRAINING } from "../src/training/settings/tables.ts";
import { cell, expectGeneratedPart } from "./generated-page.ts";

const TABLES: readonly (readonly [title: string, table: SettingTable])[] = [
  ["Pretraining", PRETRAINING],
  ["Fine-tuning", FINE_TUNING],
];

function rowOf([name, row]: readonly [string, Setting]): string {
  const { help, more, needs, mayChange } = row;
  const option = argumentOf(row) === undefined ? "" : `\`${optionOf(name)}\``;
  const meaning = `${help}${more === undefined ? "" : `. ${more}`}`;
  const read =
    needs === undefined
      ? ""
      : `\`${needs.setting}\` ${needs.values.length === 0 ? "not given" : needs.values.join(", ")}`;
  const marked = mayChange === true ? `\`${name}\` ↻` : `\`${name}\``;
  return `| ${[marked, option, cell(valuesOf(row)), cell(defaultOf(row)), read, cell(meaning)].join(" | ")} |`;
}

test("docs/formats/settings.md lists every setting", () => {
  const head = "| setting | option | values | default | read with | meaning |\n|---|---|---|---|---|---|";
  const parts = TABLES.map(
    ([title, table]) => `## ${title}\n\n${head}\n${Object.entries<Setting>(table).map(rowOf).join("\n")}`,
  );
  expectGeneratedPart("docs/formats/settings.md", parts.join("\n\n"));
});

test("an option takes what the schema takes, and refuses what it refuses", () => {
  for (const [, table] of TABLES) {
    const schema = schemaOf(table).partial();
    for (const [name, row] of Object.entries<Setting>(table)) {
      if (row.kind === "record") continue;
      const texts = row.kind === "choice" ? [...row.choices, "nonsense"] : NUMBERS;
      for (const text of row.kind === "names" ? ["fc1", "fc1,q_proj"] : texts) {
        const value = row.kind === "choice" ? text : row.kind === "names" ? text.split(",") : Number(text);
        const taken = schema.safeParse({ [name]: value }).success && !Number.isNaN(value);
        // Zero where a number must be above it is the schema's to refuse: its message names the setting's range.
        const refusedLater = row.kind === "number" && row.range === "above 0" && value === 0;
        expect([name, text, parsedBy(table, name, text) !== undefined]).toEqual([name, text, taken || refusedLater]);
      }
    }
  }
});

const NUMBERS = ["-1", "0", "0.5", "1", "1.5", "17", "1001", "nonsense"];

/** What the option makes of a text; undefined where it refuses it. */
function parsedBy(table: SettingTable, name: string, text: string): unknown {
  const command = addSettingOptions(new Command("test").exitOverride().configureOutput({ writeErr: () => {} }), table);
  try {
    command.parse([`${optionOf(name)}=${text}`], { from: "user" });
  } catch {
    return undefined;
  }
  return settingOverrides(command.opts(), table)[name];
}

test("options stand for settings alone, and absent ones for none", () => {
  const command = addSettingOptions(new Command("test"), FINE_TUNING);
  expect(settingOverrides(command.opts())).toEqual({});
  const flags = { steps: 3, targets: ["fc1"], out: "run", json: true };
  expect(settingOverrides(flags)).toEqual({ steps: 3, targets: ["fc1"] });
});
