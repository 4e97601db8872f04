/**
 * The paper's tasks once more: every task from raw files to scores, in stages that are done once, and one table.
 *
 *     OUT/reproduce.json                  what it was told
 *     OUT/reproduce.lock                  while one is at work
 *     OUT/TASK/stages/*.json              a record of each finished stage
 *     OUT/TASK/{data,run,report*.html}    what the stages wrote
 *     OUT/results.{json,md}               the table, when all is done
 */

import { join, resolve } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { withLock } from "../../files/file-lock.ts";
import { recordOf } from "../../files/stages.ts";
import { resolveModel } from "../../pretrained/hub/hub.ts";
import { DEFAULT_MODEL } from "../../pretrained/load/load.ts";
import { modelFolderFacts } from "../../pretrained/load/load-folder.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import { MOST_SMALL_BYTES } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { readManifest } from "../../tasks/task-data.ts";
import { startedByMpi } from "../../training/run/mpi.ts";
import { readRun } from "../../training/run/run-folder.ts";
import type { GivenFineTuningSettings } from "../../training/settings/tables.ts";
import type { RecipeFamily } from "../training/recipes.ts";
import { VERSION } from "../version.ts";
import { progressEvents } from "../workflow.ts";
import { begunBefore, LOCK_FILE, type Plan, planOf, writePlan } from "./reproduction-plan.ts";
import { type Reproduced, type Results, renderResults, resultsOf } from "./results.ts";
import {
  decodingsOf,
  evaluationStage,
  finetuneStage,
  importStage,
  type ReproductionContext,
  type StageContext,
} from "./task-stages.ts";

export interface ReproduceOptions {
  /** Raw files, each task in a folder of its name: BC5CDR, DDI, KD-DTI, HoC, PubMedQA. */
  readonly data: string;
  /** Folder to write, or to go on with. */
  readonly out: string;
  /** Name or folder of the model to fine-tune. Default: the embedded model. */
  readonly model?: string | undefined;
  /** Whose recipes. Default: small for models whose weights have under 64 MB, else the paper's. */
  readonly recipe?: RecipeFamily | undefined;
  /** Names of some tasks. Default: all. */
  readonly tasks?: readonly string[] | undefined;
  /** Most tokens of an answer, 1 to 2048. Default 375. */
  readonly maxNewTokens?: number | undefined;
  /** How weights are stored while answering. Default `fp32`. */
  readonly dtype?: Precision | undefined;
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Default: the physical cores. */
  readonly threads?: number | undefined;
  /** KD-DTI: your DrugBank file, for the names behind its ids. */
  readonly drugbank?: string | undefined;
  /** Settings of every fine-tuning, by name, which win over the recipes. */
  readonly settings?: GivenFineTuningSettings | undefined;
  /** How it was started, for the reports. Default: they do not say. */
  readonly command?: string | undefined;
}

/**
 * Reproduces the paper's tasks: import, fine-tuning, evaluation on test, and one table. However it ends, the same call goes on.
 *
 * @returns what `results.json` holds
 * @throws BiogptError `reproduce/missing-data`, `reproduce/changed-options`, `reproduce/folder-in-use`, `reproduce/in-use`,
 *         `reproduce/stopped` (kind aborted), and those of the stages
 *
 * @example
 * ```ts
 * const { rows } = await reproduce({ data: "raw", out: "reproduction", tasks: ["ddi"] });
 * ```
 */
export async function reproduce(options: ReproduceOptions, context: ReproductionContext = {}): Promise<Results> {
  if (startedByMpi()) {
    throw new BiogptError("cli/usage", {
      what: "A reproduction is not shared by several processes.",
      why: "Each would import and evaluate the same data into the same folder.",
      fix: "Start it without mpirun; `biogpt finetune` can be shared.",
    });
  }
  throwIfAborted(context.signal);
  const out = resolve(options.out);
  const plan = await planFor(options, context);
  begunBefore(out, plan); // refuses other folders before anything, a lock too, is written to them
  try {
    return await alone(out, context, async () => {
      if (!begunBefore(out, plan)) await writePlan(out, plan);
      return finish(out, plan, options, context);
    });
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind !== "aborted") throw error;
    throw new BiogptError("reproduce/stopped", {
      what: "The reproduction was stopped.",
      fix: "The same command goes on from here.",
      cause: error,
    });
  }
}

