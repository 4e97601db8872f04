/** `biogpt inspect`: what a checkpoint holds, what it will need, what is odd about it. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import type { Inspection, TensorGroup } from "../../pretrained/load/inspection.ts";
import type { CommandModule } from "../define.ts";
import { formatAmount, type Terminal } from "../terminal.ts";

interface Flags {
  readonly values: boolean;
  readonly json?: boolean;
}

export const inspectCommand: CommandModule = {
  examples: ["biogpt inspect biogpt-mini", "biogpt inspect model.safetensors --json --no-values"],
  register(program: Command, terminal: Terminal): void {
    program
      .command("inspect")
      .summary("what a checkpoint holds, and the memory it will need")
      .description(
        "Lists the tensors of a checkpoint (safetensors, PyTorch, fairseq; one file or shards), the memory that it will need, and what is odd: NaN, a head stored twice, sizes that contradict config.json or the vocabulary.",
      )
      .argument("<model>", "folder or weight file, or the name of an embedded or downloaded model")
      .option("--no-values", "do not read the values to look for NaN and infinities")
      .option("--json", "one JSON object, every tensor with its dtype, shape, file, offset and bytes")
      .action((model: string, flags: Flags) => run(model, flags, terminal));
  },
};

async function run(model: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { inspectModel } = await import("../../pretrained/load/inspection.ts");
  const { signal, progress } = terminal;
  const inspection = await inspectModel(await findModel(model), { values: flags.values, signal, progress });
  if (flags.json) await terminal.writeLine(JSON.stringify(toJson(inspection)));
  else {
    const { foldLayers } = await import("../../pretrained/load/inspection.ts");
    const { familyOf } = await import("../../models/registry.ts");
    const sizes = inspection.model && familyOf(inspection.model).describe(inspection.model);
    for (const line of describe(model, inspection, foldLayers(inspection.tensors), { sizes, sawValues: flags.values }))
      await terminal.writeLine(line);
  }
}

/** A path is taken as it is, whole or not; a name only from what is on this machine: looking costs no download. */
async function findModel(model: string): Promise<string> {
  if (existsSync(model)) return model;
  const { resolveModel } = await import("../../pretrained/hub/hub.ts");
  return resolveModel(model, { offline: true });
}

function toJson({ tensors, ...rest }: Inspection): unknown {
  const rows = tensors.map(({ name, dtype, shape, byteLength, file, offset }) => ({
    name,
    dtype,
    shape,
    bytes: byteLength,
    file,
    offset,
  }));
  return { ...rest, tensors: rows };
}

function describe(
  name: string,
  inspection: Inspection,
  groups: readonly TensorGroup[],
  { sizes, sawValues }: { readonly sizes: string | undefined; readonly sawValues: boolean },
): string[] {
  const { format, files, tensors, tensorBytes, parameters, adapter, memory, vocabulary, metadata, problems } =
    inspection;
  const bytes = (amount: number): string => formatAmount(amount, "bytes");
  const onDisk = files.reduce((sum, file) => sum + file.bytes, 0);
  const facts: [string, string][] = [
    [
      "checkpoint",
      `${name}: ${format}, ${files.length === 1 ? basename(files[0]!.file) : `${files.length} files`}, ${bytes(onDisk)} on disk`,
    ],
    ["tensors", `${count(tensors.length)}, ${bytes(tensorBytes)}`],
    ["parameters", count(parameters)],
  ];
  if (sizes !== undefined) facts.push(["model", sizes]);
  if (adapter !== undefined) {
    const { rank, scale, modules, baseModel } = adapter;
    const base = baseModel === undefined ? "a model it does not name" : printable(baseModel);
    facts.push(["adapter", `LoRA of rank ${rank}, scale ${scale}, on ${count(modules.length)} linear maps of ${base}`]);
  }
  if (vocabulary !== undefined) facts.push(["vocabulary", `${count(vocabulary)} tokens`]);
  if (memory !== undefined) {
    const { fp32, q8, q4 } = memory.weights;
    facts.push([
      "memory",
      `weights fp32 ${bytes(fp32)}, q8 ${bytes(q8)}, q4 ${bytes(q4)}; cache ${bytes(memory.cachePerToken)} a token`,
    ]);
  }
  for (const [key, value] of Object.entries(metadata))
    facts.push([`metadata ${key}`, value.length > 80 ? `${value.slice(0, 79)}…` : value]);
  const found = problems.length > 0 ? problems : [sawValues ? "nothing" : "nothing (values not read)"];
  for (const [i, problem] of found.entries()) facts.push([i === 0 ? "odd" : "", problem]);
  const width = Math.max(...facts.map(([key]) => key.length));
  return [...facts.map(([key, value]) => `${key.padEnd(width)}  ${value}`), "", ...table(groups)];
}

function table(groups: readonly TensorGroup[]): string[] {
  const rows = [
    ["tensor", "dtype", "shape", "count", "size"],
    ...groups.map(({ name, dtype, shape, count: times, bytes }) => [
      printable(name),
      dtype,
      shape.length === 0 ? "scalar" : shape.join(" × "),
      String(times),
      formatAmount(bytes, "bytes"),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number): boolean => column >= 2;
  return rows.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** Names come from a file: what would move the cursor is written as an escape. */
function printable(name: string): string {
  return name.replace(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

function count(amount: number): string {
  return amount.toLocaleString("en-US");
}
