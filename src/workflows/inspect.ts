/** `biogpt inspect`: what a checkpoint holds, what it will need, what is odd about it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatAmount } from "../base/amounts.ts";
import { familyOf } from "../models/registry.ts";
import { resolveModel } from "../pretrained/hub/hub.ts";
import { isKnownAlone, KNOWN_FILE } from "../pretrained/hub/hub-names.ts";
import { foldLayers, type Inspection, inspectModel, type TensorGroup } from "../pretrained/load/inspection.ts";
import { readKnown } from "../tasks/known-descriptions/known-file.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface InspectOptions {
  /** Whether the values are read, to look for NaN and infinities. Default true. */
  readonly values?: boolean;
}

/**
 * @param model folder or weight file, or the name of an embedded or downloaded model; nothing is downloaded
 * @throws BiogptError `hub/…` where there is no such model here, `checkpoints/…`, `aborted`
 * @example
 * ```ts
 * const { parameters, problems } = await inspect("biogpt-mini", { values: false });
 * ```
 */
export async function inspect(
  model: string,
  { values = true }: InspectOptions = {},
  { signal, onEvent }: WorkflowContext = {},
): Promise<Inspection> {
  // A path is taken as it is, whole or not; a name only from what is on this machine: looking costs no download.
  const path = existsSync(model) ? model : await resolveModel(model, { offline: true });
  if (isKnownAlone(path)) return inspectKnown(join(path, KNOWN_FILE));
  return inspectModel(path, { values, signal, progress: progressEvents(onEvent) });
}

/** A model without a network: what it knows. */
async function inspectKnown(file: string): Promise<Inspection> {
  const bytes = await readFile(file);
  const { known, question, source, licence } = readKnown(bytes, file);
  return {
    ...{ path: dirname(file), format: "known answers", files: [{ file, bytes: bytes.length }] },
    metadata: { molecules: count(known.length), question, source, licence },
    ...{ tensors: [], tensorBytes: 0, parameters: 0, problems: [] },
  };
}

/** What was found as lines for people: facts, then a table of the tensors with the layers folded. */
export function describeInspection(
  name: string,
  inspection: Inspection,
  { values = true }: InspectOptions = {},
): string[] {
  const { format, files, tensors, tensorBytes, parameters, adapter, memory, vocabulary, metadata, problems } =
    inspection;
  const sizes = inspection.model && familyOf(inspection.model).describe(inspection.model);
  const bytes = (amount: number): string => formatAmount(amount, "bytes");
  const onDisk = files.reduce((sum, file) => sum + file.bytes, 0);
  const facts: [string, string][] = [
    [
      "checkpoint",
      `${name}: ${format}, ${files.length === 1 ? basename(files[0]!.file) : `${files.length} files`}, ${bytes(onDisk)} on disk`,
    ],
  ];
  if (format !== "known answers") {
    facts.push(["tensors", `${count(tensors.length)}, ${bytes(tensorBytes)}`], ["parameters", count(parameters)]);
  }
  if (sizes !== undefined) facts.push(["model", sizes]);
  if (adapter !== undefined) {
    const { rank, scale, modules, baseModel } = adapter;
    const base = baseModel === undefined ? "a model it does not name" : printable(baseModel);
    facts.push(["adapter", `LoRA of rank ${rank}, scale ${scale}, on ${count(modules.length)} linear maps of ${base}`]);
  }
  if (vocabulary !== undefined) facts.push(["vocabulary", `${count(vocabulary)} tokens`]);
  if (memory !== undefined) {
    const each = ({ fp32, q8, q4 }: (typeof memory)["weights"]): string =>
      `fp32 ${bytes(fp32)}, q8 ${bytes(q8)}, q4 ${bytes(q4)}`;
    facts.push(["memory", `weights ${each(memory.weights)}; cache ${bytes(memory.cachePerToken)} a token`]);
    if (memory.encoders !== undefined)
      facts.push(["", `encoders, while attachments are read: ${each(memory.encoders)}`]);
    facts.push(["", `this machine grants ${bytes(memory.available)}`]);
  }
  for (const [i, { file, from, there }] of (inspection.needed ?? []).entries())
    facts.push([i === 0 ? "needed" : "", `${file}: ${there ? "there" : `missing, it is in ${from}`}`]);
  for (const [key, value] of Object.entries(metadata))
    facts.push([`metadata ${key}`, value.length > 80 ? `${value.slice(0, 79)}…` : value]);
  const found = problems.length > 0 ? problems : [values ? "nothing" : "nothing (values not read)"];
  for (const [i, problem] of found.entries()) facts.push([i === 0 ? "odd" : "", problem]);
  const width = Math.max(...facts.map(([key]) => key.length));
  const lines = facts.map(([key, value]) => `${key.padEnd(width)}  ${value}`);
  return format === "known answers" ? lines : [...lines, "", ...table(foldLayers(tensors))];
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
