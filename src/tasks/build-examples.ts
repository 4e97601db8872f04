/** From a folder of raw corpus files to the examples of each split, with everything surprising said. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { countOf } from "../base/count-of.ts";
import { BiogptError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type DataWarning, SPLITS, type SplitName } from "../corpora/tasks/task-files.ts";
import type { GoldRelations, TaskExample, TaskName } from "./example.ts";
import { taskNamed } from "./registry.ts";
import { reordered } from "./relation-extraction/examples.ts";
import { schemeTemplate } from "./relation-extraction/schemes.ts";
import type { BuildOptions, Task, TaskData } from "./task.ts";

export type { BuildOptions, TaskData } from "./task.ts";

/**
 * @param path folder (or file) of the raw corpus, or the folder that holds it under its own name, such as BC5CDR
 * @throws BiogptError `tasks/unknown-task`, `tasks/option` for an option that the task does not listen to; those of its reader
 */
export function buildExamples(name: TaskName, path: string, options: BuildOptions = {}): TaskData {
  const task = taskNamed(name);
  const root = corpusRoot(task.name, path);
  for (const key of Object.keys(options) as (keyof BuildOptions)[]) {
    if (options[key] !== undefined && !task.listensTo.includes(key)) {
      throw usage(
        `The option ${key} means nothing for ${task.name}.`,
        `It listens to ${task.listensTo.join(", ") || "none"}.`,
      );
    }
  }
  if (options.format !== undefined && !task.formats.includes(options.format)) {
    throw usage(`${task.name} has no format "${options.format}".`, `Its formats are ${task.formats.join(", ")}.`);
  }
  checkRandomOrder(task, options);
  const { splits, surprises, ...built } = task.build(root, options);
  const full: Partial<Record<SplitName, TaskExample[]>> = {};
  const without: Partial<Record<SplitName, TaskExample[]>> = {};
  const more: DataWarning[] = [];
  for (const split of SPLITS) {
    const examples = splits[split];
    if (examples === undefined) continue;
    more.push(...foreignLabels(task, examples, split), ...emptyTexts(task, examples, split));
    const withTarget = examples.filter((example) => example.target !== "");
    full[split] = split === "train" && options.order === "random" ? shuffled(task, withTarget, options) : withTarget;
    without[split] = examples.filter((example) => example.target === "");
    if (without[split].length > 0) {
      const text = `${without[split].length} of ${examples.length} documents of ${split} have no relations and stand apart, as the recipe leaves them out.`;
      more.push({ code: `${task.name}/without-relations`, text });
    }
  }
  return {
    task: task.name,
    ...built,
    splits: full,
    withoutRelations: without,
    surprises: [...surprises, ...more],
  };
}

/** Relations whose label the scheme does not list: no constrained decoding can write them, and a misspelt one counts as another. */
function foreignLabels({ name, scheme }: Task, examples: readonly TaskExample[], split: SplitName): DataWarning[] {
  if (scheme === undefined) return [];
  const counts = new Map<string, number>();
  for (const { gold } of examples as readonly TaskExample<GoldRelations>[]) {
    for (const { relation } of gold.relations)
      if (!scheme.relations.includes(relation)) counts.set(relation, (counts.get(relation) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const named = [...counts].slice(0, MOST_NAMED).map(([label, count]) => `"${label}" ${count}`);
  const further = counts.size > MOST_NAMED ? ", …" : "";
  return [
    {
      code: `${name}/foreign-labels`,
      text: `${total === 1 ? "1 relation" : `${total} relations`} of ${split} ${total === 1 ? "has" : "have"} a label that ${scheme.name} does not list: ${named.join(", ")}${further}.`,
    },
  ];
}

/** Labels that a warning names. */
const MOST_NAMED = 5;

/** Examples without a text that could be answered from. */
function emptyTexts({ name, contextOf }: Task, examples: readonly TaskExample[], split: SplitName): DataWarning[] {
  const text = contextOf ?? (({ document }: TaskExample) => document.passages.map((passage) => passage.text).join(""));
  const empty = examples.filter((example) => text(example).trim() === "").length;
  if (empty === 0) return [];
  const what = contextOf === undefined ? "text" : "context";
  return [
    {
      code: `${name}/empty-${what}`,
      text: `${countOf(empty, "example")} of ${split} ${empty === 1 ? "has" : "have"} no ${what} to answer from; ${empty === 1 ? "it counts" : "they count"} all the same.`,
    },
  ];
}

/** The documents over and over: first all of them once, then all once more, so that a beginning of the file has them all. */
function shuffled({ scheme }: Task, examples: readonly TaskExample[], options: BuildOptions): TaskExample[] {
  const { template = "rel-is", repeats: times = 1, seed = 1 } = options;
  const form = schemeTemplate(scheme!, template); // only tasks of relations listen to their order
  const random = new Random(seed);
  const all = (examples as readonly TaskExample<GoldRelations>[]).map((each) =>
    reordered(each, form, { times, random }),
  );
  return Array.from({ length: times }, (_, at) => all.map((copies) => copies[at]!)).flat();
}

function checkRandomOrder({ listensTo }: Task, { order, repeats, seed, trainFromValid }: BuildOptions): void {
  if (repeats !== undefined && (!Number.isInteger(repeats) || repeats < 1))
    throw usage(`Documents were to be there ${repeats} times.`, "Give a whole number from 1.");
  if (order === "random") return;
  if (repeats !== undefined)
    throw usage("repeats has no effect without order random: every copy would be the same.", "Leave it out.");
  if (seed !== undefined && listensTo.includes("order") && trainFromValid === undefined)
    throw usage(
      listensTo.includes("trainFromValid")
        ? "seed has no effect without order random or trainFromValid."
        : "seed has no effect without order random.",
      "Leave it out.",
    );
}

/** The folder of the task within `path`, if that is a folder of several tasks, else `path`. */
export function corpusRoot(task: TaskName, path: string): string {
  const inside = join(path, taskNamed(task).title);
  return existsSync(inside) ? inside : path;
}

function usage(what: string, fix: string): BiogptError {
  return new BiogptError("tasks/option", { what, fix });
}
