/** What a training run tells while it goes on, and what it is in the end. */
import type { RunState } from "../../training/run/checkpointing.ts";
import type { Evaluation } from "../../training/run/evaluate.ts";
import type { EvaluationRecord, UpdateRecord } from "../../training/run/run-log.ts";
import type { NoteEvent, ProgressEvent } from "../workflow.ts";

export interface UpdateEvent {
  readonly type: "update";
  readonly record: UpdateRecord;
  /** Updates of the whole run. */
  readonly steps: number;
  /** At the mean pace since this process began; absent after its first update. */
  readonly secondsLeft?: number;
}

export interface EvaluationEvent {
  readonly type: "evaluation";
  readonly record: EvaluationRecord;
  readonly steps: number;
}

/** A checkpoint stands whole in its folder. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly folder: string;
  /** Whether it is the best so far, or nothing was evaluated. */
  readonly best: boolean;
}

/** The last event of a run that came to its end. */
export interface FinishedEvent {
  readonly type: "finished";
  readonly result: TrainingResult;
  /** Checkpoints whose mean the run's model is; 0 for none. */
  readonly averaged: number;
}

/** Of several processes only the first tells anything. */
export type TrainingEvent = ProgressEvent | NoteEvent | UpdateEvent | EvaluationEvent | CheckpointEvent | FinishedEvent;

export interface TrainingResult {
  /** The run's folder, as it was named; a model that can be loaded. */
  readonly run: string;
  /** Updates done. */
  readonly step: number;
  /** Tokens trained on, labels that count. */
  readonly tokens: number;
  /** Spent training, over all resumptions. */
  readonly seconds: number;
  /** The evaluation with the lowest held-out loss; null where nothing was evaluated. */
  readonly best: RunState["best"];
  /** Mean nats a token of the last update; null where this call made none. */
  readonly loss: number | null;
  /** The last evaluation of this call. */
  readonly heldOut: Evaluation | null;
  /** Whether it ended before its last update, as the held-out loss no longer fell. */
  readonly stoppedEarly: boolean;
}
