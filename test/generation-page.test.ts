/** docs/formats/generation.md is made of the table of settings, and the options of `biogpt generate` take what the table says. */
import { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/cli/commands.ts";
import { generationOption } from "../src/cli/generation-options.ts";
import { addOptions } from "../src/cli/options.ts";
import { FakeModel, randomLogits } from "../src/generation/engine/fake-model.fixture.ts";
import {
  GENERATION_TABLE,
  type GenerationRow,
  type GenerationSettingName,
  generationDefault,
  generationOptionName,
  rangeOf,
  rowOf,
} from "../src/generation/setting-table.ts";
import { checkSettings, SETTING_NAMES } from "../src/generation/settings.ts";
import { cell, expectGeneratedPart } from "./generated-page.ts";

const NAMES = Object.keys(GENERATION_TABLE) as GenerationSettingName[];

function valuesOf(row: GenerationRow): string {
  return row.kind === "choice" ? row.choices.join(", ") : rangeOf(row).replace(/^a /, "");
}

test("docs/formats/generation.md lists every setting, and names those that are none of the table's", () => {
  const rows = NAMES.map((name) => {
    const row = rowOf(name);
    const option = generationOptionName(name);
    const meaning = `${row.help}${row.more === undefined ? "" : `. ${row.more}`}`;
    const cells = [cell(valuesOf(row)), cell(generationDefault(row)), row.needs ?? "", cell(meaning)];
    return `| \`${name}\` | ${option === undefined ? "" : `\`${option}\``} | ${cells.join(" | ")} |`;
  });
  const head = "| setting | option | values | default | read in | meaning |\n|---|---|---|---|---|---|";
  expectGeneratedPart("docs/formats/generation.md", `${head}\n${rows.join("\n")}`);
  const others = SETTING_NAMES.filter((name) => !(name in GENERATION_TABLE));
  expect(others.toSorted()).toEqual(["bannedIds", "bannedSequences", "constraint", "endId", "rules", "stop"]);
});

test("`biogpt generate` has an option for every setting that can be one, and says what the table says", () => {
  const program = new Command();
  const terminal = {} as never; // not used before a command runs
  for (const command of COMMANDS) command.register(program, terminal);
  const { options } = program.commands.find((command) => command.name() === "generate")!;
  for (const name of NAMES) {
    const long = generationOptionName(name);
    if (long === undefined) continue;
    const option = options.find((one) => one.long === long);
    expect(option?.description).toBe(`${rowOf(name).help} (default: ${generationDefault(rowOf(name))})`);
  }
});

/** Beside one setting alone: what it needs to have an effect. */
const COMPANY: Readonly<Record<string, object>> = {
  sampling: { temperature: 1 },
  search: { beams: 4, bannedIds: [1] },
};

const model = new FakeModel(randomLogits(12), { slotCount: 1024, maxLength: 10 });

test("an option takes what checkSettings takes, and refuses what it refuses", () => {
  const numbers = ["-1", "0", "0.5", "1", "2", "64", "65", "101", "1001", "1025", "1e400", "nonsense", ""];
  for (const name of NAMES) {
    const row = rowOf(name);
    if (generationOptionName(name) === undefined) continue;
    for (const text of row.kind === "choice" ? [...row.choices.map(String), "nonsense"] : numbers) {
      const parsed = parsedBy(name, text);
      const value = row.kind === "number" ? Number(text === "" ? Number.NaN : text) : parsed;
      expect([name, text, parsed !== undefined]).toEqual([name, text, isTaken(name, value)]);
    }
  }
  expect(parsedBy("earlyStopping")).toBe(true);
});

function parsedBy(name: GenerationSettingName, text?: string): unknown {
  const command = new Command("test").exitOverride().configureOutput({ writeErr: () => {} });
  addOptions(command, { key: generationOption(name) });
  try {
    command.parse([text === undefined ? "--key" : `--key=${text}`], { from: "user" });
  } catch {
    return undefined;
  }
  return command.opts()["key"];
}

function isTaken(name: GenerationSettingName, value: unknown): boolean {
  if (value === undefined) return false;
  const { needs } = rowOf(name);
  try {
    checkSettings({ endId: 2, ...COMPANY[needs ?? ""], [name]: value, ...company(name, value) }, model);
    return true;
  } catch {
    return false;
  }
}

/** Settings that go with a value only together with others. */
function company(name: GenerationSettingName, value: unknown): object {
  if (name === "returnCount" && Number(value) > 1) return { temperature: 1 };
  return name === "minNewTokens" ? { maxNewTokens: 10_000 } : {};
}

test("`needs` tells where a setting is refused", () => {
  const refused = (settings: object): void => expect(() => checkSettings(settings, model)).toThrow("has no effect");
  for (const name of NAMES) {
    const { needs } = rowOf(name);
    const value = name === "earlyStopping" || name === "renormalize" ? true : name === "leastScore" ? -1 : 1;
    if (needs === "sampling") refused({ temperature: 0, [name]: value });
    if (needs === "search") refused({ [name]: value });
    if (needs === "no search") refused({ beams: 2, [name]: value });
  }
});
