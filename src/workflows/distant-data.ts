/** Examples from a corpus that nobody has read, as the task labels them, without any document that the task evaluates or trains on. */
import { throwIfAborted } from "../base/cancellation.ts";
import { countsOf } from "../base/count-of.ts";
import { BiogptError } from "../base/errors.ts";
import { readCorpus } from "../corpora/prepare/corpus-folder.ts";
import type { SplitName } from "../corpora/tasks/task-files.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { exclusionsOf, type TaskExclusions } from "../tasks/distant-documents.ts";
import {
  type DistantAnswerSummary,
  type DistantOptions,
  type DistantRelationSummary,
  optionRefused,
} from "../tasks/distant-labelling.ts";
import type { TaskExample } from "../tasks/example.ts";
import { TASKS, taskNamed } from "../tasks/registry.ts";
import type { TaskData } from "../tasks/task.ts";
import { openTaskData } from "../tasks/task-data.ts";
import { trainingExamples } from "../tasks/training-examples.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface DistantDataOptions extends DistantOptions {
  /** The task as `importData` wrote it. */
  readonly data: string;
  /** JSON Lines file to write. */
  readonly out: string;
  /** Documents as `prepareCorpus` wrote them; none with `from: "train"`. */
  readonly corpus?: string | undefined;
}

/** What `biogpt data distant --json` prints. */
export type DistantDataSummary = DistantRelationSummary | DistantAnswerSummary;

/**
 * Writes examples for fine-tuning, one a line (id, source, target).
 *
 * @param task such as `bc5cdr`, in any of its spellings
 * @throws BiogptError `tasks/option`, `tasks/no-examples` where no document gave one, those of `openTaskData`
 *
 * @example
 * ```ts
 * const { examples } = await distantData("ddi", { data: "ddi", corpus: "pubmed", out: "distant.jsonl", limit: 2000 });
 * ```
 */
export async function distantData(
  task: string,
  { data: folder, out, corpus, ...options }: DistantDataOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<DistantDataSummary> {
  throwIfAborted(signal);
  const { name, distant } = taskNamed(task);
  if (distant === undefined) {
    const able = TASKS.filter((one) => one.distant !== undefined).map((one) => one.name);
    throw optionRefused(`${name} can not be labelled at a distance.`, `These can: ${able.join(", ")}.`);
  }
  distant.check(options, corpus !== undefined);
  const data = openTaskData(name, folder);
  const progress = progressEvents(onEvent);
  const { examples, summary } = await distant.label({
    ...options,
    task: name,
    form: data,
    train: () => trainingExamples(data, "train").examples,
    withoutRelations: data.withoutRelations.train ?? [],
    exclusions: exclusionsFor(data),
    documents: corpus === undefined ? undefined : readCorpus(corpus, { signal, progress }),
    signal,
  });
  if (examples.length === 0) {
    throw new BiogptError("tasks/no-examples", {
      what: `No document gave an example for ${name}.`,
      ...("leftOut" in summary ? { why: `Left out: ${countsOf(summary.leftOut)}.` } : {}),
      fix: "Name a larger corpus.",
    });
  }
  await writeFileAtomically(out, examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
  return summary;
}

/** Everything that the task holds, without which its scores would mean nothing. */
function exclusionsFor(data: TaskData): TaskExclusions {
  const of = (split: SplitName): TaskExample[] => [
    ...(data.splits[split] ?? []),
    ...(data.withoutRelations[split] ?? []),
  ];
  return { evaluation: exclusionsOf([...of("valid"), ...of("test")]), training: exclusionsOf(of("train")) };
}
