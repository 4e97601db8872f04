/**
 * An imported task as a folder:
 *
 *     manifest.json                    task, setting, counts, hashes of what was read and written, warnings (`surprises`)
 *     {train,valid,test}.jsonl         one example a line: {id, source, target, document, gold}
 *     {split}.placeholders.jsonl       KD-DTI's examples whose target holds DrugBank ids in place of names, each with its
 *                                      `position` in the split; apart, so that nobody trains on them unawares
 *     {split}.without-relations.jsonl  documents that the recipes leave out; only where there are any
 *
 * The folder appears whole or not at all: it is written beside its place and moved there.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import {
  type DataWarning,
  decodeText,
  readBytes,
  type SourceFile,
  SPLITS,
  type SplitName,
} from "../corpora/tasks/task-files.ts";
import { type BuildOptions, buildExamples, type TaskData } from "./build-examples.ts";
import type { TaskExample, TaskName } from "./example.ts";
import { QUESTION_SETTINGS, type QuestionSetting } from "./question-answering/yes-no.ts";
import { TASKS, taskNamed } from "./registry.ts";
import type { DataForm } from "./task.ts";

const FORMAT = "biogpt-task/1";

export interface SplitCounts {
  readonly examples: number;
  /** Relations, labels or answers in the gold of the examples. */
  readonly items: number;
  readonly withoutRelations: number;
  /** Of `examples`, those in the file of placeholders. */
  readonly withPlaceholders: number;
  /** Of the written files. */
  readonly sha256: string;
  readonly withoutRelationsSha256?: string | undefined;
  readonly placeholdersSha256?: string | undefined;
}

export interface TaskManifest extends DataForm {
  readonly format: typeof FORMAT;
  readonly task: TaskName;
  /** For people: how the examples were made. */
  readonly setting: string;
  readonly splits: Readonly<Partial<Record<SplitName, SplitCounts | undefined>>>;
  /** What was read; names relative to the folder given. */
  readonly files: readonly SourceFile[];
  readonly surprises: readonly DataWarning[];
}

const splitSchema = z.object({
  examples: z.number().int(),
  items: z.number().int(),
  withoutRelations: z.number().int(),
  withPlaceholders: z.number().int(),
  sha256: z.string(),
  withoutRelationsSha256: z.string().optional(),
  placeholdersSha256: z.string().optional(),
});
const manifestSchema: z.ZodType<TaskManifest> = z.object({
  format: z.literal(FORMAT),
  task: z.string().refine((name) => TASKS.some((task) => task.name === name), { message: "there is no such task" }),
  setting: z.string(),
  template: z.string().optional(),
  questionSetting: z.enum(QUESTION_SETTINGS as [QuestionSetting, ...QuestionSetting[]]).optional(),
  splits: z.object({ train: splitSchema.optional(), valid: splitSchema.optional(), test: splitSchema.optional() }),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
  surprises: z.array(z.object({ code: z.string(), text: z.string() })),
});
const exampleSchema = z.object({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  document: z.looseObject({
    id: z.string(),
    source: z.string(),
    passages: z.array(z.looseObject({ kind: z.string(), text: z.string() })),
  }),
  position: z.number().int().min(0).optional(),
  gold: z.looseObject({ kind: z.enum(["relations", "labels", "answer"]) }),
});

/**
 * Writes `data` as the folder `out`, replacing an earlier import.
 *
 * @param root what the data was read from; file names in the manifest are relative to it
 * @throws BiogptError `tasks/folder-in-use` when `out` holds something else
 */
