/** `biogpt evaluate` of texts about molecules and proteins: its own options, and what is printed. */
import type { Command } from "commander";
import type { EvaluateDescribedOptions } from "../workflows/evaluation/described.ts";
import { commandLine } from "./command-line.ts";
import type { DEVICE_OPTIONS } from "./model-options.ts";
import { expectEffect, usageError } from "./no-effect.ts";
import { type FlagsOf, flag, type OptionRow, text } from "./options.ts";
import { writeResult } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import { terminalContext } from "./workflow-events.ts";

type Text = OptionRow<string | undefined>;

/** Options that only texts about molecules and proteins listen to. */
export const DESCRIBED_OPTIONS: {
  readonly [Name in "predictions" | "train" | "sequences" | "wordPieces" | "save" | "known"]: Text;
} & { readonly alone: OptionRow<boolean | undefined> } = {
  predictions: text(
    "file",
    "descriptions: score this table of outputs (columns SMILES, ground truth, output), in place of a model's",
  ),
  train: text(
    "file",
    "descriptions: training records, whose answers the nearest-neighbour row copies (default: train or validation beside --data)",
  ),
  sequences: text("file", "descriptions: FASTA or JSON of the proteins that --data names by accession"),
  wordPieces: text(
    "file",
    "descriptions: SciBERT's vocab.txt, for variant C (default: scibert…vocab….txt in the folder of the data, or in one above)",
  ),
  save: text("file", "descriptions: write each output there, and go on from what is there"),
  known: text("file", "descriptions: records that the model answers from, as ask does (default: those of its folder)"),
  alone: flag("descriptions: the language model answers by itself, whatever is known"),
};

/** The others that they listen to. */
const SHARED = [
  ...["data", "model", "dtype", "device", "threads", "offline", "split", "limit", "format", "batch", "beams"],
  ...["maxNewTokens", "draws", "seed", "report", "json"],
];

/** Flags of the command that are read here. */
type Flags = FlagsOf<typeof DESCRIBED_OPTIONS & typeof DEVICE_OPTIONS> &
  Pick<EvaluateDescribedOptions, "split" | "draws" | "seed" | "model"> &
  Partial<Readonly<Record<"format" | "report", string>>> &
  Partial<Readonly<Record<"limit" | "batch" | "beams" | "maxNewTokens", number>>> & {
    readonly data?: readonly string[];
    readonly offline?: boolean;
    readonly json?: boolean;
  };

export async function runDescribed(set: string, flags: Flags, command: Command, terminal: Terminal): Promise<void> {
  const { evaluateDescribed } = await import("../workflows/evaluation/described.ts");
  const { descriptionTable } = await import("../evaluation/report/description-table.ts");
  expectEffect(command, flags, [...Object.keys(DESCRIBED_OPTIONS), ...SHARED], set);
  const { data = [], dtype: precision, device, threads, offline, json, ...given } = flags;
  if (data.length > 1) throw usageError("Descriptions are scored on one file.", "Name one path with --data.");
  const load = { precision, device, threads, offline };
  const options = { ...given, data: data[0], load, command: commandLine() };
  const result = await evaluateDescribed(set, options, terminalContext(terminal));
  await writeResult(terminal, json, result, () => descriptionTable(result));
}
