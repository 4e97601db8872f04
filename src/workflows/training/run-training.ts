/** The loop over a prepared step, with the run's folder kept a model, and its events: what pretraining and fine-tuning have in common. */

import { expectRoom } from "../../files/disk.ts";
import { isModel, showAsModel } from "../../pretrained/save/run-model.ts";
import type { Device } from "../../runtime/device.ts";
import { type DeviceName, type DeviceOptions, openDevice } from "../../runtime/device.ts";
import { TASK_FILE } from "../../tasks/task-file.ts";
import type { BatchSource } from "../../training/data/batch-source.ts";
import { checkpointBytes, type RunState } from "../../training/run/checkpointing.ts";
import type { Evaluation } from "../../training/run/evaluate.ts";
import { type LoopOptions, train } from "../../training/run/loop.ts";
import type { Parallel } from "../../training/run/parallel.ts";
import type { EvaluationRecord, UpdateRecord } from "../../training/run/run-log.ts";
import type { LoopSettings } from "../../training/settings/tables.ts";
import type { TrainableModel } from "../../training/step/trainable-model.ts";
import type { TrainingStep } from "../../training/step/training-step.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface Training {
  /** The run's folder. */
  readonly run: string;
  readonly settings: LoopSettings;
  readonly model: TrainableModel;
  readonly step: TrainingStep;
  readonly source: BatchSource;
  readonly evaluate?: (signal?: AbortSignal) => Promise<Evaluation>;
  readonly saveModel: LoopOptions["saveModel"];
  /** Whether checkpoints store the exact weights beside the moments. */
  readonly exactWeights: boolean;
  readonly onGradients?: LoopOptions["onGradients"];
  readonly decays: (name: string) => boolean;
  /** State of the checkpoint that the run goes on from. */
  readonly from?: RunState | undefined;
  readonly parallel: Parallel;
}

/** How a run ended, and what was last seen of it. */
export interface Trained {
  readonly state: RunState;
  readonly stoppedEarly: boolean;
  readonly update?: UpdateRecord;
  readonly evaluation?: EvaluationRecord;
}

/** @throws BiogptError those of `train`, `training/disk-full` where not even one checkpoint finds room */
export async function runTraining(
  { run, model, from, onGradients, evaluate, ...training }: Training,
  { signal, onEvent }: WorkflowContext<TrainingEvent>,
): Promise<Trained> {
  const { steps } = training.settings;
  if (training.parallel.rank === 0)
    await expectRoom(run, checkpointBytes(model.parameters, training.step.trained), "a checkpoint");
  const progress = progressEvents(onEvent);
  let [first, update]: (UpdateRecord | undefined)[] = [];
  let evaluation: EvaluationRecord | undefined;
  const { state, stoppedEarly } = await train({
    ...training,
    run,
    ...(evaluate === undefined ? {} : { evaluate }),
    ...(from === undefined ? {} : { from }),
    ...(onGradients === undefined ? {} : { onGradients }),
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
    onUpdate: (record) => {
      first ??= record;
      update = record;
      const done = record.step - first.step;
      const pace = (record.seconds - first.seconds) / done;
      const left = done === 0 ? {} : { secondsLeft: pace * (steps - record.step) };
      onEvent?.({ type: "update", record, steps, ...left });
    },
    onEvaluation: (record) => {
      evaluation = record;
      onEvent?.({ type: "evaluation", record, steps });
    },
    onCheckpoint: async (folder, best) => {
      if (best || !isModel(run)) await showAsModel(run, folder, { asked: [TASK_FILE] });
      onEvent?.({ type: "checkpoint", folder, best });
    },
  });
  return {
    state,
    stoppedEarly,
    ...(update === undefined ? {} : { update }),
    ...(evaluation === undefined ? {} : { evaluation }),
  };
}

/**
 * The result of a run, told as its last event.
 *
 * @param run      as the caller named it
 * @param averaged checkpoints whose mean the run's model is
 */
export function finished(
  { state, stoppedEarly, update, evaluation }: Trained,
  { run, averaged }: { readonly run: string; readonly averaged: number },
  { onEvent }: WorkflowContext<TrainingEvent>,
): TrainingResult {
  const { step, tokens, seconds, best } = state;
  const result = {
    ...{ run, step, tokens, seconds, best },
    ...{ loss: update?.loss ?? null, heldOut: evaluation?.heldOut ?? null, stoppedEarly },
  };
  onEvent?.({ type: "finished", result, averaged });
  return result;
}

/** Opens the device that a run was given; default the processor. */
export function trainingDevice(
  name: DeviceName | undefined,
  { threads, signal }: { readonly threads: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<Device<DeviceName>> {
  const options: DeviceOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(threads === undefined ? {} : { threads }),
  };
  return openDevice(name ?? "cpu", options);
}