/**
 * After this long without a sign of life, in milliseconds, a lock is void whose process cannot be looked for: it ran on another machine,
 * or its number is another's by now. No step of the work keeps a process from giving signs for as long.
 */
const STALE_AFTER = 5 * 60_000;

/** @throws BiogptError `reproduce/in-use` while another reproduction is at work in the folder */
function alone<T>(out: string, { signal }: ReproductionContext, work: () => Promise<T>): Promise<T> {
  return withLock(join(out, LOCK_FILE), work, {
    signal,
    staleAfter: STALE_AFTER,
    onWait: (holder) => {
      throw new BiogptError("reproduce/in-use", {
        what: `Another reproduction is at work in ${out}${holder === undefined ? "" : `: process ${holder.pid} on ${holder.host}`}.`,
        why: "Each would write over what the other has begun.",
        fix: "Wait for it or stop it, and give the same command again, or name another --out. A killed one's lock is taken over: at once on its machine, elsewhere after five minutes.",
      });
    },
  });
}

async function planFor(
  { settings = {}, maxNewTokens = 375, dtype = "fp32", device = "cpu", ...asked }: ReproduceOptions,
  { signal, onEvent }: ReproductionContext,
): Promise<Plan> {
  const { data, tasks, model = DEFAULT_MODEL, drugbank, recipe: family } = asked;
  const options = { data, tasks, model, settings, maxNewTokens, dtype, device, version: VERSION };
  const drugBank = drugbank === undefined ? {} : { drugBank: drugbank };
  // What is wrong with names and folders is said before a model is fetched.
  planOf({ ...options, ...drugBank, modelHash: "", recipe: family ?? "paper" });
  const run = { signal, progress: progressEvents(onEvent) };
  const { hash: modelHash, weightBytes } = await modelFolderFacts(await resolveModel(model, run), run);
  const recipe = family ?? (weightBytes <= MOST_SMALL_BYTES ? "small" : "paper");
  return planOf({ ...options, ...drugBank, modelHash, recipe });
}

async function finish(
  out: string,
  plan: Plan,
  { threads, command }: ReproduceOptions,
  context: ReproductionContext,
): Promise<Results> {
  const { tasks } = plan;
  const total = tasks.reduce((sum, task) => sum + 2 + decodingsOf(task).length, 0);
  let number = 0;
  const staged = async <Result>(
    { task, folder }: StageContext,
    stage: string,
    activity: string,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const done = recordOf(folder, stage) !== undefined;
    const text = `[${++number}/${total}] ${task}: ${activity}${done ? " (done before)" : ""}`;
    context.onEvent?.({ type: "note", text });
    return work();
  };
  const contexts = tasks.map(
    (task): StageContext => ({ plan, task, folder: join(out, task), threads, command, context }),
  );
  // All imports come first: data that cannot be read are said before hours of training.
  for (const stage of contexts) await staged(stage, "import", "import", () => importStage(stage));
  const reproduced: Reproduced[] = [];
  for (const stage of contexts) {
    const { task, folder } = stage;
    await staged(stage, "finetune", "fine-tuning", () => finetuneStage(stage));
    const { settings } = readRun(join(folder, "run"));
    const manifest = readManifest(join(folder, "data"));
    for (const decoding of decodingsOf(task)) {
      const evaluate = () => evaluationStage(stage, decoding);
      const result = await staged(stage, decoding, `evaluation, ${decoding}`, evaluate);
      reproduced.push({ task, decoding, result, manifest, settings });
    }
  }
  const results = resultsOf(plan, reproduced);
  await writeFileAtomically(join(out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFileAtomically(join(out, "results.md"), renderResults(results));
  return results;
}