export function writeTaskData(data: TaskData, out: string, root: string): TaskManifest {
  const target = resolve(out);
  if (existsSync(target) && !existsSync(join(target, "manifest.json")) && readdirSync(target).length > 0) {
    throw new BiogptError("tasks/folder-in-use", {
      what: `${out} exists and is no imported task.`,
      why: "An import replaces the folder as a whole.",
      fix: "Name a new or empty folder.",
    });
  }
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  mkdirSync(draft);
  try {
    const splits: Partial<Record<SplitName, SplitCounts>> = {};
    for (const split of SPLITS) {
      const examples = data.splits[split];
      if (examples === undefined) continue;
      const without = data.withoutRelations[split] ?? [];
      const open = examples.flatMap((example, position) => (isNamed(example) ? [] : [{ ...example, position }]));
      splits[split] = {
        examples: examples.length,
        items: examples.reduce((sum, { gold }) => sum + goldItems(gold), 0),
        withoutRelations: without.length,
        withPlaceholders: open.length,
        sha256: writeLines(join(draft, `${split}.jsonl`), examples.filter(isNamed)),
        ...(without.length === 0
          ? {}
          : { withoutRelationsSha256: writeLines(join(draft, `${split}.without-relations.jsonl`), without) }),
        ...(open.length === 0
          ? {}
          : { placeholdersSha256: writeLines(join(draft, `${split}.placeholders.jsonl`), open) }),
      };
    }
    const files = data.files.map(({ name, sha256 }) => ({ name: relative(root, name) || name, sha256 }));
    const { task, setting, surprises } = data;
    const manifest: TaskManifest = {
      ...{ format: FORMAT, task, setting, ...formOf(data), splits, files },
      surprises: [...surprises],
    };
    writeFileSync(join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    if (existsSync(target)) {
      const old = `${draft}.old`;
      renameSync(target, old);
      renameSync(draft, target);
      rmSync(old, { recursive: true });
    } else renameSync(draft, target);
    return manifest;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function isNamed({ gold }: TaskExample): boolean {
  return gold.kind !== "relations" || gold.named;
}

function goldItems(gold: TaskExample["gold"]): number {
  return gold.kind === "relations" ? gold.relations.length : gold.kind === "labels" ? gold.labels.length : 1;
}

/** @returns the file's SHA-256 */
function writeLines(path: string, examples: readonly TaskExample[]): string {
  const text = examples.map((example) => `${JSON.stringify(example)}\n`).join("");
  writeFileSync(path, text);
  return createHash("sha256").update(text).digest("hex");
}

/** The task whose import the folder is. @throws BiogptError `tasks/manifest` */
export function importedTask(folder: string): TaskName {
  return readManifest(folder).task;
}

/** @throws BiogptError `tasks/manifest` */
export function readManifest(folder: string): TaskManifest {
  const path = join(folder, "manifest.json");
  const parsed = manifestSchema.safeParse(jsonOf(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BiogptError("tasks/manifest", {
      what: `${path} is not the manifest of an imported task: ${issue?.path.join(".") || "it"}: ${issue?.message}.`,
      fix: "Import the task again: `biogpt data import`.",
    });
  }
  return { ...parsed.data, ...formOf(parsed.data) };
}

/** The form as fields. Imports of before these were written have it only in the text for people, at its beginning. */
function formOf({
  task,
  setting,
  template,
  questionSetting,
}: DataForm & Pick<TaskManifest, "task" | "setting">): DataForm {
  const { items, listensTo } = taskNamed(task);
  const told = setting.split(", ")[0]!;
  return {
    ...(items === "relations" ? { template: template ?? told } : {}),
    ...(listensTo.includes("setting")
      ? { questionSetting: questionSetting ?? QUESTION_SETTINGS.find((known) => known === told) }
      : {}),
  };
}

/**
 * Reads a folder that `writeTaskData` wrote, and checks every hash.
 *
 * @throws BiogptError `tasks/manifest` or `tasks/changed-data`
 */
export function readTaskData(folder: string): TaskData {
  const { task, setting, files, surprises, splits, template, questionSetting } = readManifest(folder);
  const read: Partial<Record<SplitName, TaskExample[]>> = {};
  const without: Partial<Record<SplitName, TaskExample[]>> = {};
  for (const split of SPLITS) {
    const entry = splits[split];
    if (entry === undefined) continue;
    const examples = readLines(join(folder, `${split}.jsonl`), entry.sha256);
    const open = readLines(join(folder, `${split}.placeholders.jsonl`), entry.placeholdersSha256);
    for (const { position, ...example } of open) examples.splice(position ?? examples.length, 0, example);
    read[split] = examples;
    without[split] = readLines(join(folder, `${split}.without-relations.jsonl`), entry.withoutRelationsSha256);
  }
  const form = { template, questionSetting };
  return { task, setting, ...form, splits: read, withoutRelations: without, files, surprises };
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== undefined) throw cause;
    return undefined;
  }
}

/** @param sha256 undefined for a file that was not written */
function readLines(path: string, sha256: string | undefined): (TaskExample & { position?: number })[] {
  if (sha256 === undefined) return [];
  const file = readBytes(path);
  if (file.sha256 !== sha256) {
    throw new BiogptError("tasks/changed-data", {
      what: `${path} is not the file that was imported: its hash differs from the manifest's.`,
      why: "A score must name the data it was measured on.",
      fix: "Import the task again: `biogpt data import`.",
    });
  }
  return decodeText(file)
    .split("\n")
    .filter((line) => line !== "")
    .map((line, at) => {
      const parsed = exampleSchema.safeParse(JSON.parse(line));
      if (!parsed.success) {
        throw new BiogptError("tasks/example", {
          what: `${path}, line ${at + 1} is no example: ${parsed.error.issues[0]?.message}.`,
        });
      }
      return parsed.data as unknown as TaskExample & { position?: number };
    });
}

/**
 * The examples of a task from an imported folder, or straight from the raw corpus.
 *
 * @param options apply to a raw corpus; an imported folder has its own setting, and any option beside it is an error
 */
export function openTaskData(task: TaskName, folder: string, options: BuildOptions = {}): TaskData {
  if (!existsSync(join(folder, "manifest.json"))) return buildExamples(task, folder, options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  if (given.length > 0) {
    throw new BiogptError("tasks/option", {
      what: `${folder} is imported already, so ${given.map(([name]) => name).join(", ")} would have no effect.`,
      fix: "Name the raw corpus, or import it again with the option.",
    });
  }
  const data = readTaskData(folder);
  if (data.task !== task) {
    throw new BiogptError("tasks/other-task", { what: `${folder} holds ${data.task}, not ${task}.` });
  }
  return data;
}
