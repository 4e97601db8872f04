/**
 * How a run that was stopped or killed is resumed: from its newest checkpoint, with the settings and data it was started with.
 *
 * The model's own files of the checkpoint hold the weights; here are the counters, the moments, and exact weights where the model's are rounded.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { openCheckpoint } from "../../checkpoints/open-checkpoint.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { changedSettings } from "../settings/changed-settings.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { checkpointFolder, checkpointSteps, type RunState, STATE_VERSION } from "./checkpointing.ts";
import type { RunDescription } from "./run-folder.ts";

/** @throws BiogptError `training/changed-settings` naming what differs */
export function expectSameRun(folder: string, before: RunDescription, now: RunDescription): void {
  const changed = [...changedSettings(before.settings, now.settings), ...changedSettings(before.data, now.data)];
  if (before.kind !== now.kind) changed.unshift(`kind: ${before.kind} → ${now.kind}`);
  if (changed.length === 0) return;
  throw new BiogptError("training/changed-settings", {
    what: `The run in ${folder} was started with other settings: ${changed.join("; ")}.`,
    why: "What comes after would not be the same run, and its loss curve would tell of two.",
    fix: "Go on with --resume and --out alone, or start another run from its newest checkpoint with --from.",
    kind: "usage",
  });
}

/** The newest checkpoint, or undefined where none was written yet. */
export function newestCheckpoint(run: string): { readonly folder: string; readonly state: RunState } | undefined {
  const step = checkpointSteps(run).at(-1);
  if (step === undefined) return undefined;
  const folder = checkpointFolder(run, step);
  return { folder, state: readState(folder) };
}

/** @throws BiogptError `training/broken-checkpoint` */
export function readState(folder: string): RunState {
  try {
    const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as RunState;
    const counts = [state.step, state.microBatches, state.tokens];
    if (state.version === STATE_VERSION && counts.every((count) => Number.isSafeInteger(count) && count >= 0))
      return state;
    throw new Error("its fields are not those of this version");
  } catch (error) {
    throw brokenCheckpoint(join(folder, "state.json"), (error as Error).message);
  }
}

/** Puts moments, and exact weights where they are stored, back into a step. */
export async function restoreOptimizer(folder: string, step: TrainingStep): Promise<void> {
  const path = join(folder, "optimizer.safetensors");
  const { tensors } = await openCheckpoint(path);
  const { first, second } = await step.moments();
  for (const { name, shape, offset } of step.trained) {
    const size = shape.reduce((product, length) => product * length, 1);
    for (const [kind, flat] of [["first", first] as const, ["second", second] as const]) {
      const entry = tensors.get(`${kind}.${name}`);
      if (entry === undefined) throw brokenCheckpoint(path, `${kind}.${name} is missing`);
      if (entry.shape.join() !== shape.join()) {
        throw brokenCheckpoint(
          path,
          `${kind}.${name} is ${entry.shape.join(" x ")}, the model has ${shape.join(" x ")}`,
        );
      }
      flat.set(await readFloat32(entry), offset);
    }
    const weight = tensors.get(`weight.${name}`);
    if (weight !== undefined) {
      const values = await readFloat32(weight);
      if (values.length !== size) throw brokenCheckpoint(path, `weight.${name} has another shape`);
      (await step.parameter(name)).set(values);
      await step.writeBack(name, values);
    }
  }
  await step.writeBack("first", first);
  await step.writeBack("second", second);
}

function brokenCheckpoint(path: string, why: string): BiogptError {
  return new BiogptError("training/broken-checkpoint", {
    what: `${path} cannot be gone on from: ${why}.`,
    fix: "Remove that checkpoint's folder to go on from the one before.",
  });
}
