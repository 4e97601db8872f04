/**
 * What `biogpt reproduce` does: every task from raw files to scores, in stages that are done once, and one table.
 *
 *     OUT/reproduce.json                  what it was told
 *     OUT/reproduce.lock                  while one is at work
 *     OUT/TASK/stages/*.json              a record of each finished stage
 *     OUT/TASK/{data,run,report*.html}    what the stages wrote
 *     OUT/results.{json,md}               the table, when all is done
 */
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { withLock } from "../../files/file-lock.ts";
import { recordOf } from "../../files/stages.ts";
import { resolveModel } from "../../pretrained/hub/hub.ts";
import { DEFAULT_MODEL } from "../../pretrained/load/load.ts";
import { MOST_SMALL_BYTES, modelFolderFacts } from "../../pretrained/load/load-folder.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import { readManifest } from "../../tasks/task-data.ts";
import { readRun } from "../../training/run/run-folder.ts";
import type { RecipeFamily } from "../../workflows/training/recipes.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import { begunBefore, LOCK_FILE, type Plan, planOf, writePlan } from "./plan.ts";
import { type Reproduced, renderResults, resultsOf } from "./results.ts";
import { decodingsOf, evaluationStage, finetuneStage, importStage, type StageContext } from "./task-stages.ts";

export interface ReproduceFlags {
  readonly data: string;
  readonly out: string;
  readonly model?: string;
  /** Default: small for models whose weights have under 64 MB. */
  readonly recipe?: RecipeFamily;
  readonly tasks?: readonly string[];
  readonly maxNewTokens: number;
  readonly dtype: Precision;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly drugbank?: string;
  readonly json?: boolean;
  readonly overrides: Readonly<Record<string, unknown>>;
}

export async function reproduce(flags: ReproduceFlags, terminal: Terminal): Promise<void> {
  const { startedByMpi } = await import("../../training/run/mpi.ts");
  if (startedByMpi()) {
    throw new BiogptError("cli/usage", {
      what: "A reproduction is not shared by several processes.",
      why: "Each would import and evaluate the same data into the same folder.",
      fix: "Start it without mpirun; `biogpt finetune` can be shared.",
      kind: "usage",
    });
  }
  const out = resolve(flags.out);
  const plan = await planFor(flags, terminal);
  begunBefore(out, plan); // refuses other folders before anything, a lock too, is written to them
  try {
    await alone(out, terminal, async () => {
      if (!begunBefore(out, plan)) await writePlan(out, plan);
      await finish(out, plan, flags, terminal);
    });
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind !== "aborted") throw error;
    throw new BiogptError("reproduce/stopped", {
      what: "The reproduction was stopped.",
      fix: "The same command goes on from here.",
      kind: "aborted",
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
function alone<T>(out: string, { signal }: Terminal, work: () => Promise<T>): Promise<T> {
  return withLock(join(out, LOCK_FILE), work, {
    signal,
    staleAfter: STALE_AFTER,
    onWait: (holder) => {
      throw new BiogptError("reproduce/in-use", {
        what: `Another reproduction is at work in ${out}${holder === undefined ? "" : `: process ${holder.pid} on ${holder.host}`}.`,
        why: "Each would write over what the other has begun.",
        fix: "Wait for it or stop it, and give the same command again, or name another --out. A killed one's lock is taken over: at once on its machine, elsewhere after five minutes.",
        kind: "unavailable",
      });
    },
  });
}

async function planFor(flags: ReproduceFlags, { signal, progress }: Terminal): Promise<Plan> {
  const { data, tasks, model = DEFAULT_MODEL, maxNewTokens, dtype, device, drugbank } = flags;
  const options = { data, tasks, model, settings: flags.overrides, maxNewTokens, dtype, device, version: VERSION };
  const drugBank = drugbank === undefined ? {} : { drugBank: drugbank };
  // What is wrong with names and folders is said before a model is fetched.
  planOf({ ...options, ...drugBank, modelHash: "", recipe: flags.recipe ?? "paper" });
  const { hash: modelHash, weightBytes } = await modelFolderFacts(await resolveModel(model, { signal, progress }), {
    signal,
    progress,
  });
  const recipe = flags.recipe ?? (weightBytes <= MOST_SMALL_BYTES ? "small" : "paper");
  return planOf({ ...options, ...drugBank, modelHash, recipe });
}

async function finish(out: string, plan: Plan, flags: ReproduceFlags, terminal: Terminal): Promise<void> {
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
    terminal.note(`[${++number}/${total}] ${task}: ${activity}${done ? " (done before)" : ""}`);
    return work();
  };
  const contexts = tasks.map(
    (task): StageContext => ({ plan, task, folder: join(out, task), threads: flags.threads, terminal }),
  );
  // All imports come first: data that cannot be read are said before hours of training.
  for (const context of contexts) await staged(context, "import", "import", () => importStage(context));
  const reproduced: Reproduced[] = [];
  for (const context of contexts) {
    const { task, folder } = context;
    await staged(context, "finetune", "fine-tuning", () => finetuneStage(context));
    const { settings } = readRun(join(folder, "run"));
    const manifest = readManifest(join(folder, "data"));
    for (const decoding of decodingsOf(task)) {
      const evaluate = () => evaluationStage(context, decoding);
      const result = await staged(context, decoding, `evaluation, ${decoding}`, evaluate);
      reproduced.push({ task, decoding, result, manifest, settings });
    }
  }
  const results = resultsOf(plan, reproduced);
  const table = renderResults(results);
  await writeFileAtomically(join(out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFileAtomically(join(out, "results.md"), table);
  await (flags.json === true ? terminal.writeLine(JSON.stringify(results)) : terminal.write(table));
}
